//! The program itself against a Runtime API on loopback, with services beside it that misbehave.
#![cfg(feature = "runtime")]
#![allow(clippy::unwrap_used, clippy::expect_used, dead_code)]

mod server;

use std::io::Read;
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sentistack_sentiment::{Label, Model, Score, Scorer as _};
use sentistack_wire::live::{LiveRecord, LiveRow};
use sentistack_wire::{Packet, PacketName, PacketTweet, StagedPost, answer};
use serde_json::{Value, json};
use server::{Outcome, Reply, Request, RuntimeApi, serve};

const PATIENCE: Duration = Duration::from_secs(60);
const SECRET_TEXT: &str = "nobody may read this in a log";

/// The program, running.
struct Running {
    api: RuntimeApi,
    child: Child,
}

impl Running {
    fn start(variables: &[(&str, &str)]) -> Self {
        Self::with_limit(variables, Duration::from_secs(60))
    }

    fn with_limit(variables: &[(&str, &str)], limit: Duration) -> Self {
        let api = RuntimeApi::start(limit).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_sentistack-live"))
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", api.address())
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Self { api, child }
    }

    fn answer(&self, event: &Value) -> Value {
        match self.api.invoke(event.to_string().into_bytes(), PATIENCE).expect("an outcome") {
            (Outcome::Answer(body), _) => serde_json::from_slice(&body).unwrap(),
            (other, _) => panic!("{other:?}"),
        }
    }

    /// Ends it; its log, line by line.
    fn stop(mut self) -> Vec<Value> {
        self.child.kill().unwrap();
        let mut log = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut log).unwrap();
        self.child.wait().unwrap();
        assert!(!log.contains(SECRET_TEXT), "{log}");
        log.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn posts(count: u64) -> Value {
    let records: Vec<Value> = (0..count)
        .map(|at| {
            let post = StagedPost {
                tweet_id: at.to_string(),
                text: format!("{SECRET_TEXT} {at} :("),
                ..StagedPost::default()
            };
            let mut line = Vec::new();
            LiveRecord::of(&post, "t", "replay", "r-1", at).write(&mut line).unwrap();
            json!({ "recordId": at.to_string(), "data": STANDARD.encode(line) })
        })
        .collect();
    json!({ "records": records })
}

/// The rows of an answer by `model`, and how many records failed.
fn rows(answer: &Value, model: &str) -> (Vec<LiveRow>, usize) {
    let records = answer["records"].as_array().unwrap();
    let rows: Vec<LiveRow> = records
        .iter()
        .filter(|record| record["result"] == "Ok")
        .map(|record| {
            serde_json::from_slice(&STANDARD.decode(record["data"].as_str().unwrap()).unwrap()).unwrap()
        })
        .collect();
    assert!(rows.iter().all(|row: &LiveRow| row.model == model));
    let failed = records.iter().filter(|record| record["result"] == "ProcessingFailed").count();
    assert_eq!(rows.len() + failed, records.len());
    (rows, failed)
}

/// An endpoint that answers well unless `act` has something else for the request of this number (from 0).
fn endpoint(act: impl Fn(usize) -> Option<Reply> + Send + Sync + 'static) -> (SocketAddr, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let address = serve(move |request: Request| {
        let number = count.fetch_add(1, Ordering::SeqCst);
        assert_eq!((&*request.method, &*request.path), ("POST", "/predict"));
        if let Some(reply) = act(number) {
            return reply;
        }
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let texts = body["texts"].as_array().unwrap().len();
        let scores = vec![Score::quantised(Label::Mixed, [0.0, 0.0, 0.0, 1.0]); texts];
        Reply::Good(200, Vec::new(), answer::write("test", &scores))
    });
    (address.unwrap(), asked)
}

#[test]
fn it_answers_event_after_event_and_says_what_is_wrong_with_one() {
    let running = Running::start(&[]);
    let (first, failed) = rows(&running.answer(&posts(3)), "embedded");
    assert_eq!((first.len(), failed), (3, 0));
    let wanted = Model::embedded().session().score(&first[2].text);
    assert_eq!(first[2].score(), Some(wanted));
    let (error, _) = running.api.invoke(b"{\"detail\": 1}".to_vec(), PATIENCE).unwrap();
    let Outcome::Error(error) = error else { panic!("{error:?}") };
    let error: Value = serde_json::from_str(&error).unwrap();
    assert_eq!(error["errorType"], "Event.Shape");
    assert!(error["errorMessage"].as_str().unwrap().contains("recordId"));
    let answer = running.answer(&json!({ "text": "love it" }));
    assert_eq!((&answer["model"], &answer["scores"][0]["label"]), (&json!("embedded"), &json!("positive")));
    let log = running.stop();
    let told: Vec<(&str, &str)> =
        log.iter().map(|line| (line["level"].as_str().unwrap(), line["message"].as_str().unwrap())).collect();
    assert_eq!((told[0], told[1].0, told[2]), (("INFO", "firehose"), "ERROR", ("INFO", "texts")));
    assert_eq!(
        (&log[0]["ok"], &log[0]["requestId"]),
        (&json!(3), &json!("8476a536-e9f4-11e8-9739-2dfe598c3fcd"))
    );
}

