// C ← α · op(A) · op(B) + β · C. With tile.wgsl.

struct Params {
    base: u32,
    groups: u32,
    m: u32,
    n: u32,
    k: u32,
    chunk: u32,
    transpose_a: u32,
    transpose_b: u32,
    alpha: f32,
    beta: f32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> c: array<f32>;

fn left_along_k() -> bool {
    return p.transpose_a == 0u;
}

fn right_along_k() -> bool {
    return p.transpose_b != 0u;
}

fn left(row: u32, k: u32) -> f32 {
    if (p.transpose_a != 0u) {
        return a[k * p.m + row];
    }
    return a[row * p.k + k];
}

fn right(k: u32, column: u32) -> f32 {
    if (p.transpose_b != 0u) {
        return b[column * p.k + k];
    }
    return b[k * p.n + column];
}

fn store(part: u32, row: u32, column: u32, value: f32) {
    let at = (part * p.m + row) * p.n + column;
    var result = p.alpha * value;
    if (p.beta != 0.0) {
        result += p.beta * c[at];
    }
    c[at] = result;
}
