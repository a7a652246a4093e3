//! The handlers by themselves: every record its verdict, whatever is in it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use sentistack_live::checks::{self, verdicts};
use sentistack_live::event::EXPECTED;
use sentistack_live::function::Tally;
use sentistack_live::kinesis::Objects;
use sentistack_live::settings::Include;
use sentistack_live::{Answer, Embedded, EventError, Function, Settings};
use sentistack_sentiment::{Model, Score, Scorer as _};
use sentistack_wire::live::{LiveRecord, LiveRow};
use sentistack_wire::{Packet, PacketName, PacketTweet, ScoreOrder, StagedPost, answer};
use serde_json::{Value, json};

/// Objects in memory, of which some are refused.
#[derive(Default)]
struct Memory {
    objects: BTreeMap<String, Vec<u8>>,
    refuses: Option<&'static str>,
}

impl Objects for Memory {
    fn put(&mut self, key: &str, body: Vec<u8>) -> Result<(), String> {
        if self.refuses.is_some_and(|part| key.contains(part)) {
            return Err("HTTP 503".to_owned());
        }
        self.objects.insert(key.to_owned(), body);
        Ok(())
    }
}

fn function(settings: Settings) -> Function<Embedded, Memory> {
    Function { settings, scorer: Embedded::default(), objects: Some(Memory::default()) }
}

fn handle(event: &Value) -> Result<Answer, EventError> {
    function(Settings::default()).handle(event.to_string().as_bytes())
}

fn firehose(records: &[(&str, &[u8])]) -> Value {
    let records: Vec<Value> = records
        .iter()
        .map(|(id, data)| json!({ "recordId": id, "approximateArrivalTimestamp": 1, "data": STANDARD.encode(data) }))
        .collect();
    json!({ "invocationId": "i", "deliveryStreamArn": "arn", "region": "eu-west-1", "records": records })
}

fn post(id: &str, text: &str, lang: Option<&str>) -> StagedPost {
    StagedPost {
        tweet_id: id.to_owned(),
        created_at: "2015-02-24T11:35:52Z".parse().unwrap(),
        lang: lang.map(str::to_owned),
        text: text.to_owned(),
        ..StagedPost::default()
    }
}

fn line(post: &StagedPost, sequence: u64) -> Vec<u8> {
    let mut out = Vec::new();
    LiveRecord::of(post, "airline", "replay", "r-1", sequence).write(&mut out).unwrap();
    out
}

fn records(answer: &Answer) -> Vec<Value> {
    let answer: Value = serde_json::from_slice(&answer.body).unwrap();
    answer["records"].as_array().unwrap().clone()
}

fn data(record: &Value) -> Vec<u8> {
    STANDARD.decode(record["data"].as_str().unwrap()).unwrap()
}

fn row(record: &Value) -> LiveRow {
    serde_json::from_slice(&data(record)).unwrap()
}

fn scored(text: &str) -> Score {
    Model::embedded().session().score(text)
}

#[test]
fn a_post_becomes_its_row() {
    let text = "@united my bag is lost again \u{1f621}";
    let answer = handle(&firehose(&[("1", &line(&post("17", text, Some("en")), 41))])).unwrap();
    let record = &records(&answer)[0];
    assert_eq!((&record["recordId"], &record["result"]), (&json!("1"), &json!("Ok")));
    let row = row(record);
    assert_eq!(
        (&*row.topic, &*row.source, &*row.model, &*row.run_id),
        ("airline", "replay", "embedded", "r-1")
    );
    assert_eq!((&*row.tweet_id, row.sequence, row.score()), ("17", 41, Some(scored(text))));
    assert_eq!(row.text, text);
}

#[test]
fn only_the_languages_that_are_asked_for_are_scored() {
    let posts: Vec<_> = [Some("en-GB"), Some("de"), None, Some("und")]
        .into_iter()
        .enumerate()
        .map(|(at, lang)| line(&post("1", "so gut", lang), at as u64))
        .collect();
    let event = firehose(&posts.iter().map(|line| ("r", line.as_slice())).collect::<Vec<_>>());
    let labels = |settings| {
        let answer = function(settings).handle(event.to_string().as_bytes()).unwrap();
        records(&answer).iter().map(|record| row(record).label.is_some()).collect::<Vec<_>>()
    };
    assert_eq!(labels(Settings::default()), [true, false, true, true]);
    assert_eq!(
        labels(Settings { lang: vec!["de".to_owned()], ..Settings::default() }),
        [false, true, true, true]
    );
    assert_eq!(labels(Settings { lang: Vec::new(), ..Settings::default() }), [true; 4]);
}

