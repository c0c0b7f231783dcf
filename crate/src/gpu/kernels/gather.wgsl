// Row r of out is row indices[r] of table; padding gives zeros. With each.wgsl.

struct Params {
    base: u32,
    groups: u32,
    len: u32,
    dim: u32,
}

const PADDING: u32 = 0xffffffffu;

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> table: array<f32>;
@group(0) @binding(2) var<storage, read> indices: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

fn entry(at: u32) {
    let row = indices[at / p.dim];
    var value = 0.0;
    if (row != PADDING) {
        value = table[row * p.dim + at % p.dim];
    }
    out[at] = value;
}
