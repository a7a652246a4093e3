use std::io::Write;

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn folders_of_earlier_days_are_not_read() {
    let since = at("2026-11-22T10:00:00Z");
    assert!(is_before("live/dt=2026-11-20/a", since));
    for key in
        ["live/dt=2026-11-21/a", "live/dt=2026-11-22/a", "live/dt=2026-11-23/a", "live/a", "live/dt=20"]
    {
        assert!(!is_before(key, since), "{key}");
    }
}

#[test]
fn objects_are_unpacked_by_what_they_are() {
    let text = b"{}\n".repeat(1_000);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&text).unwrap();
    let gzip = gzip.finish().unwrap();
    assert_eq!(unpacked(gzip.clone()).unwrap(), text);
    assert_eq!(unpacked(zstd::encode_all(&text[..], 1).unwrap()).unwrap(), text);
    assert_eq!(unpacked(text.clone()).unwrap(), text);
    assert!(unpacked(gzip[..gzip.len() / 2].to_vec()).is_err(), "an object that was cut is an error");
}

#[test]
fn lines_are_ours_others_or_nobodys() {
    let post = |run: &str| {
        format!(
            r#"{{"topic":"t","source":"s","run_id":"{run}","sequence":7,"tweet_id":"1","created_at":"2026-11-22T10:00:00Z","text":"a"}}"#
        )
    };
    let raw = |run: &str| format!(r#"{{"attemptsMade":1,"rawData":"{}"}}"#, STANDARD.encode(post(run)));
    assert!(matches!(
        failed(raw("r").as_bytes(), "r"),
        Found::Ours(Line::Failed(FailedRecord { sequence: 7, .. }))
    ));
    assert!(matches!(failed(raw("q").as_bytes(), "r"), Found::Others));
    assert!(matches!(failed(br#"{"rawData":"e30="}"#, "r"), Found::Nameless));
    assert!(matches!(failed(br#"{"rawData":"?"}"#, "r"), Found::Unreadable));
    assert!(matches!(row(br#"{"text":"a","label":"positive"}"#, "r"), Found::Nameless));
    assert!(matches!(row(br#"{"run_id":"q"}"#, "r"), Found::Others));
    assert!(matches!(row(br#"{"run_id":"r"}"#, "r"), Found::Unreadable), "a row with fields missing");
    assert!(matches!(row(b"{", "r"), Found::Unreadable));
}
