use std::fmt;

use oddframe_core::{Origin, ScoreTable, VideoScores};

use crate::error::Error;
use crate::rank::Rank;
use crate::same_frames::check_same_frames;
use crate::transform::{Outcome, Transform};

/// How the scores of several systems for the same frames are combined into one.
///
/// The text form is `max`, `mean`, `product`, `rank-mean` or `weighted(0.3,0.7)`. Normalise the tables to one
/// range first; only `rank-mean` does so by itself.
///
/// ```
/// use oddframe_core::{FrameNumber, Origin, ScoreTable, VideoScores};
/// use oddframe_post::Fusion;
///
/// let numbers = vec![FrameNumber(0), FrameNumber(1)];
/// let mut tables = Vec::new();
/// for values in [vec![0.25, 0.5], vec![0.75, 0.0]] {
///     let video = VideoScores::from_parts("01".into(), numbers.clone(), values, vec![Origin::Computed; 2])?;
///     tables.push(ScoreTable::new(vec![video])?);
/// }
/// let fused = "mean".parse::<Fusion>()?.fuse(&tables)?;
/// assert_eq!(fused.values().collect::<Vec<_>>(), [0.5, 0.25]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Fusion {
    /// The highest score.
    Max,
    /// The mean of the scores.
    Mean,
    /// The product of the scores.
    Product,
    /// The mean of the normalised ranks that [`Rank`] computes for each table.
    RankMean,
    /// The weighted sum of the scores, one weight per table in their order.
    Weighted(Weights),
}

/// One weight per table. The weights are used as given and need not sum to 1.
///
/// ```
/// use oddframe_post::{Fusion, Weights};
///
/// let weighted = Fusion::Weighted(Weights::new(vec![0.3, 0.7])?);
/// assert_eq!(weighted.to_string(), "weighted(0.3,0.7)");
/// assert!(Weights::new(vec![1.0, -1.0]).is_err());
/// # Ok::<(), oddframe_post::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Weights(Vec<f64>);

impl Weights {
    /// Checks the weights.
    ///
    /// # Errors
    /// When a weight is negative or not finite, or no weight is above 0.
    pub fn new(weights: Vec<f64>) -> Result<Self, Error> {
        if let Some(weight) = weights.iter().find(|w| !(w.is_finite() && **w >= 0.0)) {
            return Err(Error::parameter(
                "weighted",
                "weight",
                *weight,
                "finite and not negative",
            ));
        }
        if weights.iter().all(|w| *w == 0.0) {
            return Err(Error::parameter(
                "weighted",
                "weight",
                0.0,
                "above 0 for at least one table",
            ));
        }
        Ok(Self(weights))
    }

    /// The weights, in the order of the tables.
    pub fn values(&self) -> &[f64] {
        &self.0
    }
}

impl Fusion {
    /// Fuses tables that score the same frames.
    ///
    /// The origin of a fused score is `Computed` if all its parts are computed, otherwise the origin of the
    /// first part that is not. A table with weight 0 does not count as a part. The names of videos come from
    /// the first table.
    ///
    /// # Errors
    /// When there are no tables, two tables score different frames, the number of weights differs from the
    /// number of tables, or a fused score is not finite.
    pub fn fuse(&self, tables: &[ScoreTable]) -> Result<ScoreTable, Error> {
        let first = check_same_frames(tables)?;
        if let Self::Weighted(weights) = self
            && weights.0.len() != tables.len()
        {
            return Err(Error::WeightCount {
                weights: weights.0.len(),
                tables: tables.len(),
            });
        }
        // The tables are folded one after the other, so only two series are in memory at a time.
        let mut series = tables
            .iter()
            .enumerate()
            .map(|(place, table)| self.prepare_values(place, table));
        let mut values = series.next().unwrap_or_default();
        for other in series {
            for (value, other) in values.iter_mut().zip(other) {
                // Means and weighted sums add here; the division of a mean follows once at the end.
                *value = match self {
                    Self::Max => value.max(other),
                    Self::Product => *value * other,
                    Self::Mean | Self::RankMean | Self::Weighted(_) => *value + other,
                };
            }
        }
        if matches!(self, Self::Mean | Self::RankMean) {
            for value in &mut values {
                *value /= tables.len() as f64;
            }
        }
        self.build_table(first, tables, &values)
    }

