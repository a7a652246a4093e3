use rusqlite::Connection;
use serde_json::json;

use super::schema;
use crate::error::ErrorKind;
use crate::local::testing::*;
use crate::model::{Label, WindowStatus};
use crate::panels::{Choice, Dialect, Filters, Span, expand, panel};
use crate::pipeline::event::{Silent, Stage};
use crate::pipeline::port::Warehouse;
use crate::pipeline::stages::StageRow;

/// Everything in both tables, as text.
async fn all(world: &World) -> String {
    let tweets = world.query("SELECT * FROM tweet ORDER BY topic, source, model, tweet_id").await;
    let windows = world.query("SELECT * FROM sentiment ORDER BY 1, 2, 3, window_time").await;
    format!("{tweets:?}\n{windows:?}")
}

async fn loaded(run_id: &str, topic: &str, count: u64) -> World {
    let world = World::new();
    let request = world.run(run_id, topic, &posts("a", "2026-01-01T00:00:00Z", count, 60), 7).await;
    world.transform(&request).await.unwrap();
    world.load(run_id).await.unwrap();
    world
}

#[tokio::test]
async fn loading_twice_changes_nothing() {
    let world = loaded("r1", "t", 50).await;
    let once = all(&world).await;
    assert_eq!(world.load("r1").await.unwrap(), (50, 4));
    assert_eq!(all(&world).await, once);
}

#[tokio::test]
async fn two_topics_over_the_same_hours_both_survive() {
    let world = loaded("r1", "topic-a", 50).await;
    let posts = posts("a", "2026-01-01T00:00:00Z", 30, 60);
    let request = world.run("r2", "topic-b", &posts, 7).await;
    world.transform(&request).await.unwrap();
    world.load("r2").await.unwrap();
    world.load("r1").await.unwrap();
    let counts = world.query("SELECT topic, run_id, count(*) FROM tweet GROUP BY 1, 2 ORDER BY 1").await.rows;
    assert_eq!(
        counts,
        [vec![json!("topic-a"), json!("r1"), json!(50)], vec![json!("topic-b"), json!("r2"), json!(30)]]
    );
    let counts = world.query("SELECT topic, count(*) FROM sentiment GROUP BY 1 ORDER BY 1").await.rows;
    assert_eq!(counts, [vec![json!("topic-a"), json!(4)], vec![json!("topic-b"), json!(2)]]);
}

#[tokio::test]
async fn a_later_run_of_the_same_topic_takes_the_shared_rows_over() {
    let world = loaded("r1", "t", 50).await;
    let posts = posts("a", "2026-01-01T00:00:00Z", 20, 60);
    let request = world.run("r2", "t", &posts, 7).await;
    world.transform(&request).await.unwrap();
    world.load("r2").await.unwrap();
    let counts = world.query("SELECT run_id, count(*) FROM tweet GROUP BY 1 ORDER BY 1").await.rows;
    assert_eq!(counts, [vec![json!("r1"), json!(30)], vec![json!("r2"), json!(20)]]);
    assert_eq!(world.value("SELECT count(*) FROM sentiment").await, json!(4));
    // Loaded again, the first run takes them back; then the second has none left to remove.
    world.load("r1").await.unwrap();
    assert_eq!(world.value("SELECT count(*) FROM tweet WHERE run_id = 'r1'").await, json!(50));
    world.load("r2").await.unwrap();
    assert_eq!(world.value("SELECT count(*) FROM tweet").await, json!(50));
}

/// What `tweet_lang` must be: `tweet`, counted.
const COUNTED: &str = "SELECT topic, source, model, run_id,
    strftime('%Y-%m-%dT%H:%M:%S.000000Z', unixepoch(created_at) / 900 * 900, 'unixepoch'), lang, label, count(*)
    FROM tweet GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 1, 2, 3, 4, 5, 6, 7";
