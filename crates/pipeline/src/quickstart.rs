use crate::{Recipe, RecipeError, Registry};

/// The recipe of `oddframe run` without one. A test keeps it equal to `examples/quickstart.toml`.
const QUICKSTART: &str = include_str!("quickstart.toml");

impl Recipe {
    /// The text of the first recipe to try.
    pub const fn quickstart_text() -> &'static str {
        QUICKSTART
    }

    /// The first recipe to try: flip repair, an autoencoder of cuboids and one of single frames, fused.
    ///
    /// # Errors
    /// When the registry does not have its kinds.
    pub fn quickstart(registry: &Registry) -> Result<Self, RecipeError> {
        Self::parse(QUICKSTART, registry)
    }
}
