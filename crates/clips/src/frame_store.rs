use std::fmt;

use oddframe_core::{
    Error, Event, Frame, FrameInput, FrameSink, FrameSource, Observer, PreparedFrame, StreamInfo,
    Video,
};
use oddframe_frames::{FramePass, prepared};

/// Keeps the prepared frames of training videos in memory, for several inputs, within a budget of bytes.
///
/// Training reads every frame many times. Frames are decoded and prepared once, and kept as bytes, a quarter of the memory
/// of numbers. When the budget is too small for all inputs, the smallest are kept; the frames of the others are read and
/// prepared anew each time.
///
/// ```
/// use oddframe_clips::FrameStore;
/// use oddframe_core::{FrameInput, FrameSource, PixelFormat, Silent};
/// use oddframe_synth::{Preset, Scene};
///
/// let scene = Scene::new(Preset::Tiny, 0);
/// let videos: Vec<&dyn FrameSource> = scene.train().iter().map(|video| video as &dyn FrameSource).collect();
/// let small = FrameInput::new(16, 16, PixelFormat::Gray)?;
/// let large = FrameInput::new(128, 128, PixelFormat::Rgb)?;
/// let store = FrameStore::load(&videos, &[small, large], 1 << 20, &mut Silent)?;
/// assert!(store.is_kept(small) && !store.is_kept(large));
/// assert_eq!(store.sources(large)[0].read(5)?.shape().to_string(), "128x128 RGB");
/// # Ok::<(), oddframe_core::Error>(())
/// ```
#[derive(Debug)]
pub struct FrameStore<'a> {
    inputs: Vec<StoredInput<'a>>,
}

/// The videos as one input shows them.
#[derive(Debug)]
struct StoredInput<'a> {
    input: FrameInput,
    videos: Vec<StoredVideo<'a>>,
    /// Whether the frames fit the budget.
    kept: bool,
    /// The video whose frames are being pushed.
    current: usize,
}

/// A prepared video, of which the first frames are kept: all of them or none, once the store is filled.
struct StoredVideo<'a> {
    source: Box<dyn FrameSource + 'a>,
    frames: Vec<Frame>,
}

impl fmt::Debug for StoredVideo<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} of {} frames kept",
            self.source.id(),
            self.frames.len(),
            self.source.numbers().len()
        )
    }
}

impl<'a> FrameStore<'a> {
    /// The usual budget: 20,000 frames of 128x128 RGB.
    pub const BUDGET_BYTES: usize = 1 << 30;

