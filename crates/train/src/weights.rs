//! What can be asked of all of a network's weights.

use std::collections::BTreeMap;

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::backend::Backend;
use burn::tensor::{ElementConversion, Tensor};

/// The shape of each parameter and running statistic, by its name.
pub(crate) fn shapes<B: Backend>(network: &impl Module<B>) -> BTreeMap<String, Vec<usize>> {
    let mut visitor = Shapes { path: Vec::new(), shapes: BTreeMap::new() };
    Module::<B>::visit(network, &mut visitor);
    visitor.shapes
}

struct Shapes {
    path: Vec<String>,
    shapes: BTreeMap<String, Vec<usize>>,
}

impl<B: Backend> ModuleVisitor<B> for Shapes {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_string());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        self.shapes.insert(self.path.join("."), param.val().dims().to_vec());
    }
}

/// Whether no weight is NaN or infinite.
pub(crate) fn finite<B: Backend>(network: &impl Module<B>) -> bool {
    let mut visitor = Zeros::<B>(None);
    Module::<B>::visit(network, &mut visitor);
    visitor.0.is_none_or(|sum| sum.into_scalar().elem::<f64>() == 0.0)
}

/// The sum of every weight times zero: zero, or NaN. One number to fetch, whatever the network.
struct Zeros<B: Backend>(Option<Tensor<B, 1>>);

impl<B: Backend> ModuleVisitor<B> for Zeros<B> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        let zero = param.val().mul_scalar(0.0).sum();
        self.0 = Some(match self.0.take() {
            Some(sum) => sum + zero,
            None => zero,
        });
    }
}
