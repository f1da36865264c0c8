//! Two detectors with no network: frame-difference energy and distance to the mean frame.
