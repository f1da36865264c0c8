use std::collections::BTreeMap;

use burn::module::ParamId;
use burn::tensor::{DType, TensorData};
use burn_store::TensorSnapshot;

use super::WeightProblem;

/// Weights of a file, with the name they have there.
pub(super) struct Found {
    pub(super) name: String,
    /// As the model calls them.
    pub(super) weights: TensorSnapshot,
}

/// The file's weights in the model's precision, or all that is wrong with them.
pub(super) fn compare(
    expected: &[TensorSnapshot],
    found: Vec<Found>,
) -> Result<Vec<TensorSnapshot>, Vec<WeightProblem>> {
    let mut wanted: BTreeMap<String, &TensorSnapshot> =
        expected.iter().map(|weights| (weights.full_path(), weights)).collect();
    let (mut fitting, mut problems) = (Vec::new(), Vec::new());
    for Found { name, weights } in found {
        let path = weights.full_path();
        // Removed, so that a second one of this name is one too many.
        let checked = match wanted.remove(&path) {
            Some(model) => values(&name, &weights, model),
            None => Err(WeightProblem::Unexpected { name }),
        };
        match checked {
            Ok(data) => {
                let path = path.split('.').map(str::to_owned).collect();
                fitting.push(TensorSnapshot::from_data(data, path, Vec::new(), ParamId::new()));
            }
            Err(problem) => problems.push(problem),
        }
    }
    problems.extend(wanted.into_keys().map(|name| WeightProblem::Missing { name }));
    if problems.is_empty() { Ok(fitting) } else { Err(problems) }
}

/// The values of one layer, once they are known to fit.
fn values(name: &str, weights: &TensorSnapshot, model: &TensorSnapshot) -> Result<TensorData, WeightProblem> {
    let name = name.to_owned();
    if weights.shape != model.shape {
        let [expected, found] = [model, weights].map(|weights| weights.shape.iter().copied().collect());
        return Err(WeightProblem::Shape { name, expected, found });
    }
    let floats = [DType::F64, DType::F32, DType::Flex32, DType::F16, DType::BF16];
    if !floats.contains(&weights.dtype) {
        let reason = format!("its values are {:?}, no floats", weights.dtype);
        return Err(WeightProblem::Unreadable { name, reason });
    }
    let data = match weights.to_data() {
        Ok(data) => data,
        Err(error) => return Err(WeightProblem::Unreadable { name, reason: error.to_string() }),
    };
    let of: usize = weights.shape.iter().product();
    if data.bytes.len() != of * weights.dtype.size() {
        return Err(WeightProblem::Unreadable { name, reason: "the file ends too early".into() });
    }
    let data = data.convert_dtype(model.dtype);
    let count = data.iter::<f32>().filter(|value| !value.is_finite()).count();
    if count > 0 { Err(WeightProblem::NotFinite { name, count, of }) } else { Ok(data) }
}
