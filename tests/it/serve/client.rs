//! The tool's own client, the model `endpoint`, against the tool's own server.

#![cfg(feature = "online")]

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::Serving;
use crate::support;

/// Every post's label and probabilities, by packet, as they were written for `model`.
fn scores(folder: &Path, model: &str) -> Vec<(String, Value)> {
    let prefix = format!("sentistack-data/runs/r/sentiments/{model}/");
    let mut found = Vec::new();
    for (path, bytes) in support::tree(folder) {
        let Some(name) = path.strip_prefix(&prefix) else { continue };
        for line in String::from_utf8(bytes).unwrap().lines() {
            found.push((name.to_owned(), serde_json::from_str(line).unwrap()));
        }
    }
    found
}

/// A run of the sample that is scored here, and knows of the endpoint at `address`.
fn run(folder: &Path, address: SocketAddr, posts: &str, batch: &str) {
    std::fs::write(
        folder.join("app.yaml"),
        format!("endpoint: {{ url: 'http://{address}/predict', batch: {batch} }}\n"),
    )
    .unwrap();
    support::run(folder, ["pipeline", "run", "--source", "sample", "--limit", posts, "--run-id", "r"])
        .expect(0);
}

const SCORE: [&str; 7] = ["pipeline", "score", "r", "--model", "endpoint", "-o", "json"];

#[test]
fn a_run_scored_over_http_has_the_scores_of_one_scored_here() {
    let served = Serving::new();
    let folder = support::folder();
    run(folder.path(), served.address, "3000", "25");
    let scored = support::run(folder.path(), SCORE).expect(0).json();
    let here = scores(folder.path(), "embedded");
    assert!(here.len() > 2_000, "{}", here.len());
    assert_eq!(scores(folder.path(), "endpoint"), here);
    let ended = served.stop();
    assert_eq!(ended["texts"], scored["scored"], "{ended}");
    assert_eq!(ended["refused"], 0);
}

/// Texts that a service has scored so far.
fn texts(served: &Serving) -> u64 {
    let text = String::from_utf8(served.get("/metrics").body).unwrap();
    let counts = text.lines().filter(|line| line.starts_with("sentistack_texts_total"));
    counts.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum()
}

/// The service goes away in the middle and another comes to the same address: the run waits, and nothing differs.
#[test]
fn a_run_lives_through_a_restart_of_its_endpoint() {
    let first = Serving::new();
    let folder = support::folder();
    run(folder.path(), first.address, "10000", "5");
    let mut score = support::tool(folder.path());
    score.args(SCORE);
    let scoring = std::thread::spawn(move || support::finish(&mut score));
    while texts(&first) < 500 {
        assert!(!scoring.is_finished(), "{:?}", scoring.join());
        std::thread::sleep(Duration::from_millis(2));
    }
    let address = first.address;
    let ended = first.stop();
    let again = Serving::at(&address.port().to_string(), &[]);
    let scored = scoring.join().unwrap().expect(0).json();
    assert_eq!(scores(folder.path(), "endpoint"), scores(folder.path(), "embedded"));
    let (before, after) = (ended["texts"].as_u64().unwrap(), again.stop()["texts"].as_u64().unwrap());
    assert!(before > 0 && after > 0, "{before} {after}");
    // What was answered was not asked again: an orderly end loses no answer.
    assert_eq!((before + after, &ended["cut"]), (scored["scored"].as_u64().unwrap(), &0.into()));
}
