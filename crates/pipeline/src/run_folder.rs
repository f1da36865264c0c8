//! The run folder: its layout, its recipe and record, and what is already done.
//!
//! ```text
//! recipe.toml              the recipe, with every default filled in
//! run.json                 the run record: versions, seed, device, data, times, warnings
//! model/SYSTEM.N/          what member N of a system learned; its own files, and fitted.json when it is done
//! model/repair.flip/       what the flip repair learned
//! model/health/            what is usual for the camera
//! scores/SYSTEM.N/VIDEO.*  raw scores, one file for each video, written when the video ends
//! scores/repair/VIDEO.json which frames of a video were replaced or flipped
//! scores/health/VIDEO.json in which frames of a video something is wrong with the camera
//! scores/SYSTEM.csv        the scores of a system after joining and post-processing      (written by finishing)
//! normal/SYSTEM.N/VIDEO.*  raw scores of held-out normal video, where the recipe has a section [calibration]
//! pictures/VIDEO/FRAME.jpg small pictures of test frames, for the report; larger ones of the top moments
//! maps/SYSTEM.N/VIDEO/FRAME.npy error maps of the test frames, where the recipe keeps them
//! learned.json, learned/   what the model learned after it was fitted, and the models since
//! truth/                   labels, noisy and flipped frames, as far as they are known
//! scores.csv, submission.csv, flips.csv, states.csv, metrics.json                        (written by finishing)
//! calibration.json, events.csv, events.json   where the recipe has a section [calibration] (written by finishing)
//! report.html              all of it for people                                           (written by oddframe-report)
//! ```

mod boxes;
mod details;
mod events;
mod fitted;
mod folder;
mod frame_pictures;
mod health;
mod learned;
mod learning_log;
mod maps;
mod names;
mod paths;
mod raw_scores;
mod record;
mod states;
mod truth_files;
mod video_repairs;

pub use self::boxes::MemberBoxes;
pub use self::events::{EventRecord, EventsFile};
pub(crate) use self::fitted::{FittedRecord, read_fitted, write_fitted};
pub use self::folder::RunFolder;
pub use self::frame_pictures::FramePicture;
pub(crate) use self::health::{FoundFrame, HealthRecord, collect_states};
pub use self::learning_log::{LearnedRecord, LearnedVideo};
pub use self::names::video_file_stem;
pub(crate) use self::raw_scores::Footage;
pub(crate) use self::record::describe_slow_precision;
pub use self::record::{DataRecord, LabelRecord, RunRecord, Stage, VideoRecord};
pub use self::states::{FrameState, FrameStateRow, FrameStates};
pub use self::truth_files::KnownTruth;
pub(crate) use self::video_repairs::RepairRecord;
