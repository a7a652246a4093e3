//! The data contract, end to end: hand-made packets through transform into tables, read back by every reader,
//! and compared with figures computed the short way.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use parquet::basic::{ConvertedType, Type as Physical};
use parquet::file::reader::{FileReader, SerializedFileReader};
use serde_json::{Value, json};

use super::schema::{Kind, SENTIMENT, TWEET, Table};
use super::testing::*;
use crate::config::settings::TableFormat;
use crate::model::{Score, Window, WindowStatus};
use crate::pipeline::event::{Event, Events, Stage};
use crate::pipeline::merge::{LABELS, push_micros};
use crate::pipeline::port::{Store, Tables, Transform};

fn time(micros: i64) -> String {
    let mut text = String::new();
    push_micros(micros, &mut text);
    text
}

/// The tweet rows of a run as the warehouse shows them, from the posts themselves.
fn expected_tweets(run_id: &str, topic: &str, posts: &[Scored]) -> Vec<Vec<Value>> {
    let mut rows: Vec<_> = posts
        .iter()
        .map(|(p, s)| {
            vec![
                json!(topic),
                json!("replay"),
                json!(MODEL),
                json!(run_id),
                json!(p.tweet_id),
                json!(time(p.created_at.as_microsecond())),
                json!(p.author_id),
                json!(p.username),
                json!(p.name),
                json!(p.location),
                json!(p.verified.map(i32::from)),
                json!(p.lang),
                json!(p.referenced_tweet_id),
                json!(p.referenced_type.map(|k| k.as_str())),
                json!(p.post_url),
                json!(p.text),
                json!(0),
                json!(s.map(|s| s.label.as_str())),
                json!(s.map(|s| s.positive)),
                json!(s.map(|s| s.negative)),
                json!(s.map(|s| s.neutral)),
                json!(s.map(|s| s.mixed)),
            ]
        })
        .collect();
    rows.sort_by_key(|row| row[4].to_string());
    rows
}

/// count_tweets, unscored, counts, sums, averages, shares of each window, computed the short way.
fn expected_windows(posts: &[Scored]) -> BTreeMap<Window, (usize, usize, [usize; 4], [f64; 4])> {
    let mut windows: BTreeMap<Window, Vec<Option<Score>>> = BTreeMap::new();
    for (post, score) in posts {
        windows.entry(Window::of(post.created_at, SECONDS)).or_default().push(*score);
    }
    windows
        .into_iter()
        .map(|(window, scores)| {
            let scored: Vec<Score> = scores.iter().flatten().copied().collect();
            let sum = |f: fn(&Score) -> f64| scored.iter().map(f).sum::<f64>();
            let counts = LABELS.map(|label| scored.iter().filter(|s| s.label == label).count());
            let sums = [sum(|s| s.positive), sum(|s| s.negative), sum(|s| s.neutral), sum(|s| s.mixed)];
            (window, (scores.len(), scores.len() - scored.len(), counts, sums))
        })
        .collect()
}

fn close(got: &Value, expected: f64) {
    let got = got.as_f64().unwrap();
    assert!((got - expected).abs() <= 1e-9, "{got} instead of {expected}");
}

async fn check_run(world: &World, run_id: &str, topic: &str, posts: &[Scored], empty: &[Window]) {
    let tweets =
        world.query(&format!("SELECT * FROM tweet WHERE run_id = '{run_id}' ORDER BY tweet_id")).await;
    assert_eq!(tweets.columns, TWEET.columns.iter().map(|c| c.name).collect::<Vec<_>>());
    assert_eq!(tweets.rows, expected_tweets(run_id, topic, posts));
    let got =
        world.query(&format!("SELECT * FROM sentiment WHERE run_id = '{run_id}' ORDER BY window_time")).await;
    assert_eq!(got.columns, SENTIMENT.columns.iter().map(|c| c.name).collect::<Vec<_>>());
    let mut expected = expected_windows(posts);
    for window in empty {
        expected.insert(*window, (0, 0, [0; 4], [0.0; 4]));
    }
    assert_eq!(got.rows.len(), expected.len());
    for (row, (window, (count, unscored, counts, sums))) in got.rows.iter().zip(expected) {
        assert_eq!(row[..4], [json!(topic), json!("replay"), json!(MODEL), json!(run_id)]);
        assert_eq!(row[4], json!(time(window.micros())));
        assert_eq!((&row[5], &row[7], &row[8]), (&json!(SECONDS), &json!(count), &json!(unscored)));
        assert_eq!(row[6], json!(if count == 0 { "empty" } else { "complete" }));
        let scored = (count - unscored) as f64;
        for i in 0..4 {
            assert_eq!(row[11 + i], json!(counts[i]));
            close(&row[15 + i], sums[i]);
            if scored == 0.0 {
                assert_eq!((&row[19 + i], &row[23 + i]), (&Value::Null, &Value::Null));
            } else {
                close(&row[19 + i], sums[i] / scored);
                close(&row[23 + i], counts[i] as f64 / scored);
            }
        }
    }
}

