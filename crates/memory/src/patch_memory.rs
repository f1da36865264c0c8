//! PatchCore: frames compared patch by patch with a memory of normal patches.

mod scorer;
mod settings;

use std::fmt;

use oddframe_core::{
    Error, Event, FrameInput, FrameNumber, FrameSource, ModelFolder, Observer, PixelFormat, Scorer,
    System, VideoId,
};
use oddframe_frames::{ReadAhead, read_ahead};

use self::scorer::PatchScorer;
use self::settings::NAME;
pub use self::settings::PatchMemorySettings;
pub(crate) use self::settings::{MOST_FRAMES, check_power};
use crate::maps::{JoinMaps, MapReader, check_features};
use crate::{Bank, BankBuilder, ExtractorFactory, MapShape, RowOrigin};

/// The bank in the model folder.
const BANK_FILE: &str = "bank.safetensors";

/// `PatchCore`: remembers the patches of normal frames, and scores a frame by how far its most unusual patch is from all
/// of them.
///
/// A patch is the feature vector of a frozen backbone at one position of its maps. Training keeps a coreset of the patches
/// and writes it to `bank.safetensors` in the model folder; a folder that has the file is complete and is not trained
/// again. A frame with borrowed pixels gets the score of these pixels, with the frame that they come from as its origin; in
/// training it is skipped. Error maps have the resolution of the patches.
///
/// ```
/// use std::sync::Arc;
/// use oddframe_core::{ModelFolder, Silent, System, SharedError};
/// use oddframe_memory::{ExtractFeatures, ExtractorFactory, MapShape, PatchMemory, PatchMemorySettings};
///
/// /// A backbone of one map: the colour of each of 2x2 pixels.
/// struct Pixels([MapShape; 1]);
/// impl ExtractFeatures for Pixels {
///     fn image_size(&self) -> (usize, usize) { (2, 2) }
///     fn maps(&self) -> &[MapShape] { &self.0 }
///     fn identity(&self) -> &str { "pixels" }
///     fn extract(&mut self, images: &[u8], maps: &mut [Vec<f32>]) -> Result<(), SharedError> {
///         maps[0].clear();
///         maps[0].extend(images.iter().map(|byte| f32::from(*byte)));
///         Ok(())
///     }
/// }
/// let shape = MapShape { height: 2, width: 2, channels: 3 };
/// let extractor: ExtractorFactory = Arc::new(move || Ok(Box::new(Pixels([shape]))));
/// let system = PatchMemory::new(PatchMemorySettings::default(), extractor)?;
/// assert_eq!(system.input().size(), Some((2, 2)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct PatchMemory {
    settings: PatchMemorySettings,
    extractor: ExtractorFactory,
    input: FrameInput,
    join: JoinMaps,
    /// The backbone and what was done to its features.
    identity: String,
}

impl PatchMemory {
    /// A system with these settings. Opens the backbone once, for the size of its images and maps.
    ///
    /// # Errors
    /// When the backbone cannot be opened, a map does not exist, or a value is out of range.
    pub fn new(
        settings: PatchMemorySettings,
        extractor: ExtractorFactory,
    ) -> Result<Self, crate::Error> {
        settings.check()?;
        let opened = MapReader::open(&extractor)?;
        let backbone = opened.extractor();
        let (width, height) = backbone.image_size();
        let input = FrameInput::new(width, height, PixelFormat::Rgb)?.with_filter(settings.filter);
        let shapes = backbone.maps();
        let maps: Vec<usize> = if settings.maps.is_empty() {
            (0..shapes.len()).collect()
        } else {
            settings.maps.clone()
        };
        // Of several maps of the same size the first; an unknown place is reported by the join.
        let largest = maps
            .iter()
            .copied()
            .rev()
            .max_by_key(|map| shapes.get(*map).map_or(0, |shape| shape.positions()));
        let join = JoinMaps::new(
            shapes,
            &maps,
            largest.unwrap_or(0),
            settings.average_neighbours,
            settings.channels,
        )?;
        settings.bank.check_full_bank(join.output().channels)?;
        let identity = format!(
            "{}, maps {maps:?}, average_neighbours {}, {} channels, {:?}",
            backbone.identity(),
            settings.average_neighbours,
            join.output().channels,
            settings.filter
        );
        Ok(Self {
            settings,
            extractor,
            input,
            join,
            identity,
        })
    }

