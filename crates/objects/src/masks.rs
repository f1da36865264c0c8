use crate::registration::Landmarks;
use crate::statistics::DifferenceMedian;

/// What the frames of one video are compared with.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct View {
    /// The camera's background, moved to where the camera stands in this video.
    pub(crate) background: Vec<f32>,
    /// The blurred median of the video.
    pub(crate) own: Vec<f32>,
    /// The landmarks of that median, which frames of a shaking camera are aligned with.
    pub(crate) landmarks: Landmarks,
    /// How many gray levels an object differs from the background.
    pub(crate) threshold: f32,
}

/// Marks the pixels of a frame that differ from the background.
#[derive(Debug, Default)]
pub(crate) struct Masker {
    finder: DifferenceMedian,
    background: Vec<f32>,
    own: Vec<f32>,
    /// The change of the light since the training.
    light: f32,
}

impl Masker {
    /// Marks with 1 in `moving` what differs from both backgrounds of the view, and in `any` what differs from the background
    /// of the training: people who have stood still for long are in the second alone.
    ///
    /// `blurred` is the blurred picture of a frame.
    pub(crate) fn mark(
        &mut self,
        blurred: &[u8],
        view: &View,
        moving: &mut Vec<u8>,
        any: &mut Vec<u8>,
    ) {
        let of_background = compare(
            blurred,
            &view.background,
            &mut self.background,
            &mut self.finder,
        );
        let of_own = compare(blurred, &view.own, &mut self.own, &mut self.finder);
        self.light = of_background;
        moving.clear();
        any.clear();
        let threshold = view.threshold;
        for (background, own) in self.background.iter().zip(&self.own) {
            let differs = (background - of_background).abs() > threshold;
            any.push(u8::from(differs));
            moving.push(u8::from(differs && (own - of_own).abs() > threshold));
        }
    }

    /// The differences of the last picture from the background of the training, without the change of the light.
    pub(crate) fn differences(&self) -> impl Iterator<Item = f32> {
        self.background
            .iter()
            .map(|difference| difference - self.light)
    }
}

/// Writes the differences of a picture and a background to `out`, and returns their median: the change of the light, because
/// objects cover less than half of the picture.
fn compare(
    blurred: &[u8],
    background: &[f32],
    out: &mut Vec<f32>,
    finder: &mut DifferenceMedian,
) -> f32 {
    out.clear();
    let pairs = blurred.iter().zip(background);
    out.extend(pairs.map(|(pixel, usual)| f32::from(*pixel) - usual));
    finder.find(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_differ_and_the_light_does_not() {
        // Brighter by 10 everywhere; pixel 3 differs from both backgrounds, pixel 5 from the training's alone.
        let view = View {
            background: vec![100.0; 9],
            own: (0..9).map(|i| if i == 5 { 180.0 } else { 100.0 }).collect(),
            threshold: 12.0,
            ..View::default()
        };
        let mut frame = vec![110; 9];
        frame[3] = 60;
        frame[5] = 190;
        let (mut moving, mut any) = (Vec::new(), Vec::new());
        let mut masker = Masker::default();
        masker.mark(&frame, &view, &mut moving, &mut any);
        assert_eq!(masker.differences().nth(3), Some(-50.0));
        assert_eq!(masker.differences().next(), Some(0.0));
        assert_eq!(any, [0, 0, 0, 1, 0, 1, 0, 0, 0]);
        assert_eq!(moving, [0, 0, 0, 1, 0, 0, 0, 0, 0]);
    }
}
