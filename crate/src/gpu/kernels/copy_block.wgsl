// Copies a rectangle of a matrix into one of another; bits, not numbers. With each.wgsl.

struct Params {
    base: u32,
    groups: u32,
    len: u32,
    width: u32,
    from_columns: u32,
    origin: u32,
    to_columns: u32,
    to: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<u32>;

fn entry(at: u32) {
    let row = at / p.width;
    let column = at % p.width;
    out[row * p.to_columns + p.to + column] = x[row * p.from_columns + p.origin + column];
}
