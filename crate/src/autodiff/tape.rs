//! What was computed from what, and the way back.

use super::tensor::{Device, Tensor};
use crate::linalg::backend::{Binary, Indices};
use std::cell::RefCell;
use std::rc::Rc;

/// Turns the gradient of a node's value into those of its inputs.
pub(super) type Backward = Box<dyn FnOnce(&Tensor, &mut Flow)>;

const USED_UP: &str = "the tape was used up by `backward`";

/// One recorded operation, or a parameter.
struct Node {
    shape: Vec<usize>,
    kind: Kind,
}

enum Kind {
    /// A parameter's number.
    Parameter(usize),
    /// How its gradient flows on.
    Operation(Backward),
}

/// Records operations on parameters and what follows from them. Cloning shares the record.
#[derive(Clone)]
pub struct Tape {
    device: Device,
    /// None once [`Tape::backward`] has used them up.
    nodes: Rc<RefCell<Option<Vec<Node>>>>,
}

/// A value on a tape. Without a node it is a constant: nothing flows back into it.
#[derive(Clone)]
pub struct Var {
    tape: Tape,
    value: Tensor,
    node: Option<usize>,
}

impl Tape {
    /// A new, empty record.
    pub fn new(device: &Device) -> Self {
        Self { device: device.clone(), nodes: Rc::new(RefCell::new(Some(Vec::new()))) }
    }

    /// Where it computes.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// A value whose gradient is wanted, under a number of the caller's choice (each only once).
    pub fn parameter(&self, number: usize, value: &Tensor) -> Var {
        let node = self.push(Node { shape: value.shape().to_vec(), kind: Kind::Parameter(number) });
        Var { tape: self.clone(), value: value.clone(), node: Some(node) }
    }

    fn push(&self, node: Node) -> usize {
        let mut nodes = self.nodes.borrow_mut();
        let nodes = nodes.as_mut().expect(USED_UP);
        nodes.push(node);
        nodes.len() - 1
    }

    /// A value that nothing flows back into.
    pub fn constant(&self, value: &Tensor) -> Var {
        Var { tape: self.clone(), value: value.clone(), node: None }
    }

    /// The gradients of `loss`, which has one element, with respect to all parameters that it depends on. The
    /// record is used up.
    ///
    /// # Panics
    /// If the loss has several elements, or the record was used up before.
    pub fn backward(&self, loss: &Var) -> Gradients {
        assert_eq!(loss.value.len(), 1, "gradients are those of one number");
        let nodes = self.nodes.take().expect(USED_UP);
        let mut flow = Flow { grads: nodes.iter().map(|_| Gradient::default()).collect() };
        let mut gradients = Gradients::default();
        let Some(last) = loss.node else { return gradients };
        flow.add(last, Tensor::full(&self.device, loss.value.shape(), 1.0));
        for (at, node) in nodes.into_iter().enumerate().rev() {
            let gradient = Gradient { shape: node.shape, ..std::mem::take(&mut flow.grads[at]) };
            match node.kind {
                _ if gradient.is_empty() => {}
                Kind::Parameter(number) => gradients.0.push((number, gradient)),
                Kind::Operation(backward) => backward(&gradient.dense(), &mut flow),
            }
        }
        gradients
    }
}

/// Gradients under way, by node.
pub(super) struct Flow {
    grads: Vec<Gradient>,
}

impl Flow {
    /// Adds to the gradient of `node`.
    pub fn add(&mut self, node: usize, gradient: Tensor) {
        let dense = &mut self.grads[node].dense;
        // A new buffer: both summands may be shared with other nodes.
        *dense = Some(match dense.take() {
            None => gradient,
            Some(sum) => sum.binary(Binary::Add, &gradient),
        });
    }

    /// Adds to some rows of the gradient of `node`.
    pub fn add_rows(&mut self, node: usize, indices: Indices, rows: Tensor) {
        self.grads[node].rows.push((indices, rows));
    }
}