#[test]
fn text_only_has_nothing_of_whose_it_is() {
    let event = firehose(&[("1", &line(&post("17", "love it", None), 41))]).to_string();
    let settings = Settings { include: Include::TextOnly, ..Settings::default() };
    let answer = function(settings).handle(event.as_bytes()).unwrap();
    let given: serde_json::Map<String, Value> = serde_json::from_slice(&data(&records(&answer)[0])).unwrap();
    let names: Vec<&str> = given.keys().map(String::as_str).collect();
    assert_eq!(names, ["label", "mixed", "negative", "neutral", "positive", "text"]);
}

#[test]
fn what_is_no_post_comes_back_as_it_was() {
    let good = line(&post("1", "fine", None), 1);
    let huge = line(&post("1", &"x".repeat(1 << 20), None), 1);
    let without_text = br#"{"topic":"t","source":"s","run_id":"r","sequence":1,"tweet_id":"1","created_at":"2020-01-01T00:00:00Z"}"#;
    let bad: [(&str, &[u8]); 9] = [
        ("not UTF-8", b"{\"text\":\"\xff\xfe\"}"),
        ("not JSON", b"id,text\n1,x"),
        ("empty", b""),
        ("text too long", &huge),
        ("not a post", without_text),
        ("not a post", b"[1,2]"),
        ("not JSON", &good[..good.len() / 2]),
        ("not JSON", &[&good[..], &good[..]].concat()),
        ("not a post", br#"{"text":7}"#),
    ];
    for (why, data) in bad {
        let answer = handle(&firehose(&[("1", &good), ("2", data), ("3", &good)])).unwrap();
        let records = records(&answer);
        assert_eq!(
            records.iter().map(|r| r["result"].as_str().unwrap()).collect::<Vec<_>>(),
            ["Ok", "ProcessingFailed", "Ok"],
            "{why}"
        );
        assert_eq!(self::data(&records[1]), data, "{why}");
        let Tally::Firehose(tally) = answer.tally else { panic!("{why}") };
        assert_eq!(tally.reasons.into_iter().collect::<Vec<_>>(), [(why, 1)]);
    }
    // Data that is not base64 at all.
    let event =
        json!({ "records": [{ "recordId": "1", "data": "%%% \u{e9}\n" }, { "recordId": "2", "data": "" }] });
    let failed = records(&handle(&event).unwrap());
    assert_eq!(failed[0], json!({ "recordId": "1", "result": "ProcessingFailed", "data": "%%% \u{e9}\n" }));
    assert_eq!(failed[1], json!({ "recordId": "2", "result": "ProcessingFailed", "data": "" }));
}

#[test]
fn what_has_nothing_in_it_is_dropped() {
    for nothing in [&b"\r\n"[..], b"{}", b" {} \n"] {
        let answer = handle(&firehose(&[("1", nothing)])).unwrap();
        assert_eq!(records(&answer), [json!({ "recordId": "1", "result": "Dropped" })]);
    }
    assert_eq!(handle(&json!({ "records": [] })).unwrap().body, br#"{"records":[]}"#);
}

#[test]
fn an_answer_never_passes_6_mb() {
    // Rows are longer than records: 6 MB of them do not fit, and none is left without a verdict.
    let posts: Vec<Vec<u8>> = (0..17_500)
        .map(|at| line(&post(&at.to_string(), "late again, thanks for nothing", None), at))
        .collect();
    let ids: Vec<String> = (0..posts.len()).map(|at| format!("{at:056}")).collect();
    let event = firehose(&ids.iter().zip(&posts).map(|(id, line)| (&**id, &**line)).collect::<Vec<_>>());
    let body = event.to_string();
    assert!((5_000_000..6_300_000).contains(&body.len()), "{}", body.len());
    let answer = handle(&event).unwrap();
    assert!((5_900_000..=6_000_000).contains(&answer.body.len()), "{}", answer.body.len());
    let asked: Vec<(&str, &str)> = event["records"]
        .as_array()
        .unwrap()
        .iter()
        .map(|record| (record["recordId"].as_str().unwrap(), record["data"].as_str().unwrap()))
        .collect();
    verdicts(&asked, &answer.body);
    let Tally::Firehose(tally) = answer.tally else { panic!() };
    assert_eq!(tally.ok + tally.failed, 17_500);
    assert!(tally.ok > 4_000, "{tally:?}");
    assert_eq!(tally.reasons.into_iter().collect::<Vec<_>>(), [("no room in the answer", tally.failed)]);
    // Records that are nothing but identifiers: more than Firehose can send, and told so.
    let many: Vec<Value> = (0..120_000).map(|_| json!({ "recordId": "1", "data": "" })).collect();
    let error = handle(&json!({ "records": many })).unwrap_err();
    assert_eq!(error, EventError::TooMany { records: 120_000 });
}

#[test]
fn another_shape_is_an_error_that_says_what_is_expected_and_quotes_nothing() {
    for event in [
        "",
        "<html>",
        "[]",
        "7",
        "{}",
        r#"{"Records":[{"s3":{"object":{"key":"secret"}}}]}"#,
        r#"{"records":{"recordId":"secret"}}"#,
        r#"{"records":[{"data":"c2VjcmV0"}]}"#,
        r#"{"records":"secret"}"#,
        r#"{"texts":["a", 7, "secret"]}"#,
        r#"{"text":null}"#,
        r#"{"text":"secret","texts":[]}"#,
    ] {
        let error = function(Settings::default()).handle(event.as_bytes()).unwrap_err();
        assert_eq!(error.kind(), "Event.Shape", "{event}");
        assert!(error.to_string().contains(EXPECTED) && !error.to_string().contains("secret"), "{error}");
    }
    let bytes = b"{\"text\":\"\xff\"}";
    assert!(function(Settings::default()).handle(bytes).is_err());
}

#[test]
fn texts_are_answered_as_an_endpoint_answers() {
    let texts = ["love it", "my bag is lost", ""];
    let answer = handle(&json!({ "texts": texts })).unwrap();
    let wanted: Vec<Score> = texts.iter().map(|text| scored(text)).collect();
    assert_eq!(answer::read(&answer.body, 3), Ok(wanted.clone()));
    let document: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(document["model"], "embedded");
    let one = handle(&json!({ "text": "love it" })).unwrap();
    assert_eq!(answer::read(&one.body, 1), Ok(wanted[..1].to_vec()));
    assert_eq!(handle(&json!({ "texts": [] })).unwrap().body, br#"{"model":"embedded","scores":[]}"#);
    let many = vec!["x"; 1_001];
    assert_eq!(handle(&json!({ "texts": many })).unwrap_err(), EventError::TooManyTexts { texts: 1_001 });
}

fn packet(run_id: &str, number: u32, posts: &[(&str, &str, Option<&str>)]) -> Vec<u8> {
    let window = "20150224T113000Z".parse().unwrap();
    let tweets = posts
        .iter()
        .map(|(id, text, lang)| PacketTweet {
            tweet_id: (*id).into(),
            text: (*text).to_owned(),
            lang: lang.map(Into::into),
        })
        .collect();
    let name = PacketName::numbered(window, number);
    let packet = Packet { run_id: run_id.to_owned(), name, score: None, tweets };
    serde_json::to_vec(&packet).unwrap()
}

fn batch(records: &[&[u8]]) -> Value {
    let records: Vec<Value> = records
        .iter()
        .enumerate()
        .map(|(at, data)| {
            json!({
                "eventSource": "aws:kinesis",
                "kinesis": { "sequenceNumber": format!("4959{at}"), "partitionKey": "k", "data": STANDARD.encode(data) },
            })
        })
        .collect();
    json!({ "Records": records })
}

#[test]
fn a_packet_says_which_of_its_languages_are_scored() {
    let posts = [("17", "love it", Some("en")), ("18", "so gut", Some("de")), ("19", "x", Some("fr"))];
    for (order, scored) in [(None, 1), (Some(vec!["de", "fr"]), 2), (Some(Vec::new()), 3)] {
        let mut packet: Packet = serde_json::from_slice(&packet("r-1", 1, &posts)).unwrap();
        let lang: Option<Vec<String>> = order.map(|tags| tags.into_iter().map(str::to_owned).collect());
        packet.score = lang.as_deref().map(ScoreOrder::function);
        let event = batch(&[&serde_json::to_vec(&packet).unwrap()]);
        let answer = function(Settings::default()).handle(event.to_string().as_bytes()).unwrap();
        let Tally::Kinesis(tally) = answer.tally else { panic!() };
        assert_eq!((tally.packets, tally.scored, tally.unscored), (1, scored, 3 - scored), "{lang:?}");
    }
}

#[test]
fn packets_become_sentiment_packets_and_other_records_are_passed_over() {
    let first =
        packet("r-1", 1, &[("17", "love it", Some("en")), ("18", "gut", Some("de")), ("19\"", "", None)]);
    let second = packet("r-1", 2, &[]);
    let mut function = function(Settings::default());
    let outside = packet("../r", 1, &[("1", "x", None)]);
    let event = batch(&[&first, b"\xff", b"{}", &outside, &second]);
    let answer = function.handle(event.to_string().as_bytes()).unwrap();
    assert_eq!(answer.body, br#"{"batchItemFailures":[]}"#);
    let Tally::Kinesis(tally) = answer.tally else { panic!() };
    assert_eq!((tally.packets, tally.passed_over, tally.scored, tally.unscored), (2, 3, 2, 1));
    let mut wanted = Vec::new();
    sentistack_wire::write_sentiment_line("17", Some(&scored("love it")), &mut wanted);
    sentistack_wire::write_sentiment_line("18", None, &mut wanted);
    sentistack_wire::write_sentiment_line("19\"", Some(&scored("")), &mut wanted);
    let objects = function.objects.unwrap().objects;
    let folder = "runs/r-1/sentiments/embedded/20150224T113000Z";
    let wanted = BTreeMap::from([
        (format!("{folder}/000001.jsonl"), wanted),
        (format!("{folder}/000002.jsonl"), Vec::new()),
    ]);
    assert_eq!(objects, wanted);
}

#[test]
fn a_packet_that_cannot_be_written_comes_again_with_those_behind_it() {
    let packets: Vec<Vec<u8>> = (1..=4).map(|number| packet("r", number, &[("1", "x", None)])).collect();
    let event = batch(&packets.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let mut function = function(Settings::default());
    function.objects = Some(Memory { refuses: Some("000003"), ..Memory::default() });
    let answer = function.handle(event.to_string().as_bytes()).unwrap();
    let given: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(
        given,
        json!({ "batchItemFailures": [{ "itemIdentifier": "49592" }, { "itemIdentifier": "49593" }] })
    );
    assert_eq!(function.objects.as_ref().unwrap().objects.len(), 2);
    let Tally::Kinesis(tally) = answer.tally else { panic!() };
    assert_eq!((tally.failed, tally.cause.as_deref()), (2, Some("HTTP 503")));
    function.objects = None;
    let error = function.handle(event.to_string().as_bytes()).unwrap_err();
    assert_eq!(error, EventError::NoBucket);
}

#[test]
fn the_airline_posts_get_the_labels_of_the_scorer() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/labelled/airline.jsonl.gz");
    let mut lines = String::new();
    let opened = std::fs::File::open(&path)
        .and_then(|file| flate2::read::MultiGzDecoder::new(file).read_to_string(&mut lines));
    if let Err(error) = opened {
        eprintln!("skipped: {}: {error}", path.display());
        return;
    }
    let texts: Vec<String> = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["text"].as_str().unwrap().to_owned())
        .collect();
    assert!(texts.len() > 10_000);
    let mut function = function(Settings::default());
    let mut session = Model::embedded().session();
    let mut sequence = 0;
    for batch in texts.chunks(500) {
        let lines: Vec<Vec<u8>> = batch
            .iter()
            .map(|text| {
                sequence += 1;
                line(&post(&sequence.to_string(), text, Some("en")), sequence)
            })
            .collect();
        let event = firehose(&lines.iter().map(|line| ("r", line.as_slice())).collect::<Vec<_>>());
        let answer = function.handle(event.to_string().as_bytes()).unwrap();
        for (record, text) in records(&answer).iter().zip(batch) {
            let row = row(record);
            assert_eq!((row.score(), &row.text), (Some(session.score(text)), text));
        }
    }
}

/// Data of records: posts, pieces of them, and anything else.
fn any_data() -> impl Strategy<Value = Vec<u8>> {
    let sound = (any::<String>(), any::<u64>(), proptest::option::of("[a-z]{2}"))
        .prop_map(|(text, sequence, lang)| line(&post("17", &text, lang.as_deref()), sequence));
    prop_oneof![
        4 => sound.clone(),
        2 => (sound, any::<prop::sample::Index>(), any::<u8>()).prop_map(|(mut line, at, byte)| {
            let at = at.index(line.len());
            line[at] = byte;
            line
        }),
        1 => prop::collection::vec(any::<u8>(), 0..200),
        1 => Just(b"{}".to_vec()),
        1 => Just(b"\r\n".to_vec()),
    ]
}

proptest! {
    #[test]
    fn every_record_is_answered_once_and_in_order(
        records in prop::collection::vec((any::<String>(), any_data()), 0..40),
    ) {
        let event = firehose(&records.iter().map(|(id, data)| (&**id, &**data)).collect::<Vec<_>>());
        let answer = handle(&event).unwrap();
        let encoded: Vec<String> = records.iter().map(|(_, data)| STANDARD.encode(data)).collect();
        let asked: Vec<(&str, &str)> =
            records.iter().zip(&encoded).map(|((id, _), data)| (&**id, &**data)).collect();
        verdicts(&asked, &answer.body);
        let Tally::Firehose(tally) = answer.tally else { panic!() };
        prop_assert_eq!(tally.ok + tally.dropped + tally.failed, records.len());
    }

    /// The body of the fuzz target.
    #[test]
    fn any_bytes_keep_the_laws(pieces in prop::collection::vec(any_data(), 1..6), packets in any::<bool>()) {
        let mut data = pieces.join(&0);
        if packets {
            data.extend(packet("r-1", 1, &[("1", "late", None)]));
        }
        checks::event(&data);
        checks::event(&firehose(&[("1", &data)]).to_string().into_bytes());
        checks::event(&batch(&[&data]).to_string().into_bytes());
    }
}
