// Gradient with respect to the weights: of each part of the (image, position) pairs, gradients (out × pairs) times
// patches (pairs × tap). With conv.wgsl, patch.wgsl and tile.wgsl.

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

fn right(place: u32, tap: u32) -> f32 {
    let positions = p.rows * p.columns;
    return met(place / positions, place % positions, tap);
}

fn store(part: u32, channel: u32, tap: u32, value: f32) {
    out[(part * p.m + channel) * p.n + tap] = value;
}
