//! The defaults of [`Operations`](crate::kernels::Operations): its operations composed of Burn's own.
//!
//! These are also the reference that the native kernels are tested against. A backward pass is written out by hand for
//! every operation, because a backend may have a native forward kernel without a native backward one. Gradients are
//! named `of_input`, `of_weight` and so on: the gradient of the loss with respect to that tensor.

mod activation;
mod adam;
mod batch_norm;
mod channel_scale;
mod conv;
mod conv_lstm;
mod gru;
mod linear;
mod lstm;
mod squared_error;

pub(crate) use activation::activate;
pub(crate) use adam::adam;
pub(crate) use batch_norm::{batch_norm, batch_norm_backward, batch_norm_inference};
pub(crate) use channel_scale::scale_channels;
pub(crate) use conv::{conv, conv_backward};
pub(crate) use conv_lstm::{Convolution, conv_lstm, conv_lstm_backward};
pub(crate) use gru::{gru, gru_backward};
pub(crate) use linear::{linear, linear_backward};
pub(crate) use lstm::{lstm, lstm_backward};
pub(crate) use squared_error::{squared_error, squared_error_backward};
