use crate::Recipe;

/// A recipe with a name that no other recipe of the selection has.
pub(super) struct NamedRecipe {
    pub(super) name: String,
    pub(super) recipe: Recipe,
}

/// Gives each recipe a name of its own: `name`, `name-2`, ... Names are compared without regard to case, because folders are
/// named after them.
pub(super) fn name_recipes(recipes: &[Recipe]) -> Vec<NamedRecipe> {
    let mut named: Vec<NamedRecipe> = Vec::new();
    for recipe in recipes {
        let mut name = recipe.name.clone();
        let mut number = 2;
        while named
            .iter()
            .any(|other| other.name.eq_ignore_ascii_case(&name))
        {
            name = format!("{}-{number}", recipe.name);
            number += 1;
        }
        let recipe = without_repetitions(recipe, &named);
        named.push(NamedRecipe { name, recipe });
    }
    named
}

/// A recipe without the systems for comparison that an earlier recipe has too: they would be scored twice.
fn without_repetitions(recipe: &Recipe, earlier: &[NamedRecipe]) -> Recipe {
    let mut recipe = recipe.clone();
    let (seed, repair) = (recipe.seed, recipe.repair.clone());
    recipe.systems.retain(|system| {
        system.fused
            || !earlier.iter().any(|other| {
                let other = &other.recipe;
                other.seed == seed && other.repair == repair && other.systems.contains(system)
            })
    });
    recipe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Registry, SystemRecipe};

    fn recipe(name: &str, system: &str) -> Recipe {
        let system = SystemRecipe::new(system, "frame_difference");
        let recipe = Recipe::new(name, vec![system]);
        recipe.complete(&Registry::default()).unwrap()
    }

    #[test]
    fn recipes_get_names_of_their_own_and_yardsticks_are_scored_once() {
        let named = name_recipes(&[recipe("a", "x"), recipe("A", "x"), recipe("a", "y")]);
        let names: Vec<&str> = named.iter().map(|recipe| recipe.name.as_str()).collect();
        assert_eq!(names, ["a", "A-2", "a-3"]);
        let systems = |place: usize| -> Vec<&str> {
            let systems = &named[place].recipe.systems;
            systems.iter().map(|system| system.name.as_str()).collect()
        };
        assert_eq!(systems(0), ["x", "frame_difference", "typical_frame"]);
        assert_eq!((systems(1), systems(2)), (vec!["x"], vec!["y"]));
        // Another seed can give other scores.
        let mut other = recipe("b", "x");
        other.seed = 1;
        let named = name_recipes(&[recipe("a", "x"), other]);
        assert_eq!(named[1].recipe.systems.len(), 3);
    }
}
