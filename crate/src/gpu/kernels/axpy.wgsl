// y ← y + α x. With each.wgsl.

struct Params {
    base: u32,
    groups: u32,
    len: u32,
    alpha: f32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

fn entry(at: u32) {
    y[at] += p.alpha * x[at];
}
