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
use std::path::PathBuf;

use super::learning_log::{read_log, write_log};
use super::{LearnedRecord, RunFolder};
use crate::Error;

const STATES: &str = "learned";

/// The models of so many learnings are kept, each a whole copy.
const KEPT_STATES: usize = 8;

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
        write_log(self.path(), &learned)?;
        self.learned = learned;
        Ok(())
    }
}
