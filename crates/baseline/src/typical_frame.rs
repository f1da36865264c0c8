use oddframe_core::{
    Delay, Error, Event, Frame, FrameInput, FrameScore, FrameSource, ModelFolder, Observer, Origin,
    PreparedFrame, Scorer, Settled, StreamInfo, System,
};
use oddframe_frames::{ReadAhead, read_ahead};

use crate::comparison::Comparison;
use crate::image_file::{read_image, write_image};
use crate::median::Histograms;
use crate::settings::gray_input;
use crate::{Typical, TypicalFrameSettings};

/// The system's kind, as recipes name it and errors show it.
const NAME: &str = "typical_frame";

/// The learned frame in the model folder.
const IMAGE_FILE: &str = "typical_frame.npy";

/// Scores a frame by its squared distance to one image: the mean or the median of the training frames.
///
/// All frames are gray with values from 0 to 1. Training writes the image to `typical_frame.npy` in the model folder; a
/// folder that has the image is complete and is not trained again. A frame with borrowed pixels gets the score of these
/// pixels, with the frame that they come from as its [`Origin`].
///
/// ```
/// use oddframe_baseline::{TypicalFrame, TypicalFrameSettings};
/// use oddframe_core::{FrameSource, ModelFolder, Silent, System};
/// use oddframe_frames::prepared;
/// use oddframe_synth::{Preset, Scene};
///
/// let system = TypicalFrame::new(TypicalFrameSettings { width: 32, height: 24, ..Default::default() })?;
/// let scene = Scene::new(Preset::Tiny, 0);
/// let normal: Vec<_> =
///     scene.train().iter().map(|video| prepared(system.input(), video)).collect::<Result<_, _>>()?;
/// let normal: Vec<&dyn FrameSource> = normal.iter().map(AsRef::as_ref).collect();
///
/// # let folder = tempfile::tempdir()?;
/// # let folder = folder.path();
/// let model = ModelFolder::create(folder)?;
/// system.fit(&normal, &model, &mut Silent)?;
/// assert_eq!(system.open(&model)?.input(), system.input());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TypicalFrame {
    settings: TypicalFrameSettings,
    input: FrameInput,
}

impl TypicalFrame {
    /// A system with these settings.
    ///
    /// # Errors
    /// When a side is zero or too large.
    pub fn new(settings: TypicalFrameSettings) -> Result<Self, Error> {
        let input = gray_input(settings.width, settings.height, settings.filter)?;
        Ok(Self { settings, input })
    }

    /// Makes a scorer that compares with `image` instead of one from a model folder.
    ///
    /// # Shapes
    /// `image`: `[height, width]` of the settings, from 0 to 1.
    ///
    /// # Errors
    /// When `image` has more or fewer values.
    pub fn scorer(&self, image: Vec<f32>) -> Result<Box<dyn Scorer>, Error> {
        let TypicalFrameSettings {
            width,
            height,
            pool,
            ..
        } = self.settings;
        Error::check_length("pixels of the typical frame", width * height, image.len())?;
        let comparison = Comparison::new(NAME, self.input, (width, height), pool);
        Ok(Box::new(DistanceScorer { comparison, image }))
    }
}

impl System for TypicalFrame {
    fn input(&self) -> FrameInput {
        self.input
    }

    fn fit(
        &self,
        normal: &[&dyn FrameSource],
        model: &ModelFolder,
        observer: &mut dyn Observer,
    ) -> Result<(), Error> {
        // The image is written atomically and last: a folder that has it is complete.
        if model.has(IMAGE_FILE) {
            return Ok(());
        }
        if normal.is_empty() {
            return Err(Error::Nothing {
                what: "training video",
            });
        }
        // One pass, in the order of the videos: f64 sums depend on the order, and the image must not depend on threads.
        let total = normal
            .iter()
            .map(|video| video.numbers().len() as u64)
            .sum();
        observer.tell(Event::Started {
            task: "learning the typical frame",
            total: Some(total),
        })?;
        let mut average = Average::new(self.settings.typical);
        let mut values = vec![0.0; self.settings.width * self.settings.height];
        for video in normal {
            read_ahead(video, ReadAhead::new(), |frames| {
                while let Some(frame) = frames.next_frame() {
                    let frame = frame?;
                    self.input.scale().fill(frame, &mut values)?;
                    average.add(frame, &values);
                    observer.tell(Event::Advanced {
                        done: average.frames,
                    })?;
                }
                Ok::<_, Error>(())
            })?;
        }
        observer.tell(Event::Finished)?;
        write_image(
            &model.file(IMAGE_FILE),
            &average.image(),
            self.settings.width,
        )
        .map_err(|error| error.of_system(NAME))
    }

