//! How it ends: what is under way is answered, nothing new is taken, and nobody can hold it up for ever.

use std::io::{BufReader, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::{Serving, answer, head};

fn half_sent(served: &Serving) -> TcpStream {
    let mut stream = served.connect();
    stream.write_all(format!("{}{{\"text\"", head(13, "")).as_bytes()).unwrap();
    stream
}

/// Waits until the server has so many requests under way.
fn under_way(served: &Serving, count: usize) {
    for _ in 0..500 {
        let text = String::from_utf8(served.get("/metrics").body).unwrap();
        // The one that asks is under way too.
        if text.contains(&format!("sentistack_requests_in_flight {}", count + 1)) {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("they never came in");
}

/// Waits until the port refuses connections.
fn refused(served: &Serving) {
    for _ in 0..500 {
        if TcpStream::connect(served.address).is_err() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("it still takes connections");
}

#[test]
fn what_is_under_way_is_answered_and_nothing_new_is_taken() {
    for signal in ["-TERM", "-INT"] {
        let served = Serving::new();
        let streams: Vec<TcpStream> = (0..10).map(|_| half_sent(&served)).collect();
        // Others are open: one idle after its answer, one that has said nothing, one in the middle of a head.
        let mut idle = served.connect();
        idle.write_all(format!("{}{{\"text\": \"a\"}}", head(13, "")).as_bytes()).unwrap();
        assert_eq!(answer(&mut BufReader::new(&idle)).unwrap().status, 200);
        let silent = served.connect();
        let mut middle = served.connect();
        middle.write_all(b"POST /pre").unwrap();
        under_way(&served, 10);
        served.signal(signal);
        refused(&served);
        for mut stream in streams {
            stream.write_all(b": \"a\"}").unwrap();
            let mut reader = BufReader::new(stream);
            assert_eq!(answer(&mut reader).unwrap().status, 200);
            assert!(answer(&mut reader).is_none(), "the connection is closed after it");
        }
        for stream in [idle, silent, middle] {
            assert!(answer(&mut BufReader::new(stream)).is_none());
        }
        let ran = served.end().expect(0);
        assert!(ran.stderr.contains("answering what is under way"), "{}", ran.stderr);
        let ended: serde_json::Value = serde_json::from_str(ran.stdout.lines().last().unwrap()).unwrap();
        assert_eq!((&ended["answered"], &ended["cut"]), (&11.into(), &0.into()), "{ended}");
    }
}

#[test]
fn who_never_ends_holds_nothing_up() {
    let served = Serving::with(&[("TIMEOUT", "1s")]);
    let _streams: Vec<TcpStream> = (0..5).map(|_| half_sent(&served)).collect();
    under_way(&served, 5);
    let began = Instant::now();
    served.signal("-TERM");
    served.end().expect(0);
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let served = Serving::with(&[("TIMEOUT", "10m")]);
    let _held = half_sent(&served);
    under_way(&served, 1);
    served.signal("-TERM");
    refused(&served);
    served.signal("-TERM");
    served.end().expect(143);
}

#[test]
fn while_it_drains_it_answers_and_says_that_it_goes() {
    let served = Serving::with(&[("DRAIN", "3s")]);
    assert_eq!(served.get("/health").status, 200);
    served.signal("-TERM");
    let turned = (0..100).find_map(|_| {
        std::thread::sleep(Duration::from_millis(10));
        Some(served.get("/health")).filter(|health| health.status == 503)
    });
    assert_eq!(turned.unwrap().json()["status"], "stopping");
    assert_eq!(served.predict(r#"{"text": "a"}"#).status, 200);
    served.end().expect(0);
}
