// out ← weight ⋆ input as a product of weights (out × tap) and patches (tap × (image, position)), which exist
// only tile by tile. With conv.wgsl, patch.wgsl and tile.wgsl.

@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

fn left_along_k() -> bool {
    return true;
}

fn right_along_k() -> bool {
    return false;
}

fn left(channel: u32, tap: u32) -> f32 {
    return weight[channel * p.k + tap];
}

fn right(tap: u32, place: u32) -> f32 {
    let positions = p.rows * p.columns;
    return met(place / positions, place % positions, tap);
}

fn store(part: u32, channel: u32, place: u32, value: f32) {
    let positions = p.rows * p.columns;
    out[(place / positions * p.channels_out + channel) * positions + place % positions] = value;
}
