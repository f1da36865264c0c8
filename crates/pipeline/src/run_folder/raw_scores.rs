//! Raw scores: the scores before post-processing, one file for each member of a system and each video.

use std::fs;
use std::path::PathBuf;

use oddframe_core::{ScoreTable, ScoredVideo, VideoId, VideoScores};
use oddframe_submit::{FileFormat, read_scores, write_scores};

use super::paths::video_file_stem;
use super::{RunFolder, VideoRecord};
use crate::Error;

impl RunFolder {
    /// Whether the raw scores of a video are complete.
    pub(crate) fn has_raw_scores(&self, system: &str, member: usize, video: &VideoId) -> bool {
        self.raw_scores_file(system, member, video).exists()
    }

    /// Writes the raw scores of a video. The boxes and reasons come first: once the scores are there, the video is done.
    pub(crate) fn write_raw_scores(
        &self,
        system: &str,
        member: usize,
        scored: &ScoredVideo,
    ) -> Result<(), Error> {
        let folder = self.raw_scores_folder(system, member);
        fs::create_dir_all(&folder).map_err(Error::io("create", &folder))?;
        let id = scored.scores().id();
        self.write_details(system, member, scored)?;
        // The scores are renamed into place in one step. Their presence marks the video as done, for this
        // process and for others that work on the same folder, so no list of finished videos is needed.
        let table = ScoreTable::new(vec![scored.scores().clone()])?;
        Ok(write_scores(
            &self.raw_scores_file(system, member, id),
            &table,
            &FileFormat::Scores,
        )?)
    }

    /// Reads the raw scores that a member of a system gave all test videos. Members are counted from 0.
    ///
    /// # Errors
    /// When the scores of a video are missing, damaged, or not those of its frames.
    pub fn read_raw_scores(&self, system: &str, member: usize) -> Result<ScoreTable, Error> {
        let videos = self.record().data.test.iter();
        let videos = videos
            .map(|video| self.read_video(system, member, video))
            .collect::<Result<_, _>>()?;
        Ok(ScoreTable::new(videos)?)
    }

    fn read_video(
        &self,
        system: &str,
        member: usize,
        video: &VideoRecord,
    ) -> Result<VideoScores, Error> {
        let path = self.raw_scores_file(system, member, &video.id());
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

    fn raw_scores_file(&self, system: &str, member: usize, video: &VideoId) -> PathBuf {
        self.raw_scores_folder(system, member)
            .join(format!("{}.csv", video_file_stem(video)))
    }
}
