//! The JSON Schema of recipes.
//!
//! It is made of the types that recipes are read into, so that it cannot say anything else than the program. The fields of
//! `[[system]]` depend on the kind: the schema has one object for each kind, with the fields of every system and those of the
//! kind's settings, and `system` is a list of any of these.

use schemars::JsonSchema;
use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde_json::{Map, Value, json};

use crate::registry::SettingsSchema;
use crate::{Recipe, Registry, SystemRecipe};

impl Registry {
    /// The JSON Schema of the recipes that this registry reads: draft 2020-12, with a description and the default of every
    /// field. A kind that a program added has the fields of every system, and any others.
    ///
    /// An editor that knows it completes and checks recipes while they are written. The program checks more than a schema can
    /// say, such as ranges that depend on other fields.
    ///
    /// ```
    /// use oddframe_pipeline::Registry;
    ///
    /// let schema = Registry::default().recipe_schema();
    /// assert_eq!(schema["properties"]["seed"]["default"], 0);
    /// assert_eq!(schema["$defs"]["conv_ae"]["properties"]["kind"]["const"], "conv_ae");
    /// ```
    pub fn recipe_schema(&self) -> Value {
        let settings = SchemaSettings::draft2020_12();
        let mut generator = settings.into_generator();
        let mut recipe = Value::from(Recipe::json_schema(&mut generator));
        let defaults = Recipe::new("unnamed", Vec::new());
        add_defaults(&mut recipe, &json!(defaults));
        let mut kinds = Vec::new();
        let mut objects = Map::new();
        for (kind, schema) in self.settings_schemas() {
            let object = describe_system(kind, schema, &mut generator);
            objects.insert(kind.to_owned(), object);
            kinds.push(json!({ "$ref": format!("#/$defs/{kind}") }));
        }
        recipe["properties"]["system"] = json!({
            "description": "The systems: tables [[system]], whose fields depend on their `kind`.",
            "type": "array",
            "minItems": 1,
            "items": { "oneOf": kinds },
        });
        recipe["required"] = json!(["system"]);
        objects.extend(generator.take_definitions(true));
        recipe["$defs"] = Value::Object(objects);
        recipe["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
        recipe["title"] = json!("A recipe of oddframe");
        simplify(&mut recipe);
        recipe
    }
}

/// The object of one kind: the fields of every system and those of its settings.
fn describe_system(
    kind: &str,
    settings: Option<SettingsSchema>,
    generator: &mut SchemaGenerator,
) -> Value {
    let mut object = Value::from(SystemRecipe::json_schema(generator));
    let defaults = SystemRecipe::new("", kind);
    add_defaults(&mut object, &json!(defaults));
    for field in ["name", "kind"] {
        if let Some(field) = object["properties"][field].as_object_mut() {
            field.remove("default");
        }
    }
    object["properties"]["kind"] = json!({ "const": kind });
    object["required"] = json!(["name", "kind"]);
    if let Some(settings) = settings {
        let mut settings = Value::from(settings(generator));
        object["description"] = settings["description"].take();
        if let (Some(fields), Some(more)) = (
            object["properties"].as_object_mut(),
            settings["properties"].as_object_mut(),
        ) {
            fields.append(more);
        }
        object["additionalProperties"] = json!(false);
    }
    object
}

/// Gives each property of an object the value that a recipe without it has.
fn add_defaults(object: &mut Value, defaults: &Value) {
    let properties = object["properties"].as_object_mut();
    for (name, property) in properties.into_iter().flatten() {
        if let (Some(property), Some(default)) = (property.as_object_mut(), defaults.get(name)) {
            property.insert("default".to_owned(), default.clone());
        }
    }
    object["required"] = json!([]);
}

/// Removes what has no meaning in TOML or for readers: the alternative `null`, number formats of Rust, examples and links of
/// rustdoc, and the digits that an `f32` gets as an `f64`.
fn simplify(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            fields.remove("format");
            if let Some(Value::String(text)) = fields.get_mut("description") {
                *text = plain_description(text);
            }
            if let Some(Value::Array(types)) = fields.get_mut("type") {
                types.retain(|name| name != "null");
                if let [only] = &types[..] {
                    let only = only.clone();
                    fields.insert("type".to_owned(), only);
                }
            }
            if let Some(Value::Array(choices)) = fields.get_mut("anyOf") {
                choices.retain(|choice| choice["type"] != "null");
                if let [Value::Object(only)] = &mut choices[..] {
                    let only = std::mem::take(only);
                    fields.remove("anyOf");
                    for (name, value) in only {
                        fields.entry(name).or_insert(value);
                    }
                }
            }
            if fields.get("default") == Some(&Value::Null) {
                fields.remove("default");
            }
            fields.values_mut().for_each(simplify);
        }
        Value::Array(items) => items.iter_mut().for_each(simplify),
        Value::Number(number) => {
            let Some(value) = number.as_f64().filter(|_| number.is_f64()) else {
                return;
            };
            // An `f32` is printed as the shortest decimal number that reads back as it: 0.1, not 0.10000000149011612.
            let short = value as f32;
            if f64::from(short) == value
                && let Ok(shortest) = short.to_string().parse::<f64>()
            {
                *schema = json!(shortest);
            }
        }
        _ => {}
    }
}

/// The first paragraphs of a documentation comment: without its example, and with links as their text.
fn plain_description(text: &str) -> String {
    let text = text.split("\n\n```").next().unwrap_or(text);
    let mut plain = String::new();
    let mut rest = text;
    // A link of rustdoc is [`NAME`] or [`NAME`](TARGET).
    while let Some(start) = rest.find("[`") {
        let Some(end) = rest[start..].find("`]").map(|end| start + end) else {
            break;
        };
        plain.push_str(&rest[..start]);
        plain.push_str(&rest[start + 1..=end]);
        rest = &rest[end + 2..];
        if let Some(target) = rest.strip_prefix('(') {
            rest = target.split_once(')').map_or(rest, |(_, after)| after);
        }
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_lose_what_only_rustdoc_understands() {
        let text = "See [`Frame`], [`Clip`](crate::Clip) and `[1]`.\n\n```\nlet a = 1;\n```\n";
        assert_eq!(plain_description(text), "See `Frame`, `Clip` and `[1]`.");
        assert_eq!(plain_description("broken [`Frame"), "broken [`Frame");
        assert_eq!(plain_description("broken [`Frame`](x"), "broken `Frame`(x");
    }

    #[test]
    fn numbers_and_alternatives_are_those_of_toml() {
        let mut schema = json!({
            "default": f64::from(0.1_f32),
            "type": ["number", "null"],
            "format": "float",
            "items": { "anyOf": [{ "$ref": "#/$defs/Scale" }, { "type": "null" }], "description": "Why." },
        });
        simplify(&mut schema);
        let expected = json!({
            "default": 0.1,
            "type": "number",
            "items": { "$ref": "#/$defs/Scale", "description": "Why." },
        });
        assert_eq!(schema, expected);
    }

    #[test]
    fn a_kind_of_a_program_has_the_fields_of_every_system_and_any_others() {
        let mut registry = Registry::empty();
        registry.add(
            "mine",
            |_: oddframe_baseline::FrameDifferenceSettings, _| Err("not built".into()),
        );
        let schema = registry.recipe_schema();
        let mine = &schema["$defs"]["mine"];
        assert_eq!(mine["properties"]["members"]["default"], 1);
        assert!(mine.get("additionalProperties").is_none());
        assert!(mine["properties"].get("width").is_none());
    }
}
