//! `live run --source x-stream --local` from end to end: X on loopback, the function in the tool's own process.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::support::{Ran, finish, folder, ran, run, tool, tree};
use crate::x::flow::{self, Act, Behaviour, FlowServer, Reply};
use crate::x::server::{TOKEN, World, generated};

/// `posts` posts of the last minutes.
fn world(posts: usize) -> World {
    let end = Timestamp::now();
    let mut world = generated(end - SignedDuration::from_mins(10), end, (posts / 10 + 1) as u32);
    world.posts.truncate(posts);
    world
}

fn posts(places: std::ops::Range<usize>) -> Vec<Act> {
    places.map(Act::Post).collect()
}

fn command(at: &Path, server: &FlowServer, args: &[&str]) -> Command {
    let mut command = tool(at);
    command.env("SENTISTACK_X_BASE_URL", &server.base_url).env("X_BEARER_TOKEN", TOKEN);
    command.args(["live", "run", "--local", "--source", "x-stream", "--query", "tea OR coffee"]);
    command.args(["--topic", "tea", "-o", "json"]).args(args);
    command
}

fn live(at: &Path, server: &FlowServer, args: &[&str]) -> Ran {
    finish(&mut command(at, server, args))
}

#[test]
fn posts_of_three_connections_are_all_accounted_for() {
    let (at, world) = (folder(), world(300));
    // Two breaks; after each X sends the last posts again.
    let plan = |connecting: &flow::Connecting| match connecting.number {
        0 => Reply::Stream([posts(0..120), vec![Act::Reset]].concat()),
        1 => Reply::Stream([posts(110..200), vec![Act::Send(flow::leaving()), Act::Silence]].concat()),
        _ => Reply::Stream(posts(190..300)),
    };
    let server = FlowServer::start(world, Behaviour::of(plan));
    let ran = live(at.path(), &server, &["--limit", "320", "--max-cost", "10"]).expect(0);
    let document = ran.json();
    assert_eq!(
        (&document["sent"], &document["read"], &document["gaps"]),
        (&json!(300), &json!(320), &json!(2))
    );
    assert_eq!(document["dropped_by"], json!({"duplicate": 20}));
    // What came twice is paid for twice; a retweet brings the post that it repeats.
    let retweets = server.sent().iter().filter(|id| id.ends_with(['4', '9'])).count() as f64;
    let estimated = document["cost"]["estimated"].as_f64().unwrap();
    assert!((estimated - (320.0 + retweets) * 0.005).abs() < 1e-6, "{document}");
    assert!(ran.stderr.contains("costs $0.005 to $0.015"), "{}", ran.stderr);
    assert_eq!((server.connects(), server.rules(), server.most_open()), (3, vec![], 1));
    assert_eq!(server.asked_rules()[1]["add"][0]["value"], "(tea OR coffee) lang:en");

    let verified = run(at.path(), ["live", "verify", "-o", "json"]).expect(0).json();
    for (field, expected) in [("sent", 300), ("delivered", 300), ("missing", 0), ("failed", 0), ("twice", 0)]
    {
        assert_eq!(verified[field], expected, "{field}: {verified}");
    }
    let loaded = run(at.path(), ["live", "load", "-o", "json"]).expect(0).json();
    assert_eq!((&loaded["tweets"], &loaded["labels"]), (&json!(300), &verified["labels"]));
    let rows =
        run(at.path(), ["sql", "select tweet_id, source, text from tweet", "-o", "json"]).expect(0).json();
    let rows = rows["rows"].as_array().unwrap();
    let found: BTreeSet<&str> = rows.iter().map(|row| row[0].as_str().unwrap()).collect();
    let sent = server.sent();
    assert_eq!(found, sent.iter().map(String::as_str).collect());
    assert!(rows.iter().all(|row| row[1] == "x-stream"));
    for (name, bytes) in tree(&at.path().join("sentistack-data")) {
        assert!(!String::from_utf8_lossy(&bytes).contains(TOKEN), "the token stands in {name}");
    }
}

