use oddframe_core::{
    Align, ClipShape, EdgePolicy, Error, Frame, FrameInput, FrameNumber, FrameShape, FrameSource,
    PixelFormat, PreparedFrame, Scorer, Settled, Silent, StreamInfo, Video, WindowSpec,
};
use oddframe_score::Mean;

use super::{DescribeFrame, FeatureScorer, FeatureStore};
use crate::{ClipScorer, ClipSet, Examples, Measure, ScoreOptions};

/// Describes a frame by the brightness of its first pixel and twice that.
struct FirstPixel;

impl DescribeFrame for FirstPixel {
    fn dimensions(&self) -> usize {
        2
    }
    fn describe(&mut self, frame: &Frame, out: &mut [f32]) -> Result<(), Error> {
        let value = f32::from(frame.pixels()[0]);
        // The features of a black frame are no numbers.
        let first = if value == 0.0 { f32::NAN } else { value };
        out.copy_from_slice(&[first, 2.0 * value]);
        Ok(())
    }
}

/// Reconstructs zeros.
#[derive(Debug)]
struct Zeros(ClipShape);

impl ClipScorer for Zeros {
    fn clip(&self) -> ClipShape {
        self.0
    }
    fn reconstruct(&mut self, _: &[f32], _: usize, out: &mut [f32]) -> Result<(), Error> {
        out.fill(0.0);
        Ok(())
    }
}

/// A video whose frame `n` is `n + first` bright everywhere.
struct Ramp {
    video: Video,
    first: u8,
}

impl Ramp {
    fn new(frames: u64, first: u8) -> Self {
        let shape = FrameShape::new(4, 4, PixelFormat::Gray).unwrap();
        let numbers = (0..frames).map(FrameNumber).collect();
        let video = Video::new("07".into(), shape, numbers).unwrap();
        Self { video, first }
    }
}

impl FrameSource for Ramp {
    fn video(&self) -> &Video {
        &self.video
    }
    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), Error> {
        out.reset(self.video.shape(), self.video.numbers()[index]);
        out.pixels_mut().fill(index as u8 + self.first);
        Ok(())
    }
}

#[test]
fn clips_hold_the_features_of_their_frames() {
    let video = Ramp::new(5, 1);
    let store = FeatureStore::fill(&[&video], &mut FirstPixel, &mut Silent).unwrap();
    let clips = ClipSet::of_features(&store, WindowSpec::new(2, 1).unwrap()).unwrap();
    assert_eq!(clips.len(), 4);
    let (mut input, mut target) = (vec![0.0; 4], vec![0.0; 4]);
    clips.write_example(0, 2, &mut input, &mut target).unwrap();
    assert_eq!(
        (input, target),
        (vec![3.0, 6.0, 4.0, 8.0], vec![3.0, 6.0, 4.0, 8.0])
    );
}

#[test]
fn features_that_are_no_numbers_are_refused_with_their_frame() {
    let video = Ramp::new(3, 0);
    let error = FeatureStore::fill(&[&video], &mut FirstPixel, &mut Silent).unwrap_err();
    let error = error.to_string();
    assert!(
        error.contains("video 07") && error.contains("frame 0"),
        "{error}"
    );
}

/// A scorer of windows of three frames, the scores of which belong to the last.
fn scorer() -> FeatureScorer {
    let input = FrameInput::new(4, 4, PixelFormat::Gray).unwrap();
    let windows = WindowSpec::new(3, 1).unwrap().with_align(Align::Last);
    let options =
        ScoreOptions::new(input, windows, Measure::new(Mean)).with_edge(EdgePolicy::Constant(0.0));
    let clip = ClipShape {
        frames: 3,
        channels: 2,
        height: 1,
        width: 1,
    };
    FeatureScorer::new(Box::new(Zeros(clip)), Box::new(FirstPixel), options).unwrap()
}

/// The scores of a video, frame by frame.
fn score(scorer: &mut FeatureScorer, video: &Ramp) -> Result<Vec<f64>, Error> {
    let (mut settled, mut frame) = (Settled::new(), Frame::default());
    scorer.start(&StreamInfo::from(video.video()))?;
    for (index, number) in video.numbers().iter().enumerate() {
        video.read_into(index, &mut frame)?;
        let prepared = PreparedFrame {
            index,
            number: *number,
            time: None,
            image: Some(&frame),
        };
        scorer.push(&prepared, &mut settled)?;
    }
    scorer.finish(&mut settled)?;
    let scores = settled.take_scores(0);
    Ok(scores.iter().map(|score| score.value).collect())
}

#[test]
fn features_of_scored_frames_that_are_no_numbers_are_refused_too() {
    let error = score(&mut scorer(), &Ramp::new(5, 0)).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("video 07, frame 0: feature 0 is not a finite number"),
        "{error}"
    );
}

#[test]
fn the_last_frame_of_a_window_is_scored_by_its_features() {
    let values = score(&mut scorer(), &Ramp::new(4, 1)).unwrap();
    // Frame v has the features v and 2v, so the mean square of its two features is 2.5 v². A window's score is the mean
    // over its three frames: 2.5 (1 + 4 + 9) / 3 and 2.5 (4 + 9 + 16) / 3.
    let expected = [0.0, 0.0, 2.5 * 14.0 / 3.0, 2.5 * 29.0 / 3.0];
    for (value, expected) in values.iter().zip(expected) {
        assert!((value - expected).abs() < 1e-6, "{values:?}");
    }
}