#[tokio::test]
async fn tables_hold_what_was_staged_and_scored_in_both_formats() {
    for format in [TableFormat::Parquet, TableFormat::Csv] {
        let world = World::new();
        // Three days, so three partitions; several packets a window.
        let posts = posts("a", "2026-02-27T23:00:00Z", 600, 240);
        let mut request = world.run("r1", "topic-a", &posts, 2).await;
        request.format = format;
        // A planned window without posts, and one that holds a post that nobody scored.
        let gap = window("2026-03-03T00:00:00Z");
        request.windows.push(facts(gap, WindowStatus::Empty, 0));
        let counts = world.transform(&request).await.unwrap();
        assert_eq!((counts.tweets, counts.unscored, counts.scored), (600, 60, 540));
        assert_eq!(counts.labels.iter().sum::<u64>(), 540);
        assert_eq!(counts.windows as usize, request.windows.len());
        assert_eq!(world.load("r1").await.unwrap(), (600, counts.windows));
        check_run(&world, "r1", "topic-a", &posts, &[gap]).await;
        for key in &counts.files {
            assert!(world.files.get(key).await.unwrap().is_some(), "{key}");
        }
        let extension = if format == TableFormat::Csv { "csv" } else { "parquet" };
        assert!(
            counts
                .files
                .contains(&format!("runs/r1/tables/{MODEL}/tweet/dt=2026-02-27/part-0000.{extension}"))
        );
        assert!(
            counts
                .files
                .contains(&format!("runs/r1/tables/{MODEL}/sentiment/dt=2026-03-03/part-0000.{extension}"))
        );
    }
}

#[tokio::test]
async fn a_window_without_scored_posts_has_null_averages() {
    let world = World::new();
    let posts = vec![
        (post("1", "2026-01-01T00:00:00Z", "日本"), None),
        (post("2", "2026-01-01T00:14:59.999999Z", ""), None),
    ];
    let request = world.run("r1", "t", &posts, 10).await;
    assert_eq!(world.transform(&request).await.unwrap().unscored, 2);
    world.load("r1").await.unwrap();
    check_run(&world, "r1", "t", &posts, &[]).await;
    let rows = world.tables().windows("r1", MODEL).await.unwrap();
    assert_eq!((rows[0].avg, rows[0].unscored, rows[0].tweets), (None, 2, 2));
}

#[tokio::test]
async fn two_runs_give_the_same_bytes_and_no_file_of_an_older_one_stays() {
    let world = World::new();
    let posts = posts("a", "2026-01-01T00:00:00Z", 400, 500);
    let request = world.run("r1", "t", &posts, 3).await;
    let first = world.transform_small(&request).await.unwrap();
    assert!(first.files.iter().any(|key| key.ends_with("part-0001.parquet")), "{:?}", first.files);
    let mut bytes = Vec::new();
    for key in &first.files {
        bytes.push(world.files.get(key).await.unwrap().unwrap());
    }
    world
        .put(&format!("runs/r1/tables/{MODEL}/tweet/dt=1999-01-01/part-0000.parquet"), b"old".to_vec())
        .await;
    let second = world.transform_small(&request).await.unwrap();
    assert_eq!(first, second);
    for (key, expected) in second.files.iter().zip(bytes) {
        assert_eq!(world.files.get(key).await.unwrap().unwrap(), expected, "{key}");
    }
    let on_disk: Vec<_> =
        world.files.list("runs/r1/tables").await.unwrap().into_iter().map(|e| e.key).collect();
    let mut listed = second.files.clone();
    listed.sort();
    assert_eq!(on_disk, listed);
    world.load("r1").await.unwrap();
    check_run(&world, "r1", "t", &posts, &[]).await;
}

