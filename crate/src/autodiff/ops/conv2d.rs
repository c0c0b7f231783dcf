//! Convolutions.

use crate::autodiff::{Tensor, Var};
use crate::linalg::backend::Conv2d;

impl Var {
    /// `y = w ⋆ x`: images `N × C × H × W` with weights `O × C × k × k`, the same stride and padding both
    /// ways. `dx` and `dw` are the transposed maps, applied to `dy`.
    #[must_use]
    pub fn conv2d(&self, weight: &Self, stride: usize, padding: usize) -> Self {
        let &[batch, channels_in, height, width] = self.shape() else {
            panic!("{:?} are no images", self.shape())
        };
        let &[channels_out, channels, kernel, other] = weight.shape() else {
            panic!("{:?} are no weights of a convolution", weight.shape())
        };
        assert!(channels == channels_in && kernel == other, "{:?} with {:?}", self.shape(), weight.shape());
        let sizes = Conv2d { batch, channels_in, channels_out, height, width, kernel, stride, padding };
        let (device, (h, w)) = (self.device().clone(), sizes.output());
        let out = Tensor::alloc(&device, &[batch, channels_out, h, w]);
        device.conv2d(&sizes, self.value().buffer(), weight.value().buffer(), out.buffer());
        let (x, w, nodes) = (self.value().clone(), weight.value().clone(), [self.node(), weight.node()]);
        self.record(&[self, weight], out, move |dy, flow| {
            if let Some(node) = nodes[0] {
                let dx = Tensor::alloc(&device, x.shape());
                device.conv2d_grad_input(&sizes, dy.buffer(), w.buffer(), dx.buffer());
                flow.add(node, dx);
            }
            if let Some(node) = nodes[1] {
                let dw = Tensor::alloc(&device, w.shape());
                device.conv2d_grad_weight(&sizes, x.buffer(), dy.buffer(), dw.buffer());
                flow.add(node, dw);
            }
        })
    }
}
