//! Convolution and its two gradients as matrix products over patches that are read straight from the image
//! while the product packs its panels (implicit gemm).

use super::backend::Conv2d;
use super::gemm::{Source, Strided, Target, multiply};
use super::parallel;

/// One row of a patch matrix: a channel's plane and a shift within it.
#[derive(Debug, Clone, Copy)]
struct Tap {
    /// Where the plane begins.
    plane: usize,
    dy: isize,
    dx: isize,
}

/// The patch matrix of one image: row k is the image shifted by tap k, column p an output position.
#[derive(Clone, Copy)]
struct Patches<'a> {
    image: &'a [f32],
    height: usize,
    width: usize,
    taps: &'a [Tap],
    /// Output positions of a row.
    columns: usize,
    stride: usize,
}

impl Patches<'_> {
    /// The row of the plane under output row `y`, if the tap meets the image there.
    #[inline(always)]
    fn line(&self, tap: Tap, y: usize) -> Option<&[f32]> {
        let y = usize::try_from((y * self.stride) as isize + tap.dy).ok().filter(|&y| y < self.height)?;
        let start = tap.plane + y * self.width;
        Some(&self.image[start..start + self.width])
    }

    /// Calls `put(i, value)` for the positions `first + i`, `i < count`, of tap `k`.
    #[inline(always)]
    fn walk(&self, k: usize, first: usize, count: usize, mut put: impl FnMut(usize, f32)) {
        let tap = self.taps[k];
        let (mut y, mut x, mut at) = (first / self.columns, first % self.columns, 0);
        while at < count {
            let run = (self.columns - x).min(count - at);
            match self.line(tap, y) {
                None => (at..at + run).for_each(|i| put(i, 0.0)),
                Some(line) => {
                    for i in 0..run {
                        let from = ((x + i) * self.stride) as isize + tap.dx;
                        // A shift to the left of the image wraps to a huge number, which is outside too.
                        put(at + i, line.get(from as usize).copied().unwrap_or(0.0));
                    }
                }
            }
            (y, x, at) = (y + 1, 0, at + run);
        }
    }
}

impl Source for Patches<'_> {
    #[inline(always)]
    fn pack(&self, from: usize, to: usize, first: usize, width: usize, lanes: usize, panel: &mut [f32]) {
        let (y, x) = (first / self.columns, first % self.columns);
        let within = x + width <= self.columns;
        for (k, out) in (from..to).zip(panel.chunks_exact_mut(lanes)) {
            let tap = self.taps[k];
            let start = x as isize + tap.dx;
            let whole = self.stride == 1 && within && start >= 0 && start as usize + width <= self.width;
            match self.line(tap, y) {
                Some(line) if whole => {
                    out[..width].copy_from_slice(&line[start as usize..start as usize + width]);
                }
                _ => self.walk(k, first, width, |i, value| out[i] = value),
            }
            out[width..].fill(0.0);
        }
    }
}

/// The patch matrices of all images below each other, transposed: row = image and position, column = tap.
struct Positions<'a> {
    images: &'a [f32],
    image_len: usize,
    /// Output positions of an image.
    plane: usize,
    one: Patches<'a>,
}

impl Source for Positions<'_> {
    #[inline(always)]
    fn pack(&self, from: usize, to: usize, first: usize, width: usize, lanes: usize, panel: &mut [f32]) {
        if width < lanes {
            panel[..(to - from) * lanes].fill(0.0);
        }
        let mut k = from;
        while k < to {
            let (image, position) = (k / self.plane, k % self.plane);
            let run = (self.plane - position).min(to - k);
            let image = &self.images[image * self.image_len..(image + 1) * self.image_len];
            let patches = Patches { image, ..self.one };
            let panel = &mut panel[(k - from) * lanes..(k - from + run) * lanes];
            for lane in 0..width {
                patches.walk(first + lane, position, run, |i, value| panel[i * lanes + lane] = value);
            }
            k += run;
        }
    }
}

/// Gradients of all images' outputs: row = image and position, column = channel.
struct Channels<'a> {
    data: &'a [f32],
    channels: usize,
    plane: usize,
    /// The first channel that counts.
    first: usize,
}

impl Source for Channels<'_> {
    #[inline(always)]
    fn pack(&self, from: usize, to: usize, first: usize, width: usize, lanes: usize, panel: &mut [f32]) {
        if width < lanes {
            panel[..(to - from) * lanes].fill(0.0);
        }
        let mut k = from;
        while k < to {
            let (image, position) = (k / self.plane, k % self.plane);
            let run = (self.plane - position).min(to - k);
            for lane in 0..width {
                let channel = image * self.channels + self.first + first + lane;
                let values = &self.data[channel * self.plane + position..][..run];
                for (i, value) in values.iter().enumerate() {
                    panel[(k - from + i) * lanes + lane] = *value;
                }
            }
            k += run;
        }
    }
}

/// The taps of a forward pass, in the order of the weights: input channel, kernel row, kernel column.
fn taps(s: &Conv2d) -> Vec<Tap> {
    let shift = |k: usize| k as isize - s.padding as isize;
    let mut taps = Vec::with_capacity(s.patch());
    for channel in 0..s.channels_in {
        for (y, x) in (0..s.kernel).flat_map(|y| (0..s.kernel).map(move |x| (y, x))) {
            taps.push(Tap { plane: channel * s.height * s.width, dy: shift(y), dx: shift(x) });
        }
    }
    taps
}

