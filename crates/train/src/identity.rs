use std::collections::{BTreeMap, BTreeSet};

use burn::module::Module;
use burn::tensor::backend::Backend;
use oddframe_clips::Examples;
use oddframe_core::ClipShape;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::FitOptions;
use crate::batches::{ExampleShapes, batch_dims};
use crate::weights::parameter_shapes;

/// What a training and a checkpoint must have in common for the training to resume from it.
///
/// The values of the examples are not part of it: reading them all would take as long as an epoch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct TrainingIdentity {
    pub(crate) options: FitOptions,
    pub(crate) network: BTreeMap<String, Vec<usize>>,
    pub(crate) examples: ExamplesIdentity,
    pub(crate) validation: Option<ExamplesIdentity>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ExamplesIdentity {
    pub(crate) count: usize,
    /// `[T, C, H, W]` of an input.
    pub(crate) seen: Vec<usize>,
    /// `[T, C, H, W]` of a target.
    pub(crate) wanted: Vec<usize>,
}

impl ExamplesIdentity {
    fn of(examples: &dyn Examples) -> Self {
        let ExampleShapes { input, target } = ExampleShapes::of(examples);
        Self {
            count: examples.len(),
            seen: example_dims(input),
            wanted: example_dims(target),
        }
    }
}

/// `[T, C, H, W]`.
fn example_dims(shape: ClipShape) -> Vec<usize> {
    batch_dims(shape, 1)[1..].to_vec()
}

impl TrainingIdentity {
    pub(crate) fn of<B: Backend>(
        options: FitOptions,
        network: &impl Module<B>,
        examples: &dyn Examples,
        validation: Option<&dyn Examples>,
    ) -> Self {
        Self {
            options,
            network: parameter_shapes::<B>(network),
            examples: ExamplesIdentity::of(examples),
            validation: validation.map(ExamplesIdentity::of),
        }
    }

    /// The first field in which the training of a checkpoint differs: its name, its value here and its value there.
    ///
    /// Raising `epochs` continues the training; lowering it below the epochs already done is a difference.
    pub(crate) fn first_difference(&self, saved: &Self, epochs_done: u64) -> Option<[String; 3]> {
        let mut saved = saved.clone();
        // The number of epochs may change between two runs, but not to fewer than are done: with that number in place
        // of the saved one, any greater or equal number counts as the same and a smaller one is reported.
        saved.options.epochs = epochs_done.max(self.options.epochs);
        // Compared as JSON, so that every field, also one added later, has a name to report.
        let (here, there) = (
            serde_json::to_value(self).ok()?,
            serde_json::to_value(saved).ok()?,
        );
        find_difference("", &here, &there)
    }

    #[cfg(test)]
    pub(crate) fn for_tests(options: FitOptions) -> Self {
        let examples = ExamplesIdentity {
            count: 6,
            seen: vec![1, 1, 4, 4],
            wanted: vec![1, 1, 4, 4],
        };
        let network = BTreeMap::from([("down.weight".to_string(), vec![3, 1, 4, 4])]);
        Self {
            options,
            network,
            examples,
            validation: None,
        }
    }
}

/// Descends into objects in the order of their keys; anything else is compared as a whole.
fn find_difference(field: &str, here: &Value, there: &Value) -> Option<[String; 3]> {
    if here == there {
        return None;
    }
    let (Value::Object(ours), Value::Object(theirs)) = (here, there) else {
        return Some([field.to_string(), display_value(here), display_value(there)]);
    };
    let names: BTreeSet<_> = ours.keys().chain(theirs.keys()).collect();
    names.into_iter().find_map(|name| {
        let path = if field.is_empty() {
            name.clone()
        } else {
            format!("{field}.{name}")
        };
        // A field that one of them lacks, such as a layer, counts as null there.
        let (ours, theirs) = (
            ours.get(name).unwrap_or(&Value::Null),
            theirs.get(name).unwrap_or(&Value::Null),
        );
        find_difference(&path, ours, theirs)
    })
}

fn display_value(value: &Value) -> String {
    if value.is_null() {
        "none".to_string()
    } else {
        value.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_names_the_layer_or_the_epochs() {
        let here = TrainingIdentity::for_tests(FitOptions::new(4, 2, 1e-3));
        let mut there = here.clone();
        there.options.epochs = 2;
        assert_eq!(here.first_difference(&there, 2), None);
        let fewer = here.first_difference(&there, 5).unwrap();
        assert_eq!(fewer, ["options.epochs", "4", "5"]);
        there.network.insert("down.weight".into(), vec![8, 1, 4, 4]);
        let [field, ours, theirs] = here.first_difference(&there, 2).unwrap();
        assert_eq!(field, "network.down.weight");
        assert_eq!((ours.as_str(), theirs.as_str()), ("[3,1,4,4]", "[8,1,4,4]"));
        there.network.clear();
        assert_eq!(here.first_difference(&there, 2).unwrap()[2], "none");
    }
}
