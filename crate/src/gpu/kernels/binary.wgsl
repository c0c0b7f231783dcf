// out[at] ← f(x[at], v[at / inner % mid]): functions of two variables, numbered as in binary.rs. With inner = 1 and
// mid = len, entry by entry. With each.wgsl.

struct Params {
    base: u32,
    groups: u32,
    len: u32,
    op: u32,
    mid: u32,
    inner: u32,
}

const ADD: u32 = 0u;
const SUB: u32 = 1u;
const MUL: u32 = 2u;

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> v: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

fn value(a: f32, b: f32) -> f32 {
    switch (p.op) {
        case ADD: { return a + b; }
        case SUB: { return a - b; }
        case MUL: { return a * b; }
        default: { return a / b; }
    }
}

fn entry(at: u32) {
    out[at] = value(x[at], v[at / p.inner % p.mid]);
}
