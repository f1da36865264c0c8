use std::path::PathBuf;

use anyhow::{Result, bail};
use oddframe::core::{FrameSource, Video};
use oddframe::frames::Dataset;
use oddframe::submit::{Ids, Schema};

use crate::report;

/// Which frames a submission must have.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Expected {
    /// A CSV with an Id column, such as the sample submission.
    #[arg(long, value_name = "IDS.csv")]
    ids: Option<PathBuf>,
    /// The data set's folder: its test videos give the ids.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

impl Expected {
    pub(crate) fn ids(&self) -> Result<Ids> {
        match (&self.ids, &self.data) {
            (Some(path), _) => Ok(Ids::read(path)?),
            (None, Some(folder)) => {
                let dataset = Dataset::open(folder)?;
                let videos: Vec<&Video> = dataset.test().iter().map(FrameSource::video).collect();
                if videos.is_empty() {
                    bail!("{} has no test videos", folder.display());
                }
                let frames: usize = videos.iter().map(|video| video.len()).sum();
                report::note(&format!(
                    "expecting the {frames} frames of {} test videos in {} (layout {})",
                    videos.len(),
                    dataset.root().display(),
                    dataset.layout()
                ));
                Ok(Ids::from_videos(&videos)?)
            }
            (None, None) => bail!("name the expected frames: --ids IDS.csv or --data DIR"),
        }
    }
}

/// The columns of a submission.
#[derive(Debug, clap::Args)]
pub(crate) struct Columns {
    /// Name of the id column.
    #[arg(long, value_name = "NAME", default_value = "Id")]
    id_column: String,
    /// Name of the score column.
    #[arg(long, value_name = "NAME", default_value = "Predicted")]
    score_column: String,
}

impl Columns {
    pub(crate) fn schema(&self) -> Schema {
        Schema::new(&self.id_column, &self.score_column)
    }
}
