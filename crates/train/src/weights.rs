//! What a training needs to know about all parameters of a network: their shapes, whether they are finite, and their
//! bytes.

use std::collections::BTreeMap;

use burn::module::{Module, ModuleVisitor, Param};
use burn::record::{FullPrecisionSettings, NamedMpkBytesRecorder, Record, Recorder};
use burn::tensor::backend::Backend;
use burn::tensor::{ElementConversion, Tensor};

use crate::Error;

/// Burn's record format that keeps every bit of a float.
type BytesRecorder = NamedMpkBytesRecorder<FullPrecisionSettings>;

/// Serialises the record of a network or of an optimiser.
pub(crate) fn record_to_bytes<B, R>(what: &'static str, record: R) -> Result<Vec<u8>, Error>
where
    B: Backend,
    R: Record<B>,
{
    Recorder::<B>::record(&BytesRecorder::default(), record, ()).map_err(|source| Error::Record {
        what,
        source: source.into(),
    })
}

/// Deserialises what [`record_to_bytes`] wrote.
pub(crate) fn record_from_bytes<B, R>(
    what: &'static str,
    bytes: Vec<u8>,
    device: &B::Device,
) -> Result<R, Error>
where
    B: Backend,
    R: Record<B>,
{
    Recorder::<B>::load(&BytesRecorder::default(), bytes, device).map_err(|source| Error::Record {
        what,
        source: source.into(),
    })
}

/// The shape of each parameter and each running statistic, by its name.
pub(crate) fn parameter_shapes<B: Backend>(
    network: &impl Module<B>,
) -> BTreeMap<String, Vec<usize>> {
    let mut visitor = ShapeCollector {
        path: Vec::new(),
        shapes: BTreeMap::new(),
    };
    Module::<B>::visit(network, &mut visitor);
    visitor.shapes
}

struct ShapeCollector {
    path: Vec<String>,
    shapes: BTreeMap<String, Vec<usize>>,
}

impl<B: Backend> ModuleVisitor<B> for ShapeCollector {
    // The path joined by dots is the parameter's name in PyTorch and in weight files: `down.weight`.
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_string());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        self.shapes
            .insert(self.path.join("."), param.val().dims().to_vec());
    }
}

/// Whether no weight is NaN or infinite.
pub(crate) fn are_weights_finite<B: Backend>(network: &impl Module<B>) -> bool {
    let mut visitor = FiniteCheck::<B> { sum_of_zeros: None };
    Module::<B>::visit(network, &mut visitor);
    visitor
        .sum_of_zeros
        .is_none_or(|sum| sum.into_scalar().elem::<f64>() == 0.0)
}

/// Sums 0 × w over all weights w: 0 when they are finite, NaN otherwise, because 0 × ∞ and 0 × NaN are NaN.
///
/// The whole network is checked on its device, and one number is copied to the host.
struct FiniteCheck<B: Backend> {
    sum_of_zeros: Option<Tensor<B, 1>>,
}

impl<B: Backend> ModuleVisitor<B> for FiniteCheck<B> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        let zero = param.val().mul_scalar(0.0).sum();
        self.sum_of_zeros = Some(match self.sum_of_zeros.take() {
            Some(sum) => sum + zero,
            None => zero,
        });
    }
}
