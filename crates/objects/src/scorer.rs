use std::collections::VecDeque;
use std::sync::Arc;

use oddframe_core::{
    Delay, Error, FrameInput, FrameScore, Origin, PreparedFrame, ScoredBox, Scorer, Settled,
    StreamInfo, VideoId,
};
use rayon::prelude::*;

use crate::ObjectSettings;
use crate::analysis::Analysis;
use crate::calibration::{CUES, Calibration, Cue};
use crate::camera::steady_median;
use crate::found::FrameFindings;
use crate::judge::{Findings, Judge, Spot};
use crate::level::VideoLevel;
use crate::live_view::LiveView;
use crate::masks::View;
use crate::model::ObjectModel;
use crate::motion::REACH;
use crate::reading::{check_frame, shrink};
use crate::samples::{SampledFrames, median_stride, noise_stride};
use crate::smoothing::{SmoothStream, SmoothedValues, Smoothing};

/// Frames that are analysed at a time, unless every frame has to be judged at once.
const BATCH: usize = 8;

/// Scores videos with a model of their camera.
#[derive(Debug)]
pub(crate) struct ObjectScorer {
    input: FrameInput,
    judge: Judge,
    calibrations: [Calibration; CUES],
    weights: [f64; CUES],
    missing: [f64; CUES],
    smoothing: Smoothing,
    causal: bool,
    analysis: Analysis,
    video: VideoId,
    view: ViewOfVideo,
    /// Frames of the preview with their positions.
    preview: Preview,
    batch: SampledFrames,
    /// Frames whose score is not settled: what was found in them comes later than their origin, its rarity later still.
    origins: VecDeque<Origin>,
    found: VecDeque<Findings>,
    /// The numbers of the frames whose rarity is not known.
    numbers: VecDeque<u64>,
    rarities: VecDeque<[f64; CUES]>,
    /// The largest values of the cues and the number of objects over time.
    cues: Vec<SmoothedValues>,
    levels: Vec<VideoLevel>,
    crowd: SmoothedValues,
    sum: SmoothStream,
}

/// What the frames of the current video are compared with.
#[derive(Debug)]
enum ViewOfVideo {
    /// Its own median, from a preview.
    Known(View),
    /// Its running median.
    Live(LiveView),
}

#[derive(Debug, Default)]
struct Preview {
    frames: SampledFrames,
    positions: Vec<usize>,
    length: usize,
}

impl Preview {
    /// The frames at every so many positions of the video.
    fn every(&self, stride: usize) -> Vec<&[u8]> {
        let sampled = self.frames.frames().iter().zip(&self.positions);
        let chosen = sampled.filter(|(_, position)| position.is_multiple_of(stride));
        chosen.map(|(frame, _)| frame.pixels()).collect()
    }
}

/// How rare the values of each cue are.
pub(crate) fn calibrate(
    model: &ObjectModel,
    smoothing: &Smoothing,
) -> Result<[Calibration; CUES], Error> {
    // Test values are smoothed before they are compared, so the normal values that they are compared with are smoothed as
    // well: smoothing lowers the maxima of noise, and a rarity of unsmoothed values would be too small.
    let crowds = smooth_videos(model, &model.normal_objects, smoothing)?;
    let mut normal = Vec::with_capacity(CUES);
    for cue in Cue::ALL {
        let videos = &model.normal_values(cue).videos;
        normal.push(smooth_videos(model, videos, smoothing)?);
    }
    Ok(Cue::ALL
        .map(|cue| Calibration::new(cue, std::mem::take(&mut normal[cue as usize]), &crowds)))
}

/// The smoothed values of all normal videos.
fn smooth_videos(
    model: &ObjectModel,
    videos: &[Vec<f32>],
    smoothing: &Smoothing,
) -> Result<Vec<Vec<f64>>, Error> {
    let mut all = Vec::with_capacity(videos.len());
    for (video, numbers) in videos.iter().zip(&model.numbers) {
        let mut values: Vec<f64> = video.iter().copied().map(f64::from).collect();
        smoothing.smooth_frames(numbers, &mut values)?;
        all.push(values);
    }
    Ok(all)
}

