//! The results of single videos: one file for each, which independent workers write and one process merges.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use oddframe_core::{
    FrameSource, Observer, ScoreTable, Sha256Digest, Silent, VideoScores, write_atomically,
};
use oddframe_submit::{FileFormat, ScoreFile, write_scores_to};

use crate::model::RawScores;
use crate::run_folder::video_file_stem;
use crate::{Error, Model, VideoPath};

/// The digits of the digest in the name of a result: 64 bits.
const NAME_DIGITS: usize = 16;

/// What scoring one video into a folder of results did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoResult {
    /// The file of the result.
    pub file: PathBuf,
    /// The scored frames.
    pub frames: usize,
    /// Whether the file was already there.
    pub was_there: bool,
    /// What is to be warned of; empty when the file was already there.
    pub warnings: Vec<String>,
}

/// Many workers can score videos without knowing of each other: each result is a file of its own, whose name says which video
/// by which model it is. Scoring a video again finds the file and does nothing, so that a worker that died is replaced by
/// starting the same work again.
impl Model {
    /// The file in `folder` that holds the result of a video: `VIDEO.DIGEST.csv`. The digest covers the model, its recipe, and the
    /// names, sizes and times of the files of the video. Nothing is decoded.
    ///
    /// # Errors
    /// When a file of the model or of the video cannot be read.
    pub fn result_file(&self, video: &VideoPath, folder: &Path) -> Result<PathBuf, Error> {
        let mut digest = Sha256Digest::default();
        digest.update(self.digest()?.as_bytes());
        digest.update(video.digest(false, &mut Silent)?.sha256.as_bytes());
        let digest = &digest.into_hex()[..NAME_DIGITS];
        Ok(folder.join(format!("{}.{digest}.csv", video_file_stem(video.id()))))
    }

    /// Scores one video into its file in `folder`, unless the file is there. The file appears when it is complete.
    ///
    /// # Errors
    /// As [`Self::score`], and when the file cannot be written.
    pub fn score_video(
        &self,
        video: &VideoPath,
        folder: &Path,
        observer: &mut dyn Observer,
    ) -> Result<VideoResult, Error> {
        let file = self.result_file(video, folder)?;
        if file.exists() {
            let frames = self.read_result(&file)?[0].len();
            return Ok(VideoResult {
                file,
                frames,
                was_there: true,
                warnings: Vec::new(),
            });
        }
        let (source, damage) = video.open(observer)?;
        let source: &dyn FrameSource = &*source;
        let RawScores {
            members,
            mut warnings,
        } = self.score_members(&[source], None, observer)?;
        warnings.extend(damage);
        std::fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
        let text = self.format_result(members)?;
        write_atomically::<std::io::Error>(&file, |writer| writer.write_all(text.as_bytes()))
            .map_err(Error::io("write", &file))?;
        Ok(VideoResult {
            file,
            frames: source.numbers().len(),
            was_there: false,
            warnings,
        })
    }

    /// Merges the results of videos in `folder`: post-processed and fused, equal to [`Self::score`] of the same videos.
    ///
    /// # Errors
    /// When a video has no result, a file is damaged, two videos have one name, or a chain cannot be applied.
    pub fn merge_results(
        &self,
        videos: &[VideoPath],
        folder: &Path,
        observer: &mut dyn Observer,
    ) -> Result<ScoreTable, Error> {
        let mut files = Vec::new();
        let mut missing = Vec::new();
        for video in videos {
            let file = self.result_file(video, folder)?;
            if !file.exists() {
                missing.push(video.id().name().to_owned());
            }
            files.push(file);
        }
        if !missing.is_empty() {
            return Err(Error::MissingResults {
                path: folder.to_path_buf(),
                of: videos.len(),
                videos: missing,
            });
        }
        let mut members = vec![Vec::new(); self.members.all.len()];
        for (video, file) in videos.iter().zip(&files) {
            let scores = self.read_result(file)?;
            if scores[0].id() != video.id() {
                return Err(Error::damaged(file)(format!(
                    "these are scores of video {}, not of {}",
                    scores[0].id(),
                    video.id()
                )));
            }
            for (member, scores) in members.iter_mut().zip(scores) {
                member.push(scores);
            }
        }
        let warnings = self.fitting_warnings()?;
        self.finish_scores(RawScores { members, warnings }, observer)
    }

    /// The text of a result: the rows of a score file, each with its system and member in front.
    fn format_result(&self, members: Vec<Vec<VideoScores>>) -> Result<String, Error> {
        let mut text = String::new();
        for (member, videos) in self.members.all.iter().zip(members) {
            let mut rows = Vec::new();
            write_scores_to(&mut rows, &ScoreTable::new(videos)?, &FileFormat::Scores)?;
            let rows = String::from_utf8_lossy(&rows);
            let mut rows = rows.lines();
            let header = rows.next().unwrap_or_default();
            if text.is_empty() {
                // Writing to a string cannot fail.
                let _ = writeln!(text, "system,member,{header}");
            }
            for row in rows {
                let _ = writeln!(text, "{},{},{row}", member.system, member.number);
            }
        }
        Ok(text)
    }

    /// Reads a result: the scores of the video by each member.
    fn read_result(&self, file: &Path) -> Result<Vec<VideoScores>, Error> {
        let text = std::fs::read_to_string(file).map_err(Error::io("read", file))?;
        let damaged = |reason: &str| Error::damaged(file)(reason.to_owned());
        let (header, rows) = text.split_once('\n').unwrap_or((&text, ""));
        let header = header
            .strip_prefix("system,member,")
            .ok_or_else(|| damaged("the first line is not that of a result"))?;
        let mut rows = rows.lines().peekable();
        let mut all: Vec<VideoScores> = Vec::new();
        for member in &self.members.all {
            let prefix = format!("{},{},", member.system, member.number);
            let mut own = format!("{header}\n");
            while let Some(row) = rows.next_if(|row| row.starts_with(&prefix)) {
                own.push_str(&row[prefix.len()..]);
                own.push('\n');
            }
            let table = ScoreFile::parse(own.as_bytes())
                .map_err(|error| {
                    damaged(&format!(
                        "scores of system {}, member {}: {error}",
                        member.system, member.number
                    ))
                })?
                .table;
            match table.videos() {
                [scores]
                    if all
                        .first()
                        .is_none_or(|first| first.numbers() == scores.numbers()) =>
                {
                    all.push(scores.clone());
                }
                _ => {
                    return Err(damaged(
                        "the members do not score the same frames of one video",
                    ));
                }
            }
        }
        match rows.next() {
            Some(row) => Err(damaged(&format!(
                "`{row}` belongs to no system of the model"
            ))),
            None => Ok(all),
        }
    }
}
