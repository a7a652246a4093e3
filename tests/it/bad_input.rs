//! Bad input: what is said, where it was, what to do, which exit code; and nothing that was read is lost.

use std::io::Write;

use crate::support::{Ran, folder, lines, run, run_with_stdin};

fn replay(folder: &std::path::Path, content: &[u8], more: &[&str]) -> Ran {
    std::fs::write(folder.join("posts.jsonl"), content).unwrap();
    let args = ["pipeline", "run", "--input", "posts.jsonl", "-o", "json"];
    run(folder, args.iter().copied().chain(more.iter().copied()))
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn rejected(ran: &Ran) -> u64 {
    ran.json()["rejected"].as_u64().unwrap()
}

#[test]
fn an_unknown_setting_is_named_with_its_line_and_a_suggestion() {
    let here = folder();
    std::fs::write(here.path().join("app.yaml"), "topic: tea\nwidnow: 15m\n").unwrap();
    run(here.path(), ["pipeline", "run"]).expect(2).says(&["widnow", "app.yaml:2", "window"]);
}

#[test]
fn a_bad_window_an_end_before_its_start_and_a_bad_number_are_usage_errors() {
    let here = folder();
    for (flags, word) in [
        (vec!["--window", "soon"], "--window"),
        (vec!["--window", "0m"], "--window"),
        (vec!["--window", "7m"], "--window"),
        (vec!["--start", "2026-01-02", "--end", "2026-01-01"], "end"),
        (vec!["--limit", "many"], "--limit"),
        (vec!["--max-rejected", "200%"], "--max-rejected"),
        (vec!["--source", "twitter"], "--source"),
        (vec!["--from-stage", "cook"], "cook"),
        (vec!["--source", "x-search", "--query", "tea"], "x-search"),
        (vec!["--run-id", "../up"], "../up"),
    ] {
        let args = ["pipeline", "run"].into_iter().chain(flags.iter().copied());
        run(here.path(), args).expect(2).says(&[word]);
        assert!(!here.path().join("sentistack-data").exists(), "{flags:?} wrote something");
    }
}

#[test]
fn every_failure_is_a_document_too() {
    let here = folder();
    let ran = run(here.path(), ["pipeline", "run", "--window", "soon", "-o", "json"]).expect(2);
    let doc = ran.json();
    assert_eq!((doc["status"].as_str(), doc["command"].as_str()), (Some("failed"), Some("pipeline run")));
    assert_eq!(doc["error"]["kind"], "config");
    for field in ["message", "causes", "hint", "resource"] {
        assert!(doc["error"].get(field).is_some(), "{field}");
    }
    let doc = run(here.path(), ["pipeline", "run", "--nonsense", "-o", "json"]).expect(2).json();
    assert_eq!(doc["error"]["kind"], "usage");
}

#[test]
fn an_empty_file_an_empty_folder_and_a_file_without_posts_are_errors() {
    let here = folder();
    replay(here.path(), b"", &[]).expect(1).says(&["posts.jsonl"]);
    std::fs::create_dir(here.path().join("empty")).unwrap();
    run(here.path(), ["pipeline", "run", "--input", "empty"]).expect(1).says(&["empty"]);
    replay(here.path(), b"{\"a\":1}\nnot json\n", &[]).expect(1).says(&["no post"]);
    run(here.path(), ["pipeline", "run", "--input", "missing.jsonl"]).expect(1).says(&["missing.jsonl"]);
    run(here.path(), ["pipeline", "run", "--input", "*.nothing"]).expect(1).says(&["*.nothing"]);
}

#[test]
fn a_gzip_cut_short_names_file_and_byte_and_keeps_what_was_read() {
    let here = folder();
    let whole = gzip(lines(20_000).as_bytes());
    std::fs::write(here.path().join("cut.jsonl.gz"), &whole[..whole.len() / 2]).unwrap();
    let ran = run(here.path(), ["pipeline", "run", "--input", "cut.jsonl.gz", "--run-id", "r", "-o", "json"])
        .expect(1)
        .says(&["cut.jsonl.gz", "byte", "--from-stage score"]);
    let kept = ran.json()["tweets"].as_u64().unwrap();
    assert!(kept > 1_000, "{kept} posts were kept");
    let doc = run(here.path(), ["pipeline", "run", "--run-id", "r", "--from-stage", "score", "-o", "json"])
        .expect(0)
        .json();
    assert_eq!(doc["tweets"], kept);
    let rows =
        run(here.path(), ["sql", "SELECT DISTINCT status FROM sentiment", "-o", "json"]).expect(0).json();
    assert_eq!(rows["rows"], serde_json::json!([["partial"]]));
}

#[test]
fn a_corrupt_gzip_names_file_and_byte() {
    let here = folder();
    let mut broken = gzip(lines(20_000).as_bytes());
    let middle = broken.len() / 2;
    for byte in &mut broken[middle..middle + 64] {
        *byte ^= 0x5a;
    }
    std::fs::write(here.path().join("bad.jsonl.gz"), &broken).unwrap();
    run(here.path(), ["pipeline", "run", "--input", "bad.jsonl.gz"])
        .expect(1)
        .says(&["bad.jsonl.gz", "byte"]);
}

#[test]
fn lines_that_cannot_be_read_are_counted_and_kept_and_fatal_only_when_strict() {
    let here = folder();
    let mut content = lines(500).into_bytes();
    content.extend_from_slice(
        b"{\"id\":\"1\",\"created_at\":\"2026-03-01T00:00:00Z\",\"text\":\"\xff\xfe broken\"}\n",
    );
    content.extend_from_slice(b"{\"id\":\"2\",\"created_at\":\"2026-03-01T00:00:00Z\"\n");
    content.extend_from_slice(b"{\"created_at\":\"2026-03-01T00:00:00Z\",\"text\":\"no id\"}\n");
    let ran = replay(here.path(), &content, &["--run-id", "r"]).expect(0);
    assert_eq!(rejected(&ran), 3);
    let kept = std::fs::read_to_string(here.path().join("sentistack-data/runs/r/rejected.jsonl")).unwrap();
    assert_eq!(kept.lines().count(), 3);
    let first: serde_json::Value = serde_json::from_str(kept.lines().next().unwrap()).unwrap();
    assert_eq!(first["line"], 501);
    assert!(first["file"].as_str().unwrap().ends_with("posts.jsonl"));
    assert!(first["reason"].as_str().unwrap().contains("UTF-8"));
    assert!(!kept.contains("broken\""), "no content under pseudonym");
    replay(here.path(), &content, &["--strict"]).expect(1).says(&["posts.jsonl:501"]);
}

#[test]
fn more_rejects_than_allowed_is_exit_7_and_the_run_is_done_all_the_same() {
    let here = folder();
    let content = format!("{}not a post\nnor this\n", lines(50));
    let ran = replay(here.path(), content.as_bytes(), &[]).expect(7).says(&["--max-rejected"]);
    assert_eq!(ran.json()["tweets"], 50);
    assert!(ran.json()["outputs"]["report"].is_string());
    replay(here.path(), content.as_bytes(), &["--max-rejected", "5%"]).expect(0);
}

#[test]
fn a_line_of_ten_megabytes_is_rejected_and_the_next_one_read() {
    let here = folder();
    let mut content = format!(
        "{{\"id\":\"1\",\"created_at\":\"2026-03-01T00:00:00Z\",\"text\":\"{}\"}}\n",
        "x".repeat(10 << 20)
    );
    content.push_str(&lines(200));
    let ran = replay(here.path(), content.as_bytes(), &[]).expect(0);
    assert_eq!((rejected(&ran), ran.json()["tweets"].as_u64()), (1, Some(200)));
}

#[test]
fn a_null_byte_in_a_text_is_replaced_and_nothing_else_changes() {
    let here = folder();
    let post = r#"{"id":"1","created_at":"2026-03-01T00:00:00Z","text":"a\u0000b 😡"}"#;
    replay(here.path(), post.as_bytes(), &[]).expect(0);
    let rows = run(here.path(), ["sql", "SELECT text FROM tweet", "-o", "json"]).expect(0).json();
    assert_eq!(rows["rows"][0][0], "a\u{fffd}b 😡");
}

#[test]
fn dates_of_year_0_and_9999_are_rejected_with_a_reason() {
    let here = folder();
    let post = |id: u32, at: &str| format!("{{\"id\":\"{id}\",\"created_at\":\"{at}\",\"text\":\"t\"}}\n");
    let content = format!(
        "{}{}{}{}",
        post(1, "0000-01-01T00:00:00Z"),
        post(2, "9999-12-31T23:59:59Z"),
        post(3, "someday"),
        post(4, "2026-03-01T00:00:00Z")
    );
    let ran = replay(here.path(), content.as_bytes(), &["--run-id", "r", "--max-rejected", "100%"]).expect(0);
    assert_eq!((rejected(&ran), ran.json()["tweets"].as_u64()), (3, Some(1)));
}

#[test]
fn a_hundred_thousand_duplicates_are_one_post() {
    let here = folder();
    let line = "{\"id\":\"1\",\"created_at\":\"2026-03-01T00:00:00Z\",\"text\":\"again and again\"}\n";
    let doc = replay(here.path(), line.repeat(100_000).as_bytes(), &[]).expect(0).json();
    assert_eq!((doc["tweets"].as_u64(), doc["dropped_by"]["duplicate"].as_u64()), (Some(1), Some(99_999)));
}

#[test]
fn the_cap_counts_what_it_cuts() {
    let here = folder();
    let post = |i: u32| {
        format!(
            "{{\"id\":\"{i}\",\"created_at\":\"2026-03-01T00:{:02}:{:02}Z\",\"text\":\"t\"}}\n",
            i / 60,
            i % 60
        )
    };
    let content: String = (0..120).map(post).collect();
    let doc = replay(here.path(), content.as_bytes(), &["--max-per-window", "50"]).expect(0).json();
    assert_eq!((doc["tweets"].as_u64(), doc["dropped_by"]["capped"].as_u64()), (Some(50), Some(70)));
    let rows = run(here.path(), ["sql", "SELECT status, count_tweets FROM sentiment", "-o", "json"])
        .expect(0)
        .json();
    assert_eq!(rows["rows"], serde_json::json!([["capped", 50]]));
}

#[test]
fn the_newest_edit_wins_and_repeated_retweets_collapse_to_the_oldest() {
    let here = folder();
    let page = r#"{"data":[
      {"id":"1000000000000000010","created_at":"2026-03-01T00:00:00Z","text":"frist","author_id":"1","edit_history_tweet_ids":["1000000000000000010"]},
      {"id":"1000000000000000020","created_at":"2026-03-01T00:01:00Z","text":"first","author_id":"1","edit_history_tweet_ids":["1000000000000000010","1000000000000000020"]},
      {"id":"1000000000000000040","created_at":"2026-03-01T00:03:00Z","text":"RT @a: hello","author_id":"3","referenced_tweets":[{"type":"retweeted","id":"1000000000000000005"}]},
      {"id":"1000000000000000030","created_at":"2026-03-01T00:02:00Z","text":"RT @a: hello","author_id":"2","referenced_tweets":[{"type":"retweeted","id":"1000000000000000005"}]}
    ]}"#.replace('\n', "");
    let doc = replay(here.path(), page.as_bytes(), &[]).expect(0).json();
    assert_eq!((doc["tweets"].as_u64(), doc["collapsed"].as_u64()), (Some(2), Some(1)));
    assert_eq!(doc["dropped_by"]["edited"], 1);
    let rows = run(here.path(), ["sql", "SELECT tweet_id, text FROM tweet ORDER BY tweet_id", "-o", "json"])
        .expect(0)
        .json();
    assert_eq!(
        rows["rows"],
        serde_json::json!([["1000000000000000020", "first"], ["1000000000000000030", "RT @a: hello"]])
    );
}