#[test]
fn what_it_may_cost_ends_it_and_is_said() {
    let (at, world) = (folder(), world(200));
    let server = FlowServer::start(world, Behaviour::of(|_| Reply::Stream(posts(0..200))));
    std::fs::write(at.path().join("app.yaml"), "x: {expand: none}\nmax_cost: 100\n").unwrap();
    let document = live(at.path(), &server, &["--max-cost", "0.25"]).expect(0).json();
    assert_eq!(document["sent"], json!(50));
    assert!(document["cost"]["estimated"].as_f64().unwrap() >= 0.25, "{document}");
    assert_eq!(run(at.path(), ["live", "verify", "-o", "json"]).expect(0).json()["delivered"], 50);
    let too_little = live(at.path(), &server, &["--max-cost", "0.004"]).expect(5);
    too_little.says(&["one post of X's stream may cost $0.005", "--max-cost"]);
    assert_eq!((server.connects(), server.rules()), (1, vec![]));
}

#[test]
fn time_and_ctrl_c_end_it_in_order() {
    let (at, world) = (folder(), world(40));
    let server = FlowServer::start(world, Behaviour::of(|_| Reply::Stream(posts(0..40))));
    let timed = live(at.path(), &server, &["--duration", "4s"]).expect(0).json();
    assert_eq!((&timed["sent"], &timed["gaps"]), (&json!(40), &json!(0)));
    assert_eq!(server.rules(), vec![]);

    let mut child = command(at.path(), &server, &["--run-id", "stopped"]);
    let child = child.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while server.sent().len() < 80 {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(server.rules().len(), 1);
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let stopped = ran(child.wait_with_output().unwrap()).expect(0).json();
    assert_eq!((&stopped["sent"], server.rules()), (&json!(40), vec![]));
}

#[test]
fn what_a_killed_run_left_is_found_again() {
    let (at, world) = (folder(), world(10));
    let server = FlowServer::start(world, Behaviour::of(|_| Reply::Stream(posts(0..10))));
    let mut child =
        command(at.path(), &server, &["--run-id", "killed"]).stdout(Stdio::null()).spawn().unwrap();
    while server.sent().len() < 10 {
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(server.rules().len(), 1, "a kill leaves the rule");
    live(at.path(), &server, &["--limit", "10"]).expect(0).says(&["is taken over"]);
    assert_eq!(server.rules(), vec![]);
}

#[test]
fn what_is_refused_is_one_clear_line_with_its_exit_code() {
    let (at, world) = (folder(), world(1));
    let server = FlowServer::start(
        world,
        Behaviour::of(|_| {
            Reply::Status(403, vec![], json!({"title": "Client Forbidden", "detail": "Not enrolled."}))
        }),
    );
    let long = "tea ".repeat(600);
    for (args, code, says) in [
        (vec!["--query", "tea ("], 2, "X rejects the rule: missing ')'"),
        (vec!["--query", long.as_str()], 2, "is too long for x-stream"),
        (vec!["--query", " "], 2, "x-stream needs a query"),
        (vec![], 4, "X refuses this app: Client Forbidden: Not enrolled."),
    ] {
        let mut command = tool(at.path());
        command.env("SENTISTACK_X_BASE_URL", &server.base_url).env("X_BEARER_TOKEN", TOKEN);
        command.args(["live", "run", "--local", "--source", "x-stream"]).args(&args);
        if args.is_empty() {
            command.args(["--query", "tea"]);
        }
        finish(&mut command).expect(code).says(&[says]);
        assert_eq!(server.rules(), vec![]);
    }
    let mut without = tool(at.path());
    without.args(["live", "run", "--local", "--source", "x-stream", "--query", "tea"]);
    finish(&mut without).expect(4).says(&["the environment variable X_BEARER_TOKEN is not set"]);
    std::fs::write(at.path().join("app.yaml"), "start: 2026-01-01\n").unwrap();
    live(at.path(), &server, &[]).expect(2).says(&["is not for x-stream", "pipeline run --source x-search"]);
    let pipeline = run(at.path(), ["pipeline", "run", "--source", "x-stream", "--query", "tea"]).expect(2);
    pipeline.says(&["start"]);
    std::fs::remove_file(at.path().join("app.yaml")).unwrap();
    let pipeline = run(at.path(), ["pipeline", "run", "--source", "x-stream", "--query", "tea"]).expect(2);
    pipeline.says(&["pipeline run does not read x-stream", "live run --source x-stream"]);
}
