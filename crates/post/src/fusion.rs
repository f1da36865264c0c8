use std::fmt;
use std::str::FromStr;

use oddframe_core::{Origin, ScoreTable, VideoScores};

use crate::parser::Parser;
use crate::same_frames::check_same_frames;
use crate::{Error, Outcome, ParseError, Rank, Transform};

/// How several systems' scores of the same frames become one.
///
/// Its text form is `max`, `mean`, `product`, `rank-mean` or `weighted(0.3,0.7)`. Bring the tables to one range
/// first: only `rank-mean` does so by itself.
#[derive(Debug, Clone, PartialEq)]
pub enum Fusion {
    /// The highest.
    Max,
    /// The mean.
    Mean,
    /// The product.
    Product,
    /// The mean of the ranks, each table's ranks divided by their number (see [`Rank`]).
    RankMean,
    /// The sum of each table's scores times its weight, in the order of the tables.
    Weighted(Weights),
}

/// A weight for each table, as they are given: they need not sum to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights(Vec<f64>);

impl Weights {
    /// These weights.
    ///
    /// # Errors
    /// When one is negative or not finite, or none is above 0.
    pub fn new(weights: Vec<f64>) -> Result<Self, Error> {
        let wrong = |value, needs| Error::Parameter { step: "weighted", name: "weight", value, needs };
        if let Some(weight) = weights.iter().find(|w| !(w.is_finite() && **w >= 0.0)) {
            return Err(wrong(*weight, "finite and not negative"));
        }
        if weights.iter().all(|w| *w == 0.0) {
            return Err(wrong(0.0, "above 0 for one table at least"));
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
    /// A fused score is computed where all its parts are; otherwise it has the origin of the first part that is
    /// not. A table without weight is no part. Names of videos are taken from the first table.
    ///
    /// # Errors
    /// When there is no table, two tables score different frames, the number of weights is not that of the
    /// tables, or a score comes out that is not finite.
    pub fn fuse(&self, tables: &[ScoreTable]) -> Result<ScoreTable, Error> {
        let first = check_same_frames(tables)?;
        if let Self::Weighted(weights) = self
            && weights.0.len() != tables.len()
        {
            return Err(Error::WeightCount { weights: weights.0.len(), tables: tables.len() });
        }
        let mut series = tables.iter().enumerate().map(|(place, table)| self.prepared(place, table));
        let mut values = series.next().unwrap_or_default();
        for other in series {
            for (value, other) in values.iter_mut().zip(other) {
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
        self.with_origins(first, tables, &values)
    }

    /// What one table brings to the sum, the product or the maximum.
    fn prepared(&self, place: usize, table: &ScoreTable) -> Vec<f64> {
        let mut values: Vec<f64> = table.values().collect();
        match self {
            Self::Max | Self::Mean | Self::Product => {}
            Self::RankMean => {
                let (Outcome::Done | Outcome::Constant) = Rank.transform(&mut values);
            }
            Self::Weighted(weights) => values.iter_mut().for_each(|value| *value *= weights.0[place]),
        }
        values
    }

    fn with_origins(
        &self,
        first: &ScoreTable,
        tables: &[ScoreTable],
        values: &[f64],
    ) -> Result<ScoreTable, Error> {
        let is_part =
            |table: usize| !matches!(self, Self::Weighted(weights) if weights.0.get(table) == Some(&0.0));
        let mut values = values.iter().copied();
        let fused = first.videos().iter().enumerate().map(|(place, video)| {
            let origin = |frame: usize| {
                let parts = tables.iter().enumerate().filter(|(table, _)| is_part(*table));
                let mut parts = parts.map(|(_, table)| table.videos()[place].origins()[frame]);
                parts.find(|origin| *origin != Origin::Computed).unwrap_or(Origin::Computed)
            };
            VideoScores::from_parts(
                video.id().clone(),
                video.numbers().to_vec(),
                values.by_ref().take(video.len()).collect(),
                (0..video.len()).map(origin).collect(),
            )
        });
        Ok(ScoreTable::new(fused.collect::<Result<_, _>>()?)?)
    }
}

impl FromStr for Fusion {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let mut parser = Parser::new(text);
        let fusion = parser.fusion()?;
        parser.end()?;
        Ok(fusion)
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
            [(0.1 + 0.4 + 0.4) / 3.0, (0.2 + 0.0 + 0.6) / 3.0, (0.9 + 0.5 + 0.5) / 3.0]
        );
        assert_eq!(fused("product"), [0.1 * 0.4 * 0.4, 0.0, 0.9 * 0.5 * 0.5]);
        // Ranks of the tables: 1 2 3, 2 1 3, 1 3 2.
        assert_eq!(
            fused("rank-mean"),
            [1. / 3. + 2. / 3. + 1. / 3., 2. / 3. + 1. / 3. + 1., 1. + 1. + 2. / 3.].map(|r: f64| r / 3.0)
        );
        assert_eq!(fused("weighted(2,0,1)"), [0.1 * 2.0 + 0.4, 0.2 * 2.0 + 0.6, 0.9 * 2.0 + 0.5]);
        assert_eq!(values(&fuse("mean", &tables[..1]).unwrap()), values(&tables[0]));
    }

    #[test]
    fn an_origin_that_is_not_computed_stays_visible() {
        let with = |origins: [Origin; 3]| {
            let numbers = (0..3).map(FrameNumber).collect();
            let video = VideoScores::from_parts("1".into(), numbers, vec![0.5; 3], origins.to_vec()).unwrap();
            ScoreTable::new(vec![video]).unwrap()
        };
        let borrowed = Origin::Borrowed { from: FrameNumber(1) };
        let tables = [
            with([Origin::Computed, Origin::Computed, Origin::Computed]),
            with([borrowed, Origin::Computed, Origin::Constant]),
            with([Origin::Constant, Origin::Computed, Origin::Computed]),
        ];
        let fused = Fusion::Mean.fuse(&tables).unwrap();
        assert_eq!(fused.videos()[0].origins(), [borrowed, Origin::Computed, Origin::Constant]);
        let fused = fuse("weighted(1,0,0.5)", &tables).unwrap();
        assert_eq!(fused.videos()[0].origins(), [Origin::Constant, Origin::Computed, Origin::Computed]);
    }

    #[test]
    fn weights_have_to_fit() {
        let tables = [table(&[("1", &[0.1])]), table(&[("1", &[0.4])])];
        let error = fuse("weighted(0.3,0.3,0.4)", &tables).unwrap_err();
        assert_eq!(error.to_string(), "3 weights for 2 score tables; give one weight for each table");
        assert!(matches!(fuse("max", &[]), Err(Error::NoTables)));
        for weights in [vec![], vec![0.0, 0.0], vec![1.0, -0.5], vec![f64::NAN], vec![f64::INFINITY]] {
            assert!(Weights::new(weights).is_err());
        }
    }

    #[test]
    fn fused_scores_have_to_be_finite() {
        let tables = [table(&[("1", &[1e200])]), table(&[("1", &[1e200])])];
        assert!(matches!(fuse("product", &tables), Err(Error::Core(_))));
    }

    #[test]
    fn text_round_trips_and_nonsense_is_named() {
        for text in ["max", "mean", "product", "rank-mean", "weighted(0.3,0.7)", "weighted(1)"] {
            assert_eq!(text.parse::<Fusion>().unwrap().to_string(), text);
        }
        assert_eq!(" weighted( 0.30, .7 ) ".parse::<Fusion>().unwrap().to_string(), "weighted(0.3,0.7)");
        for (text, offset, says) in [
            ("", 0, "expected a fusion such as `max`"),
            ("rank_mean", 0, "did you mean `rank-mean`?"),
            ("max(1)", 3, "expected the end"),
            ("weighted", 8, "expected `(` and the weights"),
            ("weighted(0.3;0.7)", 12, "expected `,` or `)`"),
            ("weighted(0.3,)", 13, "expected a number"),
            ("weighted(0,0)", 0, "above 0 for one table"),
            ("weighted(0.3,-0.7)", 0, "finite and not negative"),
        ] {
            let error = text.parse::<Fusion>().unwrap_err();
            assert_eq!(error.offset(), offset, "{error}");
            assert!(error.to_string().contains(says), "{error}");
        }
    }
}
