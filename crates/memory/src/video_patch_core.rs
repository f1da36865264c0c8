//! `VideoPatchCore`: clips compared with memories of how people look, how they move, and how the scene looks.

mod banks;
mod box_check;
mod box_finder;
mod box_source;
mod clip_buffer;
mod clip_features;
mod clip_score;
mod crop;
mod noise;
mod pooling;
#[cfg(test)]
mod reference;
mod scorer;
mod settings;

use std::fmt;
use std::sync::Arc;

use oddframe_boxes::{ClipCounts, DetectionFilter, DetectionTable, ForegroundModel};
use oddframe_core::{
    Error, Event, FrameInput, FrameSource, ModelFolder, Observer, PixelFormat, Scorer, System,
    VideoId,
};
use oddframe_frames::{ReadAhead, read_ahead};

use self::banks::{Banks, BanksBuilder};
use self::box_check::check_boxes;
use self::box_finder::BoxFinder;
pub use self::box_source::BoxSource;
use self::clip_buffer::ClipBuffer;
use self::clip_features::ClipReader;
use self::clip_score::ClipScorer;
use self::noise::add_noise;
use self::scorer::VideoPatchScorer;
use self::settings::NAME;
pub use self::settings::{MotionPooling, Quirks, VideoPatchCoreSettings};
use crate::ExtractorFactory;

/// The background of the foreground proposer in the model folder.
const FOREGROUND_FILE: &str = "foreground.bin";

/// `VideoPatchCore`: remembers how people look, how they move and how the scene looks in normal clips of 10 frames, and
/// scores a clip by its distances to the three memories.
///
/// - **People** are boxed in the middle frame of a clip; each box, grown and made square, is cut out of all its frames. The
///   maps of a frozen backbone give 49 patches of appearance and 9 vectors of motion.
/// - **The scene** is the whole frame; a temporal pyramid gives 10 vectors a clip.
/// - A distance is that of the most unusual patch, to the power of 4. The score is
///   0.7 (0.7 appearance + 0.3 motion) + 0.3 scene, and every frame of the clip has it.
///
/// Frames keep their own size, as boxes are in pixels of the original frame and people are cut out of it. All frames of a
/// video must have one size. Clips do not overlap and follow the order of the frames; a gap in their numbers does not end a
/// clip.
///
/// | case | score |
/// |---|---|
/// | a clip, or a whole video, without a box | appearance and motion are 0: the scene alone decides; the reason says so where the file of boxes has no row of the video |
/// | the frames after the last whole clip | borrowed from it |
/// | a video shorter than a clip | the last frame is repeated until the clip is full |
///
/// [`FrameScore::boxes`](oddframe_core::FrameScore) holds the boxes with the scores of their own people, and the reason names
/// the part that adds most and the normal clip that comes nearest. Training writes three memories to the model folder; one
/// that has them is not trained again.
#[derive(Clone)]
pub struct VideoPatchCore {
    settings: VideoPatchCoreSettings,
    boxes: BoxSource,
    extractor: ExtractorFactory,
    /// The backbone and what is done to its features.
    identity: String,
}

impl VideoPatchCore {
    /// A system with these settings, boxes and backbone. Opens the backbone once, to check that the settings fit it.
    ///
    /// [`BoxSource::open`] reads the boxes that the settings name.
    ///
    /// # Errors
    /// When the backbone cannot be opened, a map does not exist, or a value is out of range.
    pub fn new(
        settings: VideoPatchCoreSettings,
        boxes: BoxSource,
        extractor: ExtractorFactory,
    ) -> Result<Self, crate::Error> {
        settings.check()?;
        let reader = ClipReader::open(&settings, &extractor)?;
        for (dimensions, rows) in [
            (reader.people_dimensions(), settings.spatial_rows),
            (reader.people_dimensions(), settings.temporal_rows),
            (reader.scene_dimensions(), settings.global_rows),
        ] {
            settings.bank_options(rows).check_full_bank(dimensions)?;
        }
        let identity = format!("{}, {}", reader.identity(), settings.feature_key());
        Ok(Self {
            settings,
            boxes,
            extractor,
            identity,
        })
    }

    /// The detections that count.
    fn filter(&self) -> DetectionFilter {
        DetectionFilter::new()
            .with_confidence_above(self.settings.min_confidence)
            .with_classes(self.settings.classes.clone())
    }

    /// Prepares the boxes of the training videos. Learns the background where boxes come from it.
    fn open_training_boxes(
        &self,
        normal: &[&dyn FrameSource],
        model: &ModelFolder,
        observer: &mut dyn Observer,
    ) -> Result<BoxFinder, crate::Error> {
        let videos: Vec<VideoId> = normal.iter().map(|v| v.id().clone()).collect();
        let table = match &self.boxes {
            BoxSource::Foreground => {
                let learned = ForegroundModel::learn(normal, self.settings.foreground, observer)?;
                learned.write(&model.file(FOREGROUND_FILE))?;
                return BoxFinder::from_model(learned, self.settings.foreground);
            }
            BoxSource::Table(table) => {
                // Its other videos may be those to score; with no training video at all it is a file of other data.
                if !table.videos().any(|video| videos.contains(video)) {
                    table.check_videos(&videos)?;
                }
                table
            }
            BoxSource::Tables { training, .. } => {
                training.check_videos(&videos)?;
                training
            }
        };
        Ok(self.look_up(table))
    }

