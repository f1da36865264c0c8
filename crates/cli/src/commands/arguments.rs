//! Arguments that several commands share.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use oddframe::frames::BadFrames;
use oddframe::pipeline::{
    Data, DeviceName, Engine, KnownLabels, Recipe, Registry, Setting, read_regions,
};
use oddframe::report::ReportOptions;

use crate::progress::Progress;
use crate::{interrupt, report};

/// Where the frames come from.
#[derive(Debug, clap::Args)]
pub(crate) struct DataArgs {
    /// The folder of a data set, such as one with `training_videos/VIDEO/IMAGES` and `testing_videos/VIDEO/IMAGES`, or with
    /// video files in their place; also a folder of video files or a single one, which are then scored. Video files need
    /// the program ffmpeg. By default the synthetic street scene that the recipe describes.
    #[arg(long, value_name = "DIR|FILE")]
    data: Option<PathBuf>,
    /// Learn from the first share of every recording, such as 0.5 or 50% for its first half, and score the rest: for recordings
    /// whose beginning is normal, in a folder without training videos.
    #[arg(long, value_name = "SHARE", requires = "data", value_parser = parse_share)]
    learn_first: Option<f64>,
    /// What happens to frames that cannot be read: `error` stops and names the frame; `nearest` uses the nearest readable
    /// frame of the video instead and lists it in the report. By default the recipe decides.
    #[arg(long, value_name = "error|nearest")]
    on_bad_frame: Option<BadFrames>,
    /// Recognise the data by the contents of its files when resuming, which reads every file once. By default the names,
    /// sizes and times of the files are compared.
    #[arg(long)]
    full_digest: bool,
}

/// The labels of the test videos.
#[derive(Debug, clap::Args)]
pub(crate) struct LabelArgs {
    /// Labels of the test videos, in any format that `oddframe eval --help` lists.
    #[arg(long, value_name = "FILE-OR-DIR")]
    pub(crate) labels: Option<PathBuf>,
    /// Whether frames are counted from 0 or 1, for labels without frame numbers (lists, masks, intervals). By default it
    /// is determined from the videos and labels.
    #[arg(long, value_name = "0|1", requires = "labels", value_parser = clap::value_parser!(u64).range(0..=1))]
    pub(crate) count_from: Option<u64>,
}

/// Values that override those of the recipe.
#[derive(Debug, clap::Args)]
pub(crate) struct RecipeOverrides {
    /// Train every network for this many epochs, whatever the recipe says.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    epochs: Option<u64>,
    /// Use this seed for all random numbers instead of that of the recipe.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    #[command(flatten)]
    regions: RegionArgs,
    /// Override a field of the recipe, such as fuse.how=mean or system.NAME.train.batch=16; can be repeated. The
    /// recipe.toml of any run folder lists all fields.
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<Setting>,
}

/// The parts of the picture that are ignored.
#[derive(Debug, clap::Args)]
pub(crate) struct RegionArgs {
    /// Ignore parts of the picture, or look only at parts of it: a TOML file of [[ignore]] and [[only]] tables with `name`,
    /// `points = [[X, Y], ...]` as fractions of the frame (`unit = "pixels"` for pixels) and, for some videos alone,
    /// `cameras = ["NAME*"]`. Replaces the regions of the recipe; the model keeps them.
    #[arg(long, value_name = "REGIONS.toml")]
    regions: Option<PathBuf>,
}

impl RegionArgs {
    /// Gives a recipe the regions that the arguments name.
    pub(crate) fn apply_to(&self, recipe: &mut Recipe) -> Result<()> {
        if let Some(path) = &self.regions {
            recipe.regions = read_regions(path)?;
        }
        Ok(())
    }
}

/// What the report of a run shows.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct ReportArgs {
    /// Pixelate the pictures in the report: inside every box that a system scored, or the whole picture where a frame has
    /// no box. Faces are not looked for, so a person whom no box marks stays visible beside one who is marked.
    #[arg(long)]
    blur: bool,
    /// The largest size of report.html in millions of bytes. Pictures are left out until it fits.
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=1000))]
    max_megabytes: u16,
}

/// The device that networks run on.
#[derive(Debug, clap::Args)]
pub(crate) struct DeviceArgs {
    /// The device: flex or ndarray (the CPU), cuda or cuda:N (an NVIDIA GPU), wgpu or wgpu:N (any GPU). A device that this
    /// program was built without is an error.
    #[arg(long, value_name = "DEVICE", default_value = "flex")]
    device: DeviceName,
}