#[test]
fn a_model_file_with_a_flipped_byte_is_refused_before_anything_is_written() {
    let here = folder();
    let weights =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/sentiment/weights/embedded.bin");
    let mut bytes = std::fs::read(weights).unwrap();
    std::fs::write(here.path().join("good.bin"), &bytes).unwrap();
    run(here.path(), ["model", "score", "--model", "good.bin", "what a day"]).expect(0);
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(here.path().join("bad.bin"), &bytes).unwrap();
    run(here.path(), ["pipeline", "run", "--model", "bad.bin"]).expect(1).says(&["bad.bin"]);
    assert!(!here.path().join("sentistack-data").exists());
    run(here.path(), ["pipeline", "run", "--model", "nowhere.bin"]).expect(1).says(&["nowhere.bin"]);
}

#[test]
fn what_exists_is_not_overwritten() {
    let here = folder();
    std::fs::write(here.path().join("p.jsonl"), lines(5)).unwrap();
    run(here.path(), ["pipeline", "run", "--input", "p.jsonl", "--run-id", "r", "-q"]).expect(0);
    run(here.path(), ["pipeline", "run", "--input", "p.jsonl", "--run-id", "r"])
        .expect(2)
        .says(&["exists", "resume"]);
    run(here.path(), ["init"]).expect(0);
    run(here.path(), ["init"]).expect(2).says(&["app.yaml", "exists"]);
    std::fs::write(here.path().join("m.bin"), "mine").unwrap();
    let data = "{\"text\":\"good\",\"label\":\"positive\",\"split\":\"train\"}\n";
    std::fs::write(here.path().join("d.jsonl"), data).unwrap();
    run(here.path(), ["model", "train", "--data", "d.jsonl", "--save", "m.bin"]).expect(2).says(&["exists"]);
    assert_eq!(std::fs::read(here.path().join("m.bin")).unwrap(), b"mine");
}

