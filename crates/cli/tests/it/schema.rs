//! The JSON Schema of recipes, and the pages of the book that are made from the program.

use std::fs;
use std::path::{Path, PathBuf};

use jsonschema::{Validator, validator_for};
use oddframe::pipeline::{Recipe, Registry};
use serde_json::{Value, json};

use crate::common::{Folder, ok};

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn schema() -> Value {
    serde_json::from_str(&ok(&["schema"]).stdout).unwrap()
}

fn read_toml(text: &str) -> Value {
    toml::from_str::<Value>(text).unwrap()
}

/// The first complaint about a recipe; none when it fits.
fn complaint(validator: &Validator, recipe: &Value) -> Option<String> {
    let error = validator.iter_errors(recipe).next()?;
    Some(format!("{}: {error}", error.instance_path()))
}

/// All recipes of the examples, with their paths.
fn example_recipes(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            example_recipes(&path, found);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            found.push(path);
        }
    }
}

#[test]
fn every_recipe_of_the_examples_fits_the_schema_as_written_and_when_complete() {
    let (validator, registry) = (validator_for(&schema()).unwrap(), Registry::default());
    let mut paths = Vec::new();
    example_recipes(&workspace().join("examples"), &mut paths);
    assert!(paths.len() > 25, "{paths:?}");
    let mut texts: Vec<(String, String)> = paths
        .iter()
        .map(|path| {
            (
                path.display().to_string(),
                fs::read_to_string(path).unwrap(),
            )
        })
        .collect();
    for name in Recipe::built_in_names() {
        let text = Recipe::built_in_text(name).unwrap();
        texts.push((name.to_owned(), text.to_owned()));
    }
    for (name, text) in texts {
        assert_eq!(complaint(&validator, &read_toml(&text)), None, "{name}");
        let complete = Recipe::parse(&text, &registry).unwrap().to_toml().unwrap();
        assert_eq!(
            complaint(&validator, &read_toml(&complete)),
            None,
            "{name}, complete"
        );
    }
}

#[test]
fn what_the_program_refuses_the_schema_refuses() {
    let (validator, registry) = (validator_for(&schema()).unwrap(), Registry::default());
    let system = "[[system]]\nname = \"a\"\nkind = \"conv_ae\"\n";
    let good = format!("seed = 1\n{system}train = {{ epochs = 3 }}\n");
    assert_eq!(complaint(&validator, &read_toml(&good)), None);
    Recipe::parse(&good, &registry).unwrap();
    for bad in [
        format!("sed = 1\n{system}"),
        format!("{system}pots = \"minmax\"\n"),
        format!("{system}train = {{ epoch = 3 }}\n"),
        format!("{system}train = {{ epochs = -3 }}\n"),
        format!("{system}train = {{ epochs = \"three\" }}\n"),
        format!("{system}input = {{ color = \"grey\" }}\n"),
        format!("{system}score = {{ pool = \"maximum\" }}\n"),
        format!("{system}score = {{ edge = \"zero\" }}\n"),
        format!("{system}model = {{ last = \"softmax\" }}\n"),
        format!("{system}post = \"gausian(3)\"\n"),
        format!("{system}sigma = 4.0\n"),
        format!("[fuse]\nhow = \"median\"\n{system}"),
        format!("[calibration]\nthreshold_from = \"labels\"\n{system}"),
        format!("[[regions.ignore]]\nname = \"road\"\npoints = [[0, 0, 0]]\n{system}"),
        "[[system]]\nkind = \"conv_ae\"\n".to_owned(),
        "[[system]]\nname = \"a\"\nkind = \"conv_aee\"\n".to_owned(),
        "seed = 1\n".to_owned(),
    ] {
        assert!(
            Recipe::parse(&bad, &registry).is_err(),
            "the program takes\n{bad}"
        );
        assert!(
            complaint(&validator, &read_toml(&bad)).is_some(),
            "the schema takes\n{bad}"
        );
    }
}

/// The paths of all words in an object of the schema, such as `input.color` with `gray`.
fn collect_words(
    schema: &Value,
    object: &Value,
    path: &[String],
    found: &mut Vec<(Vec<String>, String)>,
) {
    let object = match object["$ref"].as_str() {
        Some(target) => &schema["$defs"][target.trim_start_matches("#/$defs/")],
        None => object,
    };
    let choices =
        ["enum", "oneOf"].map(|list| object[list].as_array().cloned().unwrap_or_default());
    for choice in choices.concat() {
        if let Some(word) = choice.as_str().or(choice["const"].as_str()) {
            found.push((path.to_vec(), word.to_owned()));
        }
    }
    for (name, field) in object["properties"].as_object().into_iter().flatten() {
        let path = [path, std::slice::from_ref(name)].concat();
        collect_words(schema, field, &path, found);
    }
}

#[test]
fn the_words_of_the_schema_are_those_that_the_program_reads() {
    let (schema, registry) = (schema(), Registry::default());
    let mut kinds = 0;
    let mut words = 0;
    for choice in schema["properties"]["system"]["items"]["oneOf"]
        .as_array()
        .unwrap()
    {
        let kind = choice["$ref"]
            .as_str()
            .unwrap()
            .trim_start_matches("#/$defs/");
        kinds += 1;
        let mut found = Vec::new();
        collect_words(&schema, choice, &[], &mut found);
        for (path, word) in found {
            // {a: {b: word}} from the path a.b
            let value = path
                .iter()
                .rev()
                .fold(json!(word), |value, name| json!({ name: value }));
            let mut system = value.as_object().unwrap().clone();
            system.insert("name".to_owned(), json!("a"));
            system.insert("kind".to_owned(), json!(kind));
            let text = toml::to_string(&json!({ "system": [system] })).unwrap();
            let read = Recipe::parse(&text, &registry);
            assert!(
                read.is_ok(),
                "{kind}: {path:?} = {word}: {}",
                read.unwrap_err()
            );
            words += 1;
        }
    }
    assert_eq!(kinds, registry.kinds().count());
    assert!(words > 200, "{words}");
}

#[test]
fn every_built_in_kind_has_its_settings_in_the_schema() {
    let schema = schema();
    for kind in Registry::default().kinds() {
        let object = &schema["$defs"][kind];
        assert_eq!(object["additionalProperties"], false, "{kind}");
        assert!(object["description"].is_string(), "{kind}");
        assert!(
            object["properties"].as_object().unwrap().len() > 7,
            "{kind}"
        );
        assert_eq!(object["required"], json!(["name", "kind"]));
    }
}

#[test]
fn the_generated_pages_of_the_book_are_current() {
    let folder = Folder::new();
    let (new, committed) = (
        folder.path("pages"),
        workspace().join("docs/book/reference"),
    );
    ok(&["reference", &new]);
    for name in ["command-line.md", "recipes.md", "recipe.schema.json"] {
        let new = fs::read_to_string(Path::new(&new).join(name)).unwrap();
        let old = fs::read_to_string(committed.join(name)).unwrap_or_default();
        assert!(
            new == old,
            "docs/book/reference/{name} is not what the program says: \
             run `cargo run -p oddframe-cli -- reference docs/book/reference` and commit what it writes"
        );
    }
}
