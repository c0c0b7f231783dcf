// The patches of a convolution, read from the `input` that the file before this one declares.

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
