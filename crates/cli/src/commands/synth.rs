use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use oddframe::core::{Event, FrameSource, Mask, Observer, write_atomically};
use oddframe::labels::write_mat_masks;
use oddframe::synth::{Preset, Scene, WriteOptions};

use crate::progress::Progress;
use crate::report;

/// Write a data set with known anomalies: a synthetic street scene with labels and masks.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  oddframe synth street --preset tiny
  oddframe synth pixelplay --preset pixelplay --seed 7

Presets:
  tiny        3 training and 3 test videos of 40 frames, 96x64
  small       8 training and 8 test videos of 150 frames, 240x160
  pixelplay   16 training and 21 test videos, 20,910 frames of 640x360, about 1.6 GB; some
              test frames are missing, noisy or upside down, as in the Pixel Play contest

The folder gets:
  training_videos/NN/frame_DDDDD.jpg, testing_videos/NN/frame_DDDDD.jpg
  labels.csv             which test frames are abnormal
  masks/N_label.mat      which pixels are, in the format of Avenue
  events.csv, tracks.csv the anomalies, and where each is in every frame
  noise.csv, flips.csv   which test frames are noisy or upside down
  synth.toml             the preset and the seed

The same preset and seed give the same bytes. --overwrite replaces a folder only if it has a synth.toml.")]
pub(crate) struct Args {
    /// The folder to write; it must not exist, or be empty.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The size of the data set: tiny, small or pixelplay.
    #[arg(long, default_value = "small")]
    preset: Preset,
    /// The seed of all random numbers; another seed gives other videos.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Replace a synthetic data set that is already there.
    #[arg(long)]
    overwrite: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let scene = Scene::new(args.preset, args.seed);
    let options = WriteOptions::default().with_overwrite(args.overwrite);
    let written = scene.write_with(
        &args.folder,
        options,
        &mut Progress::new(),
        |folder, watch| write_masks(&scene, &folder.join("masks"), watch),
    )?;
    let (train, test, folder) = (
        written.train_frames,
        written.test_frames,
        written.folder.display(),
    );
    report::note(&format!(
        "{train} training and {test} test frames in {folder}"
    ));
    Ok(())
}

/// Writes Avenue's `N_label.mat` for each test video: cell i is the mask of frame number i.
fn write_masks(scene: &Scene, folder: &Path, watch: &mut dyn Observer) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    watch.tell(Event::Started {
        task: "writing masks",
        total: Some(scene.test().len() as u64),
    })?;
    for (done, video) in (1..).zip(scene.test()) {
        // The cells of such a file are counted, not numbered: cell i belongs to frame i, so a video that starts late
        // has empty masks before its first frame.
        let shape = video.shape();
        let last = video.numbers().last().map_or(0, |n| n.0 as usize);
        let mut masks = vec![Mask::empty(shape.width(), shape.height()); last + 1];
        for (index, number) in video.numbers().iter().enumerate() {
            masks[number.0 as usize] = video.mask(index);
        }
        let path = folder.join(format!("{}_label.mat", video.id().number().unwrap_or(done)));
        write_atomically::<anyhow::Error>(&path, |writer| Ok(write_mat_masks(writer, &masks)?))
            .with_context(|| format!("cannot write {}", path.display()))?;
        watch.tell(Event::Advanced { done })?;
    }
    Ok(watch.tell(Event::Finished)?)
}
