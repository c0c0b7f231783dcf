// Gradient with respect to the weights: of each part of the (image, position) pairs, gradients (out × pairs) times
// patches (pairs × tap). With tile.wgsl.

struct Params {
    base: u32,
    groups: u32,
    m: u32,
    n: u32,
    k: u32,
    chunk: u32,
    channels_in: u32,
    channels_out: u32,
    height: u32,
    width: u32,
    rows: u32,
    columns: u32,
    kernel: u32,
    stride: u32,
    padding: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read> grad: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

fn left_along_k() -> bool {
    return true;
}

fn right_along_k() -> bool {
    return true;
}

fn left(channel: u32, place: u32) -> f32 {
    let positions = p.rows * p.columns;
    return grad[(place / positions * p.channels_out + channel) * positions + place % positions];
}

// What the weight at `tap` = (channel, y, x) meets at an output position; 0 in the padding.
fn met(image: u32, position: u32, tap: u32) -> f32 {
    let area = p.kernel * p.kernel;
    let channel = tap / area;
    let inside = tap % area;
    // Below 0 wraps to very large numbers, which are outside too.
    let y = position / p.columns * p.stride + inside / p.kernel - p.padding;
    let x = position % p.columns * p.stride + inside % p.kernel - p.padding;
    if (y < p.height && x < p.width) {
        return input[((image * p.channels_in + channel) * p.height + y) * p.width + x];
    }
    return 0.0;
}

fn right(place: u32, tap: u32) -> f32 {
    let positions = p.rows * p.columns;
    return met(place / positions, place % positions, tap);
}

fn store(part: u32, channel: u32, tap: u32, value: f32) {
    out[(part * p.m + channel) * p.n + tap] = value;
}
