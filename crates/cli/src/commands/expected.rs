use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use oddframe::core::Video;
use oddframe::pipeline::Data;
use oddframe::submit::{Ids, Schema};

use crate::progress::Progress;
use crate::report;

/// The frames that a submission must contain.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Expected {
    /// A CSV file with a column of the expected ids, such as a sample submission.
    #[arg(long, value_name = "IDS.csv")]
    ids: Option<PathBuf>,
    /// A data set of images or of video files, as `oddframe run` takes it, or a single video file; every frame of its test
    /// videos is expected. Video files are decoded once to count their frames, which needs the program ffmpeg.
    #[arg(long, value_name = "DIR|FILE")]
    data: Option<PathBuf>,
}

impl Expected {
    pub(crate) fn read_ids(&self) -> Result<Ids> {
        match (&self.ids, &self.data) {
            (Some(path), _) => Ok(Ids::read(path)?),
            (None, Some(folder)) => {
                let data = Data::open_with(folder, &mut Progress::new())?;
                let test = data.test().context("no ids are expected; use --ids")?;
                let videos: Vec<&Video> = test.iter().map(|video| video.video()).collect();
                let frames: usize = videos.iter().map(|video| video.len()).sum();
                report::note(&format!(
                    "expecting the {frames} frames of {} test videos in {}",
                    videos.len(),
                    data.name()
                ));
                Ids::from_videos(&videos)
                    .context("`check` and `complete` compare ids of two numbers, such as 1_939")
            }
            (None, None) => bail!("give the expected frames by --ids IDS.csv or --data DIR"),
        }
    }
}

/// The columns of a submission.
#[derive(Debug, clap::Args)]
pub(crate) struct Columns {
    /// The name of the id column.
    #[arg(long, value_name = "NAME", default_value = "Id")]
    id_column: String,
    /// The name of the score column.
    #[arg(long, value_name = "NAME", default_value = "Predicted")]
    score_column: String,
}

impl Columns {
    pub(crate) fn schema(&self) -> Schema {
        Schema::new(&self.id_column, &self.score_column)
    }
}
