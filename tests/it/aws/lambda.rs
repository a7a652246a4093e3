//! A run whose packets the stack's function scores: the real function, given to the stream as Lambda gives it, with the
//! very objects that the tool's own consumer writes.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::{Duration, Instant};

use sentistack::stack::caller;
use sentistack::stack::names::Names;
use serde_json::{Value, json};

use super::faults::numbers;
use super::rows::{self, difference};
use super::{ROOT, SETTINGS, scored_badly};
use crate::policy::allowed;
use crate::stack::bed::{ACCOUNT, Bed, bed};
use crate::stack::killed::{Moments, kill_after, number};
use crate::stack::rights;
use crate::support::{self, tree};

const RUN: [&str; 6] = ["pipeline", "run", "--on", "aws", "--transform", "embedded"];
const SAMPLE: [&str; 6] = ["--limit", "300", "--seed", "7", "--window", "2h"];

/// Brings the stack up with the function that scores.
#[track_caller]
fn up(bed: &Bed, function: &str) {
    bed.settings(&format!("{SETTINGS}score: {{on: lambda}}\n"));
    bed.json(0, &["stack", "up", "--yes", "--function", function]);
}

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&RUN[..], more].concat()
}

/// The run's objects in the bucket below `part`, by their names there.
#[track_caller]
fn objects(bed: &Bed, run_id: &str, part: &str) -> BTreeMap<String, Vec<u8>> {
    bed.json(0, &["pipeline", "pull", run_id, "--to", "pulled"]);
    let folder = bed.path().join("pulled/runs").join(run_id).join(part);
    tree(&folder)
}

fn tables(bed: &Bed, run: &str) -> [Value; 2] {
    let of = |query| bed.json(0, &["sql", &rows::ordered(query), "--root", ROOT, "--run", run]);
    [of(rows::TWEETS), of(rows::WINDOWS)]
}

/// What the functions called, with the resource that was named.
fn called(bed: &Bed) -> Vec<(String, String)> {
    let calls = bed.get("/calls");
    let calls = calls.as_array().unwrap().iter().filter(|call| call["caller"] == "function");
    let text = |call: &Value, name: &str| call[name].as_str().unwrap_or_default().to_owned();
    calls.map(|call| (text(call, "action"), text(call, "resource"))).collect()
}

/// What Lambda says of packets that the function could not score.
fn left_aside(bed: &Bed) -> Vec<Value> {
    let url = bed.aws("sqs", "get_queue_url", &json!({"QueueName": "sentistack-scorer-failed"}));
    let asked = json!({"QueueUrl": url["QueueUrl"], "MaxNumberOfMessages": 10, "VisibilityTimeout": 0});
    let found = bed.aws("sqs", "receive_message", &asked);
    let messages = found["Messages"].as_array().cloned().unwrap_or_default();
    messages.iter().map(|message| serde_json::from_str(message["Body"].as_str().unwrap()).unwrap()).collect()
}

/// The fault by which the bucket does not take one packet's scores, of whatever run.
fn poison(bed: &Bed, name: &str) {
    let path = format!("sentiments/embedded/{name}");
    bed.faults(&json!([{"service": "s3", "action": "PutObject", "path": path, "error": "AccessDenied"}]));
}