/// `out ← weight ⋆ input`.
pub(crate) fn conv2d(s: &Conv2d, input: &[f32], weight: &[f32], out: &mut [f32]) {
    let (taps, (rows, columns)) = (taps(s), s.output());
    let (plane, image_len) = (rows * columns, s.channels_in * s.height * s.width);
    parallel::for_each_chunk(out, (s.channels_out * plane).max(1), |n, out| {
        let image = &input[n * image_len..(n + 1) * image_len];
        let (height, width, stride) = (s.height, s.width, s.stride);
        let patches = Patches { image, height, width, taps: &taps, columns, stride };
        let weight = Strided::transposed(weight, s.patch());
        let mut target = Target { data: out, stride: plane, alpha: 1.0, beta: 0.0 };
        multiply([s.channels_out, plane, s.patch()], &weight, &patches, &mut target);
    });
}

/// `out[o, tap] ← Σ over images and positions of grad · patch`.
pub(crate) fn conv2d_grad_weight(s: &Conv2d, input: &[f32], grad: &[f32], out: &mut [f32]) {
    let (taps, (rows, columns), patch) = (taps(s), s.output(), s.patch());
    let (plane, image_len) = (rows * columns, s.channels_in * s.height * s.width);
    let (height, width, stride) = (s.height, s.width, s.stride);
    let one = Patches { image: &[], height, width, taps: &taps, columns, stride };
    let positions = Positions { images: input, image_len, plane, one };
    // Each piece packs all patches for itself: no more pieces than threads.
    let channels = s.channels_out.div_ceil(parallel::threads()).next_multiple_of(4);
    parallel::for_each_chunk(out, (channels * patch).max(1), |piece, out| {
        let grad = Channels { data: grad, channels: s.channels_out, plane, first: piece * channels };
        let m = out.len() / patch;
        let mut target = Target { data: out, stride: patch, alpha: 1.0, beta: 0.0 };
        multiply([m, patch, s.batch * plane], &grad, &positions, &mut target);
    });
}

/// Input positions of the same remainder by the stride: for them the gradient is a plain convolution of the
/// output's gradient with those weights that ever meet them, so that no product with zero is formed.
struct Phase {
    y: usize,
    x: usize,
    rows: usize,
    columns: usize,
    taps: Vec<Tap>,
    /// `taps × channels_in`.
    weight: Vec<f32>,
}

fn phases(s: &Conv2d, weight: &[f32]) -> Vec<Phase> {
    let (out_rows, out_columns) = s.output();
    let size = |n: usize, phase: usize| (n + s.stride - 1 - phase) / s.stride;
    let mut all = Vec::new();
    for (y, x) in (0..s.stride).flat_map(|y| (0..s.stride).map(move |x| (y, x))) {
        let (mut taps, mut packed) = (Vec::new(), Vec::new());
        let meets =
            |phase: usize, k: &usize| (phase + s.padding + s.stride * s.kernel - k).is_multiple_of(s.stride);
        let shift = |phase: usize, k: usize| ((phase + s.padding) as isize - k as isize) / s.stride as isize;
        for o in 0..s.channels_out {
            for ky in (0..s.kernel).filter(|k| meets(y, k)) {
                for kx in (0..s.kernel).filter(|k| meets(x, k)) {
                    taps.push(Tap { plane: o * out_rows * out_columns, dy: shift(y, ky), dx: shift(x, kx) });
                    let at = |c: usize| ((o * s.channels_in + c) * s.kernel + ky) * s.kernel + kx;
                    packed.extend((0..s.channels_in).map(|c| weight[at(c)]));
                }
            }
        }
        all.push(Phase { y, x, rows: size(s.height, y), columns: size(s.width, x), taps, weight: packed });
    }
    all
}

/// The gradient with respect to the input.
pub(crate) fn conv2d_grad_input(s: &Conv2d, grad: &[f32], weight: &[f32], out: &mut [f32]) {
    let (phases, (height, width)) = (phases(s, weight), s.output());
    let grad_len = s.channels_out * height * width;
    parallel::for_each_chunk(out, (s.channels_in * s.height * s.width).max(1), |n, out| {
        let image = &grad[n * grad_len..(n + 1) * grad_len];
        let mut piece = Vec::new();
        for phase in phases.iter().filter(|p| p.rows * p.columns > 0) {
            let plane = phase.rows * phase.columns;
            let patches =
                Patches { image, height, width, taps: &phase.taps, columns: phase.columns, stride: 1 };
            let weight = Strided::rows(&phase.weight, s.channels_in);
            let sizes = [s.channels_in, plane, phase.taps.len()];
            let target = |data| Target { data, stride: plane, alpha: 1.0, beta: 0.0 };
            if s.stride == 1 {
                multiply(sizes, &weight, &patches, &mut target(&mut *out));
            } else {
                piece.resize(s.channels_in * plane, 0.0);
                multiply(sizes, &weight, &patches, &mut target(&mut piece));
                spread(s, phase, &piece, out);
            }
        }
    });
}

/// Puts a phase's values at their places in the image.
fn spread(s: &Conv2d, phase: &Phase, values: &[f32], out: &mut [f32]) {
    let lines = values.chunks_exact(phase.columns);
    for (i, line) in lines.enumerate() {
        let (channel, row) = (i / phase.rows, i % phase.rows);
        let start = (channel * s.height + phase.y + row * s.stride) * s.width + phase.x;
        for (out, value) in out[start..].iter_mut().step_by(s.stride).zip(line) {
            *out = *value;
        }
    }
}
