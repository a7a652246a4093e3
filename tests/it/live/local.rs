//! A live run without an account: the function in the tool's own process, a folder in the bucket's place.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::{self, Ran, folder, run, tree};

const TWEETS: &str = "select tweet_id, created_at, author_id, lang, text, label, positive, negative, neutral, mixed \
    from tweet order by tweet_id";

/// Runs words on a folder of which all settings say the same.
fn tool(at: &Path, words: &str) -> Ran {
    run(at, words.split(' '))
}

/// A folder in which a live run of 1,500 posts was sent; and its document.
fn sent() -> (tempfile::TempDir, Value) {
    let at = folder();
    // A live run sees no window as a whole: nothing is collapsed in it.
    std::fs::write(at.path().join("app.yaml"), "collapse_retweets: false\nprivacy: keep\n").unwrap();
    let document = tool(at.path(), "live run --local --limit 1500 --seed 7 -o json").expect(0).json();
    (at, document)
}

fn delivered(at: &Path) -> Vec<PathBuf> {
    let root = at.join("sentistack-data");
    tree(&root).into_keys().filter(|key| key.starts_with("live/")).map(|key| root.join(key)).collect()
}

#[test]
fn posts_that_went_through_the_function_are_those_of_a_run() {
    let (at, sent) = sent();
    assert_eq!((&sent["sent"], &sent["again"]), (&json!(1500), &json!(0)));
    let verified = tool(at.path(), "live verify -o json").expect(0).json();
    for (field, expected) in [("delivered", 1500), ("missing", 0), ("failed", 0), ("twice", 0), ("beyond", 0)]
    {
        assert_eq!(verified[field], expected, "{field}: {verified}");
    }
    for picture in ["share-by-label.png", "word-cloud.svg"] {
        assert!(Path::new(verified["outputs"][picture].as_str().unwrap()).is_file(), "{picture}");
    }
    let loaded = tool(at.path(), "live load -o json").expect(0).json();
    assert_eq!((&loaded["tweets"], &loaded["labels"]), (&json!(1500), &verified["labels"]));
    assert_eq!(loaded["unscored"], verified["unscored"]);
    let again = tool(at.path(), "live load -o json").expect(0).json();
    assert_eq!(again["tweets"], 1500, "it can be done again");
    let live = run(at.path(), ["sql", TWEETS, "-o", "json"]).expect(0).json();
    tool(at.path(), "pipeline run --limit 1500 --seed 7 --root other").expect(0);
    let batch = run(at.path(), ["sql", TWEETS, "--root", "other", "-o", "json"]).expect(0).json();
    assert_eq!(live["rows"], batch["rows"]);
}

/// A folder whose setting changed between runs has objects of every kind, and each run is read as if it had been alone.
#[test]
fn runs_are_read_from_objects_that_were_packed_in_one_way_or_another() {
    let at = folder();
    let mut labels = Vec::new();
    for (compression, start, end) in [
        ("none", &b"{\"topic\""[..], ".jsonl"),
        ("gzip", &[0x1f, 0x8b], ".jsonl.gz"),
        ("zstd", &[0x28, 0xb5, 0x2f, 0xfd], ".jsonl.zst"),
    ] {
        let settings = format!("live: {{compression: {compression}}}\n");
        std::fs::write(at.path().join("app.yaml"), settings).unwrap();
        let run_id = format!("packed-{compression}");
        tool(at.path(), &format!("live run --local --limit 1500 --seed 7 --run-id {run_id}")).expect(0);
        let of_run = |path: &&PathBuf| path.to_string_lossy().contains(&run_id);
        let files = delivered(at.path());
        let files: Vec<_> = files.iter().filter(of_run).collect();
        assert!(!files.is_empty());
        for file in files {
            assert!(file.to_string_lossy().ends_with(end), "{file:?}");
            assert!(std::fs::read(file).unwrap().starts_with(start), "{file:?}");
        }
    }
    for compression in ["none", "gzip", "zstd"] {
        let verified = tool(at.path(), &format!("live verify packed-{compression} -o json")).expect(0).json();
        assert_eq!((&verified["delivered"], &verified["twice"]), (&json!(1500), &json!(0)), "{compression}");
        labels.push(verified["labels"].clone());
        let loaded = tool(at.path(), &format!("live load packed-{compression} -o json")).expect(0).json();
        assert_eq!(loaded["tweets"], 1500, "{compression}");
    }
    assert!(labels.iter().all(|of_run| *of_run == labels[0]), "{labels:?}");
}

#[test]
fn lines_of_text_alone_are_announced_and_cannot_be_accounted_for() {
    let at = folder();
    std::fs::write(at.path().join("app.yaml"), "live: {include: text-only}\n").unwrap();
    tool(at.path(), "live run --local --limit 20").expect(0).says(&["text-only", "live verify"]);
    let line = std::fs::read_to_string(&delivered(at.path())[0]).unwrap();
    let line: Value = serde_json::from_str(line.lines().next().unwrap()).unwrap();
    let fields: Vec<_> = line.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(fields.len(), 6, "{fields:?}");
    tool(at.path(), "live verify").expect(3).says(&["name no run", "live.include: row"]);
}