#[tokio::test]
async fn values_that_are_too_long_are_cut_between_characters_and_counted() {
    let world = World::new();
    let mut long = post("1", "2026-01-01T00:00:00Z", &"é".repeat(40_000));
    long.name = Some("n".repeat(1025));
    long.lang = Some("x".repeat(16));
    let exact = post("2", "2026-01-01T00:00:01Z", &"a".repeat(65_535));
    let request = world.run("r1", "t", &[(long, None), (exact, Some(score(1)))], 10).await;
    assert_eq!(world.transform(&request).await.unwrap().truncated, 2);
    world.load("r1").await.unwrap();
    let sql = "SELECT tweet_id, length(CAST(text AS BLOB)), text_truncated, length(name), lang FROM tweet ORDER BY 1";
    let rows = world.query(sql).await.rows;
    assert_eq!(rows[0], [json!("1"), json!(65_534), json!(1), json!(1024), json!("x".repeat(16))]);
    assert_eq!(rows[1], [json!("2"), json!(65_535), json!(0), Value::Null, Value::Null]);
}

fn check_footer(world: &World, key: &str, table: &Table) {
    let file = std::fs::File::open(world.files.path(key).unwrap()).unwrap();
    let reader = SerializedFileReader::new(file).unwrap();
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    assert_eq!(schema.num_columns(), table.columns.len());
    for (at, column) in table.columns.iter().enumerate() {
        let got = schema.column(at);
        let (physical, converted) = match column.kind {
            Kind::Text { .. } => (Physical::BYTE_ARRAY, ConvertedType::UTF8),
            Kind::Timestamp => (Physical::INT64, ConvertedType::TIMESTAMP_MICROS),
            Kind::Double => (Physical::DOUBLE, ConvertedType::NONE),
            Kind::Long => (Physical::INT64, ConvertedType::NONE),
            Kind::Int => (Physical::INT32, ConvertedType::NONE),
            Kind::Bool => (Physical::BOOLEAN, ConvertedType::NONE),
        };
        assert_eq!(got.name(), column.name);
        assert_eq!((got.physical_type(), got.converted_type()), (physical, converted), "{}", column.name);
        assert_eq!(got.max_def_level() == 1, column.nullable, "{}", column.name);
        let chunk = reader.metadata().row_group(0).column(at).compression();
        assert_eq!(chunk, parquet::basic::Compression::SNAPPY);
    }
}

#[tokio::test]
async fn footers_carry_the_physical_types_that_redshift_needs() {
    let world = World::new();
    let request = world.run("r1", "t", &posts("a", "2026-01-01T00:00:00Z", 30, 60), 5).await;
    for key in world.transform(&request).await.unwrap().files {
        check_footer(&world, &key, if key.contains("/tweet/") { &TWEET } else { &SENTIMENT });
    }
}

#[test]
fn the_columns_are_those_of_the_contract() {
    let names = |table: &Table| table.columns.iter().map(|c| c.name).collect::<Vec<_>>().join(" ");
    assert_eq!(
        names(&TWEET),
        "topic source model run_id tweet_id created_at author_id username name location verified lang \
         referenced_tweet_id referenced_type post_url text text_truncated label positive negative neutral mixed"
    );
    assert_eq!(
        names(&SENTIMENT),
        "topic source model run_id window_time window_seconds status count_tweets unscored collapsed count_available \
         count_positive count_negative count_neutral count_mixed sum_positive sum_negative sum_neutral sum_mixed \
         avg_positive avg_negative avg_neutral avg_mixed perc_tweet_positive perc_tweet_negative perc_tweet_neutral \
         perc_tweet_mixed fetched_at"
    );
}

