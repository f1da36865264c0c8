use std::path::PathBuf;

use oddframe_core::SharedError;
use oddframe_score::AnyPool;

use crate::device::DeviceName;
use crate::weights::{WeightProblem, list_problems};

/// The errors of layers, devices, tensors and files of weights.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A size is zero.
    #[error("{layer}: {what} is zero; it must be at least 1")]
    Zero {
        /// The layer.
        layer: &'static str,
        /// The size.
        what: &'static str,
    },
    /// A layer with more than 2^30 weights.
    #[error(
        "{layer}: weights of {} are more than a layer can have, {MAX_WEIGHTS}; use fewer channels or features, or a smaller input",
        join_sizes(shape)
    )]
    TooManyWeights {
        /// The layer.
        layer: &'static str,
        /// The shape of the weights.
        shape: Vec<usize>,
    },
    /// The number of groups does not divide the channels.
    #[error(
        "{layer}: {channels} {what} channels cannot be split into {groups} groups; use a divisor"
    )]
    Groups {
        /// The layer.
        layer: &'static str,
        /// `input` or `output`.
        what: &'static str,
        /// The number of channels.
        channels: usize,
        /// The number of groups.
        groups: usize,
    },
    /// A number is outside its range.
    #[error("{layer}: {name} is {value}; it must be {must}")]
    Parameter {
        /// The layer.
        layer: &'static str,
        /// The parameter's name.
        name: &'static str,
        /// Its value.
        value: f64,
        /// The accepted values.
        must: &'static str,
    },
    /// A layer does not take the shape that the layer before it outputs.
    #[error(
        "layer {place} of the inference chain, {layer}: it takes {expected} and is given {found}"
    )]
    Chain {
        /// The layer's place in the chain, from 1.
        place: usize,
        /// The layer.
        layer: &'static str,
        /// The shape that the layer takes.
        expected: String,
        /// The shape that it would receive.
        found: String,
    },
    /// Ranges that were recorded for another network.
    #[error(
        "the inference chain has {layers} layers and {found} ranges are left for them; record the ranges of this network"
    )]
    Ranges {
        /// Layers of the chain.
        layers: usize,
        /// Ranges that are left.
        found: usize,
    },
    /// Weights in 16 bits, 8-bit integers or recorded ranges are asked for on a device without native kernels.
    #[error(
        "weights in 16 bits, 8-bit integers and recorded ranges need the native kernels; build the layers for the device `flex`, or in \
         32-bit floats"
    )]
    NoNativeKernels,
    /// A node of a graph does not take the values that it is given.
    #[error(
        "node {node} of the inference graph, {layer}: it takes {expected} and is given {}x{} with {} channels",
        found[0], found[1], found[2]
    )]
    Graph {
        /// The node's number; 0 is the input.
        node: usize,
        /// The layer.
        layer: &'static str,
        /// What the layer takes.
        expected: String,
        /// Height, width and channels of what it would receive.
        found: [usize; 3],
    },
    /// The number of values is not that of their shape.
    #[error("{what}: {expected} values expected, {found} found")]
    Length {
        /// The values.
        what: &'static str,
        /// The number that the shape requires.
        expected: usize,
        /// The number of values.
        found: usize,
    },
    /// An error of the native kernels.
    #[cfg(feature = "flex")]
    #[error(transparent)]
    Kernel(#[from] oddframe_kernels::Error),
    /// A parameter cannot be read as 32-bit floats.
    #[error("{what} cannot be read as 32-bit floats")]
    Values {
        /// The parameter.
        what: &'static str,
        /// Burn's reason.
        #[source]
        source: burn::tensor::DataError,
    },
    /// A device did not return a tensor.
    #[error("cannot read {what} from its device: {reason}")]
    Device {
        /// The tensor.
        what: &'static str,
        /// Burn's reason.
        reason: String,
    },
    /// There is no device of this name.
    #[error(
        "there is no device `{name}`; use flex, ndarray, cuda, cuda:N, wgpu or wgpu:N, where N counts from 0{}",
        suggestion(*nearest)
    )]
    UnknownDevice {
        /// The name given.
        name: String,
        /// The name that was probably meant.
        nearest: Option<&'static str>,
    },
    /// The device's feature is off.
    #[error(
        "this program was built without `{feature}`{}; build it with --features {feature}",
        built_devices(built)
    )]
    NotBuilt {
        /// The feature.
        feature: &'static str,
        /// The devices that the program was built with.
        built: Vec<&'static str>,
    },
    /// A device is missing or broken.
    #[error("the device {device} cannot be used: {reason}; it needs {needs}")]
    DeviceFailed {
        /// The device.
        device: DeviceName,
        /// What the device requires.
        needs: &'static str,
        /// The backend's message.
        reason: String,
    },
    /// A pool runs on the CPU only.
    #[error("{pool} runs on the CPU only; a device can pool by mean, max and topk")]
    PoolOnCpu {
        /// The pool.
        pool: AnyPool,
    },
    /// The extension of a file of weights does not name a format.
    #[error("{}: {must}", path.display())]
    WeightsFormat {
        /// The file.
        path: PathBuf,
        /// The accepted values.
        must: &'static str,
    },
    /// A file of weights cannot be opened or written.
    #[error("{}: {source}", path.display())]
    WeightsFile {
        /// The file.
        path: PathBuf,
        /// The reader's or writer's error.
        #[source]
        source: SharedError,
    },
    /// A file of weights is not complete.
    #[error(
        "{}: the weights file is cut short or damaged ({bytes} bytes; {reason}); copy it again, or train it again",
        path.display()
    )]
    WeightsDamaged {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
        /// The reader's message.
        reason: String,
    },
    /// The weights do not fit the model.
    #[error("{}: these weights do not fit the model:{}", path.display(), list_problems(problems))]
    WeightsDiffer {
        /// The file.
        path: PathBuf,
        /// Everything that is wrong.
        problems: Vec<WeightProblem>,
    },
}