    fn open(&self, model: &ModelFolder) -> Result<Box<dyn Scorer>, Error> {
        let TypicalFrameSettings { width, height, .. } = self.settings;
        let image = read_image(&model.file(IMAGE_FILE), width, height)
            .map_err(|error| error.of_system(NAME))?;
        self.scorer(image)
    }

    fn training_key(&self) -> Option<String> {
        // The pool is missing on purpose: it changes the scores and not what is learned.
        Some(format!(
            "{NAME} {:?} {:?}",
            self.settings.typical, self.input
        ))
    }
}

/// The mean or the median of frames that are added one by one.
struct Average {
    typical: Typical,
    frames: u64,
    sums: Vec<f64>,
    histograms: Histograms,
}

impl Average {
    fn new(typical: Typical) -> Self {
        Self {
            typical,
            frames: 0,
            sums: Vec::new(),
            histograms: Histograms::default(),
        }
    }

    /// Adds a frame, given as bytes and as values from 0 to 1.
    fn add(&mut self, frame: &Frame, values: &[f32]) {
        self.frames += 1;
        match self.typical {
            // Sums in f32 would lose the last bits of each value after a few hundred frames; f64 has 29 bits to spare.
            Typical::Mean => {
                self.sums.resize(values.len(), 0.0);
                self.sums
                    .iter_mut()
                    .zip(values)
                    .for_each(|(sum, value)| *sum += f64::from(*value));
            }
            // Bytes have 256 values, so counting them loses nothing.
            Typical::Median => self.histograms.add(frame.pixels()),
        }
    }

    /// The average frame, row by row, from 0 to 1.
    fn image(&self) -> Vec<f32> {
        // Rounded to f32 once, at the end: scorers compare frames of f32 values.
        match self.typical {
            Typical::Mean => self
                .sums
                .iter()
                .map(|sum| (sum / self.frames as f64) as f32)
                .collect(),
            Typical::Median => self
                .histograms
                .medians()
                .map(|median| (median / 255.0) as f32)
                .collect(),
        }
    }
}

/// Compares each frame with the typical frame.
#[derive(Debug)]
struct DistanceScorer {
    comparison: Comparison,
    /// The typical frame, row by row, from 0 to 1.
    image: Vec<f32>,
}

impl Scorer for DistanceScorer {
    fn input(&self) -> FrameInput {
        self.comparison.input()
    }

    fn start(&mut self, _: &StreamInfo) -> Result<(), Error> {
        Ok(())
    }

    fn push(&mut self, frame: &PreparedFrame<'_>, settled: &mut Settled) -> Result<(), Error> {
        let image = frame.image.ok_or_else(|| {
            crate::Error::NoImage {
                frame: frame.number,
            }
            .of_system(NAME)
        })?;
        self.comparison.load_frame(image)?;
        let value = self
            .comparison
            .score_against(&self.image, frame.number, settled)?;
        // Borrowed pixels can be compared with the typical frame like any others, but they do not show this frame.
        let origin = image
            .borrowed_from()
            .map_or(Origin::Computed, |from| Origin::Borrowed { from });
        settled.push(FrameScore::new(value, origin));
        Ok(())
    }

    fn finish(&mut self, _: &mut Settled) -> Result<(), Error> {
        Ok(())
    }

    fn delay(&self) -> Delay {
        Delay::Frames(0)
    }
}
