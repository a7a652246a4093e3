//! What is answered, and what is refused with which status.

use std::io::BufReader;
use std::io::Write;

use serde_json::{Value, json};

use super::{Serving, answer, ask, head};
use crate::support;

#[test]
fn scores_are_those_of_model_score() {
    let served = Serving::new();
    let texts =
        ["I love this airline 😀", "my bag is lost, again", "gate 12", "", "great crew, awful seats \u{0}"];
    let folder = support::folder();
    let wanted = support::run(
        folder.path(),
        ["model", "score", "-o", "json", "--"].into_iter().chain(texts[..4].iter().copied()),
    );
    let wanted = wanted.expect(0).json();
    let answer = served.predict(json!({ "texts": texts }).to_string());
    assert_eq!(answer.status, 200);
    assert!(answer.head.contains("content-type: application/json"), "{}", answer.head);
    let scores = answer.json();
    assert_eq!(scores["model"], wanted["model"]);
    assert_eq!(scores["scores"].as_array().unwrap().len(), texts.len());
    for (at, row) in wanted["results"].as_array().unwrap().iter().enumerate() {
        let mut row = row.clone();
        row.as_object_mut().unwrap().remove("text");
        assert_eq!(scores["scores"][at], row, "{}", texts[at]);
    }
    let one = served.predict(json!({ "text": texts[1] }).to_string()).json();
    assert_eq!(one["scores"], json!([scores["scores"][1]]));
    assert_eq!(served.predict(r#"{"texts": []}"#).json()["scores"], json!([]));
    let ended = served.stop();
    assert_eq!(
        (&ended["answered"], &ended["texts"], &ended["refused"]),
        (&3.into(), &6.into(), &0.into()),
        "{ended}"
    );
    assert_eq!((&ended["status"], &ended["cut"]), (&"ok".into(), &0.into()));
}

#[test]
fn a_connection_takes_one_request_after_another() {
    let served = Serving::new();
    let mut stream = served.connect();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    for n in 0..20 {
        let body = json!({ "text": format!("flight {n} was great") }).to_string();
        stream.write_all(format!("{}{body}", head(body.len(), "")).as_bytes()).unwrap();
        assert_eq!(answer(&mut reader).unwrap().status, 200, "{n}");
    }
    // Two at once are answered one after the other.
    let body = r#"{"text": "a"}"#;
    let twice = format!("{}{body}", head(body.len(), "")).repeat(2);
    stream.write_all(twice.as_bytes()).unwrap();
    assert!((0..2).all(|_| answer(&mut reader).unwrap().status == 200));
    // In pieces of unknown number, too.
    let chunked = "POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n\
                   6\r\n{\"text\r\n7\r\n\": \"a\"}\r\n0\r\n\r\n";
    stream.write_all(chunked.as_bytes()).unwrap();
    assert_eq!(answer(&mut reader).unwrap().status, 200);
}

#[test]
fn what_is_wrong_has_a_status_and_words() {
    let served = Serving::with(&[("MAX_TEXTS", "3"), ("MAX_BODY", "2000")]);
    served.predict("").refuses(400, "EOF");
    served.predict("not json").refuses(400, "at line 1 column 2");
    served.predict(r#"{"texts": ["a", 5]}"#).refuses(400, "texts[1]: invalid type: integer `5`");
    served.predict(r#"{"texts": "a"}"#).refuses(400, "to be a list of strings");
    served.predict("{}").refuses(400, "neither texts nor text");
    served.predict([0xff, 0xfe, 0x00]).refuses(400, "at line 1 column 1");
    served.predict(r#"{"texts": ["a", "b", "c", "d"]}"#).refuses(413, "more than 3 texts");
    served.predict(format!(r#"{{"text": "{}"}}"#, "x".repeat(2_000))).refuses(413, "more than 2000 bytes");
    let bare = |request: &str, headers: &str| {
        let head = format!("{request} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n");
        ask(served.connect(), &head, b"")
    };
    bare("GET /", "").refuses(404, "nothing at this path");
    bare("POST /predict/", "").refuses(404, "nothing at this path");
    bare("POST /predict", "Content-Length: 0\r\n").refuses(415, "not said to be JSON");
    bare("POST /predict", "Content-Type: text/plain\r\n").refuses(415, "not said to be JSON");
    let packed = "Content-Type: application/json\r\nContent-Encoding: gzip\r\n";
    bare("POST /predict", packed).refuses(415, "compressed");
    for (request, allowed) in [("GET /predict", "allow: post"), ("POST /health", "allow: get,head")] {
        let refused = bare(request, "");
        refused.refuses(405, "another method");
        assert!(refused.head.contains(allowed), "{}", refused.head);
    }
    let twice = served.predict(r#"{"text": "a", "texts": ["b"]}"#);
    twice.refuses(400, "once");
    let ended = served.stop();
    assert_eq!((&ended["answered"], &ended["refused"]), (&0.into(), &13.into()), "{ended}");
}

#[test]
fn bytes_that_are_no_http_are_refused() {
    let served = Serving::new();
    for garbage in [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc".to_vec(),
        b"hello\r\n\r\n".to_vec(),
        b"POST /predict HTTP/1.1\r\nContent-Length: -5\r\n\r\n".to_vec(),
        b"POST /predict HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}".to_vec(),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
        format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(100_000)).into_bytes(),
        format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(200)).into_bytes(),
        vec![0; 64 * 1024],
    ] {
        let mut stream = served.connect();
        let _ = stream.write_all(&garbage);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let found = answer(&mut BufReader::new(stream)).map(|answer| answer.status);
        assert!(found.is_none_or(|status| (400..500).contains(&status)), "{found:?}: {garbage:.60?}");
    }
    assert_eq!(served.get("/health").status, 200);
    served.stop();
}

#[test]
fn health_and_measurements() {
    let served = Serving::new();
    let health = served.get("/health");
    assert_eq!(health.status, 200);
    assert!(health.head.contains("cache-control: no-store"));
    assert_eq!((&health.json()["status"], &health.json()["model"]), (&"ok".into(), &"embedded".into()));
    assert!(!health.json()["fingerprint"].as_str().unwrap().is_empty());
    served.predict(r#"{"texts": ["I love it", "I love it", "I hate this"]}"#);
    served.predict("{");
    served.get("/nowhere/at/all");
    let answer = served.get("/metrics");
    assert!(
        answer.head.contains("content-type: application/openmetrics-text; version=1.0.0"),
        "{}",
        answer.head
    );
    let text = String::from_utf8(answer.body).unwrap();
    for line in [
        "# TYPE sentistack_requests counter",
        r#"sentistack_requests_total{route="/predict",status="200"} 1"#,
        r#"sentistack_requests_total{route="/predict",status="400"} 1"#,
        r#"sentistack_requests_total{route="other",status="404"} 1"#,
        r#"sentistack_texts_total{label="positive"} 2"#,
        r#"sentistack_texts_total{label="negative"} 1"#,
        r#"sentistack_texts_total{label="mixed"} 0"#,
        "# TYPE sentistack_request_duration_seconds histogram",
        "sentistack_request_duration_seconds_count 2",
        "sentistack_requests_in_flight 1",
        "sentistack_connections_turned_away_total 0",
        "# EOF",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    assert!(!text.contains("love") && !text.contains("nowhere"), "{text}");
}

/// Neither a text nor a piece of it comes out anywhere but in the answer.
#[test]
fn nothing_is_said_of_what_was_asked() {
    let served = Serving::new();
    served.predict(r#"{"texts": ["hunter2 is my word"]}"#);
    served.predict(r#"{"texts": "hunter2"}"#);
    served.get("/hunter2");
    served.signal("-TERM");
    let ran = served.end().expect(0);
    assert!(!ran.stdout.contains("hunter2") && !ran.stderr.contains("hunter2"), "{ran:?}");
}

#[test]
fn another_address_is_asked_for_and_said() {
    let folder = support::folder();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    support::run(folder.path(), ["serve", "--port", &port])
        .expect(4)
        .says(&["listens there already", "--port"]);
    support::run(folder.path(), ["serve", "--host", "192.0.2.1"])
        .expect(4)
        .says(&["an address of this machine"]);
    support::run(folder.path(), ["serve", "--host", "example.com"]).expect(2).says(&["--host example.com"]);
    support::run(folder.path(), ["serve", "--model", "none.bin"]).expect(1).says(&["none.bin"]);
    for (host, says) in [("127.0.0.2", None), ("0.0.0.0", Some("every address of this machine"))] {
        let mut child = super::serve(folder.path()).args(["--port", "0", "--host", host]).spawn().unwrap();
        let mut line = String::new();
        std::io::BufRead::read_line(&mut BufReader::new(child.stdout.as_mut().unwrap()), &mut line).unwrap();
        let listening: Value = serde_json::from_str(&line).unwrap();
        assert!(listening["url"].as_str().unwrap().starts_with(&format!("http://{host}:")));
        std::process::Command::new("kill").arg(child.id().to_string()).status().unwrap();
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(stderr.contains("no password"), says.is_some(), "{stderr}");
        assert!(says.is_none_or(|says| stderr.contains(says)), "{stderr}");
    }
}