    /// Whether the fused score of a frame depends on the other frames of the tables, as ranks do.
    pub fn depends_on_whole_set(&self) -> bool {
        matches!(self, Self::RankMean)
    }

    /// The contribution of one table to the sum, the product or the maximum.
    fn prepare_values(&self, place: usize, table: &ScoreTable) -> Vec<f64> {
        let mut values: Vec<f64> = table.values().collect();
        match self {
            Self::Max | Self::Mean | Self::Product => {}
            Self::RankMean => {
                // Ranks are defined for every series, so the outcome says nothing.
                let (Outcome::Done | Outcome::Constant) = Rank.transform_series(&mut values);
            }
            Self::Weighted(weights) => values
                .iter_mut()
                .for_each(|value| *value *= weights.0[place]),
        }
        values
    }

    /// Builds the table of fused values with the origins of their parts.
    fn build_table(
        &self,
        first: &ScoreTable,
        tables: &[ScoreTable],
        values: &[f64],
    ) -> Result<ScoreTable, Error> {
        // The values of all videos are in one list; each video takes its share in order.
        let mut values = values.iter().copied();
        let fused = first.videos().iter().enumerate().map(|(place, video)| {
            VideoScores::from_parts(
                video.id().clone(),
                video.numbers().to_vec(),
                values.by_ref().take(video.len()).collect(),
                (0..video.len())
                    .map(|frame| self.fuse_origins(tables, place, frame))
                    .collect(),
            )
        });
        Ok(ScoreTable::new(fused.collect::<Result<_, _>>()?)?)
    }

    /// The first origin other than `Computed` among the tables that count, for one frame of the video at
    /// `place`.
    fn fuse_origins(&self, tables: &[ScoreTable], place: usize, frame: usize) -> Origin {
        let parts = tables
            .iter()
            .enumerate()
            .filter(|(table, _)| !self.has_zero_weight(*table));
        let mut origins = parts.map(|(_, table)| table.videos()[place].origins()[frame]);
        origins
            .find(|origin| *origin != Origin::Computed)
            .unwrap_or(Origin::Computed)
    }

    fn has_zero_weight(&self, table: usize) -> bool {
        matches!(self, Self::Weighted(weights) if weights.0.get(table) == Some(&0.0))
    }
}

