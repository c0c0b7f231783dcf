// out ← xᵀ, 16 × 16 at a time through workgroup memory, so that reads and writes both run along rows.

struct Params {
    base: u32,
    groups: u32,
    rows: u32,
    columns: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

// 17 to a row: columns lie in different banks.
var<workgroup> tile: array<f32, 272>;

@compute @workgroup_size(256)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) grid: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let group = p.base + id.y * grid.x + id.x;
    if (group >= p.groups) {
        return;
    }
    let across = (p.columns + 15u) / 16u;
    let row = group / across * 16u;
    let column = group % across * 16u;
    let slow = lane / 16u;
    let fast = lane % 16u;
    if (row + slow < p.rows && column + fast < p.columns) {
        tile[slow * 17u + fast] = x[(row + slow) * p.columns + column + fast];
    }
    workgroupBarrier();
    if (column + slow < p.columns && row + fast < p.rows) {
        out[(column + slow) * p.rows + row + fast] = tile[fast * 17u + slow];
    }
}
