/// What a report shows and how large it may be.
///
/// ```
/// use oddframe_report::ReportOptions;
///
/// let options = ReportOptions::default().with_blur(true).with_max_bytes(2_000_000);
/// assert_eq!((options.pictures, options.blur, options.max_bytes), (true, true, 2_000_000));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportOptions {
    /// Whether the page shows pictures of the test videos. A run whose recipe keeps no pictures has none to show.
    pub pictures: bool,
    /// Whether pictures are pixelated: inside the scored boxes of a frame, or the whole frame when it has none. A report
    /// is also pixelated when the recipe of the run says so.
    pub blur: bool,
    /// The largest size of the page. Pictures are left out until it fits.
    pub max_bytes: usize,
}

impl ReportOptions {
    /// The budget of a page that is small enough to be sent by mail.
    pub const DEFAULT_MAX_BYTES: usize = 8_000_000;

    /// Sets whether the page shows pictures of the test videos.
    #[must_use]
    pub const fn with_pictures(self, pictures: bool) -> Self {
        Self { pictures, ..self }
    }

    /// Sets whether pictures are pixelated.
    #[must_use]
    pub const fn with_blur(self, blur: bool) -> Self {
        Self { blur, ..self }
    }

    /// Sets the largest size of the page.
    #[must_use]
    pub const fn with_max_bytes(self, max_bytes: usize) -> Self {
        Self { max_bytes, ..self }
    }
}

impl Default for ReportOptions {
    fn default() -> Self {
        Self {
            pictures: true,
            blur: false,
            max_bytes: Self::DEFAULT_MAX_BYTES,
        }
    }
}
