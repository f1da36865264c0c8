use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

/// The number of learnable parameters of a module, counted as PyTorch counts them: without the running statistics of
/// batch normalisation, which Burn's own `num_params` includes.
///
/// ```
/// use burn::backend::Flex;
/// use oddframe_nn::{LinearConfig, parameter_count};
///
/// let layer = LinearConfig::new(10, 3).init::<Flex>(&Default::default())?;
/// assert_eq!(parameter_count(&layer), 10 * 3 + 3);
/// # Ok::<(), oddframe_nn::Error>(())
/// ```
pub fn parameter_count<B: Backend, M: Module<B>>(module: &M) -> usize {
    let mut counter = ParameterCounter {
        field: String::new(),
        total: 0,
    };
    module.visit(&mut counter);
    counter.total
}

struct ParameterCounter {
    /// The name of the field that is being visited.
    field: String,
    total: usize,
}

impl<B: Backend> ModuleVisitor<B> for ParameterCounter {
    fn enter_module(&mut self, name: &str, _: &str) {
        name.clone_into(&mut self.field);
    }

    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<B, D>>) {
        if !matches!(self.field.as_str(), "running_mean" | "running_var") {
            self.total += parameter.val().shape().num_elements();
        }
    }
}
