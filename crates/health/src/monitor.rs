use oddframe_core::{PreparedFrame, StreamInfo};

use crate::brightness::BrightnessJump;
use crate::gradients::{HEIGHT, WIDTH};
use crate::limits::{Limits, Usual};
use crate::measures::{Measures, mean_change};
use crate::reference::Reference;
use crate::settings::second_of;
use crate::{Error, Finding, HealthSettings, Problem};

/// Watches the frames of videos of one camera, one after the other.
///
/// Every frame is judged when it comes, from itself and the frames before it.
#[derive(Debug)]
pub struct HealthMonitor {
    settings: HealthSettings,
    usual: Usual,
    limits: Limits,
    reference: Reference,
    video: VideoState,
}

/// What is known of the current video.
#[derive(Debug)]
struct VideoState {
    before: Vec<u8>,
    jump: BrightnessJump,
    /// Whether the brightness jumped out of its usual range and has not come back.
    is_outside: bool,
    /// How many frames in a row hardly changed.
    still: usize,
    /// The last problem, and how many frames ago it was.
    last: Option<(Problem, usize)>,
    /// The frames of a second.
    second: usize,
}

impl VideoState {
    fn new(second: usize) -> Self {
        Self {
            before: Vec::new(),
            jump: BrightnessJump::new(second),
            is_outside: false,
            still: 0,
            last: None,
            second,
        }
    }
}

impl HealthMonitor {
    pub(crate) fn new(settings: HealthSettings, usual: Usual, reference: Reference) -> Self {
        Self {
            settings,
            usual,
            limits: Limits::new(&usual),
            reference,
            video: VideoState::new(settings.second()),
        }
    }

    /// Begins a video.
    pub fn start(&mut self, info: &StreamInfo) {
        let second = info
            .frames_per_second()
            .map_or(self.settings.second(), second_of);
        self.video = VideoState::new(second);
    }

    /// Judges the next frame. A problem lasts for a second after it ended, because systems look at the frames before too.
    ///
    /// The frame is prepared as [`HealthModel::input`](crate::HealthModel::input) asks. None is
    /// the answer for a frame in order, and for one with the pixels of another frame, which say nothing.
    ///
    /// # Errors
    /// When the frame was prepared otherwise.
    pub fn push(&mut self, frame: &PreparedFrame<'_>) -> Result<Option<Finding>, Error> {
        if let Some((_, ago)) = &mut self.video.last {
            *ago += 1;
        }
        let Some(image) = frame.image.filter(|image| image.borrowed_from().is_none()) else {
            return Ok(None);
        };
        let pixels = image.pixels();
        oddframe_core::Error::check_length(
            "pixels of a judged frame",
            WIDTH * HEIGHT,
            pixels.len(),
        )?;
        let measures = Measures::new(pixels, &self.reference);
        let brightness = self.judge_brightness(measures.brightness);
        let frozen = self.judge_change(pixels);
        // The order is that of `Problem::ALL`: a covered lens is also dark, a noisy picture agrees less with the reference.
        let found = self
            .judge_cover(measures)
            .or_else(|| self.judge_noise(measures))
            .or_else(|| self.judge_view(measures))
            .or_else(|| self.judge_sharpness(measures))
            .or(brightness)
            .or(frozen);
        if let Some(finding) = &found {
            self.video.last = Some((finding.problem, 0));
        }
        // Later frames are compared with frames in order. Another light that is usual too becomes one of them.
        let is_in_order = match &found {
            None => true,
            Some(finding) => matches!(finding.problem, Problem::Brightness | Problem::Frozen),
        };
        if is_in_order && !self.video.is_outside {
            self.video.jump.push(measures.brightness);
        }
        Ok(found.or_else(|| self.recall_problem()))
    }

    /// The last problem, for a second after it ended.
    fn recall_problem(&self) -> Option<Finding> {
        let (problem, ago) = self.video.last?;
        (ago <= self.video.second).then(|| Finding {
            problem,
            strength: format!("it ended {ago} frames ago"),
        })
    }