#[test]
fn the_functions_packets_and_tables_are_those_of_the_tools_own_consumer() {
    let (Some(bed), Some(function)) = (bed(), support::function()) else { return };
    bed.settings(SETTINGS);
    bed.json(0, &["stack", "up", "--yes"]);
    let none = bed.run(&with(&["--score-on", "lambda", "--limit", "10"])).expect(2);
    none.says(&["no function that scores", "stack up"]);
    up(&bed, &function);
    let again = bed.json(0, &["stack", "up", "--yes"]);
    assert_eq!(again["status"], "unchanged", "what is deployed stays where no function is named");
    let mappings = bed.aws("lambda", "list_event_source_mappings", &json!({}));
    let mapping = &mappings["EventSourceMappings"][0];
    assert_eq!(
        (
            &mapping["FunctionResponseTypes"],
            &mapping["BisectBatchOnFunctionError"],
            &mapping["StartingPosition"]
        ),
        (&json!(["ReportBatchItemFailures"]), &json!(true), &json!("TRIM_HORIZON"))
    );

    let input = support::recorded("tweets/airline-2015-02.jsonl.gz").map(|path| path.display().to_string());
    let airline: Vec<&str> = match &input {
        Some(input) => vec!["--input", input, "--limit", "600", "--window", "1h"],
        None => vec!["--limit", "600", "--window", "1h"],
    };
    // Posts in several languages, of which all are asked for: the function is told by the packets.
    for posts in [airline, [&SAMPLE[..], &["--lang", "all"]].concat()] {
        bed.delete("/calls");
        let here = bed.json(0, &with(&[&posts[..], &["--score-on", "here"]].concat()));
        assert_eq!(called(&bed), vec![], "what is scored here is none of the function's");
        let here_id = here["run_id"].as_str().unwrap();
        let here_tables = tables(&bed, here_id);
        bed.delete("/calls");
        let there = bed.json(0, &with(&posts));
        let there_id = there["run_id"].as_str().unwrap();
        for field in ["tweets", "windows", "scored", "unscored", "labels"] {
            assert_eq!(here[field], there[field], "{field}");
        }
        assert_eq!(scored_badly(&bed, there_id), Vec::<String>::new());
        let (ours, theirs) = (objects(&bed, here_id, "sentiments"), objects(&bed, there_id, "sentiments"));
        assert!(ours.len() > 2 && ours.len() == objects(&bed, there_id, "staging").len(), "{}", ours.len());
        assert!(ours == theirs, "the packets differ");
        for (ours, theirs) in here_tables.iter().zip(&tables(&bed, there_id)) {
            assert!(!ours["rows"].as_array().unwrap().is_empty());
            assert_eq!(difference(ours, theirs), None);
        }
        let called = called(&bed);
        let may = allowed("ScorerRole");
        assert_eq!(called.len(), theirs.len(), "each packet is put once: {called:?}");
        for (action, object) in &called {
            assert!(may.contains(action), "{action} is not in the function's role");
            assert!(object.contains(&format!("runs/{there_id}/sentiments/embedded/")), "{action} {object}");
        }
    }
    let policy = caller::policy(&Names::new("sentistack", "us-east-1"), ACCOUNT);
    let tool = rights::calls(&bed, "tool");
    // On a machine of the stack, which is given to a stack that has the function, and leaves it as it is.
    let before = bed.json(0, &with(&SAMPLE))["run_id"].as_str().unwrap().to_owned();
    let expected = numbers(&bed, &before);
    let remote = bed.json(0, &with(&[&SAMPLE[..], &["--remote"]].concat()))["run_id"].clone();
    let remote = remote.as_str().unwrap();
    bed.run(&["pipeline", "status", remote, "--on", "aws", "--follow"]).expect(0);
    assert_eq!(numbers(&bed, remote), expected);
    let missing: Vec<_> = tool.iter().filter(|action| !caller::allows(&policy, action)).collect();
    assert!(missing.is_empty(), "called, and not in the policy: {missing:?}");
    bed.json(0, &["stack", "down", "--purge", "--confirm", "sentistack", "--yes"]);
    assert_eq!(bed.left("sentistack"), json!({}));
}