/// The gradient of one parameter: a dense part, and rows that were gathered from it.
#[derive(Default)]
pub struct Gradient {
    dense: Option<Tensor>,
    rows: Vec<(Indices, Tensor)>,
    shape: Vec<usize>,
}

impl Gradient {
    fn is_empty(&self) -> bool {
        self.dense.is_none() && self.rows.is_empty()
    }

    /// The rows alone, if nothing but rows of the parameter was used: lists of row numbers, in which a row
    /// may come several times, with a gradient each (`count × dim`).
    pub fn rows(&self) -> Option<&[(Indices, Tensor)]> {
        self.dense.is_none().then_some(&self.rows)
    }

    /// The whole gradient, in the parameter's shape.
    pub fn dense(self) -> Tensor {
        let Some((_, first)) = self.rows.first() else {
            return self.dense.expect("a gradient has one part at least");
        };
        let device = first.device().clone();
        let sum = match &self.dense {
            None => Tensor::zeros(&device, &self.shape),
            // A buffer of its own: the dense part may be shared with other nodes.
            Some(dense) => {
                let sum = Tensor::alloc(&device, &self.shape);
                device.copy(dense.buffer(), sum.buffer());
                sum
            }
        };
        for (indices, rows) in &self.rows {
            device.scatter_add(rows.matrix()[1], rows.buffer(), indices, sum.buffer());
        }
        sum
    }
}

/// Gradients by the parameters' numbers.
#[derive(Default)]
pub struct Gradients(Vec<(usize, Gradient)>);

impl Gradients {
    /// The gradient of a parameter; `None` if the loss does not depend on it (or it was taken before).
    pub fn take(&mut self, number: usize) -> Option<Gradient> {
        let at = self.0.iter().position(|(n, _)| *n == number)?;
        Some(self.0.swap_remove(at).1)
    }

    /// The gradient of a parameter of this shape; an empty one where there was none.
    fn of(&mut self, number: usize, shape: &[usize]) -> &mut Gradient {
        let at = self.0.iter().position(|(n, _)| *n == number).unwrap_or_else(|| {
            self.0.push((number, Gradient { shape: shape.to_vec(), ..Gradient::default() }));
            self.0.len() - 1
        });
        let gradient = &mut self.0[at].1;
        assert_eq!(gradient.shape, shape, "a gradient of parameter {number}");
        gradient
    }

    /// Adds to the gradient of a parameter, which has this shape: what a penalty gives all of it.
    pub fn add(&mut self, number: usize, gradient: Tensor) {
        let dense = &mut self.of(number, gradient.shape()).dense;
        *dense = Some(match dense.take() {
            None => gradient,
            Some(sum) => sum.binary(Binary::Add, &gradient),
        });
    }

    /// Adds to some rows of the gradient of a parameter of `shape`: what a penalty gives the rows of a batch.
    pub fn add_rows(&mut self, number: usize, shape: &[usize], indices: Indices, rows: Tensor) {
        self.of(number, shape).rows.push((indices, rows));
    }
}

impl Var {
    /// Its value.
    pub fn value(&self) -> &Tensor {
        &self.value
    }

    /// Sizes of its axes.
    pub fn shape(&self) -> &[usize] {
        self.value.shape()
    }

    pub(super) fn device(&self) -> &Device {
        &self.tape.device
    }

    /// Its node, if anything may flow back into it.
    pub(super) fn node(&self) -> Option<usize> {
        self.node
    }

    /// The outcome of an operation on `inputs` (this one among them). `backward` is kept only if some input
    /// has a node.
    pub(super) fn record(
        &self,
        inputs: &[&Self],
        value: Tensor,
        backward: impl FnOnce(&Tensor, &mut Flow) + 'static,
    ) -> Self {
        let node = inputs.iter().any(|v| v.node.is_some()).then(|| {
            let kind = Kind::Operation(Box::new(backward));
            self.tape.push(Node { shape: value.shape().to_vec(), kind })
        });
        Self { tape: self.tape.clone(), value, node }
    }
}