    fn judge_cover(&self, measures: Measures) -> Option<Finding> {
        (measures.flat >= self.limits.most_flat).then(|| Finding {
            problem: Problem::Covered,
            strength: format!(
                "{:.0} % of the scene has no structure, usually at most {:.0} %",
                100.0 * measures.flat,
                100.0 * self.usual.flat.high
            ),
        })
    }

    fn judge_noise(&self, measures: Measures) -> Option<Finding> {
        let found = (0..2).find(|place| measures.noise[*place] > self.limits.most_noise[*place])?;
        Some(Finding {
            problem: Problem::Noise,
            strength: format!(
                "{:.1} gray levels, usually at most {:.1}",
                measures.noise[found], self.usual.noise[found].high
            ),
        })
    }

    fn judge_view(&self, measures: Measures) -> Option<Finding> {
        let axes = measures.agreement.iter().zip(self.limits.least_agreement);
        let lost = axes
            .zip(self.usual.agreement)
            .filter(|((own, least), _)| *own < least);
        // Of two axes the one that lost more.
        let worst =
            lost.min_by(|((a, least), _), ((b, other), _)| (*a - least).total_cmp(&(*b - other)));
        let ((own, _), usual) = worst?;
        let is_flipped =
            measures.upside_down > self.limits.least_upside_down && measures.upside_down > *own;
        Some(if is_flipped {
            Finding {
                problem: Problem::Flipped,
                strength: format!(
                    "the edges agree to {:.0} % with the scene upside down, to {:.0} % with the scene itself",
                    100.0 * measures.upside_down,
                    100.0 * own.max(0.0)
                ),
            }
        } else {
            Finding {
                problem: Problem::Moved,
                strength: format!(
                    "the edges agree to {:.0} % with the usual view, usually to at least {:.0} %",
                    100.0 * own.max(0.0),
                    100.0 * usual.low
                ),
            }
        })
    }

    fn judge_sharpness(&self, measures: Measures) -> Option<Finding> {
        (measures.sharpness < self.limits.least_sharpness).then(|| Finding {
            problem: Problem::Defocused,
            strength: format!(
                "{:.2} of the fine contrast, usually at least {:.2}",
                measures.sharpness, self.usual.sharpness.low
            ),
        })
    }

    fn judge_brightness(&mut self, brightness: f64) -> Option<Finding> {
        let (least, most) = self.limits.brightness;
        let is_outside = brightness < least || brightness > most;
        let jump = self.video.jump.compare(brightness);
        let jumped = jump.is_some_and(|jump| jump.abs() > self.limits.largest_jump);
        // A video may begin with another light than the training had. Light that changes slowly is no jump.
        let begins = jump.is_none();
        self.video.is_outside = is_outside && (self.video.is_outside || jumped || begins);
        (jumped || self.video.is_outside).then(|| Finding {
            problem: Problem::Brightness,
            strength: format!(
                "{brightness:.0}, usually {:.0} to {:.0}{}",
                self.usual.brightness.low,
                self.usual.brightness.high,
                jump.filter(|_| jumped)
                    .map_or_else(String::new, |jump| format!(
                        "; {:.2} times that of the second before",
                        jump.exp()
                    ))
            ),
        })
    }

    fn judge_change(&mut self, pixels: &[u8]) -> Option<Finding> {
        let video = &mut self.video;
        let changed = if video.before.is_empty() {
            f64::INFINITY
        } else {
            mean_change(&video.before, pixels)
        };
        video.before.clear();
        video.before.extend_from_slice(pixels);
        video.still = if changed < self.limits.least_change {
            video.still + 1
        } else {
            0
        };
        // A quiet scene has frames that hardly change too. Frozen is only what lasts a second, and twice as long as any stillness of
        // the training.
        let needed = video.second.max(2 * self.usual.longest_still);
        (video.still >= needed).then(|| Finding {
            problem: Problem::Frozen,
            strength: format!(
                "{} frames in a row change by less than {:.2} gray levels, usually each by {:.2}",
                video.still, self.limits.least_change, self.usual.change.median
            ),
        })
    }
}
