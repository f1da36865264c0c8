use std::collections::{BTreeMap, BTreeSet};

use burn::module::Module;
use burn::tensor::backend::Backend;
use oddframe_clips::Examples;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::FitOptions;
use crate::steps::{Shapes, dims};
use crate::weights;

/// What makes a training this one: a checkpoint of another is not gone on with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Identity {
    pub(crate) options: FitOptions,
    pub(crate) network: BTreeMap<String, Vec<usize>>,
    pub(crate) examples: Data,
    pub(crate) validation: Option<Data>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Data {
    pub(crate) count: usize,
    pub(crate) seen: Vec<usize>,
    pub(crate) wanted: Vec<usize>,
}

impl Data {
    fn of(examples: &dyn Examples) -> Self {
        let Shapes { seen, wanted } = Shapes::of(examples);
        let shape = |shape| dims(shape, 1)[1..].to_vec();
        Self { count: examples.len(), seen: shape(seen), wanted: shape(wanted) }
    }
}

impl Identity {
    pub(crate) fn of<B: Backend>(
        options: FitOptions,
        network: &impl Module<B>,
        examples: &dyn Examples,
        validation: Option<&dyn Examples>,
    ) -> Self {
        let network = weights::shapes::<B>(network);
        Self { options, network, examples: Data::of(examples), validation: validation.map(Data::of) }
    }

    /// Where another training, `done` epochs of which are behind, first differs: the field, its value here, its value
    /// there. That it was to have fewer epochs is no difference.
    pub(crate) fn difference(&self, other: &Self, done: u64) -> Option<[String; 3]> {
        let mut other = other.clone();
        other.options.epochs = if done > self.options.epochs { done } else { self.options.epochs };
        let (here, there) = (serde_json::to_value(self).ok()?, serde_json::to_value(other).ok()?);
        difference("", &here, &there)
    }

    #[cfg(test)]
    pub(crate) fn for_tests(options: FitOptions) -> Self {
        let examples = Data { count: 6, seen: vec![1, 1, 4, 4], wanted: vec![1, 1, 4, 4] };
        let network = BTreeMap::from([("down.weight".to_string(), vec![3, 1, 4, 4])]);
        Self { options, network, examples, validation: None }
    }
}

fn difference(field: &str, here: &Value, there: &Value) -> Option<[String; 3]> {
    if here == there {
        return None;
    }
    let (Value::Object(ours), Value::Object(theirs)) = (here, there) else {
        return Some([field.to_string(), shown(here), shown(there)]);
    };
    let names: BTreeSet<_> = ours.keys().chain(theirs.keys()).collect();
    names.into_iter().find_map(|name| {
        let within = if field.is_empty() { name.clone() } else { format!("{field}.{name}") };
        difference(&within, ours.get(name).unwrap_or(&Value::Null), theirs.get(name).unwrap_or(&Value::Null))
    })
}

fn shown(value: &Value) -> String {
    if value.is_null() { "none".to_string() } else { value.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_name_layers_and_epochs() {
        let here = Identity::for_tests(FitOptions::new(4, 2, 1e-3));
        let mut there = here.clone();
        there.options.epochs = 2;
        assert_eq!(here.difference(&there, 2), None);
        let fewer = here.difference(&there, 5).unwrap();
        assert_eq!(fewer, ["options.epochs", "4", "5"]);
        there.network.insert("down.weight".into(), vec![8, 1, 4, 4]);
        let [field, ours, theirs] = here.difference(&there, 2).unwrap();
        assert_eq!(field, "network.down.weight");
        assert_eq!((ours.as_str(), theirs.as_str()), ("[3,1,4,4]", "[8,1,4,4]"));
        there.network.clear();
        assert_eq!(here.difference(&there, 2).unwrap()[2], "none");
    }
}
