//! Drawn videos, and scoring them.

use oddframe_core::{
    Error, Frame, FrameNumber, FrameScore, FrameShape, FrameSource, ModelFolder, PixelFormat,
    Random, Scorer, Silent, SourceStream, StreamInfo, System, Video,
};
use oddframe_frames::{FramePass, ScoreSink};
use oddframe_objects::{ObjectSettings, Objects, Switch};

/// Somebody who walks through a video: the column in the first frame, the row of the feet, and pixels per frame.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Walker {
    pub(crate) start: i64,
    pub(crate) foot: i64,
    pub(crate) speed: i64,
}

/// A video of a textured ground with people on it.
#[derive(Debug, Clone)]
pub(crate) struct Footage {
    video: Video,
    pub(crate) people: Vec<Walker>,
    seed: u64,
    /// How far the camera has moved to the right.
    pub(crate) moved: i64,
    /// By how many pixels at most the camera moves to both sides from frame to frame.
    shaking: u64,
    /// How many times larger everything is drawn.
    scale: i64,
    /// What the people wear; none in gray footage.
    colors: Vec<[u8; 3]>,
}

const HEIGHT_OF_PERSON: i64 = 20;
const WIDTH_OF_PERSON: i64 = 8;

impl Footage {
    /// A video of 120x80 pixels.
    pub(crate) fn new(name: &str, frames: u64, people: &[Walker]) -> Self {
        Self::with_size(name, (120, 80), (0..frames).collect(), people)
    }

    pub(crate) fn with_size(
        name: &str,
        (width, height): (usize, usize),
        numbers: Vec<u64>,
        people: &[Walker],
    ) -> Self {
        let shape = FrameShape::new(width, height, PixelFormat::Gray).unwrap();
        let numbers = numbers.into_iter().map(FrameNumber).collect();
        let seed = name
            .bytes()
            .fold(7, |seed, byte| seed * 31 + u64::from(byte));
        Self {
            video: Video::new(name.into(), shape, numbers).unwrap(),
            people: people.to_vec(),
            seed,
            moved: 0,
            shaking: 0,
            scale: 1,
            colors: Vec::new(),
        }
    }

    /// The same video in colour: the people wear these colours in turn.
    pub(crate) fn in_colors(self, colors: &[[u8; 3]]) -> Self {
        let shape = self.shape().with_format(PixelFormat::Rgb);
        let video = Video::new(self.id().clone(), shape, self.numbers().to_vec()).unwrap();
        Self {
            video,
            colors: colors.to_vec(),
            ..self
        }
    }

    /// The same video from a camera that moves by up to so many pixels to both sides from frame to frame.
    pub(crate) fn with_shaking(self, shaking: u64) -> Self {
        Self { shaking, ..self }
    }

    /// The same video with everything larger, also the frames: people then have more pixels than a patch of the flow.
    pub(crate) fn enlarged(self, scale: i64) -> Self {
        let (shape, side) = (self.shape(), scale as usize);
        let shape = FrameShape::new(
            side * shape.width(),
            side * shape.height(),
            PixelFormat::Gray,
        )
        .unwrap();
        let video = Video::new(self.id().clone(), shape, self.numbers().to_vec()).unwrap();
        Self {
            video,
            scale,
            ..self
        }
    }
}

