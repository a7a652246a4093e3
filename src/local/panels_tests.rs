//! The panels' queries over the embedded warehouse: each gives the figures that the table `tweet` gives.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::testing::*;
use crate::layout::RunLayout;
use crate::model::WindowStatus;
use crate::panels::dashboard::dashboards;
use crate::panels::{Choice, Dialect, Filters, Kind, Span, all, expand, panel, variables};
use crate::pipeline::event::{Silent, Stage};
use crate::pipeline::port::{QueryRows, Store, Warehouse};
use crate::pipeline::stages::StageRow;
use crate::wire::write_sentiment_line;

const LABELS: [&str; 4] = ["positive", "negative", "neutral", "mixed"];

fn day() -> Span {
    Span { from: at("2026-01-01T00:00:00Z"), to: at("2026-01-02T00:00:00Z") }
}

/// One model, one length of window; everything else.
fn chosen() -> Filters {
    Filters { model: Choice::one(MODEL), window: Choice::one("900"), ..Filters::default() }
}

/// Two topics over the same hours; one of them scored by a second model; a capped window and an empty one.
async fn world() -> World {
    let world = World::new();
    let first = posts("a", "2026-01-01T00:00:00Z", 200, 60);
    let mut request = world.run("r1", "it's-a", &first, 50).await;
    request.windows[1].status = WindowStatus::Capped;
    request.windows[1].count_available = Some(1000);
    request.windows[1].collapsed = 3;
    request.windows.push(facts(window("2026-01-01T06:00:00Z"), WindowStatus::Empty, 0));
    world.transform(&request).await.unwrap();
    world.load("r1").await.unwrap();
    let second = world.run("r2", "b", &posts("b", "2026-01-01T00:30:00Z", 80, 60), 50).await;
    world.transform(&second).await.unwrap();
    world.load("r2").await.unwrap();
    let layout = RunLayout::new("r1");
    for entry in world.files.list(&layout.sentiments(MODEL)).await.unwrap() {
        let (key, mut lines) = (entry.key, Vec::new());
        for line in std::fs::read_to_string(world.files.path(&key).unwrap()).unwrap().lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            let id = line["tweet_id"].as_str().unwrap();
            let number: u64 = id[1..].parse().unwrap();
            write_sentiment_line(id, Some(&score(number + 3)), &mut lines);
        }
        world.put(&key.replace("/embedded/", "/other/"), lines).await;
    }
    request.model = "other".into();
    world.transform(&request).await.unwrap();
    world.warehouse().load("r1", "other", true, &Silent).await.unwrap();
    world
}

async fn shown(world: &World, name: &str, span: &Span, filters: &Filters) -> QueryRows {
    let panel = panel(name).unwrap();
    let (sql, warehouse) = (expand(panel.sql, Dialect::Sqlite, span, filters).unwrap(), world.warehouse());
    let found = match panel.surest() {
        Some(rows) => warehouse.query_surest(&sql, rows).await,
        None => warehouse.query(&sql).await,
    };
    found.unwrap_or_else(|error| panic!("{name}: {error}\n{sql}"))
}

/// The rows by the names of their columns.
fn named(found: &QueryRows) -> Vec<BTreeMap<&str, &Value>> {
    found.rows.iter().map(|row| found.columns.iter().map(String::as_str).zip(row).collect()).collect()
}

fn close(left: &Value, right: f64) -> bool {
    left.as_f64().is_some_and(|left| (left - right).abs() < 1e-9)
}

/// Counts and sums by label out of `tweet`, of the scored posts where `which` holds.
struct Counted {
    scored: f64,
    labels: [f64; 4],
    sums: [f64; 4],
}

async fn counted(world: &World, which: &str) -> Counted {
    let parts: Vec<String> =
        LABELS.iter().map(|label| format!("total(label = '{label}'), total({label})")).collect();
    let sql = format!("SELECT count(label), {} FROM tweet WHERE {which}", parts.join(", "));
    let row: Vec<f64> = world.query(&sql).await.rows[0].iter().map(|value| value.as_f64().unwrap()).collect();
    let pick = |from: usize| std::array::from_fn(|at| row[from + 2 * at]);
    Counted { scored: row[0], labels: pick(1), sums: pick(2) }
}

