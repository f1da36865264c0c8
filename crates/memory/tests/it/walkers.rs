//! Videos in which somebody walks across a gray street.

use oddframe_core::{
    Error, Frame, FrameNumber, FrameScore, FrameShape, FrameSource, ModelFolder, PixelFormat,
    PreparedFrame, ScoreMap, Scorer, Settled, Silent, StreamInfo, System, Video,
};

pub(crate) const WIDTH: usize = 72;
pub(crate) const HEIGHT: usize = 48;

/// A person of 6x14 pixels who walks to the right, two pixels a frame, and comes back in on the left.
#[derive(Debug, Clone)]
pub(crate) struct Walker {
    pub(crate) colour: [u8; 3],
    /// The brightness of the street, frame by frame; the last one holds for all later frames.
    pub(crate) street: Vec<u8>,
    pub(crate) step: usize,
    pub(crate) video: Video,
}

impl Walker {
    /// A video of somebody in blue.
    pub(crate) fn new(name: &str, frames: u64) -> Self {
        let shape = FrameShape::new(WIDTH, HEIGHT, PixelFormat::Rgb).unwrap();
        let numbers = (0..frames).map(FrameNumber).collect();
        Self {
            colour: [40, 60, 200],
            street: vec![120],
            step: 2,
            video: Video::new(name.into(), shape, numbers).unwrap(),
        }
    }

    /// The left edge of the person in a frame.
    pub(crate) fn left(&self, index: usize) -> usize {
        4 + index * self.step % (WIDTH - 14)
    }

    /// A line of a file of detections for the frame.
    pub(crate) fn row(&self, index: usize) -> String {
        let left = self.left(index);
        let name = self.video.id();
        format!("{name},{index},{left},20,{},34,0.9,person\n", left + 6)
    }
}

impl FrameSource for Walker {
    fn video(&self) -> &Video {
        &self.video
    }

    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), Error> {
        out.reset(self.shape(), self.number_at(index)?);
        let level = self.street[index.min(self.street.len() - 1)];
        out.pixels_mut().fill(level);
        let left = self.left(index);
        for y in 20..34 {
            for x in left..left + 6 {
                out.pixels_mut()[(y * WIDTH + x) * 3..][..3].copy_from_slice(&self.colour);
            }
        }
        Ok(())
    }
}

/// Fits a system on one video.
pub(crate) fn fit(
    system: &dyn System,
    normal: &dyn FrameSource,
    model: &ModelFolder,
) -> Result<(), Error> {
    let normal = oddframe_frames::prepared(system.input(), normal)?;
    system.fit(&[&*normal], model, &mut Silent)
}

/// The scores of a video's frames, and how many were settled before the video ended.
pub(crate) struct Scored {
    pub(crate) scores: Vec<FrameScore>,
    pub(crate) maps: Vec<ScoreMap>,
    pub(crate) settled_early: usize,
}

impl Scored {
    pub(crate) fn values(&self) -> Vec<f64> {
        self.scores.iter().map(|score| score.value).collect()
    }
}

/// Pushes a video into a scorer.
pub(crate) fn score(scorer: &mut dyn Scorer, video: &dyn FrameSource) -> Result<Scored, Error> {
    let mut settled = Settled::new().with_maps();
    scorer.start(&StreamInfo::from(video.video()))?;
    let prepared = oddframe_frames::prepared(scorer.input(), video)?;
    let mut scores = Vec::new();
    for (index, number) in video.numbers().iter().enumerate() {
        let image = prepared.read(index)?;
        let frame = PreparedFrame {
            index,
            number: *number,
            time: None,
            image: Some(&image),
        };
        scorer.push(&frame, &mut settled)?;
        scores.extend(settled.take_scores(0));
    }
    let settled_early = scores.len();
    scorer.finish(&mut settled)?;
    scores.extend(settled.take_scores(0));
    Ok(Scored {
        scores,
        maps: settled.take_maps(0),
        settled_early,
    })
}