impl FrameSource for Footage {
    fn video(&self) -> &Video {
        &self.video
    }

    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), Error> {
        let number = self.number_at(index)?;
        let shape = self.shape();
        out.reset(shape, number);
        let mut noise = Random::stream(self.seed, &[number.0]);
        let channels = shape.format().channels();
        let trembled = Random::stream(3, &[number.0]).below(2 * self.shaking + 1) as i64;
        let trembled = trembled - self.shaking as i64;
        for (place, pixel) in out.pixels_mut().chunks_exact_mut(channels).enumerate() {
            let x = (place % shape.width()) as i64 + self.moved + trembled;
            let y = (place / shape.width()) as i64;
            let patch = Random::stream(1, &[x.div_euclid(4) as u64, (y / 4) as u64]).below(60);
            pixel.fill((70 + patch + noise.below(4)) as u8);
        }
        for (person, walker) in self.people.iter().enumerate() {
            // People move with time, which gaps in the numbers leave out.
            let left = self.scale * (walker.start + walker.speed * number.0 as i64) - trembled;
            let foot = self.scale * walker.foot;
            let (tall, wide) = (self.scale * HEIGHT_OF_PERSON, self.scale * WIDTH_OF_PERSON);
            for y in (foot - tall).max(0)..foot.min(shape.height() as i64) {
                for x in left.max(0)..(left + wide).min(shape.width() as i64) {
                    let keys = [person as u64, (x - left) as u64, y as u64];
                    let texture = Random::stream(2, &keys).below(40);
                    let place = (y as usize * shape.width() + x as usize) * channels;
                    let pixel = &mut out.pixels_mut()[place..][..channels];
                    pixel.fill((190 + texture) as u8);
                    if let Some(color) = self.colors.get(person % self.colors.len().max(1)) {
                        for (level, share) in pixel.iter_mut().zip(color) {
                            *level = (u16::from(*level) * u16::from(*share) / 255) as u8;
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

/// People who walk to the right at one pixel per frame, in two lanes.
pub(crate) fn usual_people(video: i64) -> Vec<Walker> {
    [(-30, 40), (10, 40), (50, 40), (-10, 66), (35, 66)]
        .map(|(start, foot)| Walker {
            start: start + 7 * video,
            foot,
            speed: 1,
        })
        .into()
}

/// Normal videos of 70 frames.
pub(crate) fn normal_videos(count: i64) -> Vec<Footage> {
    (0..count)
        .map(|video| Footage::new(&format!("normal {video}"), 70, &usual_people(video)))
        .collect()
}

/// Settings without pseudo-anomalies, which take most of the time.
pub(crate) fn quick() -> ObjectSettings {
    ObjectSettings {
        switch: Some(Switch {
            slow: 0.4,
            spread: 0.35,
        }),
        ..ObjectSettings::default()
    }
}

/// A fitted system and the folder with its model.
pub(crate) fn fit(
    settings: ObjectSettings,
    normal: &[Footage],
) -> Result<(tempfile::TempDir, Objects), Error> {
    let folder = tempfile::tempdir().unwrap();
    let model = ModelFolder::create(folder.path()).unwrap();
    let system = Objects::new(settings).unwrap();
    let normal: Vec<&dyn FrameSource> = normal.iter().map(|video| video as _).collect();
    system.fit(&normal, &model, &mut Silent)?;
    Ok((folder, system))
}

pub(crate) fn open(folder: &tempfile::TempDir, system: &Objects) -> Box<dyn Scorer> {
    system
        .open(&ModelFolder::open(folder.path()).unwrap())
        .unwrap()
}

/// Scores a recorded video, which shows a preview.
pub(crate) fn score(scorer: &mut dyn Scorer, video: &Footage) -> Result<Vec<FrameScore>, Error> {
    collect(scorer, |pass, sink| {
        pass.run(&[video], &mut [sink], &mut |_| Ok(()))
    })
}

/// Scores a video as a camera gives it: without a preview, and without knowing how long it is.
pub(crate) fn score_stream(
    scorer: &mut dyn Scorer,
    video: &Footage,
) -> Result<Vec<FrameScore>, Error> {
    /// Hides what a recorded video knows of itself.
    struct Camera<'a>(SourceStream<&'a Footage>, StreamInfo);
    impl oddframe_core::FrameStream for Camera<'_> {
        fn info(&self) -> &StreamInfo {
            &self.1
        }
        fn next_into(&mut self, out: &mut Frame) -> Result<bool, Error> {
            self.0.next_into(out)
        }
    }
    let info = StreamInfo::new(video.id().clone()).with_shape(video.shape());
    let mut camera = Camera(SourceStream::new(video), info);
    collect(scorer, |pass, sink| {
        pass.run_stream(&mut camera, &mut [sink], &mut |_| Ok(()))
    })
}

fn collect(
    scorer: &mut dyn Scorer,
    run: impl FnOnce(&mut FramePass<'_>, &mut ScoreSink<'_>) -> Result<(), Error>,
) -> Result<Vec<FrameScore>, Error> {
    let mut scores = Vec::new();
    let mut sink = ScoreSink::new(scorer, 1, |_, _, video| {
        let values = video.scores().values().iter().zip(video.scores().origins());
        let mut details = video.details().iter().cloned();
        scores.extend(values.map(|(value, origin)| {
            let details = details.next().unwrap_or_default();
            FrameScore {
                value: *value,
                origin: *origin,
                boxes: details.boxes,
                reason: details.reason,
            }
        }));
        Ok(())
    });
    run(&mut FramePass::new(), &mut sink)?;
    drop(sink);
    Ok(scores)
}

/// The mean score of some frames.
pub(crate) fn mean(scores: &[FrameScore]) -> f64 {
    scores.iter().map(|score| score.value).sum::<f64>() / scores.len() as f64
}
