//! A video of random pixels, a network and an estimator of flow that can be checked by hand, and a loop that drives a
//! scorer.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use oddframe_core::{
    ClipShape, Error, Frame, FrameInput, FrameNumber, FrameShape, FrameSource, PixelFormat,
    PreparedFrame, Random, ScoreCollector, Scorer, Settled, StreamInfo, Video, VideoScores,
};
use oddframe_flow::{EstimateFlow, Flow};
use oddframe_frames::prepared;

use crate::ClipScorer;

/// A video whose pixels depend on the frame number alone.
pub(crate) struct Noise {
    video: Video,
    /// How often a frame was read.
    pub(crate) reads: AtomicUsize,
    /// Frames that show the one before them, by index.
    pub(crate) borrowed: Vec<usize>,
}

impl Noise {
    pub(crate) fn new(id: &str, numbers: impl IntoIterator<Item = u64>) -> Self {
        let shape = FrameShape::new(6, 4, PixelFormat::Rgb).unwrap();
        let numbers = numbers.into_iter().map(FrameNumber).collect();
        let video = Video::new(id.into(), shape, numbers).unwrap();
        Self {
            video,
            reads: AtomicUsize::new(0),
            borrowed: Vec::new(),
        }
    }
}

impl FrameSource for Noise {
    fn video(&self) -> &Video {
        &self.video
    }

    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), Error> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        let number = self.number_at(index)?;
        out.reset(self.shape(), number);
        let mut random = Random::stream(3, &[number.0]);
        out.pixels_mut().fill_with(|| random.bits() as u8);
        if self.borrowed.contains(&index) {
            out.lend_to(number, self.numbers()[index - 1]);
        }
        Ok(())
    }
}

/// Predicts the mean of the clip's frames.
#[derive(Debug)]
pub(crate) struct MeanOfClip {
    clip: ClipShape,
    predicted: Range<usize>,
    /// How often the network ran.
    pub(crate) runs: Arc<AtomicUsize>,
}

impl MeanOfClip {
    pub(crate) fn new(clip: ClipShape, predicted: Range<usize>) -> Self {
        Self {
            clip,
            predicted,
            runs: Arc::default(),
        }
    }
}

impl ClipScorer for MeanOfClip {
    fn clip(&self) -> ClipShape {
        self.clip
    }

    fn predicted_frames(&self) -> Range<usize> {
        self.predicted.clone()
    }

    fn reconstruct(&mut self, clips: &[f32], batch: usize, out: &mut [f32]) -> Result<(), Error> {
        self.runs.fetch_add(1, Ordering::Relaxed);
        let image = self.clip.frame_values();
        assert_eq!(clips.len(), batch * self.clip.frames * image);
        let clips = clips.chunks_exact(self.clip.frames * image);
        for (clip, out) in clips.zip(out.chunks_exact_mut(self.predicted.len() * image)) {
            for (i, value) in out.iter_mut().enumerate() {
                let sum: f32 = clip[i % image..].iter().step_by(image).sum();
                *value = sum / self.clip.frames as f32;
            }
        }
        Ok(())
    }
}

/// Takes the change of a gray pixel for its motion to the right, and the opposite for its motion downwards.
#[derive(Debug, Default)]
pub(crate) struct PixelChange {
    /// How many flows were estimated.
    pub(crate) estimates: Arc<AtomicUsize>,
}

impl EstimateFlow for PixelChange {
    fn format(&self) -> PixelFormat {
        PixelFormat::Gray
    }

    fn estimate(
        &mut self,
        previous: &Frame,
        next: &Frame,
        flow: &mut Flow,
    ) -> Result<(), oddframe_flow::Error> {
        self.estimates.fetch_add(1, Ordering::Relaxed);
        flow.reset(next.shape().width(), next.shape().height());
        let (dx, dy) = flow.planes_mut();
        let pixels = previous.pixels().iter().zip(next.pixels());
        for ((dx, dy), (previous, next)) in dx.iter_mut().zip(dy).zip(pixels) {
            *dx = f32::from(*next) - f32::from(*previous);
            *dy = -*dx;
        }
        Ok(())
    }
}

/// The prepared frames of a video, one entry for each frame; none where the input has no image.
pub(crate) fn prepared_frames(
    input: FrameInput,
    source: &dyn FrameSource,
) -> Result<Vec<Option<Frame>>, Error> {
    let Ok(shown) = prepared(input, source) else {
        return Ok(source.numbers().iter().map(|_| None).collect());
    };
    let lost = source.numbers().len() - shown.numbers().len();
    let images = (0..shown.numbers().len()).map(|index| shown.read(index).map(Some));
    (0..lost).map(|_| Ok(None)).chain(images).collect()
}

/// Pushes a video through a scorer. `after_push` is called after each frame with the number of frames pushed.
pub(crate) fn push_video(
    scorer: &mut dyn Scorer,
    source: &dyn FrameSource,
    info: &StreamInfo,
    settled: &mut Settled,
    mut after_push: impl FnMut(usize, &mut Settled),
) -> Result<(), Error> {
    let frames = prepared_frames(scorer.input(), source)?;
    scorer.start(info)?;
    for (index, (number, image)) in source.numbers().iter().zip(&frames).enumerate() {
        scorer.push(
            &PreparedFrame {
                index,
                number: *number,
                time: None,
                image: image.as_ref(),
            },
            settled,
        )?;
        after_push(index + 1, settled);
    }
    scorer.finish(settled)
}

/// Scores a video; a scorer that took over others has an output for each.
pub(crate) fn score_video(
    scorer: &mut dyn Scorer,
    source: &dyn FrameSource,
    outputs: usize,
) -> Result<Vec<VideoScores>, Error> {
    let mut settled = Settled::new();
    push_video(
        scorer,
        source,
        &StreamInfo::from(source.video()),
        &mut settled,
        |_, _| (),
    )?;
    (0..outputs)
        .map(|output| {
            let mut collector = ScoreCollector::new(source.id().clone());
            source
                .numbers()
                .iter()
                .for_each(|number| collector.push_frame(*number));
            collector.push_scores(settled.take_scores(output));
            collector
                .finish()
                .map(oddframe_core::ScoredVideo::into_scores)
        })
        .collect()
}