#[tokio::test]
async fn what_spans_windows_is_what_the_tweets_say() {
    let world = world().await;
    for (filters, which) in [
        (chosen(), "model = 'embedded'"),
        (Filters { topic: Choice::one("it's-a"), ..chosen() }, "model = 'embedded' AND topic = 'it''s-a'"),
        (Filters { model: Choice::one("other"), ..chosen() }, "model = 'other'"),
        (Filters { run: Choice::one("r2"), ..chosen() }, "model = 'embedded' AND run_id = 'r2'"),
    ] {
        let expected = counted(&world, which).await;
        assert!(expected.scored > 50.0);
        for (at, label) in LABELS.iter().enumerate() {
            let found = shown(&world, &format!("share_{label}"), &day(), &filters).await;
            assert!(close(&found.rows[0][0], expected.labels[at] / expected.scored), "{label} {which}");
        }
        let ring = shown(&world, "average_scores", &day(), &filters).await;
        for (at, value) in ring.rows[0].iter().enumerate() {
            assert!(close(value, expected.sums[at] / expected.scored), "{at} {which}");
        }
        let total = shown(&world, "total", &day(), &filters).await.rows;
        let tweets = world.value(&format!("SELECT count(*) FROM tweet WHERE {which}")).await;
        assert_eq!(total, [vec![tweets.clone()]]);
        let bars = shown(&world, "tweets_by_window", &day(), &filters).await;
        let sum: i64 = bars.rows.iter().map(|row| row[1].as_i64().unwrap()).sum();
        assert_eq!(json!(sum), tweets);
    }
}

#[tokio::test]
async fn each_window_is_what_its_tweets_say() {
    let world = world().await;
    let lines = shown(&world, "timeline", &day(), &chosen()).await;
    let band = shown(&world, "share_over_time", &day(), &chosen()).await;
    assert_eq!((lines.rows.len(), band.rows.len()), (15, 14));
    for (row, band) in lines.rows.iter().zip(named(&band)) {
        let start = row[0].as_str().unwrap();
        let end = (at(start) + jiff::SignedDuration::from_secs(900)).strftime("%Y-%m-%dT%H:%M:%S.%6fZ");
        let which = format!("model = 'embedded' AND created_at >= '{start}' AND created_at < '{end}'");
        let expected = counted(&world, &which).await;
        assert_eq!(band["time"], &row[0]);
        for (at, label) in LABELS.iter().enumerate() {
            assert!(close(&row[at + 1], expected.sums[at] / expected.scored), "{start} {label}");
            let (n, p) = (expected.scored, expected.labels[at] / expected.scored);
            assert!(close(band[label], p));
            // Wilson's interval as it is usually written.
            let z = 1.959_963_984_540_054_f64;
            let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
            let (middle, width) = (p + z * z / (2.0 * n), 1.0 + z * z / n);
            assert!(close(band[&*format!("{label}_low")], (middle - half) / width), "{start} {label}");
            assert!(close(band[&*format!("{label}_high")], (middle + half) / width), "{start} {label}");
        }
    }
    // The empty window: no tweets, no averages, no share.
    assert_eq!(lines.rows[14][1..], vec![Value::Null; 4]);
    let bars = shown(&world, "tweets_by_window", &day(), &chosen()).await;
    assert_eq!(bars.rows[14], [json!("2026-01-01T06:00:00.000000Z"), json!(0)]);
}

