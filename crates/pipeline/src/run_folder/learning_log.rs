//! The log of what a model has learned after it was fitted: `learned.json`.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::Error;
use crate::files::{read_json, write_json};

const LOG: &str = "learned.json";

/// The version of the log.
const SCHEMA: u32 = 1;

/// One learning: footage that was added to a fitted model as normal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LearnedRecord {
    /// Its number, from 1.
    pub number: u64,
    /// When it was done, in UTC: `2026-11-29T14:30:05Z`.
    pub time: String,
    /// Where the footage came from.
    pub data: String,
    /// The version of oddframe.
    pub oddframe: String,
    /// The systems that learned, as `SYSTEM.MEMBER`.
    pub systems: Vec<String>,
    /// The videos.
    pub videos: Vec<LearnedVideo>,
}

impl LearnedRecord {
    /// How many frames were learned.
    pub fn frames(&self) -> usize {
        self.videos.iter().map(|video| video.frames).sum()
    }
}

/// The part of a video that was learned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LearnedVideo {
    /// The name of the video.
    pub name: String,
    /// The SHA-256 of the pixels of all its frames, also of those that were not learned.
    pub sha256: String,
    /// The number of the first frame that was learned.
    pub first_frame: u64,
    /// The number of the last frame that was learned.
    pub last_frame: u64,
    /// How many frames were learned.
    pub frames: usize,
}

impl LearnedVideo {
    /// Whether frames of the other part are in this one.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        self.sha256 == other.sha256
            && self.first_frame <= other.last_frame
            && other.first_frame <= self.last_frame
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Log {
    schema: u32,
    learned: Vec<LearnedRecord>,
}

/// Reads what the model in a folder has learned.
pub(super) fn read_log(root: &Path) -> Result<Vec<LearnedRecord>, Error> {
    let path = root.join(LOG);
    if !path.exists() {
        return Ok(Vec::new());
    }
    let log: Log = read_json(&path)?;
    if log.schema != SCHEMA {
        return Err(Error::OtherSchema {
            path,
            found: log.schema,
            expected: SCHEMA,
        });
    }
    Ok(log.learned)
}

/// Replaces the log.
pub(super) fn write_log(root: &Path, learned: &[LearnedRecord]) -> Result<(), Error> {
    let log = Log {
        schema: SCHEMA,
        learned: learned.to_vec(),
    };
    write_json(&root.join(LOG), &log)
}
