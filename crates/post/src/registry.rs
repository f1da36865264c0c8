//! The operations that the text of a chain can name.

use crate::transform::Signature;
use crate::{
    ema, gaussian, median, minmax, moving_average, percentile_clip, rank, robust_z, rolling, round,
    savgol, uniform, zscore,
};

/// Every operation, in the order in which messages list them.
pub(crate) static KNOWN: [&Signature; 13] = [
    &gaussian::SIGNATURE,
    &uniform::SIGNATURE,
    &moving_average::SIGNATURE,
    &rolling::SIGNATURE,
    &median::SIGNATURE,
    &savgol::SIGNATURE,
    &ema::SIGNATURE,
    &minmax::SIGNATURE,
    &percentile_clip::SIGNATURE,
    &zscore::SIGNATURE,
    &robust_z::SIGNATURE,
    &rank::SIGNATURE,
    &round::SIGNATURE,
];
