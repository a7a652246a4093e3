mod files;
mod laws;
mod posts;
mod real;

use std::io::Cursor;
use std::path::{Path, PathBuf};

use super::*;
use crate::error::ErrorKind;
use crate::source::testing::{Read as Gave, read_all, read_until_error};

/// Three lines of our own shape.
const THREE: &str = r#"{"id":"1","created_at":"2020-01-01T00:00:00Z","text":"one"}
{"id":"2","created_at":"2020-01-01T00:00:01Z","text":"two"}
{"id":"3","created_at":"2020-01-01T00:00:02Z","text":"three"}
"#;

fn piped(bytes: &[u8], strict: bool, keep_excerpts: bool) -> Replay {
    let stdin: Box<dyn Read + Send> = Box::new(Cursor::new(bytes.to_vec()));
    Replay::open(&["-".to_owned()], ReplayOptions { strict, keep_excerpts, stdin: Some(stdin) }).unwrap()
}

/// What `bytes` on standard input give, and how they end.
fn read(bytes: impl AsRef<[u8]>) -> (Gave, Option<Error>) {
    read_until_error(&mut piped(bytes.as_ref(), false, false))
}

/// The texts of the posts, and the reasons of the rejects with their lines.
fn texts_and_reasons(bytes: impl AsRef<[u8]>) -> (Vec<String>, Vec<String>) {
    let (gave, _) = read(bytes);
    let reasons =
        gave.rejects.iter().map(|r| format!("{}: {}", r.line.unwrap_or_default(), r.reason)).collect();
    (gave.posts.into_iter().map(|p| p.text).collect(), reasons)
}

fn file(folder: &Path, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, content).unwrap();
    path
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut encoder, bytes).unwrap();
    encoder.finish().unwrap()
}

/// `count` lines of our own shape.
fn many(count: u64) -> String {
    (0..count)
        .map(|n| {
            format!("{{\"id\":\"{}\",\"created_at\":\"2020-01-01T00:{:02}:{:02}Z\",\"text\":\"post number {n} {}\"}}\n",
                100 + n, n / 60 % 60, n % 60, n.wrapping_mul(0x9e37_79b9_7f4a_7c15))
        })
        .collect()
}

#[test]
fn our_own_lines_are_read_word_for_word() {
    let line = r#"{"id": 567588278875213824, "text": "a &amp; b \u0000 😀", "created_at": "2015-02-17T07:36:05.000Z",
        "lang": "en", "author_id": "41", "author": {"id": "41", "username": "u", "name": "N", "location": null,
        "verified": true}, "referenced_tweets": [{"type": "quoted", "id": "9"}], "unknown": {"x": [1]}}"#;
    let (gave, error) = read(line.replace('\n', " "));
    assert_eq!(error, None);
    let post = &gave.posts[0];
    assert_eq!(post.id, "567588278875213824");
    assert_eq!(post.text, "a &amp; b \0 😀");
    assert_eq!(post.created_at.to_string(), "2015-02-17T07:36:05Z");
    assert_eq!(post.lang.as_deref(), Some("en"));
    assert_eq!(post.author.id.as_deref(), Some("41"));
    assert_eq!(post.author.name.as_deref(), Some("N"));
    assert_eq!((post.author.location.as_deref(), post.author.verified), (None, Some(true)));
    assert_eq!(post.reference.as_ref().map(|r| (r.kind.as_str(), r.id.as_str())), Some(("quoted", "9")));
    assert_eq!(post.post_url.as_deref(), Some("https://x.com/i/web/status/567588278875213824"));
    assert_eq!(gave.bytes_read, line.len() as u64);
}