const COUNTS: &str = "SELECT topic, source, model, run_id, quarter_hour, lang, label, tweets FROM tweet_lang
    ORDER BY 1, 2, 3, 4, 5, 6, 7";

async fn counts_are_right(world: &World) {
    let counts = world.query(COUNTS).await.rows;
    assert!(counts.len() > 2);
    assert_eq!(counts, world.query(COUNTED).await.rows);
}

#[tokio::test]
async fn tweets_are_counted_by_language_whatever_comes_and_goes() {
    let world = loaded("r1", "t", 120).await;
    counts_are_right(&world).await;
    // The same posts by a later run, at other times: they are taken over, and taken back.
    let request = world.run("r2", "t", &posts("a", "2026-01-01T00:50:00Z", 90, 37), 7).await;
    world.transform(&request).await.unwrap();
    for run in ["r2", "r1", "r1", "r2"] {
        world.load(run).await.unwrap();
        counts_are_right(&world).await;
    }
    world.warehouse().load("r2", MODEL, false, &Silent).await.unwrap();
    counts_are_right(&world).await;
    assert_eq!(world.value("SELECT count(*) FROM tweet_lang WHERE run_id = 'r2'").await, json!(0));
    // By hand, as who forgets a post does it.
    let connection = rusqlite::Connection::open(world.warehouse().path()).unwrap();
    assert_eq!(connection.execute("DELETE FROM tweet_data WHERE row % 3 = 0", []).unwrap(), 10);
    counts_are_right(&world).await;
    let of_run = world.warehouse().of_run("r1").query(COUNTS).await.unwrap();
    assert_eq!(of_run.rows, world.query(COUNTS).await.rows);
}

#[tokio::test]
async fn a_warehouse_of_an_older_version_is_read_as_it_is_and_gets_the_rest_with_the_next_load() {
    let world = loaded("r1", "t", 50).await;
    let now = world.query(COUNTS).await.rows;
    let connection = rusqlite::Connection::open(world.warehouse().path()).unwrap();
    let older = "DROP TRIGGER tweet_taken; DROP VIEW tweet_lang;
         DROP TABLE tweet_lang_data; DROP TABLE run_stage";
    connection.execute_batch(older).unwrap();
    for warehouse in [world.warehouse(), world.warehouse().of_run("r1")] {
        assert_eq!(warehouse.query(COUNTS).await.unwrap().rows, now);
        assert_eq!(warehouse.query("SELECT * FROM run_stage").await.unwrap().rows.len(), 0);
    }
    assert_eq!(world.warehouse().of_run("r2").query(COUNTS).await.unwrap().rows.len(), 0);
    let request = world.run("r2", "u", &posts("b", "2026-01-01T00:50:00Z", 30, 37), 7).await;
    world.transform(&request).await.unwrap();
    world.load("r2").await.unwrap();
    counts_are_right(&world).await;
    assert_eq!(world.value("SELECT sum(tweets) FROM tweet_lang_data").await, json!(80));
}

#[tokio::test]
async fn stages_take_the_place_of_those_that_were_written_before() {
    let world = loaded("r1", "t", 10).await;
    let row = |stage, seconds| StageRow {
        stage,
        finished_at: at("2026-03-01T12:00:00.25Z"),
        seconds,
        cost_usd: 0.5,
    };
    let warehouse = world.warehouse();
    let (both, one) = ([row(Stage::Ingest, 2.0), row(Stage::Score, 1.0)], [row(Stage::Ingest, 3.0)]);
    warehouse.record("r1", MODEL, &both).await.unwrap();
    warehouse.record("r2", MODEL, &both).await.unwrap();
    warehouse.record("r1", MODEL, &one).await.unwrap();
    let all = "SELECT run_id, stage, finished_at, seconds, cost_usd FROM run_stage ORDER BY 1, 2";
    let written = |run, stage, seconds| {
        vec![json!(run), json!(stage), json!("2026-03-01T12:00:00.250000Z"), json!(seconds), json!(0.5)]
    };
    assert_eq!(
        world.query(all).await.rows,
        [written("r1", "ingest", 3.0), written("r2", "ingest", 2.0), written("r2", "score", 1.0)]
    );
    assert_eq!(warehouse.of_run("r2").query(all).await.unwrap().rows.len(), 2);
}

