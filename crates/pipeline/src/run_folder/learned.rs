//! What a model has learned after it was fitted: `learned.json`, and the models that this left.
//!
//! ```text
//! model/SYSTEM.N/            as fitted, never changed
//! learned/1/SYSTEM.N/        after the first learning
//! learned/2/SYSTEM.N/        after the second; the last one that learned.json lists is in use
//! learned.json               what was learned, in order
//! ```
//!
//! A learning counts from the moment at which `learned.json` lists it. The file is written whole or not at all, so that a killed
//! process leaves the model before or after. Taking a learning back removes its entry.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::RunFolder;
use crate::Error;
use crate::files::{read_json, write_json};

const LOG: &str = "learned.json";
const STATES: &str = "learned";

/// The models of so many learnings are kept, each a whole copy.
const KEPT_STATES: usize = 8;

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

impl RunFolder {
    /// What the model has learned after it was fitted, in order.
    pub fn learned(&self) -> &[LearnedRecord] {
        &self.learned
    }

    /// The folder that the model `name`, as `SYSTEM.MEMBER`, is opened from: that of the last learning in which it took part,
    /// or that of fitting.
    pub(crate) fn current_model_path(&self, name: &str) -> PathBuf {
        match self.learned.last() {
            Some(last) if last.systems.iter().any(|system| system == name) => {
                self.state_path(last.number).join(name)
            }
            _ => self.named_model_path(name),
        }
    }

    /// The folder of the models after a learning.
    fn state_path(&self, number: u64) -> PathBuf {
        self.path().join(STATES).join(number.to_string())
    }

    /// Creates the empty folder for the models of the next learning, and returns its number.
    pub(crate) fn begin_learning(&self) -> Result<(u64, PathBuf), Error> {
        let number = self.learned.last().map_or(0, |last| last.number) + 1;
        let path = self.state_path(number);
        // A killed process may have left an unfinished one, or one that was taken back.
        if path.exists() {
            fs::remove_dir_all(&path).map_err(Error::io("remove", &path))?;
        }
        fs::create_dir_all(&path).map_err(Error::io("create", &path))?;
        Ok((number, path))
    }

    /// Lists a learning whose models are complete: from now on they are in use.
    pub(crate) fn finish_learning(&mut self, record: LearnedRecord) -> Result<(), Error> {
        let mut learned = self.learned.clone();
        learned.push(record);
        self.replace_log(learned)?;
        // The copies of earlier states cost disk space. An error here leaves a folder too many, and no wrong result.
        let outdated = self.learned.len().saturating_sub(KEPT_STATES);
        for record in &self.learned[..outdated] {
            let _ = fs::remove_dir_all(self.state_path(record.number));
        }
        Ok(())
    }

    /// Takes the last learning back: the models before it are in use again.
    pub(crate) fn undo_learning(&mut self) -> Result<LearnedRecord, Error> {
        let mut learned = self.learned.clone();
        let Some(last) = learned.pop() else {
            return Err(Error::NothingLearned {
                path: self.path().to_path_buf(),
            });
        };
        if let Some(before) = learned.last()
            && !self.state_path(before.number).exists()
        {
            return Err(Error::StateNotKept {
                path: self.path().to_path_buf(),
                number: before.number,
                kept: KEPT_STATES,
            });
        }
        self.replace_log(learned)?;
        let _ = fs::remove_dir_all(self.state_path(last.number));
        Ok(last)
    }

    fn replace_log(&mut self, learned: Vec<LearnedRecord>) -> Result<(), Error> {
        // Another process may have learned something since this one opened the folder.
        if read_log(self.path())? != self.learned {
            return Err(Error::LearnedMeanwhile {
                path: self.path().to_path_buf(),
            });
        }
        let log = Log {
            schema: SCHEMA,
            learned,
        };
        write_json(&self.path().join(LOG), &log)?;
        self.learned = log.learned;
        Ok(())
    }
}
