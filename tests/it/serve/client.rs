//! The tool's own client, the model `endpoint`, against the tool's own server.

#![cfg(feature = "online")]

use serde_json::Value;

use super::Serving;
use crate::support;

/// Every post's label and probabilities, by packet, as they were written for `model`.
fn scores(folder: &std::path::Path, model: &str) -> Vec<(String, Value)> {
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

#[test]
fn a_run_scored_over_http_has_the_scores_of_one_scored_here() {
    let served = Serving::new();
    let folder = support::folder();
    support::run(
        folder.path(),
        ["pipeline", "run", "--source", "sample", "--limit", "3000", "--run-id", "r"],
    )
    .expect(0);
    let mut score = support::tool(folder.path());
    score.env("SENTISTACK_ENDPOINT_URL", format!("http://{}/predict", served.address));
    let scored = support::finish(score.args(["pipeline", "score", "r", "--model", "endpoint", "-o", "json"]));
    let scored = scored.expect(0).json();
    let here = scores(folder.path(), "embedded");
    assert!(here.len() > 2_000, "{}", here.len());
    assert_eq!(scores(folder.path(), "endpoint"), here);
    let ended = served.stop();
    assert_eq!(ended["texts"], scored["scored"], "{ended}");
    assert_eq!(ended["refused"], 0);
}

/// The service goes away in the middle and another comes to the same address: the run waits, and nothing differs.
#[test]
fn a_run_lives_through_a_restart_of_its_endpoint() {
    let first = Serving::new();
    let address = first.address;
    let folder = support::folder();
    support::run(
        folder.path(),
        ["pipeline", "run", "--source", "sample", "--limit", "20000", "--run-id", "r"],
    )
    .expect(0);
    let mut score = support::tool(folder.path());
    score
        .env("SENTISTACK_ENDPOINT_URL", format!("http://{address}/predict"))
        .env("SENTISTACK_ENDPOINT_BATCH", "5");
    score.args(["pipeline", "score", "r", "--model", "endpoint", "-o", "json"]);
    let scoring = std::thread::spawn(move || support::finish(&mut score));
    let texts = |served: &Serving| -> u64 {
        let text = String::from_utf8(served.get("/metrics").body).unwrap();
        let counts = text.lines().filter(|line| line.starts_with("sentistack_texts_total"));
        counts.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum()
    };
    while texts(&first) < 1_000 {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let ended = first.stop();
    assert_eq!(ended["cut"], 0, "{ended}");
    let before = ended["texts"].as_u64().unwrap();
    let port = address.port().to_string();
    let again = Serving::at(&port, &[]);
    let scored = scoring.join().unwrap().expect(0).json();
    assert_eq!(scores(folder.path(), "endpoint"), scores(folder.path(), "embedded"));
    let after = again.stop()["texts"].as_u64().unwrap();
    assert!(before > 0 && after > 0, "{before} {after}");
    // What was answered was not asked again: an orderly end loses no answer.
    assert_eq!(before + after, scored["scored"].as_u64().unwrap());
}
