//! Convolution and its two gradients as matrix products over patches that are read straight from the image
//! while the product packs its panels (implicit gemm).

use super::backend::Conv2d;
use super::gemm::{Source, Strided, Target, multiply};
use super::parallel;
use std::borrow::Cow;
use std::ops::Range;

/// One row of a patch matrix: a channel and a shift within its plane.
#[derive(Debug, Clone, Copy)]
struct Tap {
    channel: usize,
    dy: isize,
    dx: isize,
}

/// Images with zeros around them, so many that no shift leaves them: inner loops then check nothing.
struct Framed<'a> {
    data: Cow<'a, [f32]>,
    image_len: usize,
    width: usize,
    /// Where each tap meets output position (0, 0) of an image.
    offsets: Vec<usize>,
    /// Output positions of a row, and how far they lie apart.
    columns: usize,
    stride: usize,
}

impl<'a> Framed<'a> {
    /// Frames images of `height × width` planes for these taps at `rows × columns` output positions.
    fn new(
        images: &'a [f32],
        [channels, height, width]: [usize; 3],
        taps: &[Tap],
        [rows, columns, stride]: [usize; 3],
    ) -> Self {
        let extent = |size: usize, count: usize, shift: fn(&Tap) -> isize| {
            let before = taps.iter().map(|t| -shift(t)).max().unwrap_or(0).max(0) as usize;
            let last = ((count.max(1) - 1) * stride) as isize;
            let after = taps.iter().map(|t| last + shift(t) + 1 - size as isize).max().unwrap_or(0).max(0);
            (before, size + before + after as usize)
        };
        let (top, tall) = extent(height, rows, |t| t.dy);
        let (left, wide) = extent(width, columns, |t| t.dx);
        let offset = |t: &Tap| {
            let (y, x) = (top as isize + t.dy, left as isize + t.dx);
            t.channel * tall * wide + y as usize * wide + x as usize
        };
        let data = if (tall, wide) == (height, width) {
            Cow::Borrowed(images)
        } else {
            let mut framed = vec![0.0; images.len() / (height * width) * tall * wide];
            for (plane, out) in images.chunks_exact(height * width).zip(framed.chunks_exact_mut(tall * wide))
            {
                for (line, out) in plane.chunks_exact(width).zip(out[top * wide..].chunks_exact_mut(wide)) {
                    out[left..left + width].copy_from_slice(line);
                }
            }
            Cow::Owned(framed)
        };
        let offsets = taps.iter().map(offset).collect();
        Self { data, image_len: channels * tall * wide, width: wide, offsets, columns, stride }
    }

    fn patches(&self, image: usize) -> Patches<'_> {
        Patches { image: &self.data[image * self.image_len..(image + 1) * self.image_len], framed: self }
    }
}

/// The patch matrix of one image: row k is the image shifted by tap k, column p an output position.
#[derive(Clone, Copy)]
struct Patches<'a> {
    image: &'a [f32],
    framed: &'a Framed<'a>,
}

impl Patches<'_> {
    /// Calls `put(i, value)` for the positions `first + i`, `i < count`, of tap `k`.
    #[inline(always)]
    fn walk(&self, k: usize, first: usize, count: usize, mut put: impl FnMut(usize, f32)) {
        let Framed { width, columns, stride, .. } = *self.framed;
        let (mut y, mut x, mut at) = (first / columns, first % columns, 0);
        while at < count {
            let run = (columns - x).min(count - at);
            let start = self.framed.offsets[k] + (y * width + x) * stride;
            let line = &self.image[start..start + (run - 1) * stride + 1];
            if stride == 1 {
                line.iter().enumerate().for_each(|(i, value)| put(at + i, *value));
            } else {
                line.iter().step_by(stride).enumerate().for_each(|(i, value)| put(at + i, *value));
            }
            (y, x, at) = (y + 1, 0, at + run);
        }
    }
}

impl Source for Patches<'_> {
    #[inline(always)]
    fn pack(&self, from: usize, to: usize, first: usize, width: usize, lanes: usize, panel: &mut [f32]) {
        let framed = self.framed;
        let (y, x) = (first / framed.columns, first % framed.columns);
        let rows = framed.offsets[from..to].iter().zip(panel.chunks_exact_mut(lanes));
        if x + width <= framed.columns && width == lanes {
            // All within a line, with a width that the compiler knows.
            let start = (y * framed.width + x) * framed.stride;
            if framed.stride == 1 {
                for (offset, out) in rows {
                    let line = &self.image[offset + start..][..lanes];
                    out.iter_mut().zip(line).for_each(|(out, value)| *out = *value);
                }
            } else {
                for (offset, out) in rows {
                    let line = self.image[offset + start..].iter().step_by(framed.stride);
                    out.iter_mut().zip(line).for_each(|(out, value)| *out = *value);
                }
            }
            return;
        }
        for (k, (_, out)) in (from..to).zip(rows) {
            self.walk(k, first, width, |i, value| out[i] = value);
            out[width..].fill(0.0);
        }
    }
}

