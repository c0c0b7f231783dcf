// Copies a rectangle of a matrix into one of another; bits, not numbers.

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

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) grid: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let group = p.base + id.y * grid.x + id.x;
    let at = group * 64u + lane;
    if (group >= p.groups || at >= p.len) {
        return;
    }
    let row = at / p.width;
    let column = at % p.width;
    out[row * p.to_columns + p.to + column] = x[row * p.from_columns + p.origin + column];
}
