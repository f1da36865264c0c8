/// The errors of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A setting outside its range.
    #[error("{name} is {value}; it must be above 0 and at most {most}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// Its value.
        value: f64,
        /// The largest value.
        most: f64,
    },
    /// A model that was not learned by this version, or is damaged.
    #[error("the model of the camera's health is damaged ({what}); learn it again")]
    Damaged {
        /// What is wrong.
        what: &'static str,
    },
    /// Frames that cannot be read, or a cancellation.
    #[error(transparent)]
    Core(#[from] oddframe_core::Error),
}