#[tokio::test]
async fn tables_show_what_there_is() {
    let world = world().await;
    let telling = shown(&world, "telling", &day(), &chosen()).await;
    assert_eq!(telling.rows.len(), 100);
    let best = world
        .query(
            "SELECT text, max(positive, negative, neutral, mixed) AS p FROM tweet
             WHERE label IS NOT NULL AND model = 'embedded' ORDER BY p DESC LIMIT 100",
        )
        .await;
    for (row, best) in telling.rows.iter().zip(&best.rows) {
        assert_eq!(row[3], best[1]);
    }
    let windows = shown(&world, "windows", &day(), &chosen()).await;
    let said: Vec<_> = named(&windows)
        .iter()
        .map(|row| (row["status"].clone(), row["count_available"].clone(), row["collapsed"].clone()))
        .collect();
    assert_eq!(said, [(json!("capped"), json!(1000), json!(3)), (json!("empty"), Value::Null, json!(0))]);
    let marks = shown(&world, "marks", &day(), &chosen()).await;
    assert_eq!(
        marks.rows,
        [
            vec![json!("2026-01-01T06:00:00.000000Z"), json!("empty"), json!("empty: no tweets")],
            vec![json!("2026-01-01T00:15:00.000000Z"), json!("capped"), json!("capped: 15 of 1000 tweets")]
        ]
    );
    let models = shown(&world, "models", &day(), &chosen()).await;
    let said: Vec<_> =
        named(&models).iter().map(|row| (row["model"].clone(), row["tweets"].clone())).collect();
    assert_eq!(said, [(json!("embedded"), json!(280)), (json!("other"), json!(200))]);
    let expected = counted(&world, "model = 'other'").await;
    for (at, label) in LABELS.iter().enumerate() {
        assert!(close(named(&models)[1][label], expected.labels[at] / expected.scored));
        assert!(close(named(&models)[1][&*format!("average_{label}")], expected.sums[at] / expected.scored));
    }
    let sources = shown(&world, "sources", &day(), &chosen()).await;
    assert_eq!(sources.rows[0][..3], [json!("replay"), json!("batch"), json!(280)]);
    let langs = shown(&world, "langs", &day(), &chosen()).await;
    let said: Vec<_> = langs.rows.iter().map(|row| (row[0].clone(), row[1].clone())).collect();
    assert_eq!(said, [(json!("none"), json!(186)), (json!("en"), json!(94))]);
    let runs = shown(&world, "runs", &day(), &chosen()).await;
    let said: Vec<_> = named(&runs)
        .iter()
        .map(|row| (row["run_id"].clone(), row["model"].clone(), row["windows"].clone()))
        .collect();
    let row = |run, model, windows| (json!(run), json!(model), json!(windows));
    assert_eq!(said, [row("r1", "embedded", 15), row("r1", "other", 15), row("r2", "embedded", 6)]);
    assert_eq!(named(&runs)[0]["seconds"], &Value::Null);
}

#[tokio::test]
async fn what_runs_took_stands_beside_them_and_stage_by_stage() {
    let world = world().await;
    let row = |stage, seconds, cost_usd| StageRow { stage, finished_at: day().to, seconds, cost_usd };
    let stages = [row(Stage::Load, 0.5, 0.0), row(Stage::Ingest, 2.0, 0.75), row(Stage::Score, 1.0, 0.25)];
    world.warehouse().record("r1", MODEL, &stages).await.unwrap();
    world.warehouse().record("r2", MODEL, &stages[..1]).await.unwrap();
    let runs = shown(&world, "runs", &day(), &chosen()).await;
    let took: Vec<_> =
        named(&runs).iter().map(|row| (row["seconds"].clone(), row["cost_usd"].clone())).collect();
    assert_eq!(took, [(json!(3.5), json!(1.0)), (Value::Null, Value::Null), (json!(0.5), json!(0.0))]);
    let said =
        |rows: QueryRows| rows.rows.iter().map(|row| (row[0].clone(), row[2].clone())).collect::<Vec<_>>();
    let each = said(shown(&world, "run_stages", &day(), &chosen()).await);
    let row = |run, stage| (json!(run), json!(stage));
    assert_eq!(each, [row("r2", "load"), row("r1", "ingest"), row("r1", "score"), row("r1", "load")]);
    let one = Filters { topic: Choice::one("b"), ..chosen() };
    assert_eq!(said(shown(&world, "run_stages", &day(), &one).await), [row("r2", "load")]);
}

