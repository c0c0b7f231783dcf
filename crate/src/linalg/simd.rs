//! Compiling a kernel more than once.
//!
//! Kernels are plain Rust over fixed-width arrays, which the compiler turns into vector instructions. For
//! WebAssembly it may use simd128 anyway; an x86-64 program has to run on machines without AVX2, so there
//! each kernel exists twice and the better one is chosen when it runs. Products and sums stay separate
//! operations (no FMA), so both give the same bits.

/// `dispatch! { fn name(arguments) = body }`: `name` runs `body`, compiled for AVX2 where there is AVX2.
///
/// `body` must be `#[inline(always)]` to be compiled into both.
macro_rules! dispatch {
    ($(#[$doc:meta])* $vis:vis fn $name:ident $(<$t:ident : $bound:path>)? ($($arg:ident : $ty:ty),* $(,)?) $(-> $ret:ty)? = $body:path) => {
        $(#[$doc])*
        $vis fn $name $(<$t: $bound>)? ($($arg: $ty),*) $(-> $ret)? {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2,popcnt")]
                fn wide $(<$t: $bound>)? ($($arg: $ty),*) $(-> $ret)? {
                    $body($($arg),*)
                }
                if $crate::linalg::simd::has_avx2() {
                    // SAFETY: the machine has just been asked whether it has what the function needs.
                    return unsafe { wide($($arg),*) };
                }
            }
            $body($($arg),*)
        }
    };
}
pub(crate) use dispatch;

/// Whether this machine has what `dispatch!` compiles for.
#[cfg(target_arch = "x86_64")]
pub(crate) fn has_avx2() -> bool {
    std::is_x86_feature_detected!("avx2") && std::is_x86_feature_detected!("popcnt")
}
