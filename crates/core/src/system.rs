use std::any::Any;
use std::time::Duration;

use crate::{
    Error, Frame, FrameInput, FrameNumber, FrameSource, ModelFolder, ModelPicture, NormalPart,
    Observer, Settled, StreamInfo, VideoId,
};

/// A way of finding anomalous frames: it learns from normal video and opens a [`Scorer`].
///
/// A system writes what it learns into a [`ModelFolder`] of its own and is the only one that reads it.
pub trait System: Send + Sync {
    /// What the system sees of a frame, in training and in scoring.
    fn input(&self) -> FrameInput;

    /// Learns from normal video and leaves the result in `model`. Called again on an unfinished folder, it continues.
    ///
    /// The frames of `normal` are already prepared as [`Self::input`] asks: resized, converted, as differences.
    ///
    /// # Errors
    /// When there is no video, a frame cannot be read, the folder cannot be written, or the observer cancels.
    fn fit(
        &self,
        normal: &[&dyn FrameSource],
        model: &ModelFolder,
        observer: &mut dyn Observer,
    ) -> Result<(), Error>;

    /// Opens what [`Self::fit`] left.
    ///
    /// # Errors
    /// When a file is missing, damaged, or does not belong to this system.
    fn open(&self, model: &ModelFolder) -> Result<Box<dyn Scorer>, Error>;

    /// Checks whether a video can be scored, from what is known before it is read.
    ///
    /// Called before training, so that a foreseeable error does not end hours of work.
    ///
    /// # Errors
    /// When the video cannot be scored, with the reason.
    fn check_video(&self, _info: &StreamInfo) -> Result<(), Error> {
        Ok(())
    }

    /// Checks what the system was given for videos by name, such as cached boxes, against the videos of a data set.
    ///
    /// Called before training and before scoring. Either list is empty where those videos are not known.
    ///
    /// # Errors
    /// When the system was given something for a video that the data set does not have.
    fn check_data_set(&self, _training: &[VideoId], _testing: &[VideoId]) -> Result<(), Error> {
        Ok(())
    }

    /// Identifies what [`Self::fit`] learns: systems with equal keys learn the same from the same video, so one of them
    /// is fitted and the others open its folder. Without a key a system is always fitted by itself.
    fn training_key(&self) -> Option<String> {
        None
    }

    /// Whether [`Self::learn_more`] is possible.
    fn can_learn_more(&self) -> bool {
        false
    }

    /// Adds normal footage to what [`Self::fit`] left in `model`, without fitting again, and leaves the result in the empty
    /// folder `learned`. `model` stays as it is, so that the step can be taken back.
    ///
    /// The frames of the videos are already prepared as [`Self::input`] asks.
    ///
    /// # Errors
    /// [`Error::CannotLearnMore`] by default. Otherwise when the videos do not fit the model, a range holds no frame, a frame
    /// cannot be read, the folder cannot be written, or the observer cancels.
    fn learn_more(
        &self,
        _normal: &[NormalPart<'_>],
        _model: &ModelFolder,
        _learned: &ModelFolder,
        _observer: &mut dyn Observer,
    ) -> Result<(), Error> {
        Err(Error::CannotLearnMore)
    }

    /// Draws what the model in a folder takes for normal, for people to look at. No picture by default.
    ///
    /// # Errors
    /// When the model cannot be read, or a picture cannot be encoded.
    fn draw_model(&self, _model: &ModelFolder) -> Result<Vec<ModelPicture>, Error> {
        Ok(Vec::new())
    }

    /// Whether [`Self::fit`] learns anything. A system that does not needs no training video.
    fn needs_training(&self) -> bool {
        true
    }
}

/// Scores videos frame by frame: frames are pushed, and settled scores are handed out in the same order.
///
/// After [`Self::finish`] every pushed frame has exactly one score. Buffers live here and are reused from video to video.
pub trait Scorer: Any + Send {
    /// The input of the scorer. Frames are prepared once for all scorers with equal inputs.
    fn input(&self) -> FrameInput;

    /// Begins a video.
    ///
    /// # Errors
    /// When the video cannot be scored.
    fn start(&mut self, info: &StreamInfo) -> Result<(), Error>;