#[test]
fn a_bad_line_costs_only_itself_and_says_where_and_why() {
    let second = "not valid JSON: the line ends in the middle (it was cut)";
    for (bad, reason) in [
        (r#"{"id":"1","created_at":"2020-01-01T0"#, second),
        (r#"{"id":"1" "created_at"}"#, "not valid JSON at byte 10 of the line"),
        ("posts of today", "neither JSON nor CSV with a header"),
        ("123", "not a tweet: a bare number or truth value"),
        ("null", "not a tweet: null"),
        (r#""text""#, "not a tweet: a bare string"),
        ("[[]]", "not a tweet: a list"),
        ("{}", "not a tweet: a JSON object without id and text"),
        (
            r#"{"title":"operational-disconnect","type":"https://api.twitter.com/2/problems/operational-disconnect"}"#,
            "not a tweet: an error message of X (operational-disconnect)",
        ),
        (
            r#"{"title":"ConnectionException","detail":"too many connections"}"#,
            "not a tweet: an error message of X",
        ),
        (
            r#"{"errors":[{"title":"x","type":"https://api.twitter.com/2/problems/operational-disconnect"}]}"#,
            "not a tweet: an error message of X (operational-disconnect)",
        ),
        (
            r#"{"data":[{"start":"a","end":"b","tweet_count":3}],"meta":{"total_tweet_count":3}}"#,
            "not a tweet: a count of posts",
        ),
        (r#"{"data":[{"id":"1","username":"u","name":"n"}]}"#, "no text"),
        (r#"{"delete":{"tweet":{"id":"1"}}}"#, "not a tweet: a notice of a deletion"),
        (r#"{"created_at":"2020-01-01T00:00:00Z","text":"x"}"#, "no id"),
        (r#"{"id":"","created_at":"2020-01-01T00:00:00Z","text":"x"}"#, "no id"),
        (r#"{"id":null,"created_at":"2020-01-01T00:00:00Z","text":"x"}"#, "no id"),
        (r#"{"id":"1","created_at":"2020-01-01T00:00:00Z"}"#, "no text"),
        (r#"{"id":"1","text":"x"}"#, "no created_at"),
        (r#"{"id":"1","text":"x","created_at":"yesterday"}"#, super::when::UNREADABLE),
        (r#"{"id":"1","text":"x","created_at":"0000-01-01T00:00:00Z"}"#, super::when::OUTSIDE),
        (r#"{"id":"1","text":"x","created_at":"9999-12-31T23:59:59Z"}"#, super::when::OUTSIDE),
        (
            r#"{"id":1.5e17,"text":"x","created_at":"2020-01-01T00:00:00Z"}"#,
            "the id is neither a string nor a whole number of at most 64 bits",
        ),
        (
            r#"{"id":18446744073709551616,"text":"x","created_at":"2020-01-01T00:00:00Z"}"#,
            "the id is neither a string nor a whole number of at most 64 bits",
        ),
        (r#"{"id":"1","text":["x"],"created_at":"2020-01-01T00:00:00Z"}"#, "text is not a string"),
        (r#"{"id":"1","text":"x","created_at":{}}"#, "created_at is neither a string nor a number"),
        (r#"{"id":"1","text":"x","created_at":"2020-01-01","author":"me"}"#, "author is not an object"),
        (
            r#"{"id":"1","id":"2","text":"x","created_at":"2020-01-01"}"#,
            "a field is there twice, or of another type than a post's",
        ),
    ] {
        let input = THREE.replacen("{\"id\":\"2\"", &format!("{bad}\n{{\"id\":\"2\""), 1);
        let (texts, reasons) = texts_and_reasons(&input);
        assert_eq!(texts, ["one", "two", "three"], "{bad}");
        assert_eq!(reasons, [format!("2: {reason}")], "{bad}");
        // As the first line, it must not change what the rest is taken for.
        let (texts, reasons) = texts_and_reasons(format!("{bad}\n{THREE}"));
        // (What follows an array is read value by value, and its brackets are passed over.)
        let expected = if bad == "[[]]" { vec![] } else { vec![format!("1: {reason}")] };
        assert_eq!((texts.len(), reasons), (3, expected), "{bad}");
    }
}

#[test]
fn broken_utf8_null_bytes_and_blank_lines() {
    let mut input = b"\r\n  \n".to_vec();
    input.extend(THREE.replace('\n', "\r\n").replace("two", "two\\u0000!").bytes());
    input.extend(b"{\"id\":\"4\",\"created_at\":\"2020-01-01T00:00:00Z\",\"text\":\"\xff\xfe\"}\n");
    input.extend(b"{\"id\":\"5\",\"created_at\":\"2020-01-01T00:00:00Z\",\"text\":\"\x00\"}\n\0\n");
    let (texts, reasons) = texts_and_reasons(&input);
    assert_eq!(texts, ["one", "two\0!", "three"]);
    assert_eq!(reasons.len(), 3, "{reasons:?}");
    assert_eq!(reasons[0], "6: broken UTF-8 at byte 54 of the line");
    assert!(reasons[1].starts_with("7: not valid JSON at byte "), "{reasons:?}");
}

#[test]
fn a_line_above_the_limit_is_passed_over() {
    let long = format!("{{\"id\":\"9\",\"text\":\"{}\"}}\n", "x".repeat(10 << 20));
    let (texts, reasons) = texts_and_reasons(format!("{long}{THREE}{long}"));
    assert_eq!(texts, ["one", "two", "three"]);
    assert_eq!(reasons, ["1: a line longer than 8 MiB", "5: a line longer than 8 MiB"]);
}

#[test]
fn a_reject_quotes_nothing_unless_asked_to() {
    let input = format!("{THREE}the secret word\n{{\"id\":\"secret\",\"text\":[\"secret\"]}}\n");
    let (gave, _) = read(&input);
    assert!(gave.rejects.iter().all(|r| r.excerpt.is_none() && !r.reason.contains("secret")));
    assert_eq!((gave.rejects[0].file.as_str(), gave.rejects[0].byte), ("-", Some(THREE.len() as u64)));
    let gave = read_all(&mut piped(input.as_bytes(), false, true)).unwrap();
    assert_eq!(gave.rejects[0].excerpt.as_deref(), Some("the secret word"));
}

#[test]
fn strict_reading_ends_with_the_first_reject() {
    let input = format!("{THREE}\nnot json\n{}", THREE.replace("\"id\":\"", "\"id\":\"1"));
    let (gave, error) = read_until_error(&mut piped(input.as_bytes(), true, false));
    assert_eq!((gave.posts.len(), gave.rejects.len()), (3, 0));
    let error = error.unwrap();
    assert_eq!(error.kind, ErrorKind::Input);
    assert!(error.message.starts_with("-:5: neither JSON"), "{error}");
    assert!(error.hint.is_some());
}

#[test]
fn input_without_posts_is_an_error_that_says_why() {
    for (input, cause) in [
        ("", "there is nothing in it"),
        ("\n\n \n", "there is nothing in it"),
        ("hello\nworld\n", "-:1: neither JSON nor CSV with a header"),
        ("[]", "there is nothing in it"),
        ("id,created_at,text\n", "there is nothing in it"),
    ] {
        let (gave, error) = read(input);
        assert_eq!(gave.posts.len(), 0);
        let error = error.unwrap();
        assert_eq!(error.kind, ErrorKind::Input);
        assert_eq!(error.message, "no post could be read from -");
        assert_eq!(error.causes[0], cause, "{input:?}");
    }
}

#[test]
fn many_posts_come_in_batches_and_many_rejects_do_too() {
    let gave = read_all(&mut piped(many(12_345).as_bytes(), false, false)).unwrap();
    assert_eq!(gave.posts.len(), 12_345);
    let (gave, error) = read("x\n".repeat(5_000));
    assert_eq!(gave.rejects.len(), 5_000);
    assert_eq!(error.unwrap().causes.len(), 3);
}

#[test]
fn a_hundred_thousand_duplicates_are_the_gates_to_find() {
    let gave = read_all(&mut piped(THREE.repeat(33_334).as_bytes(), false, false)).unwrap();
    assert_eq!((gave.posts.len(), gave.rejects.len()), (100_002, 0));
}
