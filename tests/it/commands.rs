//! Small commands, and what the command line looks like.

use crate::support::{folder, lines, run, run_with_stdin};

#[test]
fn help_fits_eighty_columns_and_names_every_command() {
    let here = folder();
    for args in [
        vec!["--help"],
        vec!["pipeline", "--help"],
        vec!["pipeline", "run", "--help"],
        vec!["model", "--help"],
        vec!["sql", "--help"],
    ] {
        let ran = run(here.path(), &args).expect(0);
        for line in ran.stdout.lines() {
            assert!(line.chars().count() <= 80, "{args:?}: {line}");
        }
    }
    run(here.path(), ["--help"]).expect(0).says(&["init", "pipeline", "sql", "model", "completions", "man"]);
    run(here.path(), ["--version"]).expect(0).says(&[env!("CARGO_PKG_VERSION")]);
}

#[test]
fn output_fits_eighty_columns() {
    let here = folder();
    std::fs::write(here.path().join("p.jsonl"), lines(60)).unwrap();
    let ran = run(here.path(), ["pipeline", "run", "--input", "p.jsonl", "--run-id", "short"]).expect(0);
    for line in ran.stdout.lines().chain(ran.stderr.lines()).filter(|line| !line.contains("report ")) {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

#[test]
fn init_writes_settings_that_run_as_they_are() {
    let here = folder();
    run(here.path(), ["init"]).expect(0).says(&["app.yaml", "pipeline run"]);
    run(here.path(), ["pipeline", "run", "--limit", "200", "-q"]).expect(0);
}

#[test]
fn settings_come_from_flags_before_the_environment_before_the_file() {
    let here = folder();
    std::fs::write(here.path().join("app.yaml"), "topic: from-file\nlimit: 100\n").unwrap();
    let topic = |command: &mut std::process::Command| {
        crate::support::finish(command).expect(0).json()["topic"].clone()
    };
    let args = ["pipeline", "run", "-o", "json"];
    assert_eq!(topic(crate::support::tool(here.path()).args(args)), "from-file");
    assert_eq!(
        topic(crate::support::tool(here.path()).args(args).env("SENTISTACK_TOPIC", "from-env")),
        "from-env"
    );
    let flagged = crate::support::tool(here.path())
        .args(args)
        .args(["--topic", "from-flag"])
        .env("SENTISTACK_TOPIC", "from-env")
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&flagged.stdout).contains("from-flag"));
}

#[test]
fn progress_goes_to_stderr_and_ndjson_has_an_event_a_line() {
    let here = folder();
    let ran = run(here.path(), ["pipeline", "run", "--limit", "500", "-o", "ndjson"]).expect(0);
    let events: Vec<serde_json::Value> =
        ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events[0]["event"], "run_started");
    assert_eq!(events.last().unwrap()["status"], "ok");
    let finished: Vec<&str> = events
        .iter()
        .filter(|e| e["event"] == "stage_finished")
        .map(|e| e["stage"].as_str().unwrap())
        .collect();
    assert_eq!(finished, ["ingest", "score", "transform", "load", "report"]);
    let quiet = run(here.path(), ["pipeline", "run", "--limit", "500", "-q"]).expect(0);
    assert_eq!(quiet.stderr, "");
}

#[test]
fn list_and_status_know_the_runs() {
    let here = folder();
    run(here.path(), ["pipeline", "list"]).expect(0).says(&["No runs"]);
    for id in ["one", "two"] {
        run(here.path(), ["pipeline", "run", "--limit", "200", "--run-id", id, "-q"]).expect(0);
    }
    let listed = run(here.path(), ["pipeline", "list", "-o", "json"]).expect(0).json();
    let ids: Vec<&str> =
        listed["runs"].as_array().unwrap().iter().map(|r| r["run_id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["two", "one"], "newest first");
    run(here.path(), ["pipeline", "status"]).expect(0).says(&["two", "finished", "embedded"]);
}

#[test]
fn model_score_reads_arguments_and_lines() {
    let here = folder();
    let doc = run(
        here.path(),
        ["model", "score", "I love this, thank you!", "worst flight ever, never again", "-o", "json"],
    )
    .expect(0)
    .json();
    assert_eq!(doc["results"][0]["label"], "positive");
    assert_eq!(doc["results"][1]["label"], "negative");
    let ran = run_with_stdin(
        here.path(),
        &["model", "score", "--model", "vader", "-o", "json"],
        "great 😍\n\nawful\n".as_bytes(),
    )
    .expect(0);
    assert_eq!(ran.json()["results"].as_array().unwrap().len(), 2);
}

#[test]
fn sql_shows_one_run_alone_when_asked() {
    let here = folder();
    std::fs::write(here.path().join("p.jsonl"), lines(7)).unwrap();
    for (id, topic) in [("a", "tea"), ("b", "coffee")] {
        run(here.path(), ["pipeline", "run", "--input", "p.jsonl", "--run-id", id, "--topic", topic, "-q"])
            .expect(0);
    }
    let count = |extra: &[&str]| {
        let args = ["sql", "SELECT count(*) FROM tweet", "-o", "json"].iter().chain(extra).copied();
        run(here.path(), args).expect(0).json()["rows"][0][0].as_u64().unwrap()
    };
    assert_eq!((count(&[]), count(&["--run", "a"])), (14, 7));
}

#[test]
fn completions_and_man_pages_are_made() {
    let here = folder();
    for shell in ["bash", "zsh", "fish"] {
        run(here.path(), ["completions", shell]).expect(0).says(&["sentistack"]);
    }
    run(here.path(), ["man", "--dir", "man"]).expect(0);
    assert!(here.path().join("man/sentistack-pipeline-run.1").exists());
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let here = folder();
    let mut child = crate::support::tool(here.path())
        .args(["completions", "bash"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(!String::from_utf8_lossy(&output.stderr).contains("panicked"));
    assert_ne!(output.status.code(), Some(101));
}