    /// Opens videos for several inputs and decides which inputs fit the budget together. No frame is read; the
    /// [sinks](Self::sinks) take the frames.
    ///
    /// # Errors
    /// When there is no video, or a video has a single frame and an input shows differences.
    pub fn new(
        videos: &[&'a dyn FrameSource],
        inputs: &[FrameInput],
        budget_bytes: usize,
    ) -> Result<Self, Error> {
        if videos.is_empty() {
            return Err(Error::Nothing {
                what: "training video",
            });
        }
        let mut stored: Vec<StoredInput<'a>> = Vec::new();
        for input in inputs {
            if stored.iter().all(|stored| stored.input != *input) {
                stored.push(StoredInput::open_videos(videos, *input)?);
            }
        }
        // Smallest first: more inputs fit, and each saves as many decoded frames as a large one.
        let mut by_size: Vec<usize> = (0..stored.len()).collect();
        by_size.sort_by_key(|input| stored[*input].count_bytes());
        // Once an input does not fit, none of the larger ones does.
        let mut rest = Some(budget_bytes);
        for input in by_size {
            rest = rest.and_then(|rest| rest.checked_sub(stored[input].count_bytes()));
            stored[input].kept = rest.is_some();
        }
        Ok(Self { inputs: stored })
    }

    /// Opens videos for several inputs, and reads the frames of the inputs that fit the budget.
    ///
    /// # Errors
    /// As [`Self::new`], and when a frame cannot be read or the observer cancels.
    pub fn load(
        videos: &[&'a dyn FrameSource],
        inputs: &[FrameInput],
        budget_bytes: usize,
        observer: &mut dyn Observer,
    ) -> Result<Self, Error> {
        let mut store = Self::new(videos, inputs, budget_bytes)?;
        store.read_frames(videos, observer)?;
        Ok(store)
    }

    /// Reads the frames of the inputs that fit the budget, each frame once for all inputs.
    fn read_frames(
        &mut self,
        videos: &[&'a dyn FrameSource],
        observer: &mut dyn Observer,
    ) -> Result<(), Error> {
        let mut sinks = self.sinks();
        if sinks.is_empty() {
            return Ok(());
        }
        let frames = videos
            .iter()
            .map(|video| video.numbers().len() as u64)
            .sum();
        observer.tell(Event::Started {
            task: "reading normal frames",
            total: Some(frames),
        })?;
        FramePass::new().run(videos, &mut sinks, &mut |event| event.report_to(observer))?;
        observer.tell(Event::Finished)
    }

    /// The sinks that take the frames to be kept, one for each input that fits the budget, for a pass of the caller's own.
    /// The videos of the pass must be those of the store, in the same order. What the pass repairs is kept repaired; inputs
    /// over the budget are always read from the videos themselves.
    pub fn sinks(&mut self) -> Vec<&mut dyn FrameSink> {
        let kept = self.inputs.iter_mut().filter(|input| input.kept);
        kept.map(|input| input as &mut dyn FrameSink).collect()
    }

    /// The prepared videos of an input, in order; none when the store does not have the input.
    pub fn sources(&self, input: FrameInput) -> Vec<&dyn FrameSource> {
        let stored = self.inputs.iter().find(|stored| stored.input == input);
        stored
            .into_iter()
            .flat_map(|stored| &stored.videos)
            .map(|video| video as &dyn FrameSource)
            .collect()
    }

    /// Whether the frames of an input fit the budget.
    pub fn is_kept(&self, input: FrameInput) -> bool {
        self.inputs
            .iter()
            .any(|stored| stored.input == input && stored.kept)
    }
}

impl<'a> StoredInput<'a> {
    fn open_videos(videos: &[&'a dyn FrameSource], input: FrameInput) -> Result<Self, Error> {
        let videos = videos
            .iter()
            .map(|video| {
                Ok(StoredVideo {
                    source: prepared(input, *video)?,
                    frames: Vec::new(),
                })
            })
            .collect::<Result<_, Error>>()?;
        Ok(Self {
            input,
            videos,
            kept: false,
            current: 0,
        })
    }

    fn count_bytes(&self) -> usize {
        let videos = self.videos.iter().map(|video| &video.source);
        videos
            .map(|source| {
                source
                    .numbers()
                    .len()
                    .saturating_mul(source.shape().bytes())
            })
            .sum()
    }
}

impl FrameSink for StoredInput<'_> {
    fn input(&self) -> FrameInput {
        self.input
    }

    fn start(&mut self, video: usize, info: &StreamInfo) -> Result<bool, Error> {
        match self.videos.get_mut(video) {
            // A pass that ended early may have left frames behind.
            Some(stored) if stored.source.id() == info.id() => stored.frames.clear(),
            _ => {
                return Err(Error::MissingVideo {
                    video: info.id().clone(),
                });
            }
        }
        self.current = video;
        Ok(true)
    }

    fn push(&mut self, frame: &PreparedFrame<'_>) -> Result<(), Error> {
        // The first frame of a video of differences may have no image; it is then no frame of the prepared video either.
        let Some(image) = frame.image else {
            return Ok(());
        };
        let video = &mut self.videos[self.current];
        video.frames.push(image.clone());
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Error> {
        let video = &self.videos[self.current];
        Error::check_length(
            "frames of a training video",
            video.source.numbers().len(),
            video.frames.len(),
        )
    }
}

impl FrameSource for StoredVideo<'_> {
    fn video(&self) -> &Video {
        self.source.video()
    }

    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), Error> {
        match self.frames.get(index) {
            Some(frame) => {
                out.copy_from(frame);
                Ok(())
            }
            None => self.source.read_into(index, out),
        }
    }
}

#[cfg(test)]
mod tests;
