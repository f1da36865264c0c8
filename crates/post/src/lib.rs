//! Smoothing, normalisation and fusion of frame scores, with the scope written out.
