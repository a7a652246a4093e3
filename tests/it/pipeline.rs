//! The main job, end to end.

use std::collections::BTreeSet;

use crate::support::{folder, lines, recorded, run, run_with_stdin, tree};

const SAMPLE: [&str; 8] = ["pipeline", "run", "--source", "sample", "--limit", "3000", "-o", "json"];

#[test]
fn a_sample_run_makes_tables_a_warehouse_and_a_report() {
    let here = folder();
    let ran = run(here.path(), SAMPLE).expect(0);
    let doc = ran.json();
    assert_eq!(doc["schema_version"], 1);
    assert_eq!(doc["command"], "pipeline run");
    assert_eq!(doc["status"], "ok");
    assert!(doc["error"].is_null());
    assert_eq!(doc["tweets"].as_u64().unwrap() + doc["collapsed"].as_u64().unwrap(), 3000);
    assert_eq!(doc["windows"], 384, "four days of a quarter of an hour");
    assert_eq!(doc["synthetic"], true);
    let labels: u64 =
        ["positive", "negative", "neutral", "mixed"].iter().map(|l| doc["labels"][l].as_u64().unwrap()).sum();
    assert_eq!(labels, doc["scored"].as_u64().unwrap());
    assert_eq!(
        doc["scored"].as_u64().unwrap() + doc["unscored"].as_u64().unwrap(),
        doc["tweets"].as_u64().unwrap()
    );
    for label in ["positive", "negative", "neutral", "mixed"] {
        let share = &doc["shares"][label];
        assert!(
            share["low"].as_f64() <= share["share"].as_f64()
                && share["share"].as_f64() <= share["high"].as_f64()
        );
    }
    for output in ["tweet", "sentiment", "report"] {
        let path = doc["outputs"][output].as_str().unwrap();
        assert!(std::path::Path::new(path).is_absolute() && std::path::Path::new(path).exists(), "{path}");
        assert!(path.starts_with(doc["run_dir"].as_str().unwrap()));
    }
    for stage in ["ingest", "score", "transform", "load", "report"] {
        assert!(doc["seconds"][stage].as_f64().unwrap() >= 0.0, "{stage}");
    }
    assert_eq!(doc["cost"]["currency"], "USD");
    let page = std::fs::read_to_string(doc["outputs"]["report"].as_str().unwrap()).unwrap();
    assert!(page.to_lowercase().contains("synthetic"), "a sample must say that it is one");
    assert!(!page.contains("http://") || !page.contains("src=\"http"), "the page asks for nothing outside");
}

#[test]
fn every_staging_packet_has_its_sentiment_packet_with_the_same_posts() {
    let here = folder();
    let doc = run(here.path(), SAMPLE).expect(0).json();
    let files = tree(std::path::Path::new(doc["run_dir"].as_str().unwrap()));
    let names = |prefix: &str| -> BTreeSet<String> {
        files.keys().filter_map(|name| name.strip_prefix(prefix).map(str::to_owned)).collect()
    };
    let staged = names("staging/");
    assert!(!staged.is_empty());
    assert_eq!(staged, names("sentiments/embedded/"));
    for name in &staged {
        let ids = |prefix: &str| -> Vec<String> {
            String::from_utf8(files[&format!("{prefix}{name}")].clone())
                .unwrap()
                .lines()
                .map(|line| {
                    serde_json::from_str::<serde_json::Value>(line).unwrap()["tweet_id"]
                        .as_str()
                        .unwrap()
                        .to_owned()
                })
                .collect()
        };
        assert_eq!(ids("staging/"), ids("sentiments/embedded/"), "{name}");
    }
}

#[test]
fn the_same_seed_makes_the_same_posts_and_another_seed_makes_others() {
    let here = folder();
    let staged = |root: &str, seed: &str| {
        let args = [
            "pipeline",
            "run",
            "--source",
            "sample",
            "--limit",
            "500",
            "--seed",
            seed,
            "--root",
            root,
            "--privacy",
            "keep",
            "--run-id",
            "r",
            "-q",
        ];
        run(here.path(), args).expect(0);
        tree(&here.path().join(root).join("runs/r/staging"))
    };
    let first = staged("a", "7");
    assert_eq!(first, staged("b", "7"));
    assert_ne!(first, staged("c", "8"));
}

#[test]
fn replay_reads_a_file_standard_input_and_a_folder_alike() {
    let here = folder();
    std::fs::create_dir(here.path().join("in")).unwrap();
    std::fs::write(here.path().join("in/posts.jsonl"), lines(50)).unwrap();
    let count = |ran: crate::support::Ran| ran.expect(0).json()["tweets"].as_u64().unwrap();
    let base = ["pipeline", "run", "-o", "json", "--input"];
    let with = |input: &'static str| base.iter().copied().chain([input]).collect::<Vec<_>>();
    assert_eq!(count(run(here.path(), with("in/posts.jsonl"))), 50);
    assert_eq!(count(run(here.path(), with("in"))), 50);
    assert_eq!(count(run(here.path(), with("in/*.jsonl"))), 50);
    assert_eq!(count(run_with_stdin(here.path(), &with("-"), lines(50).as_bytes())), 50);
}

