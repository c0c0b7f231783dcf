// Sums or maxima of each column of a rows × columns matrix. A workgroup takes 16 columns of one part (at most p.chunk
// of the rows), 16 rows at a time, so that reads run along rows; parts[part, column] are then reduced again.
// With join.wgsl.

struct Params {
    base: u32,
    groups: u32,
    rows: u32,
    columns: u32,
    chunk: u32,
    largest: u32,
    start: f32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> parts: array<f32>;

var<workgroup> lanes: array<f32, 256>;

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
    let part = group / across;
    let column = group % across * 16u + lane % 16u;
    let end = min((part + 1u) * p.chunk, p.rows);
    var result = p.start;
    if (column < p.columns) {
        for (var row = part * p.chunk + lane / 16u; row < end; row += 16u) {
            result = join(result, x[row * p.columns + column]);
        }
    }
    lanes[lane] = result;
    for (var half = 128u; half >= 16u; half /= 2u) {
        workgroupBarrier();
        if (lane < half) {
            lanes[lane] = join(lanes[lane], lanes[lane + half]);
        }
    }
    if (lane < 16u && column < p.columns) {
        parts[part * p.columns + column] = lanes[lane];
    }
}