impl ObjectScorer {
    pub(crate) fn new(
        input: FrameInput,
        settings: &ObjectSettings,
        model: ObjectModel,
    ) -> Result<Self, crate::Error> {
        let smoothing = Smoothing::new(settings.sigma, settings.causal)?;
        let calibrations = calibrate(&model, &smoothing)?;
        let missing = Cue::ALL.map(|cue| f64::from(model.normal_values(cue).missing));
        let judge = Judge::new(Arc::new(model))?;
        Ok(Self {
            input,
            calibrations,
            weights: settings.weights.in_order(),
            missing,
            crowd: SmoothedValues::new(&smoothing),
            sum: SmoothStream::new(smoothing.of_sum()),
            smoothing,
            causal: settings.causal,
            analysis: Analysis::new(Arc::clone(judge.geometry()), true),
            judge,
            video: VideoId::new(""),
            view: ViewOfVideo::Live(LiveView::default()),
            preview: Preview::default(),
            batch: SampledFrames::default(),
            origins: VecDeque::new(),
            found: VecDeque::new(),
            numbers: VecDeque::new(),
            rarities: VecDeque::new(),
            cues: Vec::new(),
            levels: Vec::new(),
        })
    }

    fn batch_frames(&self) -> usize {
        if self.causal { 1 } else { BATCH }
    }

    /// Makes the view of the video from its preview, once.
    fn use_preview(&mut self) -> Result<(), crate::Error> {
        // The median of the video is what stays in it; a person who stands still for all of it belongs to it too.
        let preview = &self.preview;
        let camera = &self.judge.model().camera;
        let median = steady_median(
            &preview.every(median_stride(preview.length)),
            camera.width(),
        );
        if !median.values.is_empty() {
            let samples = preview.every(noise_stride(preview.length));
            self.view = ViewOfVideo::Known(camera.view(&median, &samples, &self.video)?);
        }
        self.preview.frames.clear();
        self.preview.positions.clear();
        Ok(())
    }

    fn push_frame(
        &mut self,
        frame: &PreparedFrame<'_>,
        settled: &mut Settled,
    ) -> Result<(), crate::Error> {
        let image = self.checked_image(frame)?;
        self.use_preview()?;
        let origin = image.borrowed_from();
        self.origins
            .push_back(origin.map_or(Origin::Computed, |from| Origin::Borrowed { from }));
        self.batch.push(image);
        if let ViewOfVideo::Live(live) = &mut self.view {
            let small = shrink(image, self.judge.geometry().shape)?;
            live.follow(small, &self.judge.model().camera, &self.video)?;
        }
        if self.batch.len() == self.batch_frames() {
            self.analyse_batch(settled)?;
        }
        Ok(())
    }

    /// The image of a frame, if it has the size of the training's frames.
    fn checked_image<'a>(
        &self,
        frame: &PreparedFrame<'a>,
    ) -> Result<&'a oddframe_core::Frame, crate::Error> {
        let image = frame.image.ok_or(crate::Error::NoImage {
            frame: frame.number,
        })?;
        check_frame(&self.video, image, self.judge.model().source)?;
        Ok(image)
    }

    fn analyse_batch(&mut self, settled: &mut Settled) -> Result<(), crate::Error> {
        let view = match &self.view {
            ViewOfVideo::Known(view) => view,
            ViewOfVideo::Live(live) => live.view(),
        };
        let mut findings = Vec::new();
        self.analysis
            .push(self.batch.frames(), view, &mut findings)?;
        self.batch.clear();
        self.judge_frames(&findings, false, settled)
    }

    /// Judges what was found in the next frames, and settles the scores that no later frame changes.
    fn judge_frames(
        &mut self,
        frames: &[FrameFindings],
        at_end: bool,
        settled: &mut Settled,
    ) -> Result<(), crate::Error> {
        let judge = &self.judge;
        let found: Vec<Findings> = frames
            .par_iter()
            .map(|frame| judge.examine(frame))
            .collect();
        for cue in Cue::ALL {
            let missing = self.missing[cue as usize];
            let values = frames.iter().zip(&found).map(|(frame, findings)| {
                let finding = findings[cue as usize].as_ref();
                (
                    frame.number,
                    finding.map_or(missing, |finding| finding.value),
                )
            });
            self.cues[cue as usize].push(&values.collect::<Vec<_>>(), at_end)?;
        }
        let crowd: Vec<(u64, f64)> = frames
            .iter()
            .map(|frame| (frame.number, frame.objects.len() as f64))
            .collect();
        self.crowd.push(&crowd, at_end)?;
        self.numbers.extend(frames.iter().map(|frame| frame.number));
        self.found.extend(found);
        let mut sums = Vec::new();
        while let Some(crowd) = self.crowd.smoothed.pop_front() {
            let rarities = Cue::ALL.map(|cue| {
                // As many values come as numbers of objects.
                let value = self.cues[cue as usize].smoothed.pop_front();
                let level = &mut self.levels[cue as usize];
                self.calibrations[cue as usize].rarity(value.unwrap_or(0.0), crowd, level)
            });
            let weighted = rarities.iter().zip(self.weights);
            let sum: f64 = weighted.map(|(rarity, weight)| rarity * weight).sum();
            sums.extend(self.numbers.pop_front().map(|number| (number, sum)));
            // A cue that is rare over time is placed where it is rare in this frame.
            let placed = self.found.get(self.rarities.len());
            let places = Cue::ALL.map(|cue| {
                let finding = placed.and_then(|findings| findings[cue as usize].as_ref());
                let here = finding.map_or(0.0, |finding| {
                    self.calibrations[cue as usize].rarity_in_frame(
                        finding.value,
                        crowd,
                        &self.levels[cue as usize],
                    )
                });
                here.min(rarities[cue as usize])
            });
            self.rarities.push_back(places);
        }
        let mut scores = Vec::new();
        self.sum.push(&sums, at_end, &mut scores)?;
        for score in scores {
            let (Some(origin), Some(findings), Some(rarities)) = (
                self.origins.pop_front(),
                self.found.pop_front(),
                self.rarities.pop_front(),
            ) else {
                break;
            };
            settled.push(self.frame_score(score, &findings, rarities, origin));
        }
        Ok(())
    }

    fn frame_score(
        &self,
        score: f64,
        findings: &Findings,
        rarities: [f64; CUES],
        origin: Origin,
    ) -> FrameScore {
        let mut score = FrameScore::new(score, origin);
        let mut loudest: Option<(f64, Cue, &Spot)> = None;
        for ((cue, rarity), weight) in Cue::ALL.into_iter().zip(rarities).zip(self.weights) {
            if weight == 0.0 {
                continue;
            }
            let rarity = weight * rarity;
            let finding = findings[cue as usize].as_ref();
            let Some(spot) = finding.and_then(|finding| finding.spot.as_ref()) else {
                continue;
            };
            score.boxes.push(ScoredBox {
                area: spot.area,
                score: rarity,
            });
            if loudest.is_none_or(|(largest, ..)| rarity > largest) {
                loudest = Some((rarity, cue, spot));
            }
        }
        score.reason = loudest.map(|(_, cue, spot)| self.judge.explain(cue, spot));
        score
    }
}