#[test]
fn a_run_without_pseudonyms_shows_people_and_one_with_them_does_not() {
    let here = folder();
    let post = r#"{"id":"1","created_at":"2026-03-01T00:00:00Z","text":"fine","author_id":"806151000047110815","author":{"id":"806151000047110815","username":"mia_w","name":"Mia W","location":"Oslo","verified":true}}"#;
    std::fs::write(here.path().join("p.jsonl"), post).unwrap();
    let everything = |root: &str| -> String {
        tree(&here.path().join(root))
            .into_values()
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .collect()
    };
    run(here.path(), ["pipeline", "run", "--input", "p.jsonl", "--root", "hidden", "-q"]).expect(0);
    for word in ["806151000047110815", "mia_w", "Mia W", "Oslo"] {
        assert!(!everything("hidden").contains(word), "{word} is somewhere under the root");
    }
    run(here.path(), ["pipeline", "run", "--input", "p.jsonl", "--root", "shown", "--privacy", "keep", "-q"])
        .expect(0);
    for word in ["806151000047110815", "mia_w", "Mia W", "Oslo"] {
        assert!(everything("shown").contains(word), "{word} was asked to be kept");
    }
}

#[test]
fn aggregate_privacy_leaves_no_posts_in_the_tables() {
    let here = folder();
    std::fs::write(here.path().join("p.jsonl"), lines(20)).unwrap();
    let doc =
        run(here.path(), ["pipeline", "run", "--input", "p.jsonl", "--privacy", "aggregate", "-o", "json"])
            .expect(0)
            .json();
    assert_eq!(doc["tweets"], 20);
    let rows = run(here.path(), ["sql", "SELECT count(*) AS n FROM tweet", "-o", "json"]).expect(0).json();
    assert_eq!(rows["rows"][0][0], 0);
    let tables = tree(&std::path::Path::new(doc["run_dir"].as_str().unwrap()).join("tables"));
    assert!(tables.keys().all(|name| !name.contains("tweet/")), "{:?}", tables.keys());
    let windows =
        run(here.path(), ["sql", "SELECT sum(count_tweets) FROM sentiment", "-o", "json"]).expect(0).json();
    assert_eq!(windows["rows"][0][0], 20);
}

