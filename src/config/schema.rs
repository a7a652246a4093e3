//! The JSON Schema of `app.yaml`, generated from the types: editors complete and check with it, and the reader
//! of files and environment takes the names of the settings from it.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

use super::typed::Typed;

/// The JSON Schema (draft 2020-12) of `app.yaml`.
pub fn schema() -> Value {
    let schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Typed>();
    let mut value = schema.to_value();
    if let Some(root) = value.as_object_mut() {
        root.insert("title".to_owned(), "sentistack settings (app.yaml)".into());
    }
    value
}

/// The settings of `node` (the whole schema, or a part of it), if it is a section with settings of its own.
pub fn properties<'a>(root: &'a Value, node: &'a Value) -> Option<&'a Map<String, Value>> {
    if let Some(properties) = node.get("properties") {
        return properties.as_object();
    }
    if let Some(name) = node.get("$ref").and_then(Value::as_str) {
        let target = root.pointer(name.strip_prefix('#')?)?;
        return properties(root, target);
    }
    let some_of = node.get("anyOf").and_then(Value::as_array)?;
    some_of.iter().find_map(|branch| properties(root, branch))
}

/// The path of every setting, outermost section first: `["window"]`; in a section `["stack", "ttl"]`.
pub fn setting_paths(root: &Value) -> Vec<Vec<String>> {
    fn walk(root: &Value, node: &Value, path: &[String], out: &mut Vec<Vec<String>>) {
        for (key, child) in properties(root, node).into_iter().flatten() {
            let mut path = path.to_vec();
            path.push(key.clone());
            if properties(root, child).is_some() {
                walk(root, child, &path, out);
            } else {
                out.push(path);
            }
        }
    }
    let mut out = Vec::new();
    walk(root, root, &[], &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_that_is_checked_in_is_the_one_of_the_types() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/app.schema.json");
        let wanted = schema();
        if std::env::var_os("UPDATE_SCHEMA").is_some() {
            std::fs::create_dir_all(concat!(env!("CARGO_MANIFEST_DIR"), "/docs")).unwrap();
            std::fs::write(path, serde_json::to_string_pretty(&wanted).unwrap() + "\n").unwrap();
        }
        // Compared as values: the order of keys depends on a feature of serde_json that any dependency may turn on.
        let found: Value =
            serde_json::from_str(&std::fs::read_to_string(path).unwrap_or_default()).unwrap_or_default();
        assert!(
            found == wanted,
            "docs/app.schema.json is out of date: UPDATE_SCHEMA=1 cargo test --lib config"
        );
    }

    #[test]
    fn every_setting_and_every_choice_is_described() {
        let root = schema();
        let described = |node: &Value| node["description"].as_str().is_some_and(|text| !text.is_empty());
        for (key, node) in properties(&root, &root).unwrap() {
            assert!(described(node), "{key}");
        }
        for (name, definition) in root["$defs"].as_object().unwrap() {
            assert!(described(definition), "{name}");
            // A section: each of its settings is described.
            if let Some(settings) = definition["properties"].as_object() {
                for (key, node) in settings {
                    assert!(described(node), "{name}.{key}");
                }
                continue;
            }
            for choice in
                definition["oneOf"].as_array().unwrap_or_else(|| panic!("{name}: undocumented choices"))
            {
                assert!(described(choice), "{name}: {choice}");
            }
        }
        assert_eq!(root["additionalProperties"], false);
    }

    #[test]
    fn settings_in_sections_are_found_through_references() {
        let root = serde_json::json!({
            "properties": {
                "window": { "type": "string" },
                "stack": { "anyOf": [{ "$ref": "#/$defs/Stack" }, { "type": "null" }] }
            },
            "$defs": { "Stack": { "properties": { "ttl": {}, "shards": {} } } }
        });
        let paths: Vec<_> = setting_paths(&root).iter().map(|path| path.join(".")).collect();
        assert_eq!(paths.len(), 3);
        for path in ["window", "stack.ttl", "stack.shards"] {
            assert!(paths.iter().any(|p| p == path), "{path}");
        }
    }
}
