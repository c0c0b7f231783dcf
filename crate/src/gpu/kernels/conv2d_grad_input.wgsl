// Gradient with respect to the input: weights (in × (out, kernel)) times the gradients that each input pixel of each
// image reached through each weight. With conv.wgsl and tile.wgsl.

@group(0) @binding(1) var<storage, read> grad: array<f32>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

fn left_along_k() -> bool {
    return true;
}

fn right_along_k() -> bool {
    return false;
}

// `tap` = (channel of the output, y, x).
fn left(channel: u32, tap: u32) -> f32 {
    let area = p.kernel * p.kernel;
    return weight[(tap / area * p.channels_in + channel) * area + tap % area];
}

fn right(tap: u32, place: u32) -> f32 {
    let area = p.kernel * p.kernel;
    let inside = tap % area;
    let pixels = p.height * p.width;
    let pixel = place % pixels;
    // Below 0 wraps to very large numbers, whose quotients are outside too.
    let y = pixel / p.width + p.padding - inside / p.kernel;
    let x = pixel % p.width + p.padding - inside % p.kernel;
    let row = y / p.stride;
    let column = x / p.stride;
    if (y % p.stride != 0u || x % p.stride != 0u || row >= p.rows || column >= p.columns) {
        return 0.0;
    }
    return grad[((place / pixels * p.channels_out + tap / area) * p.rows + row) * p.columns + column];
}

fn store(part: u32, channel: u32, place: u32, value: f32) {
    let pixels = p.height * p.width;
    out[(place / pixels * p.channels_in + channel) * pixels + place % pixels] = value;
}
