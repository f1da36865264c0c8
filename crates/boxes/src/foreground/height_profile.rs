use oddframe_core::Rect;

/// The bands of rows in which heights are collected.
const BANDS: usize = 20;

/// The fewest objects that say how high objects of a band are.
const OBJECTS_IN_BAND: usize = 8;

/// The fewest bands that determine a line.
const BANDS_FOR_LINE: usize = 3;

/// The quantile of the heights of a band. It is below the median because people who overlap form one high region.
const QUANTILE: f64 = 0.25;

/// The assumed height of a person, as a fraction of the frame height, before any person was observed.
const UNKNOWN_HEIGHT: f64 = 1.0 / 6.0;

/// How high people are in the picture, by the row of their feet: near ones stand lower in the picture and are larger.
///
/// The height is a line in the row, limited to the heights that were seen.
///
/// ```
/// use oddframe_boxes::HeightProfile;
/// use oddframe_core::Rect;
/// // People whose feet are in row 100 are 20 pixels high, those in row 200 are 40 high.
/// let people = (0..400).map(|i| {
///     let foot = 100.0 + f64::from(i % 101);
///     Rect { left: 10.0, top: 0.8 * foot, right: 20.0, bottom: foot }
/// });
/// let profile = HeightProfile::fit(people, 240);
/// assert!((profile.height_at(150.0) - 30.0).abs() < 1.0);
/// assert!(profile.height_at(240.0) <= 40.0);
/// assert_eq!(HeightProfile::unknown(240).height_at(0.0), 40.0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HeightProfile {
    pub(super) offset: f64,
    pub(super) slope: f64,
    pub(super) low: f64,
    pub(super) high: f64,
}

impl HeightProfile {
    /// The same height everywhere: a sixth of a frame with `frame_height` rows.
    pub fn unknown(frame_height: usize) -> Self {
        Self::constant(frame_height as f64 * UNKNOWN_HEIGHT)
    }

    /// The same height everywhere, in pixels.
    pub fn constant(height: f64) -> Self {
        Self {
            offset: height,
            slope: 0.0,
            low: height,
            high: height,
        }
    }

    /// The line `offset + slope * foot`, limited to the heights from `low` to `high`. None unless all are finite and
    /// `0 < low <= high`.
    pub fn from_line(offset: f64, slope: f64, low: f64, high: f64) -> Option<Self> {
        let possible = offset.is_finite() && slope.is_finite() && low > 0.0 && low <= high;
        (possible && high.is_finite()).then_some(Self {
            offset,
            slope,
            low,
            high,
        })
    }

    /// The offset, the slope, and the lowest and highest height: what [`Self::from_line`] takes.
    pub fn line(&self) -> [f64; 4] {
        [self.offset, self.slope, self.low, self.high]
    }

    /// Fits the profile to the boxes of people in frames with `frame_height` rows.
    ///
    /// In each of 20 bands of rows with at least 8 boxes the lower quartile of the heights counts, with the square root
    /// of the number of boxes as its weight. With fewer than 3 such bands, or where higher up would be larger, the profile
    /// is their mean; without any it is [`Self::unknown`].
    pub fn fit(boxes: impl IntoIterator<Item = Rect>, frame_height: usize) -> Self {
        let mut bands: Vec<Vec<Rect>> = vec![Vec::new(); BANDS];
        for rect in boxes {
            let band = rect.bottom * BANDS as f64 / frame_height as f64;
            bands[(band as usize).min(BANDS - 1)].push(rect);
        }
        let mut points = Vec::new();
        for band in bands.iter().filter(|band| band.len() >= OBJECTS_IN_BAND) {
            let mut heights: Vec<f64> = band.iter().map(|rect| rect.bottom - rect.top).collect();
            heights.sort_by(f64::total_cmp);
            let foot = band.iter().map(|rect| rect.bottom).sum::<f64>() / band.len() as f64;
            points.push(Point {
                foot,
                height: heights[((heights.len() - 1) as f64 * QUANTILE) as usize],
                weight: (band.len() as f64).sqrt(),
            });
        }
        if points.is_empty() {
            return Self::unknown(frame_height);
        }
        Self::fit_line(&points)
    }

    /// The weighted least-squares line through the points.
    fn fit_line(points: &[Point]) -> Self {
        let total: f64 = points.iter().map(|p| p.weight).sum();
        let foot = points.iter().map(|p| p.weight * p.foot).sum::<f64>() / total;
        let height = points.iter().map(|p| p.weight * p.height).sum::<f64>() / total;
        let (mut products, mut squares) = (0.0, 0.0);
        for p in points {
            products += p.weight * (p.foot - foot) * (p.height - height);
            squares += p.weight * (p.foot - foot) * (p.foot - foot);
        }
        // A negative slope contradicts the perspective of any camera that stands upright.
        if points.len() < BANDS_FOR_LINE || squares <= 0.0 || products < 0.0 {
            return Self::constant(height);
        }
        let slope = products / squares;
        let (mut low, mut high) = (f64::INFINITY, 0.0_f64);
        for p in points {
            low = low.min(p.height);
            high = high.max(p.height);
        }
        Self {
            offset: height - slope * foot,
            slope,
            low,
            high,
        }
    }

    /// The height of a person whose feet are in row `foot`, in pixels.
    pub fn height_at(&self, foot: f64) -> f64 {
        (self.offset + self.slope * foot).clamp(self.low, self.high)
    }
}

/// The usual height in a band of rows.
struct Point {
    foot: f64,
    height: f64,
    weight: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people(count: usize, foot: f64, height: f64) -> impl Iterator<Item = Rect> {
        (0..count).map(move |_| Rect {
            left: 0.0,
            top: foot - height,
            right: 8.0,
            bottom: foot,
        })
    }

    #[test]
    fn few_bands_give_their_weighted_mean() {
        let boxes = people(100, 50.0, 10.0).chain(people(25, 90.0, 40.0));
        // Weights 10 and 5.
        assert_eq!(
            HeightProfile::fit(boxes, 100),
            HeightProfile::constant(20.0)
        );
    }

    #[test]
    fn a_band_with_few_boxes_does_not_count() {
        let boxes = people(7, 50.0, 10.0);
        assert_eq!(
            HeightProfile::fit(boxes, 120),
            HeightProfile::constant(20.0)
        );
    }

    #[test]
    fn larger_heights_higher_up_are_not_believed() {
        let boxes = people(16, 30.0, 30.0)
            .chain(people(16, 60.0, 20.0))
            .chain(people(16, 90.0, 10.0));
        assert_eq!(
            HeightProfile::fit(boxes, 100),
            HeightProfile::constant(20.0)
        );
    }

    #[test]
    fn groups_do_not_raise_the_height() {
        let boxes = people(20, 50.0, 10.0).chain(people(20, 50.0, 25.0));
        assert_eq!(
            HeightProfile::fit(boxes, 100),
            HeightProfile::constant(10.0)
        );
    }
}
