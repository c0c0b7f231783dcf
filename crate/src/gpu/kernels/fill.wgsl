// out ← value everywhere. The value comes as bits: not every implementation hands on what is not finite.

struct Params {
    base: u32,
    groups: u32,
    len: u32,
    bits: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> out: array<u32>;

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
    out[at] = p.bits;
}
