// Sums or maxima over the outer and inner axis of outer × mid × inner entries. A workgroup takes one part (at most
// p.chunk of the outer · inner entries) of one m and joins them as a tree; parts[part, m] are then reduced again.
// With join.wgsl.

struct Params {
    base: u32,
    groups: u32,
    outer: u32,
    mid: u32,
    inner: u32,
    chunk: u32,
    largest: u32,
    start: f32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> parts: array<f32>;

var<workgroup> lanes: array<f32, 64>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) grid: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let group = p.base + id.y * grid.x + id.x;
    if (group >= p.groups) {
        return;
    }
    let part = group / p.mid;
    let m = group % p.mid;
    let end = min((part + 1u) * p.chunk, p.outer * p.inner);
    var result = p.start;
    for (var at = part * p.chunk + lane; at < end; at += 64u) {
        result = join(result, x[(at / p.inner * p.mid + m) * p.inner + at % p.inner]);
    }
    lanes[lane] = result;
    for (var half = 32u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if (lane < half) {
            lanes[lane] = join(lanes[lane], lanes[lane + half]);
        }
    }
    if (lane == 0u) {
        parts[group] = lanes[0];
    }
}
