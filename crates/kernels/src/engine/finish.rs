use crate::Activation;

/// What is done with finished sums before they are stored.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Finish<'a> {
    /// One value for each output channel.
    pub(crate) bias: Option<&'a [f32]>,
    pub(crate) activation: Activation,
}