    fn look_up(&self, table: &Arc<DetectionTable>) -> BoxFinder {
        BoxFinder::Table(Arc::clone(table), self.filter())
    }

    fn open_scoring_boxes(&self, model: &ModelFolder) -> Result<BoxFinder, crate::Error> {
        match &self.boxes {
            BoxSource::Foreground => {
                let learned = ForegroundModel::read(&model.file(FOREGROUND_FILE))?;
                BoxFinder::from_model(learned, self.settings.foreground)
            }
            BoxSource::Table(table) | BoxSource::Tables { scoring: table, .. } => {
                Ok(self.look_up(table))
            }
        }
    }

    fn fit_banks(
        &self,
        normal: &[&dyn FrameSource],
        model: &ModelFolder,
        observer: &mut dyn Observer,
    ) -> Result<Banks, crate::Error> {
        let mut finder = self.open_training_boxes(normal, model, observer)?;
        let reader = ClipReader::open(&self.settings, &self.extractor)?;
        // How many clips there are is known, how many people is not.
        // A setting that cannot work is to be refused before hours of reading.
        let clips = normal.iter().map(|video| video.numbers().len());
        let clips = clips.map(|frames| (frames / self.settings.clip_frames).max(1));
        let rows = clips.sum::<usize>() * reader.scene_rows();
        self.settings
            .bank_options(self.settings.global_rows)
            .check_offered(rows, reader.scene_dimensions())?;
        let mut training = Training {
            settings: &self.settings,
            banks: BanksBuilder::new(&self.settings, &reader, &self.identity)?,
            reader,
            buffer: ClipBuffer::new(self.settings.clip_frames),
            clips: 0,
            clipped: ClipCounts::default(),
        };
        let total: usize = normal.iter().map(|video| video.numbers().len()).sum();
        observer.tell(Event::Started {
            task: "reading normal clips",
            total: Some(total as u64),
        })?;
        let mut done = 0;
        for video in normal {
            training.buffer.start();
            training.clips = 0;
            finder.start();
            read_ahead(video, ReadAhead::new(), |frames| {
                while let Some(frame) = frames.next_frame() {
                    if training.buffer.push(video.id(), frame?, &mut finder)? {
                        training.add_clip(video.id())?;
                    }
                    done += 1;
                    observer.tell(Event::Advanced { done })?;
                }
                Ok::<_, crate::Error>(())
            })?;
            if training.buffer.finish() {
                training.add_clip(video.id())?;
            }
        }
        let ClipCounts { clipped, dropped } = training.clipped;
        if clipped + dropped > 0 {
            let message = format!(
                "of the boxes of the training clips, {clipped} reached over the edges of their frames and were cut, and \
                 {dropped} were wholly outside and were dropped"
            );
            observer.tell(Event::Warned { message: &message })?;
        }
        observer.tell(Event::Finished)?;
        training.banks.build(observer)
    }
}

/// The state of a training between two clips.
struct Training<'a> {
    settings: &'a VideoPatchCoreSettings,
    banks: BanksBuilder,
    reader: ClipReader,
    buffer: ClipBuffer,
    /// The clips of the current video.
    clips: u64,
    /// The boxes of all clips that reached over the edges of their frames.
    clipped: ClipCounts,
}

impl Training<'_> {
    /// Adds the clip in the buffer to the memories.
    fn add_clip(&mut self, video: &VideoId) -> Result<(), crate::Error> {
        let frames = &mut self.buffer.frames;
        add_noise(frames, video, self.clips, self.settings);
        self.clips += 1;
        let boxes = &self.buffer.boxes;
        self.clipped.add(boxes.clipped);
        let features = self.reader.read_clip(video, frames, &boxes.areas)?;
        self.banks.push(video, frames[0].number(), &features)
    }
}

impl System for VideoPatchCore {
    fn input(&self) -> FrameInput {
        FrameInput::unresized(PixelFormat::Rgb)
    }

    fn fit(
        &self,
        normal: &[&dyn FrameSource],
        model: &ModelFolder,
        observer: &mut dyn Observer,
    ) -> Result<(), Error> {
        if Banks::are_in(model) {
            return Ok(());
        }
        if normal.is_empty() {
            return Err(Error::Nothing {
                what: "training video",
            });
        }
        self.fit_banks(normal, model, observer)
            .and_then(|banks| banks.save(model))
            .map_err(|error| error.of_system(NAME))
    }

    fn open(&self, model: &ModelFolder) -> Result<Box<dyn Scorer>, Error> {
        let open = || {
            let banks = Banks::load(model, &self.identity)?;
            Ok(VideoPatchScorer::new(
                self.input(),
                self.settings.clip_frames,
                ClipReader::open(&self.settings, &self.extractor)?,
                ClipScorer::new(&self.settings, banks),
                self.open_scoring_boxes(model)?,
            ))
        };
        match open() {
            Ok(scorer) => Ok(Box::new(scorer)),
            Err(error) => Err(crate::Error::of_system(error, NAME)),
        }
    }

    fn check_data_set(&self, training: &[VideoId], testing: &[VideoId]) -> Result<(), Error> {
        check_boxes(&self.boxes, training, testing).map_err(|error| error.of_system(NAME))
    }
}

impl fmt::Debug for VideoPatchCore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VideoPatchCore")
            .field("settings", &self.settings)
            .field("identity", &self.identity)
            .finish_non_exhaustive()
    }
}
