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

/// The larger of two numbers, the second if either is none. WebAssembly has no instruction for `f32::max`: that is a
/// call for every value there.
#[inline(always)]
pub(crate) fn larger(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

/// Sums are kept in this many interleaved parts.
pub(crate) const PARTS: usize = 4;

/// The sums of each four parts. Not inlined: a loop that adds to several sums is compiled to vectors across the
/// parts only where what becomes of the parts is out of the compiler's sight; else it packs together what is
/// added in the end, and shuffles in the loop.
#[inline(never)]
pub(crate) fn totals<const K: usize>(parts: &[[f64; PARTS]; K]) -> [f64; K] {
    parts.map(|p| (p[0] + p[1]) + (p[2] + p[3]))
}

/// Fewer numbers than a group has, filled up with zeros.
pub(crate) fn padded(rest: &[f64]) -> [f64; PARTS] {
    std::array::from_fn(|i| rest.get(i).copied().unwrap_or(0.0))
}