#[tokio::test]
async fn a_redo_with_fewer_posts_removes_the_rows_that_are_gone() {
    let world = loaded("r1", "t", 50).await;
    world.files.remove("runs/r1").unwrap();
    let fewer = posts("a", "2026-01-01T00:00:00Z", 10, 60);
    let mut request = world.run("r1", "t", &fewer, 7).await;
    request.windows.push(facts(window("2026-01-01T06:00:00Z"), WindowStatus::Empty, 0));
    world.transform(&request).await.unwrap();
    assert_eq!(world.load("r1").await.unwrap(), (10, 2));
    assert_eq!(world.value("SELECT count(*) FROM tweet").await, json!(10));
    assert_eq!(world.value("SELECT count(*) FROM sentiment").await, json!(2));
}

#[tokio::test]
async fn aggregate_privacy_leaves_the_posts_out_and_takes_earlier_ones_away() {
    let world = loaded("r1", "t", 50).await;
    let loaded = world.warehouse().load("r1", MODEL, false, &Silent).await.unwrap();
    assert_eq!(loaded, (0, 4));
    assert_eq!(world.value("SELECT count(*) FROM tweet").await, json!(0));
    assert_eq!(world.value("SELECT count(*) FROM sentiment").await, json!(4));
}

#[tokio::test]
async fn a_load_that_fails_or_is_dropped_half_way_leaves_what_was_there() {
    let world = loaded("r1", "t", 50).await;
    let before = all(&world).await;
    world.files.remove("runs/r1").unwrap();
    let posts = posts("b", "2026-02-01T23:00:00Z", 300, 60);
    let request = world.run("r1", "t", &posts, 7).await;
    world.transform_small(&request).await.unwrap();
    // A future that is dropped between two row groups is what Ctrl-C does.
    {
        let warehouse = world.warehouse();
        let mut load = warehouse.load("r1", MODEL, true, &Silent);
        for _ in 0..3 {
            let _ = tokio::time::timeout(std::time::Duration::ZERO, &mut load).await;
        }
    }
    let key = format!("runs/r1/tables/{MODEL}/tweet/dt=2026-02-02/part-0000.parquet");
    let path = world.files.path(&key).unwrap();
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let error = world.load("r1").await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Input, "{error}");
    assert!(error.message.contains("part-0000.parquet"), "{error}");
    assert_eq!(all(&world).await, before);
    std::fs::write(&path, &whole).unwrap();
    world.load("r1").await.unwrap();
    assert_ne!(all(&world).await, before);
}

#[tokio::test]
async fn queries_give_typed_values() {
    let world = loaded("r1", "t", 10).await;
    let got = world
        .query("WITH x(a) AS (VALUES (1)) SELECT a, 2.5, 'ü', NULL, x'00ff', (SELECT verified FROM tweet LIMIT 1) AS v FROM x;")
        .await;
    assert_eq!(got.columns.last().unwrap(), "v");
    assert_eq!(got.rows, [vec![json!(1), json!(2.5), json!("ü"), json!(null), json!("00ff"), json!(1)]]);
    let text = world.value("SELECT text FROM tweet ORDER BY tweet_id LIMIT 1").await;
    assert!(text.as_str().unwrap().contains('🎉'));
    assert_eq!(world.query("PRAGMA table_info(tweet)").await.rows.len(), 22);
    assert_eq!(
        world
            .value("SELECT count(*) FROM sentiment WHERE window_time >= '2026-01-01T00:00:00.000000Z'")
            .await,
        json!(1)
    );
}

