//! Clients that are slow, many or greedy: each has its end, the others are answered, and memory is bounded.

use std::io::{BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::json;

use super::{Answer, Serving, answer, head};

/// Kilobytes that the process may grow by under what stands here. The allocator keeps some of what it had.
const GROWTH: u64 = 100_000;

/// One that was let in, and has said nothing.
fn silent(served: &Serving) -> TcpStream {
    served.connect()
}

fn read(stream: TcpStream) -> Option<Answer> {
    answer(&mut BufReader::new(stream))
}

/// Whether the other side has closed the connection, with an answer or without.
fn is_closed(stream: &mut TcpStream) -> bool {
    stream.set_read_timeout(Some(Duration::from_secs(40))).unwrap();
    let mut bytes = Vec::new();
    !matches!(stream.read_to_end(&mut bytes), Err(e) if matches!(e.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut))
}

#[test]
fn who_is_slow_is_cut_off_and_the_others_are_answered() {
    let served = Serving::with(&[("TIMEOUT", "2s")]);
    // A head that does not end, byte by byte; a body that does not; one that says nothing; one that reads nothing.
    let mut heads: Vec<TcpStream> = (0..20).map(|_| silent(&served)).collect();
    let bodies: Vec<TcpStream> = (0..20)
        .map(|_| {
            let mut stream = served.connect();
            stream.write_all(head(1_000, "").as_bytes()).unwrap();
            stream.write_all(b"{\"texts\": [").unwrap();
            stream
        })
        .collect();
    let mut deaf = served.connect();
    let body = json!({ "texts": vec!["I love it"; 1_000] }).to_string();
    // Answers of a hundred kilobytes, many more than the system holds for one who does not read.
    deaf.set_write_timeout(Some(Duration::from_millis(200))).unwrap();
    while deaf.write_all(format!("{}{body}", head(body.len(), "")).as_bytes()).is_ok() {}
    let began = Instant::now();
    for byte in b"POST /predict HTTP" {
        for stream in &mut heads {
            let _ = stream.write_all(&[*byte]);
        }
        assert_eq!(served.predict(r#"{"text": "I love it"}"#).status, 200);
        std::thread::sleep(Duration::from_millis(50));
    }
    for stream in bodies {
        let late = read(stream).unwrap();
        late.refuses(408, "within 2 s");
        assert!(late.head.contains("connection: close"), "{}", late.head);
    }
    assert!(heads.iter_mut().all(is_closed), "a head that never ends");
    assert!(is_closed(&mut deaf), "an answer that nobody reads");
    assert!(began.elapsed() < Duration::from_secs(35), "{:?}", began.elapsed());
    served.stop();
}

#[test]
fn a_huge_body_is_refused_without_being_kept() {
    let served = Serving::new();
    assert_eq!(served.predict(r#"{"text": "warm"}"#).status, 200);
    let before = served.memory("VmRSS");
    let piece = vec![b'x'; 1 << 20];
    // Eight megabytes in pieces of unknown number: it is told so, though it is still sending.
    let mut stream = served.connect();
    stream
        .write_all(b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
        .unwrap();
    for _ in 0..8 {
        stream.write_all(format!("{:x}\r\n", piece.len()).as_bytes()).unwrap();
        stream.write_all(&piece).unwrap();
        stream.write_all(b"\r\n").unwrap();
    }
    stream.write_all(b"0\r\n\r\n").unwrap();
    read(stream).unwrap().refuses(413, "more than 2000000 bytes");
    // A terabyte that is only announced, with and without waiting for a word.
    for more in ["", "Expect: 100-continue\r\n"] {
        let mut stream = served.connect();
        stream.write_all(head(1 << 40, more).as_bytes()).unwrap();
        read(stream).unwrap().refuses(413, "more than 2000000 bytes");
    }
    // One that does not stop sending is cut off.
    let mut stream = served.connect();
    stream.write_all(head(1 << 40, "").as_bytes()).unwrap();
    let mut sent = 0_u64;
    while stream.write_all(&piece).is_ok() {
        sent += piece.len() as u64;
        assert!(sent < 4 << 30, "it still reads after {sent} bytes");
    }
    // As many at once as are taken, all of them as large as may be.
    let whole = json!({ "texts": ["y".repeat(200_000), "x ".repeat(100_000)] }).to_string();
    std::thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| {
                let status = served.predict(&whole).status;
                assert!(matches!(status, 200 | 503), "{status}");
            });
        }
    });
    assert_eq!(served.get("/health").status, 200);
    let grown = served.memory("VmHWM").saturating_sub(before);
    assert!(grown < GROWTH, "{grown} KB more");
    served.stop();
}

#[test]
fn a_thousand_connections_find_a_place_or_are_told() {
    let served = Serving::with(&[("CONNECTIONS", "300")]);
    assert_eq!(served.predict(r#"{"text": "warm"}"#).status, 200);
    let before = served.memory("VmRSS");
    let mut streams: Vec<TcpStream> = (0..1_000).map(|_| served.connect()).collect();
    for stream in &mut streams {
        // Those beyond the second limit are closed at once.
        let _ = stream.write_all(format!("{}{{\"text\": \"a\"}}", head(13, "")).as_bytes());
    }
    let mut found = std::collections::BTreeMap::<Option<u16>, usize>::new();
    let mut open = Vec::new();
    for stream in streams {
        let mut reader = BufReader::new(stream);
        let answer = answer(&mut reader);
        if let Some(answer) = answer.as_ref().filter(|answer| answer.status != 200) {
            answer.refuses(503, "connections are open");
            assert!(answer.head.contains("retry-after: 1") && answer.head.contains("connection: close"));
        }
        *found.entry(answer.map(|answer| answer.status)).or_default() += 1;
        open.push(reader);
    }
    let count = |status: Option<u16>| found.get(&status).copied().unwrap_or(0);
    assert!(count(Some(200)) >= 300, "{found:?}");
    assert!(count(Some(503)) > 0, "{found:?}");
    assert_eq!(count(Some(200)) + count(Some(503)) + count(None), 1_000, "{found:?}");
    let grown = served.memory("VmHWM").saturating_sub(before);
    assert!(grown < GROWTH, "{grown} KB more");
    drop(open);
    // There is room again.
    let free = (0..100).any(|_| {
        std::thread::sleep(Duration::from_millis(50));
        let mut stream = served.connect();
        let _ = stream.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n");
        read(stream).is_some_and(|answer| answer.status == 200)
    });
    assert!(free);
    served.stop();
}

#[test]
fn more_requests_than_are_taken_are_told_to_come_back() {
    let served = Serving::with(&[("CONCURRENCY", "2")]);
    let slow: Vec<TcpStream> = (0..2)
        .map(|_| {
            let mut stream = served.connect();
            stream.write_all(format!("{}{{\"text\"", head(13, "")).as_bytes()).unwrap();
            stream
        })
        .collect();
    let refused = (0..100).find_map(|_| {
        std::thread::sleep(Duration::from_millis(20));
        Some(served.predict(r#"{"text": "a"}"#)).filter(|answer| answer.status != 200)
    });
    let refused = refused.unwrap();
    refused.refuses(503, "as many requests are under way");
    assert!(refused.head.contains("retry-after: 1"), "{}", refused.head);
    // What looks after it is answered all the same.
    assert_eq!(served.get("/health").status, 200);
    assert_eq!(served.get("/metrics").status, 200);
    for mut stream in slow {
        stream.write_all(b": \"a\"}").unwrap();
        assert_eq!(read(stream).unwrap().status, 200);
    }
    assert_eq!(served.predict(r#"{"text": "a"}"#).status, 200);
    served.stop();
}
