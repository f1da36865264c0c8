use std::path::PathBuf;

use oddframe_core::SharedError;
use oddframe_score::AnyPool;

use crate::weights::lines;
use crate::{DeviceName, WeightProblem};

/// What can be wrong with layers, devices, tensors and files of weights.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A size that must be at least one is zero.
    #[error("{layer}: {what} is zero; it must be at least 1")]
    Zero {
        /// Which layer.
        layer: &'static str,
        /// Which size.
        what: &'static str,
    },
    /// Channels that groups do not divide.
    #[error("{layer}: {channels} {what} channels cannot be split into {groups} groups; use a divisor")]
    Groups {
        /// Which layer.
        layer: &'static str,
        /// input or output.
        what: &'static str,
        /// How many channels.
        channels: usize,
        /// How many groups.
        groups: usize,
    },
    /// A number outside its range.
    #[error("{layer}: {name} is {value}; it must be {must}")]
    Parameter {
        /// Which layer.
        layer: &'static str,
        /// The parameter's name.
        name: &'static str,
        /// What was given.
        value: f64,
        /// What is accepted.
        must: &'static str,
    },
    /// A layer that does not take what the layer before it gives.
    #[error("layer {place} of the frozen chain, {layer}: it takes {expected} and is given {found}")]
    Chain {
        /// The layer's place in the chain, from 1.
        place: usize,
        /// Which layer.
        layer: &'static str,
        /// What the layer takes.
        expected: String,
        /// What it would be given.
        found: String,
    },
    /// Values whose number does not fit the shape that goes with them.
    #[error("{what}: {expected} values expected, {found} found")]
    Length {
        /// What the values are.
        what: &'static str,
        /// The number the shape asks for.
        expected: usize,
        /// The number there is.
        found: usize,
    },
    /// What the kernels refuse.
    #[cfg(feature = "flex")]
    #[error(transparent)]
    Kernel(#[from] oddframe_kernels::Error),
    /// A parameter that could not be read as 32-bit floats.
    #[error("{what} cannot be read as 32-bit floats")]
    Values {
        /// Which parameter.
        what: &'static str,
        /// Burn's reason.
        #[source]
        source: burn::tensor::DataError,
    },
    /// A device that did not do what it was asked to.
    #[error("{what} did not come back from its device: {reason}")]
    Device {
        /// What was asked for.
        what: &'static str,
        /// Burn's reason.
        reason: String,
    },
    /// A device by a name that none has.
    #[error(
        "there is no device `{name}`; there are flex, ndarray, cuda, cuda:N, wgpu and wgpu:N, N from 0 on{}",
        meant(*nearest)
    )]
    UnknownDevice {
        /// The name given.
        name: String,
        /// The name that was probably meant.
        nearest: Option<&'static str>,
    },
    /// A device whose feature is off.
    #[error(
        "this program was built without `{feature}`{}; build it with --features {feature}",
        instead(built)
    )]
    NotBuilt {
        /// The feature.
        feature: &'static str,
        /// The devices that it was built with.
        built: Vec<&'static str>,
    },
    /// A device that is not there, or not in order.
    #[error("the device {device} cannot be used: {reason}; it needs {needs}")]
    DeviceFailed {
        /// The device.
        device: DeviceName,
        /// What has to be there.
        needs: &'static str,
        /// What the backend said.
        reason: String,
    },
    /// A pool that only the CPU has.
    #[error("{pool} pools on the CPU alone; on a device there are mean, max and topk")]
    PoolOnCpu {
        /// The pool.
        pool: AnyPool,
    },
    /// A file of weights by an extension that says too little.
    #[error("{}: {must}", path.display())]
    WeightsFormat {
        /// The file.
        path: PathBuf,
        /// What is accepted.
        must: &'static str,
    },
    /// A file of weights that cannot be read or written.
    #[error("{}: {source}", path.display())]
    WeightsFile {
        /// The file.
        path: PathBuf,
        /// What the reader or the writer said.
        #[source]
        source: SharedError,
    },
    /// Weights that do not fit the model.
    #[error("{}: these weights do not fit the model:{}", path.display(), lines(problems))]
    WeightsDiffer {
        /// The file.
        path: PathBuf,
        /// All that is wrong.
        problems: Vec<WeightProblem>,
    },
}

fn meant(nearest: Option<&'static str>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

fn instead(built: &[&str]) -> String {
    if built.is_empty() { " or any other backend".into() } else { format!(" (it has {})", built.join(", ")) }
}

/// Refuses a size of zero.
pub(crate) fn at_least_one(layer: &'static str, sizes: &[(&'static str, usize)]) -> Result<(), Error> {
    match sizes.iter().find(|(_, size)| *size == 0) {
        Some(&(what, _)) => Err(Error::Zero { layer, what }),
        None => Ok(()),
    }
}

/// Refuses a number that is not in its range.
pub(crate) fn in_range(
    layer: &'static str,
    name: &'static str,
    value: f64,
    fits: bool,
    must: &'static str,
) -> Result<(), Error> {
    if fits { Ok(()) } else { Err(Error::Parameter { layer, name, value, must }) }
}
