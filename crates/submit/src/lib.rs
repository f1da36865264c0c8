//! Score files and submissions: reading, checking, completing, merging, atomic writing.