#[test]
fn a_run_keeps_its_settings_and_a_flag_that_differs_is_refused() {
    let here = folder();
    std::fs::write(here.path().join("p.jsonl"), lines(5)).unwrap();
    run(here.path(), ["pipeline", "run", "--input", "p.jsonl", "--run-id", "r", "-q"]).expect(0);
    let again = ["pipeline", "run", "--run-id", "r", "--from-stage", "transform"];
    run(here.path(), again.iter().copied().chain(["--window", "1h"])).expect(2).says(&["window"]);
    run(here.path(), again.iter().copied().chain(["--window", "900s"])).expect(0);
}

#[test]
fn a_run_whose_input_changed_is_not_resumed() {
    let here = folder();
    std::fs::write(here.path().join("p.jsonl"), lines(5)).unwrap();
    run(here.path(), ["pipeline", "run", "--input", "p.jsonl", "--run-id", "r", "-q"]).expect(0);
    // As if it had been stopped while reading.
    let journal = here.path().join("sentistack-data/runs/r/journal.jsonl");
    let text = std::fs::read_to_string(&journal).unwrap();
    std::fs::write(&journal, text.lines().next().unwrap().to_owned() + "\n").unwrap();
    std::fs::write(here.path().join("p.jsonl"), lines(6)).unwrap();
    run(here.path(), ["pipeline", "resume", "r"]).expect(1).says(&["input", "--from-stage ingest"]);
    run(here.path(), ["pipeline", "run", "--run-id", "r", "--from-stage", "ingest", "-q"]).expect(0);
}