#[tokio::test]
async fn nothing_but_reading_is_allowed() {
    let world = loaded("r1", "t", 10).await;
    let warehouse = world.warehouse();
    for sql in [
        "DELETE FROM sentiment",
        "DROP TABLE sentiment",
        "INSERT INTO series (topic, source, model) VALUES ('a', 'b', 'c')",
        "CREATE TEMP TABLE x AS SELECT 1",
        "ATTACH DATABASE '/tmp/other.sqlite' AS o",
        "PRAGMA user_version = 7",
        "PRAGMA journal_mode = DELETE",
        "VACUUM INTO '/tmp/copy.sqlite'",
        "BEGIN",
        "SELECT load_extension('x')",
    ] {
        let error = warehouse.query(sql).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Input, "{sql}: {error}");
    }
    for sql in ["SELECT 1; SELECT 2", "SELECT 1; DROP TABLE sentiment"] {
        let error = warehouse.query(sql).await.unwrap_err();
        assert_eq!(error.message, "one statement at a time", "{sql}: {error}");
    }
    for sql in ["", "  -- nothing", ";"] {
        assert_eq!(warehouse.query(sql).await.unwrap_err().message, "there is no query", "{sql:?}");
    }
    assert!(warehouse.query("SELECT ?1").await.unwrap_err().message.contains("parameters"));
    assert_eq!(world.value("SELECT count(*) FROM tweet").await, json!(10));
}

#[tokio::test]
async fn wrong_sql_is_said_in_sqlites_words() {
    let world = loaded("r1", "t", 10).await;
    let warehouse = world.warehouse();
    for (sql, said) in [
        ("SELECT * FROM tweets", "no such table: tweets"),
        ("SELECT lable FROM tweet", "no such column: lable"),
        ("SELEC 1", "near \"SELEC\": syntax error"),
    ] {
        let error = warehouse.query(sql).await.unwrap_err();
        assert_eq!((error.kind, error.message), (ErrorKind::Input, format!("SQL: {said}")), "{sql}");
        assert_eq!(error.hint.is_some_and(|h| h.contains("perc_tweet_mixed")), said.starts_with("no such"));
    }
    let many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n";
    let error = warehouse.query(many).await.unwrap_err();
    assert_eq!(error.message, "the query gives more than 100000 rows");
}

#[tokio::test]
async fn a_query_that_nobody_waits_for_is_stopped() {
    let world = loaded("r1", "t", 10).await;
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
    let warehouse = world.warehouse();
    let query = warehouse.query(endless);
    // The runtime waits for its blocking threads when the test ends, so an endless query would show.
    assert!(tokio::time::timeout(std::time::Duration::from_millis(100), query).await.is_err());
}

#[tokio::test]
async fn a_warehouse_that_is_absent_locked_damaged_foreign_or_newer_is_said_so() {
    let world = World::new();
    let error = world.warehouse().query("SELECT 1").await.unwrap_err();
    assert!(error.message.starts_with("there is no warehouse"), "{error}");

    let world = loaded("r1", "t", 10).await;
    let path = world.warehouse().path().to_owned();
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(world.value("SELECT count(*) FROM tweet").await, json!(10), "readers do not wait for a load");
    let error = world.load("r1").await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Outside, "{error}");
    assert!(error.message.ends_with("is locked by another process"), "{error}");
    other.execute_batch("ROLLBACK; PRAGMA user_version = 99").unwrap();
    drop(other);
    for error in [world.load("r1").await.unwrap_err(), world.warehouse().query("SELECT 1").await.unwrap_err()]
    {
        assert!(error.message.contains("newer version"), "{error}");
    }

    let world = loaded("r1", "t", 10).await;
    for suffix in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
    }
    let path = world.warehouse().path().to_owned();
    std::fs::write(&path, "this is no database, but long enough to be looked at: ".repeat(100)).unwrap();
    for error in [world.load("r1").await.unwrap_err(), world.warehouse().query("SELECT 1").await.unwrap_err()]
    {
        assert!(error.hint.as_ref().is_some_and(|h| h.contains("--from-stage load")), "{error}");
    }
    std::fs::remove_file(&path).unwrap();
    rusqlite::Connection::open(&path).unwrap().execute_batch("CREATE TABLE x (a)").unwrap();
    let error = world.warehouse().query("SELECT 1").await.unwrap_err();
    assert!(error.message.contains("is not a warehouse of this tool"), "{error}");
    let error = world.load("r1").await.unwrap_err();
    assert!(error.message.contains("is a database of another program"), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_full_disk_is_an_outside_cause() {
    let full = std::path::Path::new("/dev/full");
    if !full.exists() {
        return;
    }
    let error = super::sqlite_error(
        full,
        rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_FULL), None),
    );
    assert_eq!(error.kind, ErrorKind::Outside);
    assert!(error.hint.unwrap().contains("free some space"));
}

