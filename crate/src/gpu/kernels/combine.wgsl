// c ← α · Σ parts + β · c, the parts one after the other: the end of a product whose terms were cut. With each.wgsl.

struct Params {
    base: u32,
    groups: u32,
    len: u32,
    parts: u32,
    alpha: f32,
    beta: f32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> parts: array<f32>;
@group(0) @binding(2) var<storage, read_write> c: array<f32>;

fn entry(at: u32) {
    var sum = 0.0;
    for (var part = 0u; part < p.parts; part++) {
        sum += parts[part * p.len + at];
    }
    var result = p.alpha * sum;
    if (p.beta != 0.0) {
        result += p.beta * c[at];
    }
    c[at] = result;
}
