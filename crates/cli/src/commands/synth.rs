use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use oddframe::core::{Event, FrameSource, Mask, Observer, write_atomically};
use oddframe::labels::write_mat_masks;
use oddframe::synth::{Preset, Scene, WriteOptions};

use crate::progress::Progress;
use crate::report;

/// Write the synthetic street scene: frames, labels, tracks and masks.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  oddframe synth street --preset tiny
  oddframe synth pixelplay --preset pixelplay --seed 7

Presets: tiny (seconds), small (8 training and 8 test videos of 150 frames), pixelplay (16 and 21
videos, 20,910 frames of 640x360 with gaps, late starts, noise and flipped runs; about 1.6 GB).
The same seed gives the same bytes. The folder gets training_videos/ and testing_videos/
(NN/frame_DDDDD.jpg), labels.csv, tracks.csv, events.csv, noise.csv, flips.csv, synth.toml, and
masks/N_label.mat in the format of Avenue. --overwrite replaces only folders that have a synth.toml.")]
pub(crate) struct Args {
    /// The folder to write; it must not exist, or be empty.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The size of the data set: tiny, small or pixelplay.
    #[arg(long, default_value = "small")]
    preset: Preset,
    /// The seed.
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