    fn fit_bank(
        &self,
        normal: &[&dyn FrameSource],
        observer: &mut dyn Observer,
    ) -> Result<Bank, crate::Error> {
        let MapShape {
            height,
            width,
            channels: dimensions,
        } = self.join.output();
        // Each wanted frame offers a row for each position. Known now, a bank that is too large is refused before the
        // backbone runs for hours.
        let frames = normal.iter().map(|video| video.numbers().len());
        let frames = frames.map(|frames| frames.div_ceil(self.settings.frame_stride));
        let rows = frames.sum::<usize>() * height * width;
        self.settings.bank.check_offered(rows, dimensions)?;
        let mut training = Training {
            reader: MapReader::open(&self.extractor)?,
            join: self.join.clone(),
            builder: BankBuilder::new(dimensions, &self.identity, &self.settings.bank)?,
            images: Vec::new(),
            numbers: Vec::new(),
            features: Vec::new(),
        };
        let total: usize = normal.iter().map(|video| video.numbers().len()).sum();
        observer.tell(Event::Started {
            task: "reading normal frames",
            total: Some(total as u64),
        })?;
        let mut done = 0;
        for video in normal {
            read_ahead(video, ReadAhead::new(), |frames| {
                let mut index: usize = 0;
                while let Some(frame) = frames.next_frame() {
                    let frame = frame?;
                    let wanted = index.is_multiple_of(self.settings.frame_stride);
                    if wanted && frame.borrowed_from().is_none() {
                        training.images.extend_from_slice(frame.pixels());
                        training.numbers.push(frame.number());
                        if training.numbers.len() == self.settings.batch {
                            training.remember_batch(video.id())?;
                        }
                    }
                    index += 1;
                    done += 1;
                    observer.tell(Event::Advanced { done })?;
                }
                // A batch ends with its video, as the origins of its rows name one video.
                training.remember_batch(video.id())
            })?;
        }
        observer.tell(Event::Finished)?;
        training.builder.build(observer)
    }
}

/// The state of a training between two batches.
struct Training {
    reader: MapReader,
    join: JoinMaps,
    builder: BankBuilder,
    /// The pixels of the frames of the batch.
    images: Vec<u8>,
    numbers: Vec<FrameNumber>,
    features: Vec<f32>,
}

impl Training {
    /// Offers the patches of the batch to the bank, and begins another batch.
    fn remember_batch(&mut self, video: &VideoId) -> Result<(), crate::Error> {
        let Some(first) = self.numbers.first() else {
            return Ok(());
        };
        let maps = self.reader.read_maps(&self.images, video, *first)?;
        for (image, number) in self.numbers.drain(..).enumerate() {
            self.features.clear();
            self.join.join_into(maps, image, &mut self.features);
            check_features(&self.features, video, number)?;
            let origin = RowOrigin::of_frame(video, number);
            self.builder.push(&self.features, &origin)?;
        }
        self.images.clear();
        Ok(())
    }
}

impl System for PatchMemory {
    fn input(&self) -> FrameInput {
        self.input
    }

    fn fit(
        &self,
        normal: &[&dyn FrameSource],
        model: &ModelFolder,
        observer: &mut dyn Observer,
    ) -> Result<(), Error> {
        // The bank is written completely or not at all: a folder that has it is complete.
        if model.has(BANK_FILE) {
            return Ok(());
        }
        if normal.is_empty() {
            return Err(Error::Nothing {
                what: "training video",
            });
        }
        self.fit_bank(normal, observer)
            .and_then(|bank| bank.save(&model.file(BANK_FILE)))
            .map_err(|error| error.of_system(NAME))
    }

    fn open(&self, model: &ModelFolder) -> Result<Box<dyn Scorer>, Error> {
        let open = || {
            let bank = Bank::load(&model.file(BANK_FILE), &self.identity)?;
            let reader = MapReader::open(&self.extractor)?;
            let (settings, join) = (self.settings.clone(), self.join.clone());
            Ok(PatchScorer::new(self.input, settings, reader, join, bank))
        };
        match open() {
            Ok(scorer) => Ok(Box::new(scorer)),
            Err(error) => Err(crate::Error::of_system(error, NAME)),
        }
    }

    fn training_key(&self) -> Option<String> {
        // What only scoring uses is left out, so that systems that differ in it share one training.
        Some(format!(
            "{NAME} {} {:?} stride {}",
            self.identity, self.settings.bank, self.settings.frame_stride
        ))
    }
}

impl fmt::Debug for PatchMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PatchMemory")
            .field("settings", &self.settings)
            .field("identity", &self.identity)
            .finish_non_exhaustive()
    }
}