#[tokio::test]
async fn what_is_missing_or_astray_is_named() {
    let world = World::new();
    let posts = posts("a", "2026-01-01T00:00:00Z", 20, 60);
    let request = world.run("r1", "t", &posts, 4).await;
    let key = format!("runs/r1/sentiments/{MODEL}/20260101T000000Z/000002.jsonl");
    let whole = world.files.get(&key).await.unwrap().unwrap();

    std::fs::remove_file(world.files.path(&key).unwrap()).unwrap();
    let error = world.transform(&request).await.unwrap_err();
    assert_eq!(error.message, "packet 20260101T000000Z/000002 has no sentiment");
    assert_eq!(error.resource.as_deref(), Some(&*key));

    let lines = whole.len() - 3 - whole.iter().rev().skip(1).position(|b| *b == b'\n').unwrap();
    world
        .put(
            &key,
            whole[..=lines + 2]
                .iter()
                .rev()
                .skip_while(|b| **b != b'\n')
                .copied()
                .collect::<Vec<_>>()
                .into_iter()
                .rev()
                .collect(),
        )
        .await;
    let error = world.transform(&request).await.unwrap_err();
    assert!(error.causes[0].starts_with("no sentiment for post a00000"), "{error}");

    world.put(&key, whole[..whole.len() - 20].to_vec()).await;
    let error = world.transform(&request).await.unwrap_err();
    assert!(error.causes[0].contains("sentiment packet: line"), "{error}");
    assert!(world.files.list("runs/r1/tables").await.unwrap().is_empty(), "nothing half-written is left");

    world.put(&key, whole).await;
    let mut fewer = request.clone();
    fewer.windows.pop();
    let error = world.transform(&fewer).await.unwrap_err();
    assert!(error.message.contains("20260101T001500Z"), "{error}");
    let mut other = request.clone();
    other.window_seconds = 60;
    let error = world.transform(&other).await.unwrap_err();
    assert!(error.message.contains("is of another window"), "{error}");
    world.transform(&request).await.unwrap();
}

#[tokio::test]
async fn packets_may_be_gzipped() {
    use std::io::Write as _;
    let world = World::new();
    let posts = posts("a", "2026-01-01T00:00:00Z", 12, 60);
    let request = world.run("r1", "t", &posts, 5).await;
    for entry in world.files.list("runs/r1").await.unwrap() {
        let body = world.files.get(&entry.key).await.unwrap().unwrap();
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(&body).unwrap();
        world.put(&format!("{}.gz", entry.key), packed.finish().unwrap()).await;
        std::fs::remove_file(world.files.path(&entry.key).unwrap()).unwrap();
    }
    world.transform(&request).await.unwrap();
    world.load("r1").await.unwrap();
    check_run(&world, "r1", "t", &posts, &[]).await;
}

#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<Event>>>);

impl Events for Seen {
    fn emit(&self, event: Event) {
        self.0.lock().unwrap().push(event);
    }
}

#[tokio::test]
async fn progress_counts_windows() {
    let world = World::new();
    let request = world.run("r1", "t", &posts("a", "2026-01-01T00:00:00Z", 40, 60), 5).await;
    let seen = Seen::default();
    world.transformer().transform(&request, &crate::pipeline::port::Unsubmitted, &seen).await.unwrap();
    let expected: Vec<_> =
        (1..=3).map(|done| Event::Progress { stage: Stage::Transform, done, total: Some(3) }).collect();
    assert_eq!(*seen.0.lock().unwrap(), expected);
}

#[tokio::test]
async fn the_report_reads_windows_and_a_spread_of_texts() {
    for small in [false, true] {
        let world = World::new();
        let posts = posts("a", "2026-01-01T00:00:00Z", 500, 300);
        let request = world.run("r1", "t", &posts, 4).await;
        if small { world.transform_small(&request).await } else { world.transform(&request).await }.unwrap();
        let tables = world.tables();
        let rows = tables.windows("r1", MODEL).await.unwrap();
        assert!(rows.windows(2).all(|w| w[0].window < w[1].window));
        assert_eq!(rows.iter().map(|row| row.tweets).sum::<u64>(), 500);
        let scored: Vec<_> = posts.iter().filter_map(|(p, s)| s.map(|s| (s.label, p.text.clone()))).collect();
        let (all, total) = tables.texts("r1", MODEL, 1_000).await.unwrap();
        assert_eq!((all, total), (scored.clone(), 450));
        let (some, total) = tables.texts("r1", MODEL, 45).await.unwrap();
        let expected: Vec<_> = scored.iter().step_by(10).cloned().collect();
        assert_eq!((some, total), (expected, 450));
        assert_eq!(tables.texts("nothing", MODEL, 5).await.unwrap(), (Vec::new(), 0));
    }
}
