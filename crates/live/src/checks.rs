//! Laws of the handlers, for any bytes at all: the body of the fuzz target, run as a property loop by the tests. A law
//! that is broken panics, which is what a fuzzer looks for; nothing else may call these.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::event::Event;
use crate::function::{Answer, Function, Tally};
use crate::kinesis::Objects;
use crate::limits;
use crate::scorer::Embedded;
use crate::settings::Settings;

/// Takes every object, and keeps none.
struct Nowhere;

impl Objects for Nowhere {
    fn put(&mut self, key: &str, body: Vec<u8>) -> Result<(), String> {
        assert!(key.starts_with("runs/") && !key.contains("..") && !key.contains("//"), "{key}");
        assert!(key.ends_with(".jsonl") && body.last().is_none_or(|b| *b == b'\n'));
        Ok(())
    }
}

/// Any bytes as a whole event, as the data of Firehose's records, and as that of a stream's.
pub fn event(data: &[u8]) {
    handled(data);
    // Several records, so that what one of them does to the others is seen.
    let pieces: Vec<&[u8]> = data.split(|b| *b == 0).collect();
    let records: Vec<Value> = pieces
        .iter()
        .enumerate()
        .map(|(at, piece)| json!({ "recordId": at.to_string(), "data": STANDARD.encode(piece) }))
        .collect();
    let answer = handled(json!({ "records": records }).to_string().as_bytes()).map(|answer| answer.tally);
    assert!(matches!(answer, Some(Tally::Firehose(tally)) if tally.records == pieces.len()));
    let batch: Vec<Value> = pieces
        .iter()
        .enumerate()
        .map(|(at, piece)| {
            json!({ "kinesis": { "sequenceNumber": at.to_string(), "data": STANDARD.encode(piece) } })
        })
        .collect();
    let answer = handled(json!({ "Records": batch }).to_string().as_bytes()).map(|answer| answer.tally);
    assert!(
        matches!(answer, Some(Tally::Kinesis(tally)) if tally.failed == 0 && tally.records == pieces.len())
    );
}

fn handled(event: &[u8]) -> Option<Answer> {
    thread_local! {
        // A session is dear to make.
        static FUNCTION: std::cell::RefCell<Function<Embedded, Nowhere>> = std::cell::RefCell::new(Function {
            settings: Settings::default(),
            scorer: Embedded::default(),
            objects: Some(Nowhere),
        });
    }
    let answer = FUNCTION.with_borrow_mut(|function| function.handle(event));
    match answer {
        Ok(answer) => {
            assert!(answer.body.len() <= limits::ANSWER_BYTES);
            if let Ok(Event::Firehose(records)) = Event::read(event) {
                let asked: Vec<(&str, &str)> = records.iter().map(|r| (&*r.id, &*r.data)).collect();
                verdicts(&asked, &answer.body);
            }
            Some(answer)
        }
        Err(error) => {
            assert!(!error.to_string().is_empty() && !error.kind().is_empty());
            None
        }
    }
}

/// Every record of `asked` (identifier and base64) has one verdict, in order; a row is a line that is JSON; what failed
/// came back as it was, or bare.
pub fn verdicts(asked: &[(&str, &str)], answer: &[u8]) {
    let answer: Value = serde_json::from_slice(answer).unwrap_or_default();
    let records = answer["records"].as_array().map(Vec::as_slice).unwrap_or_default();
    assert_eq!(records.len(), asked.len(), "one verdict for each record");
    for ((id, data), record) in asked.iter().zip(records) {
        assert_eq!(record["recordId"], *id, "in order");
        match record["result"].as_str() {
            Some("Ok") => {
                let row =
                    record["data"].as_str().and_then(|data| STANDARD.decode(data).ok()).unwrap_or_default();
                let line = row.strip_suffix(b"\n").unwrap_or_default();
                assert!(
                    !line.contains(&b'\n') && serde_json::from_slice::<Value>(line).is_ok(),
                    "one line of JSON"
                );
            }
            Some("Dropped") => {}
            Some("ProcessingFailed") => assert!(record["data"].is_null() || record["data"] == *data),
            other => panic!("no verdict: {other:?}"),
        }
    }
}
