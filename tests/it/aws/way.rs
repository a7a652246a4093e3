//! The whole way: a stack, a run from X's API, Spark and Redshift, the stack gone, and the results still there.

use super::rows::{self, difference};
use super::{ROOT, has_spark, scored_badly, up};
use crate::stack::bed::{Bed, bed};
use crate::stack::killed::number;
use crate::support::{Ran, finish};
use crate::x::server::{Behaviour, TOKEN, World, XServer, generated};
use crate::x::{recorded, span};

type Span = (jiff::Timestamp, jiff::Timestamp);

/// Searches X with flags of one's own.
fn search(bed: &Bed, server: &XServer, (start, end): Span, flags: &[&str]) -> Ran {
    let mut tool = bed.tool();
    tool.env("SENTISTACK_X_BASE_URL", &server.base_url).env("X_BEARER_TOKEN", TOKEN);
    tool.args([
        "pipeline",
        "run",
        "--source",
        "x-search",
        "--query",
        "tea",
        "--max-cost",
        "1000",
        "-o",
        "json",
    ]);
    tool.args(["--start", &start.to_string(), "--end", &end.to_string()]).args(flags);
    finish(&mut tool)
}

/// What X has: recorded posts, or where they are not there, some that are made up. `SENTISTACK_WAY_POSTS` says how
/// many; `cargo xtask campaign` asks for all.
fn posts() -> (World, Span) {
    let most = usize::try_from(number("SENTISTACK_WAY_POSTS", 450)).unwrap();
    recorded::world(most).unwrap_or_else(|| {
        let (start, end) = span();
        (generated(start, end, 3), (start, end))
    })
}

#[track_caller]
fn sql(bed: &Bed, query: &str, flags: &[&str]) -> serde_json::Value {
    let mut args = vec!["sql", query];
    args.extend(flags);
    bed.json(0, &args)
}

const STAGES: [&str; 5] = ["ingest", "load", "report", "score", "transform"];

/// What a run's stages cost, as the warehouse has it.
fn stages(bed: &Bed, run_id: &str, place: &[&str]) -> Vec<(String, f64)> {
    let query = format!("select stage, cost_usd from run_stage where run_id = '{run_id}' order by stage");
    let found = sql(bed, &query, place);
    let row = |row: &serde_json::Value| (row[0].as_str().unwrap().to_owned(), row[1].as_f64().unwrap());
    found["rows"].as_array().unwrap().iter().map(row).collect()
}

