//! Weights in files.
//!
//! | extension | contents | names and shapes |
//! |---|---|---|
//! | `.bpk` | Burn's own format | the model's fields, Burn's shapes |
//! | `.safetensors` | what PyTorch users exchange | PyTorch's, linear layers `[out, in]` |
//! | `.pt`, `.pth` | what `torch.save` writes; read only | PyTorch's |
//!
//! Loading collects all weights of the file, renames them by a [`WeightNames`], compares them with the model's, and only
//! then changes the model: a file that does not fit leaves nothing half loaded, and its error lists every problem.

mod compare;
mod format;
mod load;
mod names;
mod problem;
mod save;
mod state_dict;

pub use load::load_weights;
pub use names::WeightNames;
pub use problem::WeightProblem;
pub(crate) use problem::list_problems;
pub use save::save_weights;
pub use state_dict::StateDict;
