//! Raw scores: the scores before post-processing, one file for each member of a system and each video. Those of held-out
//! normal video have the same form, in a folder of their own.

use std::fs;
use std::path::PathBuf;

use oddframe_core::{FrameSource, ScoreTable, ScoredVideo, VideoId, VideoScores};
use oddframe_submit::{FileFormat, read_scores, write_scores};

use super::names::video_file_stem;
use super::{RunFolder, VideoRecord};
use crate::Error;
use crate::files::{read_json, write_json, write_text};

/// Which videos are scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Footage {
    /// The test videos.
    Test,
    /// The normal videos that no system was fitted on; see [`RunFolder::write_held_out_videos`].
    HeldOut,
}

impl RunFolder {
    /// Notes which videos are held out, before they are scored.
    pub(crate) fn write_held_out_videos(&self, videos: &[&dyn FrameSource]) -> Result<(), Error> {
        let folder = self.normal_folder();
        fs::create_dir_all(&folder).map_err(Error::io("create", &folder))?;
        let records: Vec<VideoRecord> =
            videos.iter().map(|video| VideoRecord::of(*video)).collect();
        write_json(&self.held_out_videos_file(), &records)
    }

    /// The videos whose scores belong to some footage.
    pub(crate) fn read_videos(&self, footage: Footage) -> Result<Vec<VideoRecord>, Error> {
        match footage {
            Footage::Test => Ok(self.record().data.test.clone()),
            Footage::HeldOut => {
                let path = self.held_out_videos_file();
                if !path.exists() {
                    return Err(Error::NotFitted {
                        path: self.path().to_path_buf(),
                        missing: "scores of held-out normal video".to_owned(),
                    });
                }
                read_json(&path)
            }
        }
    }

    /// Copies the scores of held-out video from the folder of a model, so that finishing this folder needs nothing else.
    pub(crate) fn copy_normal_scores(&self, model: &Self) -> Result<(), Error> {
        let videos = model.read_videos(Footage::HeldOut)?;
        for system in &self.recipe().systems {
            for member in 0..system.members {
                let folder = self.scores_folder_of(Footage::HeldOut, &system.name, member);
                fs::create_dir_all(&folder).map_err(Error::io("create", &folder))?;
                for video in &videos {
                    let name = (Footage::HeldOut, system.name.as_str(), member);
                    let from = model.raw_scores_file(name, &video.id());
                    let text = fs::read_to_string(&from).map_err(Error::io("read", &from))?;
                    write_text(&self.raw_scores_file(name, &video.id()), &text)?;
                }
            }
        }
        // Written last: other shares may copy the same files at the same time, with the same contents.
        write_json(&self.held_out_videos_file(), &videos)
    }

    /// Whether the raw scores of a video are complete.
    pub(crate) fn has_raw_scores(
        &self,
        footage: Footage,
        system: &str,
        member: usize,
        video: &VideoId,
    ) -> bool {
        self.raw_scores_file((footage, system, member), video)
            .exists()
    }

    /// Writes the raw scores of a video. The boxes and reasons come first: once the scores are there, the video is done.
    pub(crate) fn write_raw_scores(
        &self,
        footage: Footage,
        system: &str,
        member: usize,
        scored: &ScoredVideo,
    ) -> Result<(), Error> {
        let folder = self.scores_folder_of(footage, system, member);
        fs::create_dir_all(&folder).map_err(Error::io("create", &folder))?;
        let id = scored.scores().id();
        // Nobody looks at the boxes of held-out video.
        if footage == Footage::Test {
            self.write_details(system, member, scored)?;
        }
        // The scores are renamed into place in one step. Their presence marks the video as done, for this
        // process and for others that work on the same folder, so no list of finished videos is needed.
        let table = ScoreTable::new(vec![scored.scores().clone()])?;
        Ok(write_scores(
            &self.raw_scores_file((footage, system, member), id),
            &table,
            &FileFormat::Scores,
        )?)
    }

    /// Reads the raw scores that a member of a system gave all test videos. Members are counted from 0.
    ///
    /// # Errors
    /// When the scores of a video are missing, damaged, or not those of its frames.
    pub fn read_raw_scores(&self, system: &str, member: usize) -> Result<ScoreTable, Error> {
        self.read_scores_of(Footage::Test, system, member)
    }

    /// Reads the raw scores that a member of a system gave all videos of some footage.
    pub(crate) fn read_scores_of(
        &self,
        footage: Footage,
        system: &str,
        member: usize,
    ) -> Result<ScoreTable, Error> {
        let videos = self.read_videos(footage)?;
        let videos = videos
            .iter()
            .map(|video| self.read_video((footage, system, member), video))
            .collect::<Result<_, _>>()?;
        Ok(ScoreTable::new(videos)?)
    }

    /// Reads the raw scores that a member of a system gave one test video.
    pub(crate) fn read_test_video(
        &self,
        system: &str,
        member: usize,
        video: &VideoRecord,
    ) -> Result<VideoScores, Error> {
        self.read_video((Footage::Test, system, member), video)
    }

    fn read_video(&self, scores: Scores<'_>, video: &VideoRecord) -> Result<VideoScores, Error> {
        let path = self.raw_scores_file(scores, &video.id());
        let (footage, system, _) = scores;
        if !path.exists() && footage == Footage::HeldOut {
            return Err(Error::NotFitted {
                path: self.path().to_path_buf(),
                missing: format!("scores of held-out video {} by system {system}", video.name),
            });
        }
        if !path.exists() {
            let (path, video) = (self.path().to_path_buf(), video.name.clone());
            return Err(Error::NotScored {
                path,
                system: system.to_owned(),
                video,
            });
        }
        let table = read_scores(&path)?.table;
        // The number of frames is compared because the file may come from an older version of the data set.
        match table.videos() {
            [scores] if *scores.id() == video.id() && scores.len() == video.frames => {
                Ok(scores.clone())
            }
            _ => {
                let reason = format!(
                    "these are not the scores of the {} frames of video {}",
                    video.frames, video.name
                );
                Err(Error::damaged(&path)(reason))
            }
        }
    }

    fn raw_scores_file(&self, (footage, system, member): Scores<'_>, video: &VideoId) -> PathBuf {
        self.scores_folder_of(footage, system, member)
            .join(format!("{}.csv", video_file_stem(video)))
    }

    fn scores_folder_of(&self, footage: Footage, system: &str, member: usize) -> PathBuf {
        match footage {
            Footage::Test => self.raw_scores_folder(system, member),
            Footage::HeldOut => self.normal_folder().join(format!("{system}.{member}")),
        }
    }
}

/// Whose scores: the footage, the system, and the number of its member.
type Scores<'a> = (Footage, &'a str, usize);
