// out ← f(x), or f′(x) · grad: functions of one variable, numbered as in unary.rs. The gradient's binding holds x
// again where it is not wanted. With each.wgsl.

struct Params {
    base: u32,
    groups: u32,
    len: u32,
    op: u32,
    slope: u32,
    a: f32,
    b: f32,
}

const RELU: u32 = 0u;
const TANH: u32 = 1u;
const SIGMOID: u32 = 2u;
const LOG_SIGMOID: u32 = 3u;
const EXP: u32 = 4u;
const LN: u32 = 5u;
const SQRT: u32 = 6u;
const SQUARE: u32 = 7u;
const MAX: u32 = 8u;
const AFFINE: u32 = 9u;

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> grad: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

// The built-in one may overflow for large and cancel for small arguments.
fn tangent(x: f32) -> f32 {
    let size = abs(x);
    if (size < 0.15) {
        let s = x * x;
        return x * (1.0 - s * (1.0 / 3.0 - s * (2.0 / 15.0 - s * (17.0 / 315.0))));
    }
    let e = exp(-2.0 * size);
    return sign(x) * (1.0 - e) / (1.0 + e);
}

fn sigmoid(x: f32) -> f32 {
    let e = exp(-abs(x));
    return select(e, 1.0, x >= 0.0) / (1.0 + e);
}

// ln σ(x) = min(x, 0) − ln(1 + e^−|x|), where the sum must not swallow a small e.
fn log_sigmoid(x: f32) -> f32 {
    let e = exp(-abs(x));
    let series = e * (1.0 - e * (0.5 - e * (1.0 / 3.0)));
    return min(x, 0.0) - select(log(1.0 + e), series, e < 0.01);
}

fn value(x: f32) -> f32 {
    switch (p.op) {
        case RELU: { return max(x, 0.0); }
        case TANH: { return tangent(x); }
        case SIGMOID: { return sigmoid(x); }
        case LOG_SIGMOID: { return log_sigmoid(x); }
        case EXP: { return exp(x); }
        case LN: { return log(x); }
        case SQRT: { return sqrt(x); }
        case SQUARE: { return x * x; }
        case MAX: { return max(x, p.a); }
        default: { return p.a * x + p.b; }
    }
}

fn slope(x: f32) -> f32 {
    switch (p.op) {
        case RELU: { return select(0.0, 1.0, x > 0.0); }
        case TANH: {
            let e = exp(-2.0 * abs(x));
            return 4.0 * e / ((1.0 + e) * (1.0 + e));
        }
        case SIGMOID: { return sigmoid(x) * sigmoid(-x); }
        case LOG_SIGMOID: { return sigmoid(-x); }
        case EXP: { return exp(x); }
        case LN: { return 1.0 / x; }
        case SQRT: { return 0.5 / sqrt(x); }
        case SQUARE: { return 2.0 * x; }
        case MAX: { return select(0.0, 1.0, x > p.a); }
        default: { return p.a; }
    }
}

fn entry(at: u32) {
    if (p.slope != 0u) {
        out[at] = slope(x[at]) * grad[at];
    } else {
        out[at] = value(x[at]);
    }
}
