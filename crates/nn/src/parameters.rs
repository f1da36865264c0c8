use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

/// How many numbers a module learns: as PyTorch counts them, without the running statistics of batch
/// normalisation, which Burn's own `num_params` includes.
pub fn parameter_count<B: Backend, M: Module<B>>(module: &M) -> usize {
    let mut count = Count { field: String::new(), total: 0 };
    module.visit(&mut count);
    count.total
}

struct Count {
    /// The field that is visited.
    field: String,
    total: usize,
}

impl<B: Backend> ModuleVisitor<B> for Count {
    fn enter_module(&mut self, name: &str, _: &str) {
        name.clone_into(&mut self.field);
    }

    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<B, D>>) {
        if !matches!(self.field.as_str(), "running_mean" | "running_var") {
            self.total += parameter.val().shape().num_elements();
        }
    }
}
