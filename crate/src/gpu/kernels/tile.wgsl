// The loops of every matrix product: C (m × n) = A (m × k) · B (k × n), 64 × 64 of C to a workgroup, 4 × 4 to an
// invocation, 16 terms at a time through workgroup memory. The file before this one declares `p`, from where the
// factors come (`left`, `right`), in which direction neighbours lie side by side (`left_along_k`, `right_along_k`)
// and where results go (`store`).
//
// The k terms are cut into parts of `p.chunk`; each part is a product of its own, for `store` to keep apart.

const TILE: u32 = 64u;
const DEPTH: u32 = 16u;
// Vectors of four from one term to the next; one more than needed, so that columns lie in different banks.
const PITCH: u32 = 17u;

var<workgroup> left_tile: array<vec4<f32>, 272>;
var<workgroup> right_tile: array<vec4<f32>, 272>;

fn left_inside(row: u32, k: u32, end: u32) -> f32 {
    if (row < p.m && k < end) {
        return left(row, k);
    }
    return 0.0;
}

fn right_inside(k: u32, column: u32, end: u32) -> f32 {
    if (column < p.n && k < end) {
        return right(k, column);
    }
    return 0.0;
}

fn load_left(first: u32, start: u32, end: u32, lane: u32) {
    let slow = lane / DEPTH;
    let fast = lane % DEPTH;
    let term = select(slow, fast, left_along_k());
    let quad = select(fast, slow, left_along_k());
    let row = first + 4u * quad;
    let k = start + term;
    left_tile[term * PITCH + quad] = vec4<f32>(
        left_inside(row, k, end),
        left_inside(row + 1u, k, end),
        left_inside(row + 2u, k, end),
        left_inside(row + 3u, k, end),
    );
}

fn load_right(first: u32, start: u32, end: u32, lane: u32) {
    let slow = lane / DEPTH;
    let fast = lane % DEPTH;
    let term = select(slow, fast, right_along_k());
    let quad = select(fast, slow, right_along_k());
    let column = first + 4u * quad;
    let k = start + term;
    right_tile[term * PITCH + quad] = vec4<f32>(
        right_inside(k, column, end),
        right_inside(k, column + 1u, end),
        right_inside(k, column + 2u, end),
        right_inside(k, column + 3u, end),
    );
}

fn store_row(part: u32, row: u32, column: u32, values: vec4<f32>) {
    if (row < p.m) {
        for (var i = 0u; i < 4u; i++) {
            if (column + i < p.n) {
                store(part, row, column + i, values[i]);
            }
        }
    }
}

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
    let columns = (p.n + TILE - 1u) / TILE;
    let tiles = columns * ((p.m + TILE - 1u) / TILE);
    let part = group / tiles;
    let tile = group % tiles;
    let row = tile / columns * TILE;
    let column = tile % columns * TILE;
    let end = min((part + 1u) * p.chunk, p.k);

    let down = lane / 16u;
    let across = lane % 16u;
    var sum0 = vec4<f32>();
    var sum1 = vec4<f32>();
    var sum2 = vec4<f32>();
    var sum3 = vec4<f32>();
    for (var start = part * p.chunk; start < end; start += DEPTH) {
        load_left(row, start, end, lane);
        load_right(column, start, end, lane);
        workgroupBarrier();
        for (var term = 0u; term < DEPTH; term++) {
            let a = left_tile[term * PITCH + down];
            let b = right_tile[term * PITCH + across];
            sum0 += a.x * b;
            sum1 += a.y * b;
            sum2 += a.z * b;
            sum3 += a.w * b;
        }
        workgroupBarrier();
    }
    let first = row + 4u * down;
    store_row(part, first, column + 4u * across, sum0);
    store_row(part, first + 1u, column + 4u * across, sum1);
    store_row(part, first + 2u, column + 4u * across, sum2);
    store_row(part, first + 3u, column + 4u * across, sum3);
}