impl fmt::Display for Fusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Max => f.write_str("max"),
            Self::Mean => f.write_str("mean"),
            Self::Product => f.write_str("product"),
            Self::RankMean => f.write_str("rank-mean"),
            Self::Weighted(weights) => {
                for (place, weight) in weights.0.iter().enumerate() {
                    write!(f, "{}{weight}", if place == 0 { "weighted(" } else { "," })?;
                }
                f.write_str(")")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use oddframe_core::FrameNumber;

    use super::*;
    use crate::testing::{table, values};

    fn fuse(how: &str, tables: &[ScoreTable]) -> Result<ScoreTable, Error> {
        how.parse::<Fusion>().unwrap().fuse(tables)
    }

    #[test]
    fn scores_are_fused_frame_by_frame() {
        let tables = [
            table(&[("1", &[0.1, 0.2]), ("2", &[0.9])]),
            table(&[("1", &[0.4, 0.0]), ("2", &[0.5])]),
            table(&[("01", &[0.4, 0.6]), ("02", &[0.5])]),
        ];
        let fused = |how| values(&fuse(how, &tables).unwrap());
        assert_eq!(fused("max"), [0.4, 0.6, 0.9]);
        assert_eq!(
            fused("mean"),
            [
                (0.1 + 0.4 + 0.4) / 3.0,
                (0.2 + 0.0 + 0.6) / 3.0,
                (0.9 + 0.5 + 0.5) / 3.0
            ]
        );
        assert_eq!(fused("product"), [0.1 * 0.4 * 0.4, 0.0, 0.9 * 0.5 * 0.5]);
        // Ranks of the tables: 1 2 3, 2 1 3, 1 3 2.
        assert_eq!(
            fused("rank-mean"),
            [
                1. / 3. + 2. / 3. + 1. / 3.,
                2. / 3. + 1. / 3. + 1.,
                1. + 1. + 2. / 3.
            ]
            .map(|r: f64| r / 3.0)
        );
        assert_eq!(
            fused("weighted(2,0,1)"),
            [0.1 * 2.0 + 0.4, 0.2 * 2.0 + 0.6, 0.9 * 2.0 + 0.5]
        );
        assert_eq!(
            values(&fuse("mean", &tables[..1]).unwrap()),
            values(&tables[0])
        );
    }

    #[test]
    fn origins_other_than_computed_are_kept() {
        let with = |origins: [Origin; 3]| {
            let numbers = (0..3).map(FrameNumber).collect();
            let video =
                VideoScores::from_parts("1".into(), numbers, vec![0.5; 3], origins.to_vec())
                    .unwrap();
            ScoreTable::new(vec![video]).unwrap()
        };
        let borrowed = Origin::Borrowed {
            from: FrameNumber(1),
        };
        let tables = [
            with([Origin::Computed, Origin::Computed, Origin::Computed]),
            with([borrowed, Origin::Computed, Origin::Constant]),
            with([Origin::Constant, Origin::Computed, Origin::Computed]),
        ];
        let fused = Fusion::Mean.fuse(&tables).unwrap();
        assert_eq!(
            fused.videos()[0].origins(),
            [borrowed, Origin::Computed, Origin::Constant]
        );
        let fused = fuse("weighted(1,0,0.5)", &tables).unwrap();
        assert_eq!(
            fused.videos()[0].origins(),
            [Origin::Constant, Origin::Computed, Origin::Computed]
        );
    }

    #[test]
    fn weights_are_checked() {
        let tables = [table(&[("1", &[0.1])]), table(&[("1", &[0.4])])];
        let error = fuse("weighted(0.3,0.3,0.4)", &tables).unwrap_err();
        assert_eq!(
            error.to_string(),
            "3 weights for 2 score tables; give one weight for each table"
        );
        assert!(matches!(fuse("max", &[]), Err(Error::NoTables)));
        for weights in [
            vec![],
            vec![0.0, 0.0],
            vec![1.0, -0.5],
            vec![f64::NAN],
            vec![f64::INFINITY],
        ] {
            assert!(Weights::new(weights).is_err());
        }
    }

    #[test]
    fn fused_scores_must_be_finite() {
        let tables = [table(&[("1", &[1e200])]), table(&[("1", &[1e200])])];
        assert!(matches!(fuse("product", &tables), Err(Error::Core(_))));
    }

    #[test]
    fn texts_round_trip_and_invalid_texts_are_errors() {
        for text in [
            "max",
            "mean",
            "product",
            "rank-mean",
            "weighted(0.3,0.7)",
            "weighted(1)",
        ] {
            assert_eq!(text.parse::<Fusion>().unwrap().to_string(), text);
        }
        assert_eq!(
            " weighted( 0.30, .7 ) "
                .parse::<Fusion>()
                .unwrap()
                .to_string(),
            "weighted(0.3,0.7)"
        );
        for (text, offset, says) in [
            ("", 0, "expected a fusion such as `max`"),
            ("rank_mean", 0, "did you mean `rank-mean`?"),
            ("max(1)", 3, "expected the end"),
            ("weighted", 8, "expected `(` and the weights"),
            ("weighted(0.3;0.7)", 12, "expected `,` or `)`"),
            ("weighted(0.3,)", 13, "expected a number"),
            ("weighted(0,0)", 0, "above 0 for at least one table"),
            ("weighted(0.3,-0.7)", 0, "finite and not negative"),
        ] {
            let error = text.parse::<Fusion>().unwrap_err();
            assert_eq!(error.offset(), offset, "{error}");
            assert!(error.to_string().contains(says), "{error}");
        }
    }
}
