// Adds rows to the rows of a table that they are for. `targets` lists each row of the table once, as
// (row, first, end): its sources are order[first..end], in the order in which they are added. One invocation adds
// one column of one row of the table, so that nobody else writes there. With each.wgsl.

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

fn entry(at: u32) {
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