    /// The positions of the frames of a video that the scorer wants to see before the first is pushed, in order: enough to
    /// know the whole video by, such as its median. None by default.
    ///
    /// Only a recorded video can show them. A scorer that asks for a preview must also do without: a camera has no later
    /// frames yet, and a frame of the preview that cannot be read is left out.
    fn preview_positions(&self, _info: &StreamInfo) -> Vec<usize> {
        Vec::new()
    }

    /// Takes a frame of the preview, prepared as [`Self::input`] asks but not repaired. Called between [`Self::start`] and
    /// the first [`Self::push`].
    ///
    /// # Errors
    /// When the frame cannot be used.
    fn preview(&mut self, _frame: &PreparedFrame<'_>) -> Result<(), Error> {
        Ok(())
    }

    /// Takes the next frame, and adds the scores that are now decided to `settled`.
    ///
    /// # Errors
    /// When the frame cannot be scored.
    fn push(&mut self, frame: &PreparedFrame<'_>, settled: &mut Settled) -> Result<(), Error>;

    /// Ends the video and settles all remaining frames.
    ///
    /// # Errors
    /// When a frame is left without a score.
    fn finish(&mut self, settled: &mut Settled) -> Result<(), Error>;

    /// How many frames may be pushed after a frame before its score is settled.
    fn delay(&self) -> Delay;

    /// Takes over another scorer that needs the same computation: the same network on the same clips, pooled in another
    /// way. Its scores then come as a further output of [`Settled`].
    ///
    /// # Errors
    /// Gives the other scorer back when nothing can be shared.
    fn merge(&mut self, other: Box<dyn Scorer>) -> Result<(), Box<dyn Scorer>> {
        Err(other)
    }
}

/// The time between a frame and its score, in frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delay {
    /// At most this many further frames are needed.
    Frames(usize),
    /// Scores are settled when the video ends.
    WholeVideo,
}

/// A frame as a [`FrameInput`] shows it.
#[derive(Debug, Clone, Copy)]
pub struct PreparedFrame<'a> {
    /// Position in the video, from 0.
    pub index: usize,
    /// The frame's own number.
    pub number: FrameNumber,
    /// Time since the start of the video, where known.
    pub time: Option<Duration>,
    /// The prepared pixels; none when the input has no image for this frame, such as the first of a video of differences.
    pub image: Option<&'a Frame>,
}

impl PreparedFrame<'_> {
    /// The frame whose pixels these are, when they are not the frame's own.
    pub fn borrowed_from(&self) -> Option<FrameNumber> {
        self.image.and_then(Frame::borrowed_from)
    }
}

/// Receives every frame of a pass over videos, prepared as its input asks: a scorer, a store of training frames, a writer.
pub trait FrameSink {
    /// The input of the sink.
    fn input(&self) -> FrameInput;

    /// Whether the sink needs this video; `video` is its position among the videos of the pass.
    ///
    /// A pass asks about every video before it reads the first frame. It does not read a video that no sink wants, and
    /// prepares no frame for a sink that does not want it. [`Self::start`] is called for wanted videos only.
    fn wants(&self, _video: usize, _info: &StreamInfo) -> bool {
        true
    }

    /// Begins a video; `video` is its position among the videos of the pass. False skips the video for this sink:
    /// frames may already have been read ahead, so a sink that knows this earlier returns false from [`Self::wants`].
    ///
    /// # Errors
    /// When the video cannot be used.
    fn start(&mut self, video: usize, info: &StreamInfo) -> Result<bool, Error>;

    /// As [`Scorer::preview_positions`].
    fn preview_positions(&self, _info: &StreamInfo) -> Vec<usize> {
        Vec::new()
    }

    /// As [`Scorer::preview`].
    ///
    /// # Errors
    /// When the frame cannot be used.
    fn preview(&mut self, _frame: &PreparedFrame<'_>) -> Result<(), Error> {
        Ok(())
    }

    /// Takes the next frame.
    ///
    /// # Errors
    /// When the frame cannot be used.
    fn push(&mut self, frame: &PreparedFrame<'_>) -> Result<(), Error>;

    /// Ends the video.
    ///
    /// # Errors
    /// When the result cannot be completed or written.
    fn finish(&mut self) -> Result<(), Error>;
}
