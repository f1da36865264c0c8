//! Error maps to one number per frame: mean, max, top-K patches, quantile, norms.
