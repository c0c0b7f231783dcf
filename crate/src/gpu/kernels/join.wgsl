// What sums and maxima do with two values, by the flag `largest` of the `p` that the file before this one declares.

fn join(a: f32, b: f32) -> f32 {
    if (p.largest != 0u) {
        return max(a, b);
    }
    return a + b;
}
