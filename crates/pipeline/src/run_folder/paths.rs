//! Where the files of a run lie.

use std::path::PathBuf;

use oddframe_core::VideoId;

use super::RunFolder;
use super::names::{HEALTH, NORMAL, REPAIRS, SCORES, video_file_stem};

impl RunFolder {
    /// The fused scores.
    pub fn scores_file(&self) -> PathBuf {
        self.path().join("scores.csv")
    }

    /// The submission, where the names of the videos allow one.
    pub fn submission_file(&self) -> PathBuf {
        self.path().join("submission.csv")
    }

    /// The figures, for programs.
    pub fn metrics_file(&self) -> PathBuf {
        self.path().join("metrics.json")
    }

    /// The report, for people.
    pub fn report_file(&self) -> PathBuf {
        self.path().join("report.html")
    }

    /// The events, for programs.
    pub fn events_file(&self) -> PathBuf {
        self.path().join("events.json")
    }

    /// The events as a table.
    pub fn events_table_file(&self) -> PathBuf {
        self.path().join("events.csv")
    }

    /// The decisions of the flip repair about the test frames.
    pub fn flips_file(&self) -> PathBuf {
        self.path().join("flips.csv")
    }

    /// The repaired test videos, where the recipe asks for them.
    pub fn cleaned_folder(&self) -> PathBuf {
        self.path().join("cleaned_testing_videos")
    }

    /// The scores of a system after joining and post-processing.
    pub fn system_scores_file(&self, system: &str) -> PathBuf {
        self.path().join(SCORES).join(format!("{system}.csv"))
    }

    /// The raw scores of a member of a system, one file for each video.
    pub fn raw_scores_folder(&self, system: &str, member: usize) -> PathBuf {
        self.path().join(SCORES).join(format!("{system}.{member}"))
    }

    pub(super) fn health_file(&self, video: &VideoId) -> PathBuf {
        self.path()
            .join(SCORES)
            .join(HEALTH)
            .join(format!("{}.json", video_file_stem(video)))
    }

    /// What the scores are calibrated with: the raw scores of held-out normal video.
    pub(crate) fn normal_folder(&self) -> PathBuf {
        self.path().join(NORMAL)
    }

    pub(super) fn held_out_videos_file(&self) -> PathBuf {
        self.normal_folder().join("videos.json")
    }

    /// The calibrations of a finished run.
    pub fn calibration_file(&self) -> PathBuf {
        self.path().join("calibration.json")
    }

    pub(super) fn repairs_file(&self, video: &VideoId) -> PathBuf {
        self.path()
            .join(SCORES)
            .join(REPAIRS)
            .join(format!("{}.json", video_file_stem(video)))
    }
}
