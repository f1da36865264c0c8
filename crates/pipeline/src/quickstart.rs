use crate::{Recipe, RecipeError};

/// The recipe of `oddframe run` without one: flip repair, two systems, fused.
const QUICKSTART: &str = include_str!("../../../examples/quickstart.toml");

impl Recipe {
    /// The text of the recipe to begin with.
    pub const fn quickstart_text() -> &'static str {
        QUICKSTART
    }

    /// The recipe to begin with: flip repair, a cuboid autoencoder and an autoencoder scored by its largest error,
    /// fused.
    ///
    /// # Errors
    /// Never: a test reads it.
    pub fn quickstart() -> Result<Self, RecipeError> {
        Self::parse(QUICKSTART)
    }
}
