use jiff::Timestamp;

use super::*;
use crate::config::settings::Settings;
use crate::config::{File, Layers, env, resolve};
use crate::error::{Error, ErrorKind};

fn now() -> Timestamp {
    "2024-05-06T07:08:09Z".parse().unwrap()
}

fn settings(yaml: &str) -> Result<Settings, Error> {
    let file = File::parse("app.yaml", yaml).unwrap_or_else(|e| panic!("{e}\n{yaml}"));
    let layers = Layers { file: Some(file), ..Layers::default() };
    resolve(&layers, now()).map(|resolved| resolved.settings)
}

#[track_caller]
fn says(yaml: &str, words: &str) -> Error {
    let error = settings(yaml).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Config);
    assert!(error.message.contains(words), "{yaml}: {error}");
    assert!(error.hint.is_some(), "{yaml}");
    error
}

#[test]
fn bluesky_has_the_public_instances_or_those_that_are_named() {
    let public = settings("{source: bluesky, duration: 1h}").unwrap().bluesky.unwrap();
    assert_eq!(public.url, JETSTREAM);
    for yaml in ["url: 'wss://a.b, ws://localhost:6008/'", "url: [wss://a.b, 'ws://localhost:6008']"] {
        let named = settings(&format!("{{source: bluesky, duration: 1h, bluesky: {{{yaml}}}}}")).unwrap();
        assert_eq!(named.bluesky.unwrap().url, ["wss://a.b", "ws://localhost:6008"]);
    }
    assert_eq!(settings("source: sample").unwrap().bluesky, None);
    says("bluesky: {url: 'ws://jetstream.example'}", "is not encrypted, and not on this machine");
    says("bluesky: {url: 'https://jetstream.example'}", "has another scheme");
    says("bluesky: {url: []}", "bluesky.url names no instance");
    let error = says("bluesky: {url: 'wss://me:hunter2@a.b'}", "has a user's name in it");
    assert!(!format!("{error:?}").contains("hunter2"));
}

#[test]
fn bluesky_begins_now_and_has_an_end_within_reach() {
    let at = |text: &str| Some(text.parse::<Timestamp>().unwrap());
    for (yaml, start, end) in [
        ("duration: 30m", at("2024-05-06T07:08:09Z"), at("2024-05-06T07:38:09Z")),
        ("limit: 10", at("2024-05-06T07:08:09Z"), None),
        ("end: 2024-05-06T08:00", at("2024-05-06T07:08:09Z"), at("2024-05-06T08:00:00Z")),
        ("start: -1h, duration: 30m", at("2024-05-06T06:08:09Z"), at("2024-05-06T06:38:09Z")),
        ("start: -36h, end: now", at("2024-05-04T19:08:09Z"), at("2024-05-06T07:08:09Z")),
        ("start: 2024-05-07, duration: 1h", at("2024-05-07T00:00:00Z"), at("2024-05-07T01:00:00Z")),
    ] {
        let settings = settings(&format!("{{source: bluesky, {yaml}}}")).unwrap();
        assert_eq!((settings.start, settings.end), (start, end), "{yaml}");
    }
    says("source: bluesky", "bluesky needs an end: its stream has none");
    says("{source: bluesky, start: -1h}", "bluesky needs an end");
    let error = says("{source: bluesky, start: -3d, end: now}", "reaches back 36 hours only");
    assert_eq!(error.hint.as_deref(), Some("start at 2024-05-04T19:08:09Z or later"));
    says("{source: bluesky, end: -1h}", "is before");
}

#[test]
fn an_endpoint_has_an_address_and_defaults() {
    let found = settings("{model: endpoint, endpoint: {url: 'https://a.b/predict/'}}").unwrap();
    let wanted = EndpointSettings {
        url: "https://a.b/predict".into(),
        batch: 25,
        timeout_seconds: 30,
        concurrency: 4,
        token: None,
    };
    assert_eq!((found.model.as_str(), found.endpoint), ("endpoint", Some(wanted)));
    let full = "{url: 'http://127.0.0.1:1', batch: 1000, timeout: 10m, concurrency: 64, token: 'env:A'}";
    let found = settings(&format!("{{endpoint: {full}}}")).unwrap().endpoint.unwrap();
    assert_eq!((found.batch, found.timeout_seconds, found.concurrency), (1_000, 600, 64));
    assert_eq!(found.token, Some(SecretRef::Env("A".into())));
    assert_eq!(settings("endpoint: {batch: 5}").unwrap().endpoint, None);
    says("model: endpoint", "model endpoint needs endpoint.url");
    says("endpoint: {url: 'http://a.b'}", "is not encrypted, and not on this machine");
    says("endpoint: {url: 'https://a.b?key=x'}", "has a query or a fragment");
    says("endpoint: {batch: 0}", "endpoint.batch");
    says("endpoint: {concurrency: 65}", "endpoint.concurrency");
    says("endpoint: {timeout: 11m}", "is out of range");
    says("endpoint: {timeout: soon}", "endpoint.timeout");
    says("endpoint: {token: 'secret:x'}", "is in Secrets Manager");
}

#[test]
fn a_token_that_was_written_down_is_refused_and_not_repeated() {
    let error = says("endpoint: {url: 'https://a.b', token: hunter2}", "does not say where the secret is");
    assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    let layers = Layers {
        env: env::read([
            ("SENTISTACK_ENDPOINT_TOKEN", "hunter2"),
            ("SENTISTACK_ENDPOINT_URL", "https://a.b"),
        ])
        .unwrap(),
        ..Layers::default()
    };
    let error = resolve(&layers, now()).unwrap_err();
    assert!(error.message.starts_with("SENTISTACK_ENDPOINT_TOKEN "), "{error}");
    assert!(!format!("{error:?}").contains("hunter2"));
}

#[test]
fn an_older_manifest_is_still_read() {
    let mut old = serde_json::to_value(settings("source: sample").unwrap()).unwrap();
    let fields = old.as_object_mut().unwrap();
    assert!(!fields.contains_key("bluesky") && !fields.contains_key("endpoint"));
    assert!(serde_json::from_value::<Settings>(old).is_ok());
    let new = settings("{source: bluesky, duration: 1h, endpoint: {url: 'https://a.b', token: 'file:/x y'}}")
        .unwrap();
    let back: Settings = serde_json::from_value(serde_json::to_value(&new).unwrap()).unwrap();
    assert_eq!(back, new);
}