/// The runs within one image of rows `from..to`, each of which is an image and one of its `plane` positions: image,
/// position of the first, and the run, counted from `from`. Not a function that is called for each: a loop's body is
/// compiled for the processor and the width that it is packed for, a closure's is not.
#[inline(always)]
fn runs(from: usize, to: usize, plane: usize) -> impl Iterator<Item = (usize, usize, Range<usize>)> {
    let mut k = from;
    std::iter::from_fn(move || {
        (k < to).then(|| {
            let (image, position, start) = (k / plane, k % plane, k - from);
            let run = (plane - position).min(to - k);
            k += run;
            (image, position, start..start + run)
        })
    })
}

/// The patch matrices of all images below each other, transposed: row = image and position, column = tap.
struct Positions<'a> {
    framed: &'a Framed<'a>,
    /// Output positions of an image.
    plane: usize,
}

impl Source for Positions<'_> {
    #[inline(always)]
    fn pack(&self, from: usize, to: usize, first: usize, width: usize, lanes: usize, panel: &mut [f32]) {
        if width < lanes {
            panel[..(to - from) * lanes].fill(0.0);
        }
        for (image, position, rows) in runs(from, to, self.plane) {
            let (patches, run) = (self.framed.patches(image), rows.len());
            let panel = &mut panel[rows.start * lanes..rows.end * lanes];
            for lane in 0..width {
                patches.walk(first + lane, position, run, |i, value| panel[i * lanes + lane] = value);
            }
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
        for (image, position, rows) in runs(from, to, self.plane) {
            for lane in 0..width {
                let channel = image * self.channels + self.first + first + lane;
                let values = &self.data[channel * self.plane + position..][..rows.len()];
                for (i, value) in values.iter().enumerate() {
                    panel[(rows.start + i) * lanes + lane] = *value;
                }
            }
        }
    }
}

/// The taps of a forward pass, in the order of the weights: input channel, kernel row, kernel column.
fn taps(s: &Conv2d) -> Vec<Tap> {
    let shift = |k: usize| k as isize - s.padding as isize;
    let mut taps = Vec::with_capacity(s.patch());
    for channel in 0..s.channels_in {
        for (y, x) in (0..s.kernel).flat_map(|y| (0..s.kernel).map(move |x| (y, x))) {
            taps.push(Tap { channel, dy: shift(y), dx: shift(x) });
        }
    }
    taps
}

/// The input, framed for a forward pass.
fn framed<'a>(s: &Conv2d, input: &'a [f32]) -> Framed<'a> {
    let (rows, columns) = s.output();
    Framed::new(input, [s.channels_in, s.height, s.width], &taps(s), [rows, columns, s.stride])
}

/// `out ← weight ⋆ input`.
pub(crate) fn conv2d(s: &Conv2d, input: &[f32], weight: &[f32], out: &mut [f32]) {
    let (framed, (rows, columns)) = (framed(s, input), s.output());
    let plane = rows * columns;
    parallel::for_each_chunk(out, (s.channels_out * plane).max(1), |n, out| {
        let weight = Strided::transposed(weight, s.patch());
        let mut target = Target { data: out, stride: plane, alpha: 1.0, beta: 0.0 };
        multiply([s.channels_out, plane, s.patch()], &weight, &framed.patches(n), &mut target);
    });
}

/// `out[o, tap] ← Σ over images and positions of grad · patch`.
pub(crate) fn conv2d_grad_weight(s: &Conv2d, input: &[f32], grad: &[f32], out: &mut [f32]) {
    let (framed, (rows, columns), patch) = (framed(s, input), s.output(), s.patch());
    let plane = rows * columns;
    let positions = Positions { framed: &framed, plane };
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
                    taps.push(Tap { channel: o, dy: shift(y, ky), dx: shift(x, kx) });
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
    let phases: Vec<Phase> = phases.into_iter().filter(|p| p.rows * p.columns > 0).collect();
    let frame =
        |p: &Phase| Framed::new(grad, [s.channels_out, height, width], &p.taps, [p.rows, p.columns, 1]);
    let framed: Vec<Framed<'_>> = phases.iter().map(frame).collect();
    parallel::for_each_chunk(out, (s.channels_in * s.height * s.width).max(1), |n, out| {
        let mut piece = Vec::new();
        for (phase, framed) in phases.iter().zip(&framed) {
            let plane = phase.rows * phase.columns;
            let weight = Strided::rows(&phase.weight, s.channels_in);
            let sizes = [s.channels_in, plane, phase.taps.len()];
            let target = |data| Target { data, stride: plane, alpha: 1.0, beta: 0.0 };
            if s.stride == 1 {
                multiply(sizes, &weight, &framed.patches(n), &mut target(&mut *out));
            } else {
                piece.resize(s.channels_in * plane, 0.0);
                multiply(sizes, &weight, &framed.patches(n), &mut target(&mut piece));
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
