use super::*;
use crate::source::bluesky::event;

const START: i64 = 1_767_225_600_000_000; // 2026-01-01T00:00:00Z

/// `seconds` after the start.
fn at(seconds: i64) -> i64 {
    START + seconds * 1_000_000
}

fn message(at: i64, did: &str, commit: &str) -> String {
    format!(
        r#"{{"did":"did:plc:{did}","time_us":{at},"kind":"commit","commit":{{"collection":"app.bsky.feed.post",{commit}}}}}"#
    )
}

fn create(at: i64, did: &str, rkey: &str, record: &str) -> String {
    message(at, did, &format!(r#""operation":"create","rev":"r{at}","rkey":"{rkey}","record":{{{record}}}"#))
}

fn update(at: i64, did: &str, rkey: &str, text: &str) -> String {
    let commit =
        format!(r#""operation":"update","rev":"r{at}","rkey":"{rkey}","record":{{"text":"{text}"}}"#);
    message(at, did, &commit)
}

fn delete(at: i64, did: &str, rkey: &str) -> String {
    message(at, did, &format!(r#""operation":"delete","rev":"r{at}","rkey":"{rkey}""#))
}

fn gone(at: i64, did: &str) -> String {
    format!(
        r#"{{"did":"did:plc:{did}","time_us":{at},"kind":"account","account":{{"active":false,"seq":{at},"status":"deleted"}}}}"#
    )
}

fn intake(query: &str, lang: &[&str], limit: Option<u64>) -> Intake {
    let lang = lang.iter().map(|lang| (*lang).to_owned()).collect();
    Intake::new(Wanted { query: Query::parse(query).unwrap(), lang, limit })
}

fn take(intake: &mut Intake, messages: &[String]) {
    for text in messages {
        intake.take(event::parse(text), text.len() as u64, "host");
    }
}

fn keys(batch: &SourceBatch) -> Vec<&str> {
    batch.posts.iter().map(|post| post.id.rsplit('/').next().unwrap()).collect()
}

fn uri(did: &str, rkey: &str) -> String {
    format!("at://did:plc:{did}/app.bsky.feed.post/{rkey}")
}

#[test]
fn what_is_not_asked_for_is_passed_over_and_counted_apart() {
    let mut intake = intake("delta", &["en"], None);
    take(
        &mut intake,
        &[
            create(at(1), "a", "1", r#""text":"delta","langs":["en"]"#),
            create(at(2), "a", "2", r#""text":"delta","langs":["de"]"#),
            create(at(3), "a", "3", r#""text":"delta","langs":["de","en-GB"]"#),
            create(at(4), "a", "4", r#""text":"Delta""#),
            create(at(5), "a", "5", r#""text":"delta","langs":["und"]"#),
            create(at(6), "a", "6", r#""text":"united","langs":["en"]"#),
        ],
    );
    let batch = intake.flush(false);
    assert_eq!(keys(&batch), ["1", "3", "4", "5"]);
    assert_eq!(batch.posts[1].lang.as_deref(), Some("de"), "the first that it states");
    assert_eq!((batch.passed_over, batch.dropped.len(), batch.rejects.len()), (2, 0, 0));
    assert!(batch.bytes_read > 500);
}

#[test]
fn deletions_take_out_what_was_not_handed_over_and_tell_of_what_was() {
    let mut intake = intake("", &[], None);
    let text = r#""text":"x""#;
    take(
        &mut intake,
        &[create(at(1), "a", "1", text), create(at(2), "a", "2", text), create(at(3), "b", "3", text)],
    );
    take(&mut intake, &[delete(at(4), "a", "1"), delete(at(5), "c", "9"), gone(at(6), "c")]);
    let first = intake.flush(false);
    assert_eq!((keys(&first), first.deleted.len()), (vec!["2", "3"], 0));
    assert_eq!(first.dropped, [("deleted", 1)]);
    take(&mut intake, &[delete(at(7), "a", "2"), gone(at(8), "b"), delete(at(9), "z", "1")]);
    let second = intake.flush(false);
    assert_eq!(second.deleted, [Deleted::Post(uri("a", "2")), Deleted::Prefix("at://did:plc:b/".into())]);
    // What is gone does not come back when the stream is rewound.
    take(
        &mut intake,
        &[create(at(1), "a", "1", text), create(at(2), "a", "2", text), delete(at(7), "a", "2")],
    );
    assert!(intake.is_empty());
}

#[test]
fn after_a_resume_every_deletion_may_be_of_a_post_that_was_kept() {
    let mut intake = intake("", &[], None);
    intake.resume(3, Cursor { at: at(10), posts: 5, ..Cursor::default() });
    take(&mut intake, &[delete(at(11), "z", "1"), gone(at(12), "y")]);
    let batch = intake.flush(false);
    assert_eq!(batch.deleted, [Deleted::Post(uri("z", "1")), Deleted::Prefix("at://did:plc:y/".into())]);
    assert_eq!(batch.mark.unwrap().page, 4);
}

#[test]
fn a_changed_post_takes_the_place_of_the_one_before() {
    let mut intake = intake("delta", &[], None);
    take(
        &mut intake,
        &[create(at(1), "a", "1", r#""text":"delta""#), update(at(2), "a", "1", "delta again")],
    );
    let batch = intake.flush(false);
    assert_eq!((keys(&batch), batch.posts[0].text.as_str()), (vec!["1"], "delta again"));
    // Handed over already: it comes again under its identifier, or is taken back when it is not asked for any more.
    take(&mut intake, &[update(at(3), "a", "1", "delta thrice")]);
    assert_eq!(intake.flush(false).posts[0].text, "delta thrice");
    take(&mut intake, &[update(at(4), "a", "1", "no more")]);
    assert_eq!(intake.flush(false).deleted, [Deleted::Post(uri("a", "1"))]);
    // A version that was not handed over does not hide the one that was.
    take(&mut intake, &[create(at(4), "a", "7", r#""text":"delta""#)]);
    intake.flush(false);
    take(&mut intake, &[update(at(5), "a", "7", "delta again"), delete(at(5), "a", "7")]);
    let batch = intake.flush(false);
    assert_eq!((keys(&batch).len(), batch.deleted), (0, vec![Deleted::Post(uri("a", "7"))]));
    // One that did not match before may match now.
    take(&mut intake, &[create(at(5), "b", "2", r#""text":"x""#), update(at(6), "b", "2", "delta")]);
    assert_eq!(keys(&intake.flush(false)), ["2"]);
}

#[test]
fn a_post_that_is_dated_back_is_late() {
    let mut intake = intake("", &[], None);
    take(
        &mut intake,
        &[
            create(at(0), "a", "1", r#""text":"x","createdAt":"2015-01-01T00:00:00Z""#),
            create(at(1), "a", "2", r#""text":"x","createdAt":"2025-12-31T23:55:02Z""#),
        ],
    );
    let batch = intake.flush(false);
    assert_eq!((keys(&batch), batch.dropped.as_slice()), (vec!["2"], &[("late", 1)][..]));
}

#[test]
fn nothing_comes_from_before_what_was_said_to_be_settled() {
    let mut intake = intake("", &[], None);
    assert_eq!(intake.flush(false).settled_before, None);
    take(&mut intake, &[create(at(1_000), "a", "1", r#""text":"x""#)]);
    let settled = intake.flush(false).settled_before.unwrap();
    // The worst that may follow: the stream rewound, and an author's clock as late as is allowed.
    let stated = Timestamp::from_microsecond(at(1_000 - 5 - 300)).unwrap();
    take(&mut intake, &[create(at(995), "a", "2", &format!(r#""text":"x","createdAt":"{stated}""#))]);
    let batch = intake.flush(false);
    assert_eq!(batch.posts[0].created_at, stated);
    assert!(settled <= stated);
}

#[test]
fn a_limit_goes_on_counting_after_a_resume() {
    let text = r#""text":"x""#;
    let mut first = intake("", &[], Some(3));
    take(&mut first, &[create(at(1), "a", "1", text), create(at(2), "a", "2", text)]);
    let mark = first.flush(false).mark.unwrap();
    let mut second = intake("", &[], Some(3));
    second.resume(mark.page, mark.next.unwrap().parse().unwrap());
    assert!(!second.is_sated());
    let again = [create(at(1), "a", "1", text), create(at(2), "a", "2", text)];
    take(&mut second, &again);
    take(&mut second, &[create(at(3), "a", "3", text), create(at(4), "a", "4", text)]);
    assert!(second.is_sated());
    let last = second.flush(true);
    assert_eq!((keys(&last), last.mark.as_ref().unwrap().next.as_deref()), (vec!["3"], None));
}

#[test]
fn what_is_broken_is_counted_once() {
    let mut intake = intake("", &[], None);
    for _ in 0..2 {
        intake.take(event::parse("garbage"), 7, "host");
    }
    let batch = intake.flush(false);
    assert_eq!((batch.rejects.len(), batch.rejects[0].reason.as_str()), (1, "not JSON"));
    assert_eq!((batch.rejects[0].file.as_str(), &batch.rejects[0].excerpt), ("host", &None));
    let mut later = self::intake("", &[], None);
    later.resume(1, batch.mark.unwrap().next.unwrap().parse().unwrap());
    later.take(event::parse("garbage"), 7, "host");
    assert!(later.is_empty());
}
