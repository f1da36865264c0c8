//! A deterministic surveillance scene with anomalies and their ground truth.
