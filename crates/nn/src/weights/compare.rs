use std::collections::BTreeMap;

use burn::module::ParamId;
use burn::tensor::{DType, TensorData};
use burn_store::TensorSnapshot;

use super::problem::WeightProblem;

/// A parameter of a file with its name there.
#[derive(Debug)]
pub(super) struct FileWeights {
    pub(super) name: String,
    /// Under the model's name.
    pub(super) weights: TensorSnapshot,
}

/// Compares a file's weights with the model's: all of them in the model's precision, or everything that is wrong.
pub(super) fn compare_weights(
    expected: &[TensorSnapshot],
    found: Vec<FileWeights>,
) -> Result<Vec<TensorSnapshot>, Vec<WeightProblem>> {
    let mut wanted: BTreeMap<String, &TensorSnapshot> = expected
        .iter()
        .map(|weights| (weights.full_path(), weights))
        .collect();
    let (mut fitting, mut problems) = (Vec::new(), Vec::new());
    for FileWeights { name, weights } in found {
        let path = weights.full_path();
        // Removing each match makes a second parameter of the same name an unexpected one.
        let checked = match wanted.remove(&path) {
            Some(model) => read_checked(&name, &weights, &model.shape, model.dtype),
            None => Err(WeightProblem::Unexpected { name }),
        };
        match checked {
            Ok(data) => {
                let path = path.split('.').map(str::to_owned).collect();
                fitting.push(TensorSnapshot::from_data(
                    data,
                    path,
                    Vec::new(),
                    ParamId::new(),
                ));
            }
            Err(problem) => problems.push(problem),
        }
    }
    problems.extend(
        wanted
            .into_keys()
            .map(|name| WeightProblem::Missing { name }),
    );
    if problems.is_empty() {
        Ok(fitting)
    } else {
        Err(problems)
    }
}

/// The values of one parameter in the model's precision, after checking shape, type, length and finiteness.
pub(super) fn read_checked(
    name: &str,
    weights: &TensorSnapshot,
    shape: &[usize],
    dtype: DType,
) -> Result<TensorData, WeightProblem> {
    let name = name.to_owned();
    if *weights.shape != *shape {
        let [expected, found] = [shape, &weights.shape].map(<[usize]>::to_vec);
        return Err(WeightProblem::Shape {
            name,
            expected,
            found,
        });
    }
    let floats = [
        DType::F64,
        DType::F32,
        DType::Flex32,
        DType::F16,
        DType::BF16,
    ];
    if !floats.contains(&weights.dtype) {
        return Err(WeightProblem::NotFloat {
            name,
            found: format!("{:?}", weights.dtype),
        });
    }
    let data = match weights.to_data() {
        Ok(data) => data,
        Err(error) => {
            return Err(WeightProblem::Unreadable {
                name,
                reason: error.to_string(),
            });
        }
    };
    let of: usize = weights.shape.iter().product();
    if data.bytes.len() != of * weights.dtype.size() {
        return Err(WeightProblem::Unreadable {
            name,
            reason: "the file ends too early".into(),
        });
    }
    // Precision first, then finiteness: a large f64 may be infinite in the model's type.
    let data = data.convert_dtype(dtype);
    let count = data
        .iter::<f32>()
        .filter(|value| !value.is_finite())
        .count();
    if count > 0 {
        Err(WeightProblem::NotFinite { name, count, of })
    } else {
        Ok(data)
    }
}
