// r ← r + g², value ← value − η g / (√r + ε). With each.wgsl.

struct Params {
    base: u32,
    groups: u32,
    len: u32,
    rate: f32,
    epsilon: f32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> grad: array<f32>;
@group(0) @binding(2) var<storage, read_write> values: array<f32>;
@group(0) @binding(3) var<storage, read_write> squares: array<f32>;

fn entry(at: u32) {
    let g = grad[at];
    let r = squares[at] + g * g;
    squares[at] = r;
    values[at] -= p.rate * g / (sqrt(r) + p.epsilon);
}
