//! Times the kernels of the tensor engine natively: `tensor_bench [SECONDS]` for each (default 0.5).

use std::time::{Duration, Instant};
use warren::linalg::backend::{Backend, Conv2d, Gemm};
use warren::linalg::{Cpu, parallel};

fn main() {
    let seconds = std::env::args().nth(1).map_or(0.5, |s| s.parse().expect("seconds"));
    println!("{} threads", parallel::threads());
    let backend = Cpu::new();
    for (m, n, k) in [(64, 64, 64), (256, 256, 256), (512, 512, 512), (64, 384, 576), (32, 64, 12288)] {
        for (ta, tb) in [(false, false), (true, false), (false, true)] {
            let [a, b, c] = [m * k, k * n, m * n].map(|len| backend.upload(&vec![0.5; len]));
            let gemm = Gemm::new(m, n, k).transposed(ta, tb);
            let name =
                format!("gemm {m} × {n} × {k}{}{}", if ta { " Aᵀ" } else { "" }, if tb { " Bᵀ" } else { "" });
            time(&name, 2 * m * n * k, seconds, || backend.gemm(gemm, &a, &b, &c));
        }
    }
    let conv = |channels_in, channels_out, height, width, kernel, stride| {
        let padding = kernel / 2;
        Conv2d { batch: 32, channels_in, channels_out, height, width, kernel, stride, padding }
    };
    for s in [
        conv(1, 64, 6, 64, 1, 1),
        conv(64, 64, 6, 64, 3, 1),
        conv(64, 128, 6, 64, 3, 2),
        conv(128, 128, 3, 32, 3, 1),
        conv(64, 128, 6, 64, 1, 2),
    ] {
        let [x, w, y] =
            [s.input_len(), s.weight_len(), s.output_len()].map(|len| backend.upload(&vec![0.5; len]));
        let work = 2 * s.output_len() * s.patch();
        let name = format!(
            "conv {} → {} of {} × {}, stride {}",
            s.channels_in, s.channels_out, s.height, s.width, s.stride
        );
        time(&name, work, seconds, || backend.conv2d(&s, &x, &w, &y));
        time(&format!("{name}, input"), work, seconds, || backend.conv2d_grad_input(&s, &y, &w, &x));
        time(&format!("{name}, weight"), work, seconds, || backend.conv2d_grad_weight(&s, &x, &y, &w));
    }
}

/// Repeats `call` for about `seconds` and prints the fastest.
fn time(name: &str, work: usize, seconds: f64, call: impl Fn()) {
    call();
    let (start, mut best) = (Instant::now(), Duration::MAX);
    while start.elapsed().as_secs_f64() < seconds {
        let one = Instant::now();
        call();
        best = best.min(one.elapsed());
    }
    let best = best.as_secs_f64();
    println!("{name:50} {:9.3} ms {:7.1} GFLOP/s", 1e3 * best, work as f64 / best / 1e9);
}