#[test]
fn a_packet_that_cannot_be_scored_is_left_aside_asked_for_again_and_named() {
    let (Some(bed), Some(function)) = (bed(), support::function()) else { return };
    up(&bed, &function);
    let calm = bed.json(0, &with(&SAMPLE));
    let calm_id = calm["run_id"].as_str().unwrap();
    let expected = numbers(&bed, calm_id);
    let packets = objects(&bed, calm_id, "staging");
    let name = packets.keys().nth(packets.len() / 2).unwrap().trim_end_matches(".jsonl").to_owned();

    // For good: all others are scored, this one is named, with the place to look at.
    poison(&bed, &name);
    let mut tool = bed.tool();
    tool.args(with(&SAMPLE))
        .args(["--run-id", "poisoned", "-o", "json"])
        .env("SENTISTACK_SCORE_WAIT", "250s");
    let ended = support::finish(&mut tool).expect(4);
    assert!(ended.stderr.contains("put on the stream again"), "{}", ended.stderr);
    let error = ended.json()["error"].to_string();
    let one_of = format!("has not scored 1 of {} packets", packets.len());
    for word in [&one_of, &name, "/sentistack/sentistack/scorer", "sentistack-scorer-failed", "resume"] {
        assert!(error.contains(word), "{word}: {error}");
    }
    let told = left_aside(&bed);
    assert!(!told.is_empty());
    for each in &told {
        assert_eq!(each["KinesisBatchInfo"]["batchSize"], 1, "it is found among the others: {each}");
        assert_eq!(each["requestContext"]["condition"], "RetryAttemptsExhausted", "{each}");
    }
    bed.calm();
    let resumed = bed.json(0, &["pipeline", "resume", "poisoned", "--on", "aws"]);
    assert_eq!(resumed["labels"], calm["labels"]);
    assert_eq!(numbers(&bed, "poisoned"), expected);
    assert_eq!(scored_badly(&bed, "poisoned"), Vec::<String>::new());

    // For a while: it is asked for again, and the run ends as if nothing had been.
    let before = left_aside(&bed).len();
    poison(&bed, &name);
    let mut tool = bed.tool();
    tool.args(with(&SAMPLE)).args(["--run-id", "mended"]).env("SENTISTACK_SCORE_WAIT", "250s");
    let child = tool.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let began = Instant::now();
    while left_aside(&bed).len() == before {
        assert!(began.elapsed() < Duration::from_secs(30), "nothing was left aside");
        std::thread::sleep(Duration::from_millis(50));
    }
    bed.calm();
    let ended = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{said}");
    assert!(said.contains("put on the stream again"), "{said}");
    assert_eq!(numbers(&bed, "mended"), expected);
}

/// `SENTISTACK_RUN_KILLS` says how often.
#[test]
fn a_run_that_is_killed_while_the_function_scores_is_taken_up() {
    let (Some(bed), Some(function)) = (bed(), support::function()) else { return };
    up(&bed, &function);
    let calm = bed.json(0, &with(&SAMPLE));
    let expected = numbers(&bed, calm["run_id"].as_str().unwrap());
    let mut moments = Moments(number("SENTISTACK_SEED", 7));
    let mut hit = 0;
    for round in 0..number("SENTISTACK_RUN_KILLS", 3) {
        let run_id = format!("killed-{round}");
        let run = with(&[&SAMPLE[..], &["--run-id", &run_id]].concat());
        hit += u64::from(kill_after(&bed, &run, moments.next(2_500)));
        let listed = bed.json(0, &["pipeline", "list", "--on", "aws"])["runs"].clone();
        let begun = listed.as_array().unwrap().iter().any(|known| known["run_id"] == run_id.as_str());
        let resume = ["pipeline", "resume", &run_id, "--on", "aws"];
        bed.json(0, if begun { &resume } else { &run });
        assert_eq!(numbers(&bed, &run_id), expected, "round {round}");
        assert_eq!(scored_badly(&bed, &run_id), Vec::<String>::new(), "round {round}");
    }
    assert!(hit > 0, "no moment struck a run");
}

#[test]
fn what_the_function_cannot_do_is_refused_before_anything_is_written() {
    let at = support::folder();
    let tool = |words: &str| support::run(at.path(), words.split(' '));
    tool("pipeline run --score-on lambda --limit 10").expect(2).says(&[
        "--score-on lambda",
        "Kinesis",
        "--on aws",
    ]);
    tool("pipeline run --on aws --score-on lambda --model vader")
        .expect(2)
        .says(&["model vader", "embedded"]);
    tool("pipeline run --score-on elsewhere").expect(2).says(&["--score-on elsewhere", "here, lambda"]);
    std::fs::write(at.path().join("app.yaml"), "score: {on: lambda}\n").unwrap();
    tool("pipeline run --limit 10 --on local").expect(0);
}