/// A panel that shows the surest tweets looks at the sure ones first. It shows what it showed before, whichever they are.
#[tokio::test]
async fn the_surest_tweets_are_found_among_the_sure() {
    let world = World::new();
    let mut posts = posts("a", "2026-01-01T00:00:00Z", 600, 60);
    for (number, (_, score)) in posts.iter_mut().enumerate() {
        // A third of them, and of the mixed ones none.
        if let Some(score) = score.as_mut().filter(|_| number % 3 == 0) {
            let sure = 0.95 + number as f64 / 20_000.0;
            (score.label, score.positive, score.negative) = (Label::Positive, sure, 1.0 - sure);
            (score.neutral, score.mixed) = (0.0, 0.0);
        }
    }
    let request = world.run("r1", "a", &posts, 1000).await;
    world.transform(&request).await.unwrap();
    world.load("r1").await.unwrap();
    let (panel, day) = (
        panel("telling").unwrap(),
        Span { from: at("2026-01-01T00:00:00Z"), to: at("2026-01-02T00:00:00Z") },
    );
    let (warehouse, rows) = (world.warehouse(), panel.surest().unwrap());
    for (label, sure) in [(None, true), (Some("positive"), true), (Some("mixed"), false)] {
        let mut filters = Filters { model: Choice::one(MODEL), ..Filters::default() };
        filters.label = label.map_or(Choice::All, Choice::one);
        let sql = expand(panel.sql, Dialect::Sqlite, &day, &filters).unwrap();
        let found = warehouse.query_surest(&sql, rows).await.unwrap();
        assert_eq!(found, warehouse.query(&sql).await.unwrap(), "{label:?}");
        assert_eq!(
            found.rows.len() == rows && found.rows.iter().all(|row| row[3].as_f64() >= Some(0.95)),
            sure
        );
        let of_none = warehouse.clone().of_run("r2").query_surest(&sql, rows).await.unwrap();
        assert_eq!(of_none.rows.len(), 0);
    }
    // Nothing else is read for it.
    let sql = expand(panel.sql, Dialect::Sqlite, &day, &Filters::default()).unwrap();
    let connection = Connection::open(warehouse.path()).unwrap();
    let sure = format!("CREATE TEMP VIEW tweet AS SELECT * FROM main.tweet WHERE {}", schema::SURE);
    connection.execute_batch(&sure).unwrap();
    let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let steps = plan.query_map([], |row| row.get::<_, String>(3)).unwrap();
    let plan = steps.map(Result::unwrap).collect::<Vec<_>>().join("; ");
    assert!(
        plan.contains("INDEX tweet_sure (series=? AND load=? AND created_at>? AND created_at<?)"),
        "{plan}"
    );
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let probability = words(schema::SURE.trim_end_matches(" >= 0.95"));
    assert!(words(panel.sql).contains(&format!("{probability} AS probability")), "{probability}");
    // A warehouse without the index answers all the same.
    connection.execute_batch("DROP INDEX tweet_sure").unwrap();
    let before = warehouse.query(&sql).await.unwrap();
    assert_eq!(warehouse.query_surest(&sql, rows).await.unwrap(), before);
}
