use super::super::{READER, SCHEMA_VERSION};
use super::*;
use crate::pipeline::event::Stage;

const ROLE: &str = "arn:aws:iam::123456789012:role/sentistack-redshift-us-east-1";
const TWEETS: &str = "s3://bucket/runs/20260301T123000Z-00a1b2/load/embedded/tweet.manifest";
const WINDOWS: &str = "s3://bucket/runs/20260301T123000Z-00a1b2/load/embedded/sentiment.manifest";

fn sample() -> Load<'static> {
    Load {
        run_id: "20260301T123000Z-00a1b2",
        model: "embedded",
        topic: "gopdebate",
        source: "replay",
        tool_version: "0.1.0",
        role: ROLE,
        format: TableFormat::Parquet,
        tweet_manifest: Some(TWEETS),
        sentiment_manifest: Some(WINDOWS),
    }
}

/// A batch as a script; the tests of the test bed read it back from the snapshots.
fn script(batch: &Batch) -> String {
    let mut text = String::new();
    for (at, step) in batch.steps.iter().enumerate() {
        let mark = if batch.answer == Some(at + 1) { " (answer)" } else { "" };
        text.push_str(&format!("-- {} {}{mark}\n{}\n\n", at + 1, step.name, step.sql));
    }
    text.trim_end().to_owned()
}

fn names(batch: &Batch) -> Vec<&'static str> {
    batch.steps.iter().map(|step| step.name).collect()
}

#[test]
fn a_load_of_parquet() {
    insta::assert_snapshot!("load-parquet", script(&load(&sample()).unwrap()));
}

#[test]
fn a_load_of_csv_differs_in_copy_and_nulls() {
    let batch = load(&Load { format: TableFormat::Csv, ..sample() }).unwrap();
    insta::assert_snapshot!("load-csv", script(&batch));
}

#[test]
fn opening_making_and_reading() {
    let made = migrate(0, "0.1.0").unwrap().unwrap();
    let all = [open().unwrap(), made, find_user(READER).unwrap(), reader(READER, false).unwrap()];
    insta::assert_snapshot!(
        "prepare",
        all.iter().map(script).collect::<Vec<_>>().join("\n\n-- next batch\n\n")
    );
}

#[test]
fn stages_take_the_place_of_those_that_were_written_before() {
    let row = |stage, seconds, cost_usd| StageRow {
        stage,
        finished_at: "2026-03-01T12:00:00.25Z".parse().unwrap(),
        seconds,
        cost_usd,
    };
    let rows = [row(Stage::Ingest, 12.5, 0.165), row(Stage::Load, 0.3, 0.0)];
    let batch = stages("20260301T123000Z-00a1b2", "embedded", &rows).unwrap();
    insta::assert_snapshot!("stages", script(&batch));
}

#[test]
fn what_has_no_file_is_forgotten_and_not_copied() {
    let batch = load(&Load { tweet_manifest: None, ..sample() }).unwrap();
    assert!(names(&batch).contains(&"forget-tweet"));
    assert!(!names(&batch).iter().any(|name| matches!(*name, "stage-tweet" | "insert-tweet")));
    let batch = load(&Load { tweet_manifest: None, sentiment_manifest: None, ..sample() }).unwrap();
    assert_eq!(
        names(&batch),
        [
            "lock-loads",
            "forget-tweet",
            "forget-sentiment",
            "forget-loaded-run",
            "insert-loaded-run",
            "count-run"
        ]
    );
    assert_eq!(batch.answer_of("id").unwrap(), "id:6");
    assert_eq!(batch.name_of(1), Some("lock-loads"));
    assert_eq!((batch.name_of(0), batch.name_of(7)), (None, None));
}

#[test]
fn rows_are_removed_before_they_are_inserted_and_after_they_were_copied() {
    for format in [TableFormat::Parquet, TableFormat::Csv] {
        let batch = load(&Load { format, ..sample() }).unwrap();
        let at = |wanted: &str| names(&batch).iter().position(|name| name.starts_with(wanted)).unwrap();
        assert_eq!(at("lock-loads"), 0, "the lock comes before the transaction has seen anything");
        for table in ["tweet", "sentiment"] {
            let order = ["stage", "copy", "forget", "replace", "insert", "drop-stage"];
            let places: Vec<usize> = order.iter().map(|job| at(&format!("{job}-{table}"))).collect();
            assert!(places.is_sorted(), "{table}: {places:?}");
        }
        assert_eq!(batch.answer, Some(batch.steps.len()));
    }
}

#[test]
fn a_prefix_with_quotes_stays_in_its_string() {
    let uri = r"s3://bucket/it's\here/tweet.manifest";
    let batch = load(&Load { tweet_manifest: Some(uri), ..sample() }).unwrap();
    let copy = batch.steps.iter().find(|step| step.name == "copy-tweet-parquet").unwrap();
    assert!(copy.sql.contains(r"FROM 's3://bucket/it''s\\here/tweet.manifest'"), "{}", copy.sql);
    assert!(load(&Load { topic: "a\0b", ..sample() }).is_err());
}

#[test]
fn a_statement_beyond_the_limit_is_refused_before_it_is_sent() {
    let long = "x".repeat(DATA_API_STATEMENT_BYTES);
    let error = load(&Load { tweet_manifest: Some(&long), ..sample() }).unwrap_err();
    assert!(error.message.contains("copy-tweet-parquet"), "{error}");
}

#[test]
fn versions_are_applied_one_after_the_other() {
    // A second version, as it might be one day; any statement without values does.
    let versions: &[&[&'static str]] = &[&["create-tweet"], &["drop-stage-tweet"], &["stage-tweet"]];
    let applied = |found| {
        let batch = migrate_through(versions, found, "0.1.0").unwrap();
        batch.map(|batch| (names(&batch), batch.steps.last().unwrap().sql.clone()))
    };
    let (steps, written) = applied(1).unwrap();
    assert_eq!(steps, ["lock-version", "drop-stage-tweet", "stage-tweet", "write-version"]);
    assert!(written.contains("VALUES (3, '0.1.0'"), "{written}");
    assert_eq!(applied(0).unwrap().0.len(), 5);
    assert_eq!(applied(3), None);
    let error = migrate_through(versions, 4, "0.1.0").unwrap_err();
    assert!(error.message.contains("schema 4, this one knows 3"), "{error}");
    assert_eq!(VERSIONS.len(), SCHEMA_VERSION as usize);
}

#[test]
fn every_statement_fits_the_data_api_and_holds_no_transaction_of_its_own() {
    for statement in crate::assets::STATEMENTS {
        let words: Vec<&str> = statement.text.lines().filter(|line| !line.starts_with("--")).collect();
        let text = words.join("\n").to_uppercase();
        assert!(!text.contains(';'), "{}: one statement a file", statement.name);
        for word in ["BEGIN", "COMMIT", "ROLLBACK"] {
            assert!(!text.split_whitespace().any(|each| each == word), "{}: {word}", statement.name);
        }
    }
}
