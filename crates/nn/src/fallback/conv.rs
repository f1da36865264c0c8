use burn::tensor::TensorMetadata;
use burn::tensor::backend::Backend;
use burn::tensor::ops::{ConvOptions, ConvTransposeOptions, FloatTensor};
use oddframe_kernels::{Activation, Window};

use super::activation::{activate, activation_gradient};
use super::linear::sum_except_axis;
use crate::saved::{LayerGradients, SavedLayer};

// Burn has one operation for each of images and volumes, plain and transposed convolutions, and their gradients.

pub(crate) fn conv<B: Backend>(
    input: FloatTensor<B>,
    weight: FloatTensor<B>,
    bias: Option<FloatTensor<B>>,
    window: &Window,
    activation: Activation,
) -> FloatTensor<B> {
    let sums = match (input.rank() == 4, window.transposed) {
        (true, false) => B::conv2d(input, weight, bias, conv2d_options(window)),
        (true, true) => B::conv_transpose2d(input, weight, bias, transpose2d_options(window)),
        (false, false) => B::conv3d(input, weight, bias, conv3d_options(window)),
        (false, true) => B::conv_transpose3d(input, weight, bias, transpose3d_options(window)),
    };
    activate::<B>(sums, activation)
}

pub(crate) fn conv_backward<B: Backend>(
    saved: SavedLayer<B>,
    window: &Window,
    gradient: FloatTensor<B>,
    wanted: [bool; 3],
) -> LayerGradients<B> {
    let SavedLayer {
        input,
        weight,
        output,
        activation,
    } = saved;
    let gradient = activation_gradient::<B>(output, gradient, activation);
    // Burn takes the gradient of each operand with an operation of its own.
    // An image has rank 4 and a volume rank 5, so that rank and transposition select the operation.
    let kind = (input.rank() == 4, window.transposed);
    let of_input = wanted[0].then(|| {
        let (x, w, dy) = (input.clone(), weight.clone(), gradient.clone());
        match kind {
            (true, false) => B::conv2d_x_backward(x, w, dy, conv2d_options(window)),
            (true, true) => B::conv_transpose2d_x_backward(w, dy, transpose2d_options(window)),
            (false, false) => B::conv3d_x_backward(x, w, dy, conv3d_options(window)),
            (false, true) => B::conv_transpose3d_x_backward(w, dy, transpose3d_options(window)),
        }
    });
    let of_weight = wanted[1].then(|| {
        let dy = gradient.clone();
        match kind {
            (true, false) => B::conv2d_weight_backward(input, weight, dy, conv2d_options(window)),
            (true, true) => {
                B::conv_transpose2d_weight_backward(input, weight, dy, transpose2d_options(window))
            }
            (false, false) => B::conv3d_weight_backward(input, weight, dy, conv3d_options(window)),
            (false, true) => {
                B::conv_transpose3d_weight_backward(input, weight, dy, transpose3d_options(window))
            }
        }
    });
    [
        of_input,
        of_weight,
        wanted[2].then(|| sum_except_axis::<B>(gradient, 1)),
    ]
}

fn conv3d_options(w: &Window) -> ConvOptions<3> {
    ConvOptions::new(w.stride, w.padding, w.dilation, w.groups)
}

fn conv2d_options(w: &Window) -> ConvOptions<2> {
    let [stride, padding, dilation] = [w.stride, w.padding, w.dilation].map(image_axes);
    ConvOptions::new(stride, padding, dilation, w.groups)
}

/// Height and width; Burn's options of an image have no depth.
fn image_axes([_, height, width]: [usize; 3]) -> [usize; 2] {
    [height, width]
}

fn transpose3d_options(w: &Window) -> ConvTransposeOptions<3> {
    ConvTransposeOptions::new(w.stride, w.padding, w.output_padding, w.dilation, w.groups)
}

fn transpose2d_options(w: &Window) -> ConvTransposeOptions<2> {
    let [stride, padding, dilation, output_padding] =
        [w.stride, w.padding, w.dilation, w.output_padding].map(image_axes);
    ConvTransposeOptions::new(stride, padding, output_padding, dilation, w.groups)
}