impl DataArgs {
    /// Opens the data set, or the synthetic street of the recipe.
    pub(crate) fn open(&self, recipe: &Recipe) -> Result<Data> {
        let data = match &self.data {
            Some(folder) => Data::open_with(folder, &mut Progress::new())?,
            None => Data::scene(&recipe.scene)?,
        };
        Ok(match self.learn_first {
            Some(share) => data.learn_from_start(share)?,
            None => data,
        })
    }

    pub(crate) fn bad_frames(&self) -> Option<BadFrames> {
        self.on_bad_frame
    }

    pub(crate) fn full_digest(&self) -> bool {
        self.full_digest
    }
}

impl LabelArgs {
    /// Adds the labels that the arguments name to the data.
    pub(crate) fn add_to(&self, data: Data) -> Result<Data> {
        match &self.labels {
            Some(path) => Ok(data.with_labels(path, self.count_from)?),
            None => Ok(data),
        }
    }
}

/// Reads `0.5` or `50%`: a wrong share is an error before hours of video are decoded.
fn parse_share(text: &str) -> Result<f64, String> {
    let (number, scale) = match text.strip_suffix('%') {
        Some(percent) => (percent, 100.0),
        None => (text, 1.0),
    };
    let share = number.trim().parse::<f64>().map(|number| number / scale);
    share
        .ok()
        .filter(|share| *share > 0.0 && *share < 1.0)
        .ok_or_else(|| "write a number above 0 and below 1, such as 0.5 or 50%".to_owned())
}

/// Prints the assumption about the frame numbers of labels.
pub(crate) fn note_assumption(labels: &KnownLabels) {
    if let Some(assumption) = &labels.assumption {
        report::note(assumption);
    }
}

/// Reads a recipe file. If no such file exists, reads the built-in recipe of that name.
pub(crate) fn read_recipe(
    recipe: &Path,
    settings: &[Setting],
    registry: &Registry,
) -> Result<Recipe> {
    let built_in = recipe.to_str().and_then(Recipe::built_in_text);
    if let Some(text) = built_in.filter(|_| !recipe.exists()) {
        return Ok(Recipe::parse_with(text, settings, registry)?);
    }
    // A bare word that is no file is more likely a misspelt name than a path.
    if recipe.extension().is_none() && recipe.components().count() == 1 && !recipe.exists() {
        let known: Vec<_> = Recipe::built_in_names().collect();
        bail!(
            "there is no recipe `{}`: name a TOML file, or one of the built-in recipes {}",
            recipe.display(),
            known.join(" and ")
        );
    }
    Ok(Recipe::read(recipe, settings, registry)?)
}

impl RecipeOverrides {
    /// Reads the recipe of a file, or the quickstart recipe, and overrides its values.
    pub(crate) fn read_recipe(
        &self,
        recipe: Option<&Path>,
        data: &DataArgs,
        registry: &Registry,
    ) -> Result<Recipe> {
        let recipe = recipe.unwrap_or(Path::new("quickstart"));
        let mut recipe = read_recipe(recipe, &self.set, registry)?;
        if let Some(epochs) = self.epochs {
            recipe.set_epochs(epochs);
        }
        if let Some(seed) = self.seed {
            // The recipe is kept as TOML, whose integers have 63 bits.
            if i64::try_from(seed).is_err() {
                bail!("--seed {seed} is too large: at most {}", i64::MAX);
            }
            recipe.seed = seed;
        }
        if let Some(bad_frames) = data.bad_frames() {
            recipe.repair.mend = bad_frames;
        }
        self.regions.apply_to(&mut recipe)?;
        Ok(recipe)
    }
}

impl ReportArgs {
    pub(crate) fn options(self) -> ReportOptions {
        ReportOptions::default()
            .with_blur(self.blur)
            .with_max_bytes(usize::from(self.max_megabytes) * 1_000_000)
    }
}

impl DeviceArgs {
    pub(crate) fn open(&self) -> Result<Engine> {
        Ok(Engine::open(self.device)?)
    }
}

/// Declares that an interrupted command can be repeated to resume.
pub(crate) fn declare_resumable(folder: &Path) {
    let folder = folder.display();
    interrupt::work_leaves(format!(
        "what is done so far is in {folder}; the same command resumes it"
    ));
}