/// A live run is one that was scored and has no ingest of its own; a second model's scores do not change that.
#[tokio::test]
async fn live_stands_beside_batch_of_the_same_source() {
    let world = world().await;
    let row = |stage| StageRow { stage, finished_at: day().to, seconds: 0.0, cost_usd: 0.0 };
    let batch = [row(Stage::Ingest), row(Stage::Score), row(Stage::Load)];
    world.warehouse().record("r1", MODEL, &batch).await.unwrap();
    world.warehouse().record("r2", MODEL, &batch[1..]).await.unwrap();
    world.warehouse().record("r2", "other", &batch[1..]).await.unwrap();
    let sources = shown(&world, "sources", &day(), &chosen()).await;
    let said: Vec<_> = sources.rows.iter().map(|row| (row[1].clone(), row[2].clone())).collect();
    assert_eq!(said, [(json!("batch"), json!(200)), (json!("live"), json!(80))]);
    let expected = counted(&world, "model = 'embedded' AND run_id = 'r2'").await;
    assert!(close(named(&sources)[1]["positive"], expected.labels[0] / expected.scored));
}

#[tokio::test]
async fn a_window_shows_its_own_tweets_to_the_microsecond() {
    let world = world().await;
    let span = Span { from: at("2026-01-01T00:15:00Z"), to: at("2026-01-01T00:30:00Z") };
    let found = shown(&world, "window_tweets", &span, &chosen()).await;
    assert_eq!(found.rows.len(), 15);
    assert_eq!(found.rows[0][0], json!("2026-01-01T00:15:00.007000Z"));
    let unscored = Filters { label: Choice::one("unscored"), ..chosen() };
    let found = shown(&world, "window_tweets", &span, &unscored).await;
    assert_eq!(found.rows.len(), 2);
    assert_eq!(found.rows[0][2], Value::Null);
    let none = Filters { lang: Choice::Only(vec!["none".into(), "xx".into()]), ..chosen() };
    assert_eq!(shown(&world, "window_tweets", &span, &none).await.rows.len(), 10);
}

#[tokio::test]
async fn a_choice_of_nothing_and_a_hostile_one_show_nothing() {
    let world = world().await;
    for topic in [Choice::Only(Vec::new()), Choice::one("x' OR '1'='1"), Choice::one("$__timeFrom()")] {
        let filters = Filters { topic, ..chosen() };
        for panel in all() {
            let found = shown(&world, panel.name, &day(), &filters).await;
            let empty = found.rows.iter().flatten().all(|value| value.is_null() || *value == json!(0));
            assert!(empty, "{}: {:?}", panel.name, found.rows);
        }
    }
    let later = Span { from: at("2027-01-01T00:00:00Z"), to: at("2027-01-02T00:00:00Z") };
    assert_eq!(shown(&world, "runs", &later, &chosen()).await.rows.len(), 0);
}

#[tokio::test]
async fn filters_offer_what_there_is_and_begin_with_the_default() {
    let world = world().await;
    let mut found = BTreeMap::new();
    for variable in variables() {
        let Some(sql) = variable.sql else { continue };
        let sql = expand(sql, Dialect::Sqlite, &day(), &Filters::default()).unwrap();
        let rows = world.query(&sql).await.rows;
        found.insert(variable.name, rows.into_iter().map(|mut row| row.remove(0)).collect::<Vec<_>>());
    }
    assert_eq!(found["topic"], [json!("it's-a"), json!("b")]);
    assert_eq!(found["model"], [json!("embedded"), json!("other")]);
    assert_eq!(found["run"], [json!("r1"), json!("r2")]);
    assert_eq!(found["window"], [json!("900")]);
    assert_eq!(found["lang"], [json!("none"), json!("en")]);
    assert_eq!(found["source"], [json!("replay")]);
}

#[tokio::test]
async fn times_are_grouped_as_the_plugin_groups_them() {
    let world = World::new();
    let request = world.run("r1", "t", &posts("a", "2026-01-01T00:00:00Z", 5, 60), 5).await;
    world.transform(&request).await.unwrap();
    world.load("r1").await.unwrap();
    for (time, group, epoch) in [
        ("2026-01-01T00:16:01.500000Z", 1_767_226_500, 1_767_226_561.5),
        ("1969-12-31T23:59:59.000000Z", -900, -1.0),
        ("1969-12-31T23:45:00.000000Z", -900, -900.0),
    ] {
        let sql =
            format!("SELECT $__timeGroup('{time}', '15m'), $__timeEpoch('{time}') FROM sentiment LIMIT 1");
        let sql = expand(&sql, Dialect::Sqlite, &day(), &Filters::default()).unwrap();
        let found = world.query(&sql).await;
        assert_eq!((&found.columns[0][..], &found.columns[1][..]), ("time", "time"));
        assert_eq!(found.rows, [vec![json!(group), json!(epoch)]], "{time}");
    }
    let roots = world.query("SELECT sqrt(2), sqrt(9), sqrt(-1), sqrt(NULL), sqrt('x')").await;
    let null = Value::Null;
    assert_eq!(roots.rows, [vec![json!(2f64.sqrt()), json!(3.0), null.clone(), null.clone(), null]]);
}

