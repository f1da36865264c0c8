//! Finds the odd frames in video: every crate of the workspace under one name.
