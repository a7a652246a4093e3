//! What the templates say of the live path's function, and of the one that scores the stream's packets.

use sentistack::model::{Packet, PacketName, ScoreOrder, Window};
use sentistack::render;
use sentistack::stack::names::Part;
use serde_yaml::Value;

use crate::render::{of, settings};

#[test]
fn the_live_function_is_told_what_the_settings_say() {
    let live = |text: &str| {
        let settings = settings(&format!("live: {{enabled: true, {text}}}\n"));
        render::render(Part::Live, &settings, &|_| None)
    };
    let text = live("include: text-only, compression: gzip").unwrap();
    for line in ["SENTISTACK_INCLUDE: \"text-only\"", "SENTISTACK_LANG: \"en\"", "CompressionFormat: GZIP"] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let every = settings("lang: all\nlive: {enabled: true}\n");
    let every = render::render(Part::Live, &every, &|_| None).unwrap();
    assert!(every.contains("SENTISTACK_LANG: \"all\"") && every.contains("CompressionFormat: UNCOMPRESSED"));
    let error = live("compression: zstd").unwrap_err();
    assert_eq!(error.kind, sentistack::error::ErrorKind::Config);
    assert!(error.hint.is_some_and(|hint| hint.contains("gzip")));
}

/// The mapping lets those packets through that a run puts on the stream for the function, and no other.
#[test]
fn the_function_that_scores_is_given_the_packets_that_are_meant_for_it() {
    let rendered = of(&settings("score: {on: lambda}\n"));
    assert!(!of(&settings(""))[&Part::Batch].contains("Scorer"));
    let batch: Value = serde_yaml::from_str(&rendered[&Part::Batch]).unwrap();
    assert!(
        batch["Parameters"]["FunctionKey"].is_mapping()
            && batch["Outputs"]["ScorerFunctionName"].is_mapping()
    );
    let source = &batch["Resources"]["ScorerSource"]["Properties"];
    let pattern = source["FilterCriteria"]["Filters"][0]["Pattern"].as_str().unwrap();
    let pattern: serde_json::Value = serde_json::from_str(pattern).unwrap();
    let name = PacketName::numbered(Window::from_unix(0), 1);
    let order = Some(ScoreOrder::function(&[]));
    let mut packet = Packet { run_id: "r".to_owned(), name, score: order, tweets: Vec::new() };
    let by = |packet: &Packet| serde_json::to_value(packet).unwrap()["score"]["by"].clone();
    assert_eq!(pattern, serde_json::json!({"data": {"score": {"by": [by(&packet)]}}}));
    packet.score = None;
    assert!(by(&packet).is_null());
}
