use std::io::BufRead as _;
use std::net::TcpListener;

use super::*;

#[test]
fn an_address_is_read() {
    let origin = Origin::parse("http://127.0.0.1:9001").unwrap();
    assert_eq!((origin.tls, &*origin.host, origin.port, &*origin.path), (false, "127.0.0.1", 9001, ""));
    assert_eq!(origin.base(), "http://127.0.0.1:9001");
    let origin = Origin::parse("https://b.s3.eu-west-1.amazonaws.com/x/").unwrap();
    assert_eq!((origin.authority(), &*origin.path), ("b.s3.eu-west-1.amazonaws.com".to_owned(), "/x"));
    let origin = Origin::parse("http://[::1]").unwrap();
    assert_eq!((&*origin.host, origin.port, origin.authority()), ("::1", 80, "[::1]".to_owned()));
    for wrong in
        ["", "10.0.0.1:80", "ftp://x", "http://", "http://a b", "http://x:y", "http://x/a b", "http://u@x"]
    {
        assert!(Origin::parse(wrong).is_err(), "{wrong}");
    }
}

/// A server that answers the requests of one connection after another with these bytes, one after each head.
fn server(connections: Vec<Vec<&'static [u8]>>) -> Client {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for answers in connections {
            let (mut socket, _) = listener.accept().unwrap();
            let mut lines = std::io::BufReader::new(socket.try_clone().unwrap()).lines();
            for answer in answers {
                while lines.next().is_some_and(|line| !line.unwrap().is_empty()) {}
                // In small pieces, as a network may bring it.
                for piece in answer.chunks(7) {
                    socket.write_all(piece).unwrap();
                    std::thread::yield_now();
                }
            }
        }
    });
    let times = Times { connect: Duration::from_secs(5), answer: Some(Duration::from_secs(5)) };
    Client::new(Origin::parse(&format!("http://127.0.0.1:{port}")).unwrap(), times)
}

fn get(client: &mut Client) -> Result<(u16, String), Fault> {
    client
        .send("GET", "/", &[], &[], 1_000)
        .map(|answer| (answer.status, String::from_utf8(answer.body).unwrap()))
}

#[test]
fn bodies_come_whole_however_their_length_is_told() {
    let known: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Y: z\r\n\r\nhello";
    let chunked: &[u8] =
        b"HTTP/1.1 404 -\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0a;x=1\r\n0123456789\r\n0\r\n\r\n";
    let continued: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 -\r\n\r\n";
    let to_the_end: &[u8] = b"HTTP/1.1 200 OK\r\n\r\nall there is";
    // All over one connection, but for the last, which a new one follows.
    let mut client = server(vec![vec![known, chunked, continued, known, to_the_end], vec![known]]);
    assert_eq!(get(&mut client).unwrap(), (200, "hello".to_owned()));
    assert_eq!(get(&mut client).unwrap(), (404, "abc0123456789".to_owned()));
    assert_eq!(get(&mut client).unwrap(), (204, String::new()));
    let answer = client.send("GET", "/", &[], &[], 5).unwrap();
    assert_eq!((answer.header("x-y"), answer.header("x-z")), (Some("z"), None));
    assert_eq!(get(&mut client).unwrap(), (200, "all there is".to_owned()));
    assert_eq!(get(&mut client).unwrap(), (200, "hello".to_owned()));
}

#[test]
fn a_kept_connection_that_was_closed_is_made_anew_and_a_new_one_is_not_tried_twice() {
    let good: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    let mut client = server(vec![vec![good], vec![good], vec![]]);
    assert_eq!(get(&mut client).unwrap().1, "ok");
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(get(&mut client).unwrap().1, "ok");
    client.open = None;
    assert!(matches!(get(&mut client), Err(Fault::Broken(_))));
}

#[test]
fn what_is_not_http_or_too_long_is_told() {
    for (bytes, wanted) in [
        (&b"SSH-2.0-OpenSSH\r\n\r\n"[..], "not HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "no number"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n", "too long"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\n", "too long"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n", "too long"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n?\r\n", "no length"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc", "no end"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", "in the middle"),
        (b"HTTP/1.1 200", "before an answer"),
    ] {
        let error = get(&mut server(vec![vec![bytes]])).unwrap_err().to_string();
        assert!(error.contains(wanted), "{}: {error}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn nobody_is_waited_for_longer_than_said() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = Origin::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let times = Times { connect: Duration::from_secs(5), answer: Some(Duration::from_millis(100)) };
    let mut client = Client::new(origin, times);
    assert!(matches!(get(&mut client), Err(Fault::TimeOut)));
    // A trickle is no answer either.
    std::thread::spawn(move || {
        for stream in listener.incoming().skip(1) {
            let mut stream = stream.unwrap();
            while stream.write_all(b"H").is_ok() {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    });
    assert!(get(&mut client).is_err());
}
