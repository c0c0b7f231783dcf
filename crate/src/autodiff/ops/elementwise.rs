//! Functions entry by entry, and with a vector along one axis.

use crate::autodiff::{Tensor, Var};
use crate::linalg::backend::{Binary, Reduction, Unary, View};

macro_rules! unary {
    ($($(#[$doc:meta])* $name:ident($($arg:ident),*) = $op:expr;)*) => {
        $($(#[$doc])*
        #[must_use]
        pub fn $name(&self $(, $arg: f32)*) -> Self {
            self.apply($op)
        })*
    };
}

impl Var {
    unary! {
        /// `y = max(x, 0)`, `dx = dy` where x > 0.
        relu() = Unary::Relu;
        /// Hyperbolic tangent, `dx = (1 − y²) dy`.
        tanh() = Unary::Tanh;
        /// `y = σ(x)`, `dx = y (1 − y) dy`.
        sigmoid() = Unary::Sigmoid;
        /// `y = ln σ(x)`, `dx = σ(−x) dy`.
        log_sigmoid() = Unary::LogSigmoid;
        /// `y = e^x`, `dx = y dy`.
        exp() = Unary::Exp;
        /// `y = ln x`, `dx = dy / x`.
        ln() = Unary::Ln;
        /// `y = √x`, `dx = dy / 2y`.
        sqrt() = Unary::Sqrt;
        /// `y = x²`, `dx = 2x dy`.
        square() = Unary::Square;
        /// `y = max(x, c)`, `dx = dy` where x > c.
        max(c) = Unary::Max(c);
        /// `y = scale · x + shift`, `dx = scale · dy`.
        affine(scale, shift) = Unary::Affine { scale, shift };
    }

    fn apply(&self, op: Unary) -> Self {
        let (x, node) = (self.value().clone(), self.node());
        self.record(&[self], x.unary(op), move |dy, flow| {
            if let Some(node) = node {
                flow.add(node, x.unary_grad(op, dy));
            }
        })
    }

    /// `y = a + b`.
    #[must_use]
    pub fn add(&self, b: &Self) -> Self {
        self.combine(b, Binary::Add)
    }

    /// `y = a − b`.
    #[must_use]
    pub fn sub(&self, b: &Self) -> Self {
        self.combine(b, Binary::Sub)
    }

    /// `y = a · b`, entry by entry.
    #[must_use]
    pub fn mul(&self, b: &Self) -> Self {
        self.combine(b, Binary::Mul)
    }

    /// `y = a / b`, entry by entry.
    #[must_use]
    pub fn div(&self, b: &Self) -> Self {
        self.combine(b, Binary::Div)
    }

    fn combine(&self, other: &Self, op: Binary) -> Self {
        let (a, b, nodes) = (self.value().clone(), other.value().clone(), [self.node(), other.node()]);
        let value = a.binary(op, &b);
        let y = (op == Binary::Div).then(|| value.clone());
        self.record(&[self, other], value, move |dy, flow| {
            if let Some(node) = nodes[0] {
                flow.add(node, left(op, dy, &b));
            }
            if let Some(node) = nodes[1] {
                flow.add(node, right(op, dy, &a, &b, y.as_ref()));
            }
        })
    }

    /// `y[o, m, i] = f(x[o, m, i], v[m])` with the axes of `view`, so that `dv` sums over o and i.
    fn along(&self, v: &Self, op: Binary, view: View) -> Self {
        let (x, v_value, nodes) = (self.value().clone(), v.value().clone(), [self.node(), v.node()]);
        let value = x.broadcast(op, view, &v_value);
        self.record(&[self, v], value, move |dy, flow| {
            if let Some(node) = nodes[0] {
                flow.add(
                    node,
                    match op {
                        Binary::Add | Binary::Sub => dy.clone(),
                        Binary::Mul | Binary::Div => dy.broadcast(op, view, &v_value),
                    },
                );
            }
            let Some(node) = nodes[1] else { return };
            let sum = |t: &Tensor| t.reduce(Reduction::Sum, view, v_value.shape());
            flow.add(
                node,
                match op {
                    Binary::Add => sum(dy),
                    Binary::Sub => sum(dy).scale(-1.0),
                    Binary::Mul => sum(&dy.binary(Binary::Mul, &x)),
                    Binary::Div => {
                        let ratio =
                            sum(&dy.binary(Binary::Mul, &x)).unary(Unary::Affine { scale: -1.0, shift: 0.0 });
                        ratio.binary(Binary::Div, &v_value.unary(Unary::Square))
                    }
                },
            );
        })
    }

    /// Adds `v` (as long as a row) to every row of a matrix: a bias.
    #[must_use]
    pub fn add_to_rows(&self, v: &Self) -> Self {
        let [rows, columns] = self.value().matrix();
        self.along(v, Binary::Add, View::columns(rows, columns))
    }

    /// Multiplies column `c` of a matrix by `v[c]`.
    #[must_use]
    pub fn scale_columns(&self, v: &Self) -> Self {
        let [rows, columns] = self.value().matrix();
        self.along(v, Binary::Mul, View::columns(rows, columns))
    }

    /// Multiplies row `r` of a matrix by `v[r]`.
    #[must_use]
    pub fn scale_rows(&self, v: &Self) -> Self {
        let [rows, columns] = self.value().matrix();
        self.along(v, Binary::Mul, View::rows(rows, columns))
    }

    /// Divides row `r` of a matrix by `v[r]`.
    #[must_use]
    pub fn divide_rows(&self, v: &Self) -> Self {
        let [rows, columns] = self.value().matrix();
        self.along(v, Binary::Div, View::rows(rows, columns))
    }

    /// Adds `v[c]` to channel c of images `N × C × H × W`.
    #[must_use]
    pub fn add_to_channels(&self, v: &Self) -> Self {
        self.along(v, Binary::Add, channels(self.value()))
    }
}

/// The axes of images `N × C × H × W` (or any more than that) about their channels.
pub(super) fn channels(images: &Tensor) -> View {
    let [outer, mid, rest @ ..] = images.shape() else { panic!("{:?} are no images", images.shape()) };
    View { outer: *outer, mid: *mid, inner: rest.iter().product() }
}

fn left(op: Binary, dy: &Tensor, b: &Tensor) -> Tensor {
    match op {
        Binary::Add | Binary::Sub => dy.clone(),
        Binary::Mul | Binary::Div => dy.binary(op, b),
    }
}

fn right(op: Binary, dy: &Tensor, a: &Tensor, b: &Tensor, y: Option<&Tensor>) -> Tensor {
    match op {
        Binary::Add => dy.clone(),
        Binary::Sub => dy.scale(-1.0),
        Binary::Mul => dy.binary(Binary::Mul, a),
        // −dy · y / b
        Binary::Div => {
            let y = y.expect("kept for a quotient");
            dy.binary(Binary::Mul, y).scale(-1.0).binary(Binary::Div, b)
        }
    }
}
