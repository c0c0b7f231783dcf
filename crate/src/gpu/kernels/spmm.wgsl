// out ← A · dense for a sparse A (row offsets, columns, values); one invocation an entry of out. With each.wgsl.

struct Params {
    base: u32,
    groups: u32,
    len: u32,
    dim: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> offsets: array<u32>;
@group(0) @binding(2) var<storage, read> columns: array<u32>;
@group(0) @binding(3) var<storage, read> values: array<f32>;
@group(0) @binding(4) var<storage, read> dense: array<f32>;
@group(0) @binding(5) var<storage, read_write> out: array<f32>;

fn entry(at: u32) {
    let row = at / p.dim;
    let column = at % p.dim;
    let end = offsets[row + 1u];
    var sum = 0.0;
    for (var entry = offsets[row]; entry < end; entry++) {
        sum += values[entry] * dense[columns[entry] * p.dim + column];
    }
    out[at] = sum;
}
