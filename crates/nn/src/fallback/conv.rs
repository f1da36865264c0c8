use burn::tensor::TensorMetadata;
use burn::tensor::backend::Backend;
use burn::tensor::ops::{ConvOptions, ConvTransposeOptions, FloatTensor};

use super::{activate, activation_gradient, sum_but};
use crate::kernels::{Gradients, Saved};
use crate::{Activation, Window};

pub(crate) fn conv<B: Backend>(
    input: FloatTensor<B>,
    weight: FloatTensor<B>,
    bias: Option<FloatTensor<B>>,
    window: &Window,
    activation: Activation,
) -> FloatTensor<B> {
    let sums = match (input.rank() == 4, window.transposed) {
        (true, false) => B::conv2d(input, weight, bias, plain2(window)),
        (true, true) => B::conv_transpose2d(input, weight, bias, transposed2(window)),
        (false, false) => B::conv3d(input, weight, bias, plain3(window)),
        (false, true) => B::conv_transpose3d(input, weight, bias, transposed3(window)),
    };
    activate::<B>(sums, activation)
}

pub(crate) fn conv_backward<B: Backend>(
    saved: Saved<B>,
    window: &Window,
    gradient: FloatTensor<B>,
    wanted: [bool; 3],
) -> Gradients<B> {
    let Saved { input, weight, output, activation } = saved;
    let gradient = activation_gradient::<B>(output, gradient, activation);
    let kind = (input.rank() == 4, window.transposed);
    let of_input = wanted[0].then(|| {
        let (x, w, dy) = (input.clone(), weight.clone(), gradient.clone());
        match kind {
            (true, false) => B::conv2d_x_backward(x, w, dy, plain2(window)),
            (true, true) => B::conv_transpose2d_x_backward(w, dy, transposed2(window)),
            (false, false) => B::conv3d_x_backward(x, w, dy, plain3(window)),
            (false, true) => B::conv_transpose3d_x_backward(w, dy, transposed3(window)),
        }
    });
    let of_weight = wanted[1].then(|| {
        let dy = gradient.clone();
        match kind {
            (true, false) => B::conv2d_weight_backward(input, weight, dy, plain2(window)),
            (true, true) => B::conv_transpose2d_weight_backward(input, weight, dy, transposed2(window)),
            (false, false) => B::conv3d_weight_backward(input, weight, dy, plain3(window)),
            (false, true) => B::conv_transpose3d_weight_backward(input, weight, dy, transposed3(window)),
        }
    });
    [of_input, of_weight, wanted[2].then(|| sum_but::<B>(gradient, 1))]
}

fn plain3(w: &Window) -> ConvOptions<3> {
    ConvOptions::new(w.stride, w.padding, w.dilation, w.groups)
}

fn plain2(w: &Window) -> ConvOptions<2> {
    let [stride, padding, dilation] = [w.stride, w.padding, w.dilation].map(Window::image);
    ConvOptions::new(stride, padding, dilation, w.groups)
}

fn transposed3(w: &Window) -> ConvTransposeOptions<3> {
    ConvTransposeOptions::new(w.stride, w.padding, w.output_padding, w.dilation, w.groups)
}

fn transposed2(w: &Window) -> ConvTransposeOptions<2> {
    let [stride, padding, dilation, output_padding] =
        [w.stride, w.padding, w.dilation, w.output_padding].map(Window::image);
    ConvTransposeOptions::new(stride, padding, output_padding, dilation, w.groups)
}
