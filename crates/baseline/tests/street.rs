//! The detectors on the synthetic street: every frame one score, edges by policy, stand-ins remembered.

use oddframe_baseline::{DifferenceEnergy, Typical, TypicalDistance};
use oddframe_core::{
    Detector, EdgePolicy, Error, Frame, FrameNumber, FrameScorer, FrameSource, Origin, PixelFormat, Silent,
    Video,
};
use oddframe_frames::Prepare;
use oddframe_score::{Max, Mean};
use oddframe_synth::{Preset, Scene};

/// A video of uniform gray frames; a negative level is a frame that stands in for itself from frame 0.
struct Flat(Video, Vec<i16>);

impl Flat {
    fn new(levels: &[i16]) -> Self {
        let shape = oddframe_core::FrameShape::new(8, 8, PixelFormat::Gray).unwrap();
        let numbers = (0..levels.len() as u64).map(FrameNumber).collect();
        Self(Video::new("1".into(), shape, numbers).unwrap(), levels.to_vec())
    }
}

impl FrameSource for Flat {
    fn video(&self) -> &Video {
        &self.0
    }
    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), Error> {
        let number = self.number_at(index)?;
        out.reset(self.shape(), number);
        out.pixels_mut().fill(self.1[index].unsigned_abs() as u8);
        if self.1[index] < 0 {
            out.lend_to(number, FrameNumber(0));
        }
        Ok(())
    }
}

fn look() -> Prepare {
    Prepare::new(8, 8).unwrap()
}

#[test]
fn the_difference_is_squared_and_the_first_frame_follows_the_policy() {
    let video = Flat::new(&[0, 51, 51, 255]);
    let score = |edge| DifferenceEnergy::new(look(), Mean, edge).score(&video);
    let nearest = score(EdgePolicy::Nearest).unwrap();
    let expected = [0.04, 0.04, 0.0, 0.64];
    assert!(
        nearest.values().iter().zip(expected).all(|(v, e)| (v - e).abs() < 1e-7),
        "{:?}",
        nearest.values()
    );
    assert_eq!(nearest.origins()[0], Origin::Borrowed { from: FrameNumber(1) });
    assert_eq!(score(EdgePolicy::Constant(7.0)).unwrap().values()[0], 7.0);
    assert!(matches!(
        score(EdgePolicy::Error),
        Err(Error::Unscored { frame: FrameNumber(0), missing: 1, .. })
    ));
    let single = DifferenceEnergy::new(look(), Mean, EdgePolicy::Nearest).score(&Flat::new(&[9]));
    assert!(matches!(single, Err(Error::Unscored { .. })), "one frame has no difference to borrow");
}

#[test]
fn the_typical_frame_is_the_mean_or_the_median() {
    let normal = Flat::new(&[0, 0, 51]);
    let fit = |typical| TypicalDistance::new(look(), Max, typical).fit(&[&normal], &mut Silent).unwrap();
    let mean = fit(Typical::Mean).score(&Flat::new(&[17, 255])).unwrap();
    assert!(mean.values()[0] < 1e-12, "{:?}", mean.values());
    let median = fit(Typical::Median).score(&Flat::new(&[0, 255])).unwrap();
    assert_eq!(median.values(), [0.0, 1.0]);
    let nothing = TypicalDistance::new(look(), Max, Typical::Mean).fit(&[], &mut Silent);
    assert!(matches!(nothing, Err(Error::Nothing { .. })));
}

#[test]
fn scores_of_stand_ins_say_so() {
    let video = Flat::new(&[10, 20, -10]);
    let scorer = TypicalDistance::new(look(), Mean, Typical::Mean).fit(&[&video], &mut Silent).unwrap();
    let from_first = Origin::Borrowed { from: FrameNumber(0) };
    assert_eq!(scorer.score(&video).unwrap().origins(), [Origin::Computed, Origin::Computed, from_first]);
}

#[test]
fn a_stand_in_has_no_difference_of_its_own() {
    let score =
        |levels: &[i16]| DifferenceEnergy::new(look(), Mean, EdgePolicy::Nearest).score(&Flat::new(levels));
    // In the middle: the frame borrows its neighbour's score, and the next one is compared over the gap.
    let middle = score(&[0, 51, -51, 102]).unwrap();
    let from = |n| Origin::Borrowed { from: FrameNumber(n) };
    assert_eq!(middle.origins(), [from(1), Origin::Computed, from(1), Origin::Computed]);
    assert!(middle.values().iter().all(|v| (v - 0.04).abs() < 1e-7), "{:?}", middle.values());
    // At the start: nothing is compared with pixels that are not there.
    let start = score(&[-10, 10, 61]).unwrap();
    assert_eq!(start.origins(), [from(2), from(2), Origin::Computed]);
}

#[test]
fn every_frame_of_the_street_gets_one_score() {
    let scene = Scene::new(Preset::Tiny, 5);
    let test: Vec<&dyn FrameSource> = scene.test().iter().map(|v| v as _).collect();
    let videos: Vec<&Video> = test.iter().map(FrameSource::video).collect();
    let scorer = DifferenceEnergy::new(Prepare::new(48, 32).unwrap(), Mean, EdgePolicy::Nearest);
    let table = scorer.score_all(&test, &mut Silent).unwrap();
    table.check_covers(&videos).unwrap();
    assert_eq!(table.len(), videos.iter().map(|v| v.len()).sum::<usize>());
}

#[test]
fn an_observer_can_stop_the_work() {
    let scene = Scene::new(Preset::Tiny, 5);
    let train: Vec<&dyn FrameSource> = scene.train().iter().map(|v| v as _).collect();
    let mut stop = |_: oddframe_core::Event<'_>| std::ops::ControlFlow::Break(());
    let fitted = TypicalDistance::new(look(), Mean, Typical::Mean).fit(&train, &mut stop);
    assert!(matches!(fitted, Err(Error::Interrupted)));
}