#[test]
fn labelled_data_that_is_wrong_is_named_by_line() {
    let here = folder();
    std::fs::write(
        here.path().join("d.jsonl"),
        "{\"text\":\"good\",\"label\":\"positive\"}\n{\"text\":\"odd\",\"label\":\"glad\"}\n",
    )
    .unwrap();
    run(here.path(), ["model", "eval", "--data", "d.jsonl"]).expect(1).says(&["d.jsonl:2", "glad"]);
    run(here.path(), ["model", "eval", "--data", "none.jsonl"]).expect(1).says(&["none.jsonl"]);
    let ran = run_with_stdin(here.path(), &["model", "score"], b"\n");
    ran.expect(1).says(&["no text"]);
}

#[test]
fn sql_reads_only_and_says_what_it_knows() {
    let here = folder();
    run(here.path(), ["sql", "SELECT 1"]).expect(2).says(&["no tables"]);
    std::fs::write(here.path().join("p.jsonl"), lines(5)).unwrap();
    run(here.path(), ["pipeline", "run", "--input", "p.jsonl", "-q"]).expect(0);
    for statement in
        ["DELETE FROM tweet", "SELECT 1; DELETE FROM tweet", "ATTACH 'x' AS y", "PRAGMA journal_mode=DELETE"]
    {
        run(here.path(), ["sql", statement]).expect(1);
    }
    run(here.path(), ["sql", "SELECT * FROM tweets"]).expect(1).says(&["tweets", "tweet"]);
    run(here.path(), ["sql", "SELEC 1"]).expect(1).says(&["syntax"]);
    let rows = run(here.path(), ["sql", "SELECT count(*) FROM tweet", "-o", "json"]).expect(0).json();
    assert_eq!(rows["rows"][0][0], 5);
}

#[test]
fn an_unknown_run_is_a_usage_error() {
    let here = folder();
    run(here.path(), ["pipeline", "resume"]).expect(2).says(&["no run"]);
    run(here.path(), ["pipeline", "status", "nobody"]).expect(2).says(&["nobody"]);
    run(here.path(), ["pipeline", "run", "--run-id", "nobody", "--from-stage", "load"])
        .expect(2)
        .says(&["nobody"]);
}
