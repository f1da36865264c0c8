use crate::{Recipe, RecipeError, Registry};

/// The recipe of `oddframe run` without one. A test keeps it equal to `examples/quickstart.toml`.
const QUICKSTART: &str = include_str!("quickstart.toml");
const WATCH: &str = include_str!("watch.toml");

/// The recipes that need no file, by name.
const BUILT_IN: [(&str, &str); 2] = [("quickstart", QUICKSTART), ("watch", WATCH)];

impl Recipe {
    /// The names of the recipes that need no file: `quickstart` trains two small networks, `watch` looks for events in the
    /// recordings of a fixed camera.
    ///
    /// ```
    /// use oddframe_pipeline::{Recipe, Registry};
    ///
    /// for name in Recipe::built_in_names() {
    ///     let text = Recipe::built_in_text(name).unwrap();
    ///     assert_eq!(Recipe::parse(text, &Registry::default())?.name, name);
    /// }
    /// # Ok::<(), oddframe_pipeline::RecipeError>(())
    /// ```
    pub fn built_in_names() -> impl Iterator<Item = &'static str> {
        BUILT_IN.into_iter().map(|(name, _)| name)
    }

    /// The text of the built-in recipe of this name; none when there is no such recipe.
    pub fn built_in_text(name: &str) -> Option<&'static str> {
        let found = BUILT_IN.into_iter().find(|(known, _)| *known == name);
        found.map(|(_, text)| text)
    }

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
