use oddframe_core::{ErrorMap, Pool};

use crate::{
    Channels, Distance, L1, L2, Max, Mean, Pair, PairPool, Quantile, RootSum, TopKPatches,
};

/// A pool that is chosen at run time.
///
/// Its text forms are `mean`, `max`, `topk(patch=16, stride=16, k=1)`, `quantile(0.99)`, `l2`,
/// `l1` and `root_sum`. A patch or stride that is not square is written `WIDTHxHEIGHT`. The default `stride` is
/// the patch, so that patches lie side by side. `k` is a count or a percentage and defaults to 1.
/// With the feature `serde` the type serialises as this text.
///
/// ```
/// use oddframe_score::AnyPool;
/// let pool: AnyPool = "topk(patch=16x8, k=5%)".parse()?;
/// assert_eq!(pool.to_string(), "topk(patch=16x8, stride=16x8, k=5%)");
/// # Ok::<(), oddframe_core::ParseError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum AnyPool {
    /// The mean.
    Mean(Mean),
    /// The largest value.
    Max(Max),
    /// The mean over the K worst patches.
    TopKPatches(TopKPatches),
    /// A quantile.
    Quantile(Quantile),
    /// The L2 norm.
    L2(L2),
    /// The L1 norm.
    L1(L1),
    /// The square root of the sum.
    RootSum(RootSum),
}

impl AnyPool {
    fn as_pair_pool(&self) -> &dyn PairPool {
        match self {
            Self::Mean(pool) => pool,
            Self::Max(pool) => pool,
            Self::TopKPatches(pool) => pool,
            Self::Quantile(pool) => pool,
            Self::L2(pool) => pool,
            Self::L1(pool) => pool,
            Self::RootSum(pool) => pool,
        }
    }
}

impl Pool for AnyPool {
    fn pool(&self, map: ErrorMap<'_>) -> f64 {
        self.as_pair_pool().pool(map)
    }
}

impl PairPool for AnyPool {
    fn pool_pair(&self, pair: Pair<'_>, distance: Distance, channels: Channels) -> f64 {
        self.as_pair_pool().pool_pair(pair, distance, channels)
    }
}

impl From<Mean> for AnyPool {
    fn from(pool: Mean) -> Self {
        Self::Mean(pool)
    }
}

impl From<Max> for AnyPool {
    fn from(pool: Max) -> Self {
        Self::Max(pool)
    }
}

impl From<TopKPatches> for AnyPool {
    fn from(pool: TopKPatches) -> Self {
        Self::TopKPatches(pool)
    }
}

impl From<Quantile> for AnyPool {
    fn from(pool: Quantile) -> Self {
        Self::Quantile(pool)
    }
}

impl From<L2> for AnyPool {
    fn from(pool: L2) -> Self {
        Self::L2(pool)
    }
}

impl From<L1> for AnyPool {
    fn from(pool: L1) -> Self {
        Self::L1(pool)
    }
}

impl From<RootSum> for AnyPool {
    fn from(pool: RootSum) -> Self {
        Self::RootSum(pool)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TopK;

    #[test]
    fn it_gives_the_scores_of_the_pool_it_holds() {
        let input: Vec<f32> = (0..36_u8).map(f32::from).collect();
        let pair = Pair::new(&input, &[0.5; 36], 1, 6, 6).unwrap();
        let map = ErrorMap::new(&input, 6, 6).unwrap();
        let (top, quantile) = (
            TopKPatches::new(2, 2, TopK::Count(2)).unwrap(),
            Quantile::new(0.7).unwrap(),
        );
        let cases: [(AnyPool, &dyn PairPool); 7] = [
            (Mean.into(), &Mean),
            (Max.into(), &Max),
            (top.into(), &top),
            (quantile.into(), &quantile),
            (L2.into(), &L2),
            (L1.into(), &L1),
            (RootSum.into(), &RootSum),
        ];
        for (any, plain) in cases {
            assert_eq!(any.pool(map), plain.pool(map), "{any}");
            let both = [&any as &dyn PairPool, plain];
            let [a, b] = both.map(|pool| pool.pool_pair(pair, Distance::Squared, Channels::Mean));
            assert_eq!(a, b, "{any}");
        }
    }
}
