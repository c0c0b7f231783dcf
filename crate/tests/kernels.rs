//! Every primitive of the CPU backend against the plain one in double precision.

#[path = "support/kernels.rs"]
mod kernels;

use kernels::{error, kernels, numbers};
use warren::linalg::backend::{Backend, Gemm};
use warren::linalg::reference::Reference;
use warren::linalg::{Cpu, parallel};
use warren::task::run;

#[test]
fn the_cpu_computes_what_the_reference_does() {
    let backend = Cpu::new();
    for kernel in kernels() {
        let (found, expected) = ((kernel.run)(&backend), (kernel.run)(&Reference));
        let error = run(error(&found, &expected, &backend)).expect("at once on the CPU");
        assert!(error < 2e-6, "{}: relative error {error:.1e}", kernel.name);
    }
    assert_eq!(backend.usage().live, 0, "all buffers came back");
}

/// Large enough for threads, so that the work is cut.
#[test]
fn the_bits_do_not_depend_on_the_threads() {
    let product = || {
        let (backend, [m, n, k]) = (Cpu::new(), [250, 130, 300]);
        let [a, b] = [("a", m * k), ("b", k * n)].map(|(name, len)| backend.upload(&numbers(name, len)));
        let c = backend.alloc(m * n);
        backend.gemm(Gemm::new(m, n, k), &a, &b, &c);
        run(backend.download(&c)).unwrap()
    };
    let bits = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            assert_eq!(parallel::threads(), threads);
            product().iter().map(|x| x.to_bits()).collect::<Vec<_>>()
        })
    };
    let one = bits(1);
    for threads in [2, 3, 7] {
        assert_eq!(one, bits(threads), "{threads} threads");
    }
}

#[test]
#[should_panic(expected = "a buffer of one backend was given to another")]
fn buffers_of_another_backend_are_refused() {
    let foreign = Reference.upload(&[1.0]);
    Cpu::new().fill(0.0, &foreign);
}

#[test]
#[should_panic(expected = "buffers of another size than Gemm")]
fn sizes_that_do_not_fit_are_refused() {
    let backend = Cpu::new();
    let x = backend.upload(&[1.0; 6]);
    backend.gemm(Gemm::new(2, 2, 2), &x, &x, &backend.alloc(4));
}