fn suggestion(nearest: Option<&'static str>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

fn built_devices(built: &[&str]) -> String {
    if built.is_empty() {
        " or any other backend".into()
    } else {
        format!(" (it has {})", built.join(", "))
    }
}

/// The largest number of weights of one layer: 4 GiB of 32-bit floats, and four times that while it is trained. A failed
/// allocation ends the process, so sizes far beyond those of any network are refused before.
const MAX_WEIGHTS: usize = 1 << 30;

/// An error for a shape with more than [`MAX_WEIGHTS`] weights.
pub(crate) fn check_weights(layer: &'static str, shape: &[usize]) -> Result<(), Error> {
    let weights = shape
        .iter()
        .try_fold(1_usize, |weights, size| weights.checked_mul(*size));
    match weights {
        Some(weights) if weights <= MAX_WEIGHTS => Ok(()),
        _ => Err(Error::TooManyWeights {
            layer,
            shape: shape.to_vec(),
        }),
    }
}

/// Sizes as `3x4x5`.
fn join_sizes(sizes: &[usize]) -> String {
    let sizes: Vec<_> = sizes.iter().map(ToString::to_string).collect();
    sizes.join("x")
}

/// An error for the first size of zero.
pub(crate) fn at_least_one(
    layer: &'static str,
    sizes: &[(&'static str, usize)],
) -> Result<(), Error> {
    match sizes.iter().find(|(_, size)| *size == 0) {
        Some(&(what, _)) => Err(Error::Zero { layer, what }),
        None => Ok(()),
    }
}

/// An error for a number outside its range.
pub(crate) fn check_range(
    layer: &'static str,
    name: &'static str,
    value: f64,
    fits: bool,
    must: &'static str,
) -> Result<(), Error> {
    if fits {
        Ok(())
    } else {
        Err(Error::Parameter {
            layer,
            name,
            value,
            must,
        })
    }
}

/// An error for a slice whose length is not that of its shape, or for an axis of length zero; `item` is the number of
/// values of one item.
pub(crate) fn check_length(
    layer: &'static str,
    what: &'static str,
    found: usize,
    axes: &[(&'static str, usize)],
    item: usize,
) -> Result<(), Error> {
    at_least_one(layer, axes)?;
    let expected = axes
        .iter()
        .fold(item, |all, (_, size)| all.saturating_mul(*size));
    if found == expected {
        Ok(())
    } else {
        Err(Error::Length {
            what,
            expected,
            found,
        })
    }
}
