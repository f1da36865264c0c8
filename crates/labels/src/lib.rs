//! Label formats.
