// The parameters of a convolution, as conv2d.rs gives them to all three kernels.

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