#[test]
fn from_x_through_kinesis_spark_and_redshift_the_tables_are_those_of_the_embedded_engine() {
    if !has_spark() {
        return;
    }
    let Some(bed) = bed() else { return };
    up(&bed);
    let (world, span) = posts();

    let server = XServer::start(world.clone(), Behaviour::default());
    let here = search(&bed, &server, span, &["--root", "here"]).expect(0).json();
    let server = XServer::start(world, Behaviour::default());
    let there = search(&bed, &server, span, &["--on", "aws"]).expect(0).json();
    assert_eq!(server.sold_twice(), vec![]);
    for field in ["tweets", "windows", "scored", "unscored", "labels", "dropped_by"] {
        assert_eq!(here[field], there[field], "{field}");
    }
    let run_id = there["run_id"].as_str().unwrap();
    assert!(there["run_dir"].as_str().unwrap().starts_with(ROOT), "{}", there["run_dir"]);
    assert_eq!(scored_badly(&bed, run_id), Vec::<String>::new());

    for query in [rows::TWEETS, rows::WINDOWS] {
        let embedded = sql(&bed, &rows::ordered(query), &["--root", "here"]);
        assert!(!embedded["rows"].as_array().unwrap().is_empty());
        let redshift = sql(&bed, &rows::of_redshift(query), &["--on", "aws"]);
        assert_eq!(difference(&embedded, &redshift), None, "Redshift, {query}");
        let spark = sql(&bed, &rows::ordered(query), &["--root", ROOT]);
        assert_eq!(difference(&embedded, &spark), None, "Spark's tables, {query}");
    }
    let counts = "select lang, label, cast(sum(tweets) as bigint) from tweet_lang group by 1, 2 order by coalesce(lang, ''), coalesce(label, '')";
    let embedded = sql(&bed, counts, &["--root", "here"]);
    assert_eq!(difference(&embedded, &sql(&bed, counts, &["--on", "aws"])), None, "{counts}");
    for place in [["--on", "aws"], ["--root", ROOT]] {
        let took = stages(&bed, run_id, &place);
        assert_eq!(took.iter().map(|(stage, _)| &**stage).collect::<Vec<_>>(), STAGES, "{place:?}");
        assert!(
            (took[0].1 - there["cost"]["estimated"].as_f64().unwrap()).abs() < 1e-6,
            "{place:?}: {took:?}"
        );
        assert_eq!(took[1..].iter().map(|(_, cost)| cost).sum::<f64>(), 0.0, "{place:?}: {took:?}");
    }

    bed.json(0, &["stack", "down", "--yes"]);
    let query = rows::ordered(rows::WINDOWS);
    let embedded = sql(&bed, &query, &["--root", "here"]);
    let after = sql(&bed, &query, &["--root", ROOT, "--run", run_id]);
    assert_eq!(difference(&embedded, &after), None, "after the stack is down");
    bed.run(&["sql", "drop table tweet", "--root", ROOT]).expect(1);

    bed.run(&["sql", "select 1 from tweet", "--on", "aws"]).expect(0);

    // A new stack is filled from the run that is there.
    up(&bed);
    let again = bed.json(0, &["pipeline", "run", "--on", "aws", "--run-id", run_id, "--from-stage", "load"]);
    assert_eq!(again["tweets"], there["tweets"]);
    let redshift = sql(&bed, &rows::of_redshift(rows::WINDOWS), &["--on", "aws"]);
    assert_eq!(difference(&embedded, &redshift), None, "in the new stack");
    bed.run(&["sql", "drop table tweet", "--on", "aws"])
        .expect(2)
        .says(&["DROP is no statement that only reads"]);
}

#[test]
fn the_serverless_way_gives_the_same_tables_of_what_comprehend_says() {
    if !has_spark() {
        return;
    }
    let Some(bed) = bed() else { return };
    bed.settings(
        "stack: {grafana: false, alarms: false, cloudwatch_dashboard: false, spark: serverless, \
         redshift: serverless, stream_mode: on-demand}\nprivacy: keep\n\
         transform: emr-serverless\nwarehouse: redshift-serverless\nstream: kinesis\n",
    );
    bed.json(0, &["stack", "up", "--yes", "--max-cost", "50"]);
    let run = ["pipeline", "run", "--limit", "150", "--seed", "3", "--model", "comprehend"];
    let local = ["--on", "local", "--root", "here", "--stream", "memory", "--transform", "embedded"];
    let here = bed.json(0, &[&run[..], &local, &["--warehouse", "sqlite"]].concat());
    let there = bed.json(0, &run);
    assert_eq!(here["labels"], there["labels"]);
    let cost = &there["cost"];
    let (billed, reckoned) = (cost["measured"].as_f64().unwrap(), cost["estimated"].as_f64().unwrap());
    assert!(billed > 0.0 && reckoned > 0.0, "{cost}");
    let took = stages(&bed, there["run_id"].as_str().unwrap(), &["--on", "aws"]);
    assert_eq!(took.iter().map(|(stage, _)| &**stage).collect::<Vec<_>>(), STAGES);
    assert!((took[4].1 - billed).abs() < 1e-6 && (took[3].1 - reckoned).abs() < 1e-6, "{took:?}");
    for query in [rows::TWEETS, rows::WINDOWS] {
        let embedded = sql(&bed, &rows::ordered(query), &["--root", "here"]);
        let redshift = sql(&bed, &rows::of_redshift(query), &["--on", "aws"]);
        assert_eq!(difference(&embedded, &redshift), None, "{query}");
    }
}