impl Scorer for ObjectScorer {
    fn input(&self) -> FrameInput {
        self.input
    }

    fn start(&mut self, info: &StreamInfo) -> Result<(), Error> {
        // The last video may have ended in an error, without `finish`.
        self.video = info.id().clone();
        self.view = ViewOfVideo::Live(LiveView::default());
        self.preview.frames.clear();
        self.preview.positions.clear();
        self.preview.length = info.frames().unwrap_or(0);
        self.batch.clear();
        self.analysis.restart();
        self.origins.clear();
        self.found.clear();
        self.numbers.clear();
        self.rarities.clear();
        let smoothed = || SmoothedValues::new(&self.smoothing);
        self.cues = std::iter::repeat_with(smoothed).take(CUES).collect();
        let calibrations = self.calibrations.iter();
        self.levels = calibrations.map(Calibration::start_video).collect();
        self.crowd = smoothed();
        self.sum = SmoothStream::new(self.smoothing.of_sum());
        Ok(())
    }

    fn preview_positions(&self, info: &StreamInfo) -> Vec<usize> {
        let Some(frames) = info.frames().filter(|_| !self.causal) else {
            return Vec::new();
        };
        let strides = [median_stride(frames), noise_stride(frames)];
        (0..frames)
            .filter(|place| strides.iter().any(|stride| place.is_multiple_of(*stride)))
            .collect()
    }

    fn preview(&mut self, frame: &PreparedFrame<'_>) -> Result<(), Error> {
        let image = self.checked_image(frame).map_err(crate::Error::of_system)?;
        let small = shrink(image, self.judge.geometry().shape).map_err(crate::Error::of_system)?;
        self.preview.frames.push(&small);
        self.preview.positions.push(frame.index);
        Ok(())
    }

    fn push(&mut self, frame: &PreparedFrame<'_>, settled: &mut Settled) -> Result<(), Error> {
        self.push_frame(frame, settled)
            .map_err(crate::Error::of_system)
    }

    fn finish(&mut self, settled: &mut Settled) -> Result<(), Error> {
        let mut finish = || {
            if self.batch.len() > 0 {
                self.analyse_batch(settled)?;
            }
            let mut findings = Vec::new();
            self.analysis.finish(&mut findings);
            self.judge_frames(&findings, true, settled)
        };
        finish().map_err(crate::Error::of_system)
    }

    fn delay(&self) -> Delay {
        // The cues are smoothed, and their sum again.
        let smoothing = self.smoothing.delay() + self.smoothing.of_sum().delay();
        Delay::Frames(REACH + smoothing + self.batch_frames() - 1)
    }
}