#[test]
fn what_is_missing_is_named_and_what_comes_twice_is_counted_once() {
    let (at, _) = sent();
    let files = delivered(at.path());
    let first = &files[0];
    let lines = std::fs::read_to_string(first).unwrap();
    let records = lines.lines().count() as u64;
    std::fs::copy(first, first.with_file_name("again.jsonl")).unwrap();
    let twice = tool(at.path(), "live verify -o json").expect(0).json();
    assert_eq!((&twice["twice"], &twice["delivered"]), (&json!(records), &json!(1500)));
    assert_eq!(tool(at.path(), "live load -o json").expect(0).json()["tweets"], 1500);

    std::fs::remove_file(first.with_file_name("again.jsonl")).unwrap();
    let rest: String = lines.split_inclusive('\n').skip(100).collect();
    std::fs::write(first, rest).unwrap();
    let less = tool(at.path(), "live verify -o json").expect(3).json();
    assert_eq!((&less["missing"], &less["error"]["kind"]), (&json!(100), &json!("failed")));
    assert_eq!(less["missing_numbers"], json!((1..=20).collect::<Vec<_>>()));
    let loaded = tool(at.path(), "live load -o json").expect(0).json();
    assert_eq!((&loaded["tweets"], &loaded["dropped_by"]["undelivered"]), (&json!(1400), &json!(100)));

    // What is no line of anybody's is named, and nothing else is lost by it.
    std::fs::write(first, format!("{{\"run_id\": 7\n{lines}")).unwrap();
    let broken = tool(at.path(), "live verify -o json").expect(3).json();
    assert_eq!((&broken["missing"], broken["unreadable"].as_array().unwrap().len()), (&json!(0), 1));
}

#[test]
fn what_failed_is_sent_again_until_it_is_delivered_and_no_more() {
    let (at, sent) = sent();
    let first = &delivered(at.path())[0];
    let lines = std::fs::read_to_string(first).unwrap();
    // The function's rows have the record's own fields: they stand for the records as they were sent.
    let failure =
        |line: &str| json!({"attemptsMade": 4, "rawData": STANDARD.encode(line)}).to_string() + "\n";
    let failed: String = lines.lines().take(50).map(failure).collect();
    let folder = at.path().join("sentistack-data/processing-failed/processing-failed");
    let day = folder.join(first.parent().unwrap().file_name().unwrap());
    std::fs::create_dir_all(&day).unwrap();
    std::fs::write(day.join("some.jsonl"), failed).unwrap();
    let rest: String = lines.split_inclusive('\n').skip(50).collect();
    std::fs::write(first, rest).unwrap();

    let broken = tool(at.path(), "live verify -o json").expect(3).json();
    assert_eq!((&broken["failed"], &broken["missing"]), (&json!(50), &json!(0)));
    assert!(broken["error"]["hint"].as_str().unwrap().contains("live redrive"), "{broken}");
    let again = tool(at.path(), "live redrive -o json").expect(0).json();
    assert_eq!((&again["sent"], &again["run_id"]), (&json!(50), &sent["run_id"]));
    let whole = tool(at.path(), "live verify -o json").expect(0).json();
    for (field, expected) in [("delivered", 1500), ("failed", 0), ("twice", 0), ("missing", 0)] {
        assert_eq!(whole[field], expected, "{field}: {whole}");
    }
    tool(at.path(), "live redrive").expect(0).says(&["nothing has failed"]);
    let last = tool(at.path(), "live redrive -o json").expect(0).json();
    assert_eq!(last["sent"], 0, "what came meanwhile is not sent again");
    assert_eq!(tool(at.path(), "live load -o json").expect(0).json()["tweets"], 1500);
}

#[test]
fn runs_that_are_not_live_and_inputs_that_are_nothing_are_one_clear_line() {
    let at = folder();
    tool(at.path(), "live verify").expect(2).says(&["there is no live run", "sentistack live run"]);
    tool(at.path(), "pipeline run --limit 50 --run-id batch").expect(0);
    tool(at.path(), "live load batch").expect(2).says(&["run batch is no live run"]);
    std::fs::write(at.path().join("empty.jsonl"), "").unwrap();
    tool(at.path(), "live run --local --input empty.jsonl").expect(1);
    tool(at.path(), "live run --local --limit 10 --duration never").expect(2).says(&["10m"]);
    tool(at.path(), "live run --local --limit 10 --rate 0").expect(2);
    let paid = "live run --local --source x-search --query tea --duration 1d";
    tool(at.path(), paid).expect(2).says(&["x-search", "pipeline run --source x-search"]);
    tool(at.path(), "live run --local --limit 10 --run-id live").expect(0);
    tool(at.path(), "live run --local --limit 10 --run-id live").expect(2).says(&["run live exists already"]);
    tool(at.path(), "pipeline resume live").expect(2).says(&["is a live run", "sentistack live load live"]);
    std::fs::write(at.path().join("half.jsonl"), format!("{}not a post\n", support::lines(1))).unwrap();
    let half = tool(at.path(), "live run --local --input half.jsonl -o json").expect(7).json();
    assert_eq!((&half["sent"], &half["rejected"]), (&json!(1), &json!(1)));
    assert!(Path::new(half["run_dir"].as_str().unwrap()).join("rejected.jsonl").is_file());
}
