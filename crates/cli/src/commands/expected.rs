use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use oddframe::core::{FrameSource, Video};
use oddframe::frames::Dataset;
use oddframe::submit::{Ids, Schema};

use crate::report;

/// The frames that a submission must contain.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Expected {
    /// A CSV file with a column of the expected ids, such as a sample submission.
    #[arg(long, value_name = "IDS.csv")]
    ids: Option<PathBuf>,
    /// The folder of a data set; every frame of its test videos is expected.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

impl Expected {
    pub(crate) fn read_ids(&self) -> Result<Ids> {
        match (&self.ids, &self.data) {
            (Some(path), _) => Ok(Ids::read(path)?),
            (None, Some(folder)) => {
                let dataset = Dataset::open(folder)?;
                let videos: Vec<&Video> = dataset.test().iter().map(FrameSource::video).collect();
                if videos.is_empty() {
                    bail!(
                        "{} has no test videos, so no ids are expected; use --ids",
                        folder.display()
                    );
                }
                let frames: usize = videos.iter().map(|video| video.len()).sum();
                report::note(&format!(
                    "expecting the {frames} frames of {} test videos in {} (layout {})",
                    videos.len(),
                    dataset.root().display(),
                    dataset.layout()
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