#[test]
fn posts_in_other_languages_are_kept_and_not_scored() {
    let here = folder();
    let post = |id: u32, lang: &str| {
        format!(r#"{{"id":"{id}","created_at":"2026-03-01T00:00:0{id}Z","text":"ok"{lang}}}"#)
    };
    let all = [
        post(1, r#","lang":"en""#),
        post(2, r#","lang":"de""#),
        post(3, ""),
        post(4, r#","lang":"und""#),
        post(5, r#","lang":"en-GB""#),
    ]
    .join("\n");
    std::fs::write(here.path().join("p.jsonl"), all).unwrap();
    let doc = run(here.path(), ["pipeline", "run", "--input", "p.jsonl", "-o", "json"]).expect(0).json();
    assert_eq!(
        (doc["tweets"].as_u64(), doc["scored"].as_u64(), doc["unscored"].as_u64()),
        (Some(5), Some(4), Some(1))
    );
    let doc = run(here.path(), ["pipeline", "run", "--input", "p.jsonl", "--lang", "all", "-o", "json"])
        .expect(0)
        .json();
    assert_eq!((doc["scored"].as_u64(), doc["unscored"].as_u64()), (Some(5), Some(0)));
}

#[test]
fn planned_windows_all_have_a_row() {
    let here = folder();
    std::fs::write(here.path().join("p.jsonl"), lines(3)).unwrap();
    let args = [
        "pipeline",
        "run",
        "--input",
        "p.jsonl",
        "--start",
        "2026-03-01",
        "--end",
        "2026-03-02",
        "--window",
        "1h",
        "-o",
        "json",
    ];
    let doc = run(here.path(), args).expect(0).json();
    assert_eq!(doc["windows"], 24);
    let sql = "SELECT status, count(*) FROM sentiment GROUP BY status ORDER BY status";
    let rows = run(here.path(), ["sql", sql, "-o", "json"]).expect(0).json();
    assert_eq!(rows["rows"], serde_json::json!([["complete", 1], ["empty", 23]]));
}

#[test]
fn stages_can_be_done_one_by_one_and_again() {
    let here = folder();
    std::fs::write(here.path().join("p.jsonl"), lines(40)).unwrap();
    let base = ["pipeline", "run", "--input", "p.jsonl", "--run-id", "r", "-o", "json"];
    run(here.path(), base.iter().copied().chain(["--to-stage", "ingest"])).expect(0);
    let run_dir = here.path().join("sentistack-data/runs/r");
    assert!(tree(&run_dir.join("sentiments")).is_empty());
    run(here.path(), ["pipeline", "resume", "r", "-q"]).expect(0);
    let before = tree(&run_dir.join("tables"));
    assert!(!before.is_empty());
    // A stage that is asked for is done again, whatever the journal says.
    std::fs::remove_dir_all(run_dir.join("tables")).unwrap();
    let again = run(here.path(), ["pipeline", "resume", "r", "-o", "json"]).expect(0).json();
    assert_eq!(again["status"], "unchanged");
    assert!(tree(&run_dir.join("tables")).is_empty());
    run(here.path(), ["pipeline", "run", "--run-id", "r", "--from-stage", "transform", "-q"]).expect(0);
    assert_eq!(tree(&run_dir.join("tables")), before);
    for stage in ["ingest", "score", "load", "report"] {
        run(here.path(), ["pipeline", "run", "--run-id", "r", "--from-stage", stage, "-q"]).expect(0);
        assert_eq!(tree(&run_dir.join("tables")), before, "after {stage}");
    }
}

#[test]
fn two_topics_over_the_same_hours_both_survive_in_the_warehouse() {
    let here = folder();
    std::fs::write(here.path().join("p.jsonl"), lines(10)).unwrap();
    for topic in ["tea", "coffee", "tea"] {
        run(here.path(), ["pipeline", "run", "--input", "p.jsonl", "--topic", topic, "-q"]).expect(0);
    }
    let rows = run(
        here.path(),
        ["sql", "SELECT topic, count(*) FROM tweet GROUP BY topic ORDER BY topic", "-o", "json"],
    )
    .expect(0)
    .json();
    assert_eq!(rows["rows"], serde_json::json!([["coffee", 10], ["tea", 10]]));
}

#[test]
fn a_run_may_be_scored_by_a_second_model_and_compared() {
    let here = folder();
    run(here.path(), SAMPLE).expect(0);
    let scored = run(here.path(), ["pipeline", "score", "--model", "vader", "-o", "json"]).expect(0).json();
    assert_eq!(scored["model"], "vader");
    let again = run(here.path(), ["pipeline", "score", "--model", "vader", "-o", "json"]).expect(0).json();
    assert_eq!(again["status"], "unchanged");
    let compared = run(here.path(), ["pipeline", "compare", "-o", "json"]).expect(0).json();
    assert_eq!(compared["models"], serde_json::json!(["embedded", "vader"]));
    assert_eq!(compared["posts"], scored["scored"]);
    let agreement = compared["agreement"].as_f64().unwrap();
    assert!((0.2..1.0).contains(&agreement), "{agreement}");
    assert!(compared["kappa"].as_f64().unwrap() < agreement);
    let models = run(here.path(), ["sql", "SELECT DISTINCT model FROM sentiment ORDER BY 1", "-o", "json"])
        .expect(0)
        .json();
    assert_eq!(models["rows"], serde_json::json!([["embedded"], ["vader"]]));
}

#[test]
fn the_airline_posts_come_out_whole() {
    let Some(input) = recorded("tweets/airline-2015-02.jsonl.gz") else { return };
    let here = folder();
    let args =
        ["pipeline", "run", "--source", "replay", "--input", input.to_str().unwrap(), "--output", "json"];
    let doc = run(here.path(), args).expect(0).json();
    assert_eq!((doc["tweets"].as_u64(), doc["windows"].as_u64()), (Some(14_485), Some(706)));
    assert_eq!(doc["topic"], "airline-2015-02");
    assert_eq!((doc["rejected"].as_u64(), doc["dropped"].as_u64()), (Some(0), Some(0)));
    assert_eq!(doc["synthetic"], false);
}

#[test]
fn recorded_answers_of_x_are_read() {
    let Some(input) = recorded("x-api-v2") else { return };
    let here = folder();
    let args = [
        "pipeline",
        "run",
        "--input",
        input.to_str().unwrap(),
        "--lang",
        "all",
        "--max-rejected",
        "100%",
        "-o",
        "json",
    ];
    let doc = run(here.path(), args).expect(0).json();
    // Two of the files hold the same page of 100.
    assert_eq!(doc["dropped_by"]["duplicate"], 100, "{doc}");
    assert!(doc["tweets"].as_u64().unwrap() > 120, "{doc}");
    let sql = "SELECT count(*) FROM tweet WHERE referenced_type = 'retweeted' AND text LIKE 'RT @%'";
    let cut = run(here.path(), ["sql", sql, "-o", "json"]).expect(0).json();
    let sql = "SELECT count(*) FROM tweet WHERE referenced_type = 'retweeted'";
    let all = run(here.path(), ["sql", sql, "-o", "json"]).expect(0).json();
    assert!(all["rows"][0][0].as_u64().unwrap() > 20);
    assert!(
        cut["rows"][0][0].as_u64().unwrap() * 5 < all["rows"][0][0].as_u64().unwrap(),
        "most retweets carry the full text of what they repeat: {cut} of {all}"
    );
}