/// What a dashboard of Grafana's sets for a single column is set for one that the query gives.
#[tokio::test]
async fn settings_of_columns_are_of_columns_that_are_there() {
    let world = world().await;
    let mut met = BTreeSet::new();
    let mut asked = BTreeSet::new();
    for dashboard in dashboards().unwrap() {
        for picture in dashboard.json["panels"].as_array().unwrap() {
            let panel = all().iter().find(|panel| picture["targets"][0]["rawSQL"] == panel.sql).unwrap();
            let columns = shown(&world, panel.name, &day(), &chosen()).await.columns;
            for over in picture["fieldConfig"]["overrides"].as_array().unwrap() {
                if over["matcher"]["id"] != "byName" {
                    continue;
                }
                let name = over["matcher"]["options"].as_str().unwrap().to_owned();
                // Tables share their settings: each is for one of them at least.
                assert!(panel.kind == Kind::Table || columns.contains(&name), "{name}");
                met.extend(columns.contains(&name).then(|| name.clone()));
                asked.insert(name);
                for property in over["properties"].as_array().unwrap() {
                    if property["id"] == "custom.fillBelowTo" {
                        assert!(columns.iter().any(|column| property["value"] == **column), "{property}");
                    }
                }
            }
        }
    }
    assert_eq!(met, asked);
}

/// Tweets one by one are read from the index, load by load; a warehouse of an older version gets it with the next load.
#[tokio::test]
async fn panels_of_tweets_read_the_index() {
    let world = world().await;
    let plan = async |name: &str| {
        let sql = expand(panel(name).unwrap().sql, Dialect::Sqlite, &day(), &chosen()).unwrap();
        let connection = rusqlite::Connection::open(world.warehouse().path()).unwrap();
        let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let steps = plan.query_map([], |row| row.get::<_, String>(3)).unwrap();
        steps.map(Result::unwrap).collect::<Vec<_>>().join("; ")
    };
    let index = "INDEX tweet_time (series=? AND load=? AND created_at>? AND created_at<?)";
    for name in ["telling", "window_tweets"] {
        let plan = plan(name).await;
        assert!(plan.contains(index), "{name}: {plan}");
    }
    // Languages are not counted tweet by tweet.
    let langs = plan("langs").await;
    assert!(!langs.contains("SEARCH t ") && langs.contains("SEARCH c USING PRIMARY KEY"), "{langs}");
    let before = shown(&world, "telling", &day(), &chosen()).await;
    let columns = world.query("PRAGMA table_info(tweet)").await.rows;
    let columns: Vec<String> =
        columns.iter().skip(4).map(|row| format!("t.{}", row[1].as_str().unwrap())).collect();
    let connection = rusqlite::Connection::open(world.warehouse().path()).unwrap();
    connection
        .execute_batch(&format!(
            "DROP INDEX tweet_time; DROP VIEW tweet; CREATE VIEW tweet AS SELECT s.topic, s.source, s.model, l.run_id, {}
             FROM tweet_data t JOIN series s ON s.id = t.series JOIN load l ON l.id = t.load",
            columns.join(", ")
        ))
        .unwrap();
    assert!(!plan("telling").await.contains("tweet_time"));
    assert_eq!(shown(&world, "telling", &day(), &chosen()).await, before);
    world.load("r2").await.unwrap();
    assert!(plan("telling").await.contains(index));
    assert_eq!(shown(&world, "telling", &day(), &chosen()).await, before);
}
