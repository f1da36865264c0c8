//! The fields of a recipe as a page, from its JSON Schema.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Map, Value};

use super::{generated_note, table_cell};

/// What `describe_recipes` says before the tables.
const OPENING: &str = "\
# Recipes

A recipe is a TOML file that says what a run does. Every field has a default, except the `name` and the `kind` of a system, and a \
misspelt field is an error that names the nearest known one. `recipe.toml` in the folder of a run has every field with the value \
that was used. On the command line, `--set system.NAME.train.epochs=3` changes one.

[recipe.schema.json](recipe.schema.json) says the same as a JSON Schema; `oddframe schema` prints it. Editors with a TOML language server \
complete and check a recipe whose first line is `#:schema ./recipe.schema.json`.

";

pub(super) fn describe_recipes(schema: &Value) -> String {
    let mut page = generated_note(Path::new("recipes.md"));
    page.push_str(OPENING);
    let definitions = schema["$defs"].as_object().cloned().unwrap_or_default();
    let kinds: Vec<&str> = kind_names(schema).collect();
    page.push_str("## The whole run\n\n");
    describe_fields(&schema["properties"], &[], &mut page);

    page.push_str(
        "\n## Every system\n\nThe fields of a table `[[system]]`, whatever its kind.\n\n",
    );
    let common = common_fields(&definitions, &kinds);
    if let Some(first) = kinds.first() {
        let kind_fields: Vec<&str> = definitions[*first]["properties"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, _)| name.as_str())
            .filter(|name| !common.contains(name))
            .collect();
        describe_fields(&definitions[*first]["properties"], &kind_fields, &mut page);
    }
    page.push_str("\n## The kinds of systems\n\n");
    for kind in &kinds {
        let _ = writeln!(page, "- [`{kind}`](#kind-{kind})");
    }
    for kind in &kinds {
        let _ = write!(page, "\n### kind `{kind}`\n\n");
        describe_object(&definitions[*kind], &common, &mut page);
    }
    page.push_str("\n## Tables and words\n\nWhat the fields above hold, by name.\n");
    for (name, definition) in &definitions {
        if kinds.contains(&name.as_str()) {
            continue;
        }
        let _ = write!(page, "\n### {name}\n\n");
        describe_object(definition, &[], &mut page);
    }
    page
}

/// The kinds that `[[system]]` may have.
fn kind_names(schema: &Value) -> impl Iterator<Item = &str> {
    let choices = schema["properties"]["system"]["items"]["oneOf"].as_array();
    choices.into_iter().flatten().filter_map(target_name)
}

/// The fields that every kind has.
fn common_fields<'a>(definitions: &'a Map<String, Value>, kinds: &[&str]) -> Vec<&'a str> {
    let Some(fields) = kinds
        .first()
        .and_then(|kind| definitions[*kind]["properties"].as_object())
    else {
        return Vec::new();
    };
    let everywhere = |name: &&String| {
        kinds.iter().all(|kind| {
            definitions[*kind]["properties"]
                .get(name.as_str())
                .is_some()
        })
    };
    fields
        .keys()
        .filter(everywhere)
        .map(String::as_str)
        .collect()
}

/// A table of fields, or of words, with the description before it.
fn describe_object(object: &Value, without: &[&str], page: &mut String) {
    if object["properties"].is_object() {
        let description = object["description"].as_str().unwrap_or_default();
        let _ = write!(page, "{description}\n\n");
        describe_fields(&object["properties"], without, page);
    } else {
        // What follows the first paragraph of a word's type is about Rust.
        let _ = writeln!(page, "{}", first_paragraph(object));
        let words: Vec<(&str, &str)> = word_choices(object).collect();
        if words.iter().any(|(_, meaning)| !meaning.is_empty()) {
            page.push_str("\n| word | meaning |\n|---|---|\n");
            for (word, meaning) in words {
                let _ = writeln!(page, "| `{word}` | {} |", table_cell(meaning));
            }
        }
    }
}

fn describe_fields(properties: &Value, without: &[&str], page: &mut String) {
    let fields = properties.as_object().into_iter().flatten();
    let fields: Vec<_> = fields
        .filter(|(name, _)| !without.contains(&name.as_str()))
        .collect();
    if fields.is_empty() {
        page.push_str("It has no fields of its own.\n");
        return;
    }
    page.push_str("| field | value | default | meaning |\n|---|---|---|---|\n");
    for (name, field) in fields {
        let meaning = first_paragraph(field);
        let _ = writeln!(
            page,
            "| `{name}` | {} | {} | {} |",
            table_cell(&describe_type(field)),
            table_cell(&describe_default(field)),
            table_cell(meaning)
        );
    }
}

/// What a field may hold.
fn describe_type(field: &Value) -> String {
    if let Some(name) = target_name(field) {
        return format!("[{name}](#{})", name.to_lowercase());
    }
    if let Some(word) = field["const"].as_str() {
        return format!("`\"{word}\"`");
    }
    let words: Vec<String> = word_choices(field)
        .map(|(word, _)| format!("`\"{word}\"`"))
        .collect();
    if !words.is_empty() {
        return words.join(", ");
    }
    match field["type"].as_str() {
        Some("array") if field["items"]["oneOf"].is_array() => "list of tables".to_owned(),
        Some("array") => format!("list of {}", describe_items(&field["items"])),
        Some("integer") => "whole number".to_owned(),
        Some("boolean") => "`true` or `false`".to_owned(),
        Some("string") => "text".to_owned(),
        Some("object") => "table".to_owned(),
        Some(other) => other.to_owned(),
        None => String::new(),
    }
}

/// The items of a list, in the plural.
fn describe_items(items: &Value) -> String {
    match items["type"].as_str() {
        Some("integer") => "whole numbers".to_owned(),
        Some("number") => "numbers".to_owned(),
        Some("string") => "texts".to_owned(),
        Some("array") => format!("lists of {}", describe_items(&items["items"])),
        _ => describe_type(items),
    }
}

fn first_paragraph(value: &Value) -> &str {
    let description = value["description"].as_str().unwrap_or_default();
    description.split("\n\n").next().unwrap_or_default()
}

fn describe_default(field: &Value) -> String {
    match &field["default"] {
        // The defaults of a table's fields stand in its own section.
        Value::Null | Value::Object(_) => String::new(),
        Value::String(text) if text.is_empty() => "none".to_owned(),
        Value::Array(items) if items.is_empty() => "none".to_owned(),
        other => format!("`{other}`"),
    }
}

/// The words of an enumeration, each with what it means.
fn word_choices(value: &Value) -> impl Iterator<Item = (&str, &str)> {
    let plain = value["enum"].as_array().into_iter().flatten();
    let plain = plain.filter_map(|word| Some((word.as_str()?, "")));
    let described = value["oneOf"].as_array().into_iter().flatten();
    let described = described.filter_map(|choice| {
        let meaning = choice["description"].as_str().unwrap_or_default();
        Some((choice["const"].as_str()?, meaning))
    });
    plain.chain(described)
}

/// The name of the definition that a value refers to.
fn target_name(value: &Value) -> Option<&str> {
    value["$ref"].as_str()?.strip_prefix("#/$defs/")
}
