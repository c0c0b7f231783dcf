// One step of Adam: s ← β₁ s + (1 − β₁) g, r ← β₂ r + (1 − β₂) g², value ← value − rate · s / (√r · root + ε).
// Negligible moments become 0, as on the CPU. With each.wgsl.

struct Params {
    base: u32,
    groups: u32,
    len: u32,
    beta1: f32,
    beta2: f32,
    keep1: f32,
    keep2: f32,
    rate: f32,
    root: f32,
    epsilon: f32,
    negligible: f32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> grad: array<f32>;
@group(0) @binding(2) var<storage, read_write> values: array<f32>;
@group(0) @binding(3) var<storage, read_write> first: array<f32>;
@group(0) @binding(4) var<storage, read_write> second: array<f32>;

fn entry(at: u32) {
    let g = grad[at];
    let s = p.beta1 * first[at] + p.keep1 * g;
    let r = p.beta2 * second[at] + p.keep2 * g * g;
    values[at] -= p.rate * s / (sqrt(r) * p.root + p.epsilon);
    first[at] = select(s, 0.0, abs(s) < p.negligible);
    second[at] = select(r, 0.0, r < p.negligible);
}
