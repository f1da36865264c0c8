//! Where things lie in a run folder.

use std::path::{Path, PathBuf};

/// Names that every run uses itself: the systems with no network, the flip classifier, the fused scores.
pub(crate) const TAKEN: [&str; 4] = [FRAME_DIFFERENCE, TYPICAL_FRAME, FLIP, FUSED];
pub(crate) const FRAME_DIFFERENCE: &str = "frame_difference";
pub(crate) const TYPICAL_FRAME: &str = "typical_frame";
pub(crate) const FLIP: &str = "flip";
pub(crate) const FUSED: &str = "fused";

/// The paths below one folder.
#[derive(Debug, Clone)]
pub(crate) struct Files {
    root: PathBuf,
}

impl Files {
    pub(crate) fn new(root: &Path) -> Self {
        Self { root: root.to_path_buf() }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn recipe(&self) -> PathBuf {
        self.root.join("recipe.toml")
    }

    pub(crate) fn run(&self) -> PathBuf {
        self.root.join("run.json")
    }

    pub(crate) fn models(&self) -> PathBuf {
        self.root.join("model")
    }

    pub(crate) fn score_folder(&self) -> PathBuf {
        self.root.join("scores")
    }

    pub(crate) fn fused(&self) -> PathBuf {
        self.root.join("scores.csv")
    }

    pub(crate) fn submission(&self) -> PathBuf {
        self.root.join("submission.csv")
    }

    pub(crate) fn metrics(&self) -> PathBuf {
        self.root.join("metrics.json")
    }

    pub(crate) fn report(&self) -> PathBuf {
        self.root.join("report.html")
    }

    /// Which test frames were taken for upside down.
    pub(crate) fn flips(&self) -> PathBuf {
        self.root.join("flips.csv")
    }

    pub(crate) fn cleaned(&self) -> PathBuf {
        self.root.join("cleaned_testing_videos")
    }

    /// The scores of a system. A name has no dot in it, so that no two files are one.
    pub(crate) fn scores(&self, system: &str) -> PathBuf {
        self.score_folder().join(format!("{system}.csv"))
    }

    /// The scores of a member as its network gives them.
    pub(crate) fn raw_scores(&self, system: &str, member: usize) -> PathBuf {
        self.score_folder().join(format!("{system}.{member}.csv"))
    }

    /// A member's weights.
    pub(crate) fn weights(&self, system: &str, member: usize) -> PathBuf {
        self.models().join(format!("{system}.{member}.bpk"))
    }

    /// How a member's training went.
    pub(crate) fn training(&self, system: &str, member: usize) -> PathBuf {
        self.models().join(format!("{system}.{member}.json"))
    }

    /// Where a member's training stands.
    pub(crate) fn checkpoint(&self, system: &str, member: usize) -> PathBuf {
        self.models().join(format!("{system}.{member}.checkpoint"))
    }

    /// The frame that stands for the normal ones.
    pub(crate) fn typical(&self) -> PathBuf {
        self.models().join(format!("{TYPICAL_FRAME}.npy"))
    }
}
