// Adds rows to the rows of a table that they are for. `targets` lists each row of the table once, as
// (row, first, end): its sources are order[first..end], in the order in which they are added. One invocation adds
// one column of one row of the table, so that nobody else writes there.

struct Params {
    base: u32,
    groups: u32,
    len: u32,
    dim: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> rows: array<f32>;
@group(0) @binding(2) var<storage, read> targets: array<u32>;
@group(0) @binding(3) var<storage, read> order: array<u32>;
@group(0) @binding(4) var<storage, read_write> table: array<f32>;

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
    let t = 3u * (at / p.dim);
    let column = at % p.dim;
    let place = targets[t] * p.dim + column;
    let end = targets[t + 2u];
    var sum = table[place];
    for (var source = targets[t + 1u]; source < end; source++) {
        sum += rows[order[source] * p.dim + column];
    }
    table[place] = sum;
}
