// out ← value everywhere. The value comes as bits: not every implementation hands on what is not finite.
// With each.wgsl.

struct Params {
    base: u32,
    groups: u32,
    len: u32,
    bits: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> out: array<u32>;

fn entry(at: u32) {
    out[at] = p.bits;
}