#[test]
fn a_wrong_setting_is_told_before_the_first_event() {
    let mut running = Running::start(&[("SENTISTACK_INCLUDE", "all")]);
    let (outcome, _) = running.api.outcome(PATIENCE).unwrap();
    let Outcome::InitError(error) = outcome else { panic!("{outcome:?}") };
    assert!(error.contains("SENTISTACK_INCLUDE"), "{error}");
    assert_eq!(running.child.wait().unwrap().code(), Some(1));
    let mut lonely = Command::new(env!("CARGO_BIN_EXE_sentistack-live"));
    let output = lonely.env_clear().output().unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().contains("AWS_LAMBDA_RUNTIME_API is not set"));
}

#[test]
fn an_endpoint_scores_and_what_passes_by_itself_is_tried_again() {
    let (address, asked) = endpoint(|number| match number {
        0 => Some(Reply::status(503)),
        1 => Some(Reply::Cut),
        _ => None,
    });
    let url = format!("http://localhost:{}/", address.port());
    let running = Running::start(&[("SENTISTACK_ENDPOINT", &url)]);
    let (rows, failed) = rows(&running.answer(&posts(250)), "endpoint");
    assert_eq!((rows.len(), failed), (250, 0));
    assert!(rows.iter().all(|row| row.label == Some(Label::Mixed)));
    assert_eq!(asked.load(Ordering::SeqCst), 5, "two that failed, and three batches");
    let texts = running.answer(&json!({ "texts": ["a", "b"] }));
    assert_eq!((&texts["model"], &texts["scores"][1]["label"]), (&json!("endpoint"), &json!("mixed")));
}

