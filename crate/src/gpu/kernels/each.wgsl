// One invocation an entry: the file before this one declares `p` with its `len`, and what becomes of an entry
// (`entry`).

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
    entry(at);
}
