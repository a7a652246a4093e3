//! The description of the endpoint: what is served is in it, what is in it is served, and the documentation shows it.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use super::{Serving, ask};

const METHODS: [&str; 8] = ["get", "head", "post", "put", "delete", "patch", "options", "trace"];

fn described() -> Value {
    serde_yaml::from_str(sentistack::serve::OPENAPI).unwrap()
}

#[test]
fn every_path_and_method_is_as_described_and_no_other() {
    let served = Serving::new();
    let found = served.get("/openapi.json");
    assert_eq!((found.status, found.json()), (200, described()));
    for (path, methods) in described()["paths"].as_object().unwrap() {
        for method in METHODS {
            let head = format!(
                "{} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
                method.to_uppercase()
            );
            let status = ask_head(&served, &head);
            let known = methods.get(method).is_some() || (method == "head" && methods.get("get").is_some());
            assert_eq!(status != 405, known, "{method} {path}: {status}");
            assert_ne!(status, 404, "{method} {path}");
        }
    }
}

/// The status alone: an answer to HEAD tells the length of a body that it has not.
fn ask_head(served: &Serving, head: &str) -> u16 {
    use std::io::{Read, Write};
    let mut stream = served.connect();
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

/// Holds `value` against the parts of JSON Schema that the description uses.
fn holds(root: &Value, schema: &Value, value: &Value, at: &str) {
    if let Some(name) = schema["$ref"].as_str() {
        return holds(root, root.pointer(name.strip_prefix('#').unwrap()).unwrap(), value, at);
    }
    if let Some(choices) = schema["enum"].as_array() {
        assert!(choices.contains(value), "{at}: {value}");
    }
    match schema["type"].as_str() {
        Some("object") => {
            let object = value.as_object().unwrap_or_else(|| panic!("{at}: {value}"));
            for name in schema["required"].as_array().into_iter().flatten() {
                assert!(object.contains_key(name.as_str().unwrap()), "{at}.{name}");
            }
            let known = schema["properties"].as_object();
            for (name, value) in object {
                // What is answered is described: a field that is not is a slip in the description.
                if let Some(known) = known {
                    holds(
                        root,
                        known.get(name).unwrap_or_else(|| panic!("{at}.{name}")),
                        value,
                        &format!("{at}.{name}"),
                    );
                }
            }
        }
        Some("array") => {
            for (n, item) in value.as_array().unwrap().iter().enumerate() {
                holds(root, &schema["items"], item, &format!("{at}[{n}]"));
            }
        }
        Some("number") => {
            let number = value.as_f64().unwrap();
            assert!(schema["minimum"].as_f64().is_none_or(|least| number >= least), "{at}: {number}");
            assert!(schema["maximum"].as_f64().is_none_or(|most| number <= most), "{at}: {number}");
        }
        Some("string") => assert!(value.is_string(), "{at}: {value}"),
        other => {
            assert!(other.is_none() && schema.get("enum").is_some(), "{at}: {other:?} is not known here")
        }
    }
}

#[test]
fn every_answer_has_a_described_status_and_shape() {
    let served = Serving::with(&[("MAX_TEXTS", "3"), ("TIMEOUT", "1s")]);
    let root = described();
    let slow = |body: &str| ask(served.connect(), &super::head(body.len() + 1, ""), body.as_bytes());
    let mut seen = BTreeSet::new();
    for (path, method, answer) in [
        ("/predict", "post", served.predict(json!({ "texts": ["I love it", "it is lost"] }).to_string())),
        ("/predict", "post", served.predict("[]")),
        ("/predict", "post", served.predict(r#"{"texts": ["a", "b", "c", "d"]}"#)),
        ("/predict", "post", slow("{}")),
        ("/predict", "post", ask(served.connect(), "POST /predict HTTP/1.1\r\nHost: x\r\n\r\n", b"")),
        ("/health", "get", served.get("/health")),
    ] {
        let responses = &root["paths"][path][method]["responses"];
        let mut response = &responses[answer.status.to_string()];
        assert!(response.is_object(), "{method} {path}: {} is not described", answer.status);
        if let Some(name) = response["$ref"].as_str() {
            response = root.pointer(name.strip_prefix('#').unwrap()).unwrap();
        }
        holds(&root, &response["content"]["application/json"]["schema"], &answer.json(), path);
        seen.insert(answer.status);
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), [200, 400, 408, 413, 415]);
}

#[test]
fn the_documentation_shows_the_description() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/endpoint.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once("```yaml\nopenapi:").unwrap();
    let (_, after) = rest.split_once("\n```").unwrap();
    let wanted = format!("{before}```yaml\n{}\n```{after}", sentistack::serve::OPENAPI.trim_end());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &wanted).unwrap();
    } else {
        assert!(page == wanted, "docs/endpoint.md is out of date: run `cargo xtask docs`");
    }
}