#[test]
fn an_endpoint_that_answers_garbage_is_not_believed() {
    let good = r#"{"label":"positive","positive":1,"negative":0,"neutral":0,"mixed":0}"#;
    for body in [
        "<html>".to_owned(),
        format!(r#"{{"scores":[{good}]}}"#),
        format!(r#"{{"scores":[{good},{{"positive":0.5,"negative":0,"neutral":0,"mixed":0}}]}}"#),
        format!(
            r#"{{"scores":[{good},{{"label":"{SECRET_TEXT}","positive":1,"negative":0,"neutral":0,"mixed":0}}]}}"#
        ),
        "x".repeat(200_000),
    ] {
        let (address, asked) =
            endpoint(move |_| Some(Reply::Good(200, Vec::new(), body.clone().into_bytes())));
        let url = format!("http://{address}");
        let plain = Running::start(&[("SENTISTACK_ENDPOINT", &url)]);
        assert_eq!(rows(&plain.answer(&posts(2)), "endpoint").1, 2);
        assert_eq!(asked.load(Ordering::SeqCst), 1, "it is not asked again for the same");
        let log = plain.stop();
        assert_eq!(log[0]["message"], "the endpoint does not score");
        let own = Running::start(&[("SENTISTACK_ENDPOINT", &url), ("SENTISTACK_FALLBACK", "embedded")]);
        let (rows, failed) = rows(&own.answer(&posts(2)), "embedded");
        assert_eq!((rows.len(), failed), (2, 0));
        assert_eq!(own.stop().last().unwrap()["fallback"], 2);
    }
}

#[test]
fn an_endpoint_that_hangs_or_is_gone_does_not_cost_a_verdict() {
    let (hanging, _) = endpoint(|_| Some(Reply::Hang(Duration::from_secs(30))));
    // Nobody listens there any more.
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for address in [hanging, gone] {
        let limit = Duration::from_secs(4);
        let running = Running::with_limit(&[("SENTISTACK_ENDPOINT", &format!("http://{address}"))], limit);
        let started = Instant::now();
        assert_eq!(rows(&running.answer(&posts(300)), "endpoint").1, 300);
        assert!(started.elapsed() < limit, "before Lambda ends it");
        let error = running.api.invoke(br#"{"text":"x"}"#.to_vec(), PATIENCE).unwrap().0;
        assert!(matches!(error, Outcome::Error(error) if error.contains("Endpoint.Failed")));
    }
}

#[test]
fn an_endpoint_that_comes_back_is_asked_again() {
    let (address, _) = endpoint(|number| (number < 3).then(|| Reply::status(500)));
    let running = Running::start(&[
        ("SENTISTACK_ENDPOINT", &format!("http://{address}")),
        ("SENTISTACK_FALLBACK", "embedded"),
    ]);
    assert_eq!(rows(&running.answer(&posts(150)), "embedded").0.len(), 150);
    assert_eq!(rows(&running.answer(&posts(150)), "endpoint").0.len(), 150);
}

/// A bucket that notes what is put into it, and fails at first.
fn bucket(fails: usize) -> (SocketAddr, Arc<Mutex<Vec<Request>>>) {
    let put = Arc::new(Mutex::new(Vec::new()));
    let (noted, count) = (Arc::clone(&put), AtomicUsize::new(0));
    let address = serve(move |request| {
        if count.fetch_add(1, Ordering::SeqCst) < fails {
            let body = b"<Error><Code>SlowDown</Code></Error>".to_vec();
            return Reply::Good(503, Vec::new(), body);
        }
        noted.lock().unwrap().push(request);
        Reply::status(200)
    });
    (address.unwrap(), put)
}

fn batch() -> Value {
    let window = "20150224T113000Z".parse().unwrap();
    let tweet = |id: &str, lang: Option<&str>| PacketTweet {
        tweet_id: id.into(),
        text: SECRET_TEXT.to_owned(),
        lang: lang.map(Into::into),
    };
    let records: Vec<Value> = (1..=2)
        .map(|number| {
            let tweets = vec![tweet("17", None), tweet("18", Some("de"))];
            let name = PacketName::numbered(window, number);
            let packet = Packet { run_id: "r-1".to_owned(), name, score: None, tweets };
            json!({ "kinesis": {
                "sequenceNumber": number.to_string(),
                "data": STANDARD.encode(serde_json::to_vec(&packet).unwrap()),
            } })
        })
        .collect();
    json!({ "Records": records })
}

fn account(address: SocketAddr) -> Vec<(&'static str, String)> {
    vec![
        ("SENTISTACK_BUCKET", "sentistack-1-eu-west-1".to_owned()),
        ("SENTISTACK_PREFIX", "a b".to_owned()),
        ("AWS_ENDPOINT_URL_S3", format!("http://localhost:{}", address.port())),
        ("AWS_REGION", "eu-west-1".to_owned()),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "hunter2".to_owned()),
        ("AWS_SESSION_TOKEN", "token".to_owned()),
    ]
}

#[test]
fn packets_of_a_stream_are_put_into_the_bucket() {
    let (address, put) = bucket(2);
    let variables = account(address);
    let running = Running::start(&variables.iter().map(|(n, v)| (*n, v.as_str())).collect::<Vec<_>>());
    assert_eq!(running.answer(&batch()), json!({ "batchItemFailures": [] }));
    let mut wanted = Vec::new();
    let score = Model::embedded().session().score(SECRET_TEXT);
    sentistack_wire::write_sentiment_line("17", Some(&score), &mut wanted);
    sentistack_wire::write_sentiment_line("18", None, &mut wanted);
    let put = put.lock().unwrap();
    for (request, number) in put.iter().zip(1..) {
        let folder = "/sentistack-1-eu-west-1/a%20b/runs/r-1/sentiments/embedded/20150224T113000Z";
        assert_eq!((&*request.method, &request.path), ("PUT", &format!("{folder}/{number:06}.jsonl")));
        assert_eq!(request.body, wanted);
        assert_eq!(request.headers["x-amz-tagging"], "sentistack%3Akind=raw");
        assert_eq!(request.headers["x-amz-security-token"], "token");
        let signed = &request.headers["authorization"];
        assert!(signed.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"), "{signed}");
        assert!(
            signed.contains(
                "SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token;x-amz-tagging"
            ),
            "{signed}"
        );
    }
    assert_eq!(put.len(), 2);
    drop(put);
    let log = running.stop();
    assert_eq!((&log[0]["packets"], &log[0]["unscored"]), (&json!(2), &json!(2)));
    assert!(!log[0].to_string().contains("hunter2"));
}

#[test]
fn what_the_bucket_does_not_take_comes_again() {
    let (address, put) = bucket(4);
    let variables = account(address);
    let running = Running::start(&variables.iter().map(|(n, v)| (*n, v.as_str())).collect::<Vec<_>>());
    let failures = running.answer(&batch());
    assert_eq!(
        failures,
        json!({ "batchItemFailures": [{ "itemIdentifier": "1" }, { "itemIdentifier": "2" }] })
    );
    assert!(put.lock().unwrap().is_empty());
    assert_eq!(running.answer(&batch()), json!({ "batchItemFailures": [] }));
    assert_eq!(put.lock().unwrap().len(), 2);
    let log = running.stop();
    assert_eq!(log[0]["cause"], "S3 does not take the object: HTTP 503 SlowDown");
}
