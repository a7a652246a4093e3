//! One mishap at a time.

use std::time::Duration;

use sentistack::error::ErrorKind;
use sentistack::pipeline::port::{Deleted, Source};
use sentistack::source::bluesky::Bluesky;

use super::server::{Jetstream, Mishap, Script};
use super::*;

fn wanted(n: i64) -> Vec<String> {
    (1..=n).map(|i| format!("p{i:04}")).collect()
}

fn script(n: i64, mishaps: &[Mishap]) -> Script {
    Script { events: posts(n), skew: 0, mishaps: mishaps.to_vec() }
}

#[tokio::test]
async fn an_undisturbed_stream_is_read_to_the_end() {
    let server = Jetstream::start(script(1_200, &[]));
    let mut source = Bluesky::new(options(&[&server.url])).unwrap();
    let info = source.info();
    assert!(info.keeps_pages && !info.time_ordered && !info.unique_ids && !info.synthetic);
    assert_eq!(info.planned, Some((moment(0), moment(3_600))));
    let (batches, end) = read(&mut source).await;
    end.unwrap();
    assert_eq!(keys(&batches), wanted(1_200));
    for (number, batch) in batches.iter().enumerate() {
        let mark = batch.mark.as_ref().unwrap();
        assert_eq!((mark.stretch.as_str(), mark.page as usize), ("jetstream", number + 1));
        assert_eq!(mark.next.is_none(), number + 1 == batches.len());
        assert!(batch.posts.len() <= 500);
    }
    assert!(batches.windows(2).all(|pair| pair[0].settled_before <= pair[1].settled_before));
    assert_eq!(
        server.asked(),
        [format!(
            "/subscribe?wantedCollections=app.bsky.feed.post&maxMessageSizeBytes=4194304&cursor={START}"
        )]
    );
    let first = &batches[0].posts[0];
    assert_eq!(first.id, "at://did:plc:abc/app.bsky.feed.post/p0001");
    assert_eq!(first.created_at, moment(-2));
    assert_eq!(source.next().await, Ok(None));
}

#[tokio::test]
async fn a_cut_a_close_and_a_freeze_lose_nothing_and_repeat_nothing() {
    for mishap in [Mishap::CutInside(30), Mishap::Close(30), Mishap::Freeze(30), Mishap::Stall(30)] {
        let server = Jetstream::start(script(60, &[mishap]));
        let mut options = options(&[&server.url]);
        options.pace.silent = Duration::from_millis(300);
        let (batches, end) = read(&mut Bluesky::new(options).unwrap()).await;
        end.unwrap_or_else(|e| panic!("{mishap:?}: {e}"));
        assert_eq!(keys(&batches), wanted(60), "{mishap:?}");
        let cursors = server.cursors();
        assert_eq!(cursors[1], START + 25_000_000, "{mishap:?}: rewound by five seconds");
    }
}

#[tokio::test]
async fn garbage_is_rejected_and_counted_once() {
    let server = Jetstream::start(script(40, &[Mishap::Garbage(20), Mishap::Close(2)]));
    let other = Jetstream::start(script(40, &[]));
    let (batches, end) = read(&mut Bluesky::new(options(&[&server.url, &other.url])).unwrap()).await;
    end.unwrap();
    assert_eq!(keys(&batches), wanted(40));
    let reasons: Vec<_> =
        batches.iter().flat_map(|batch| &batch.rejects).map(|r| r.reason.as_str()).collect();
    assert_eq!(reasons, ["not JSON", "a binary message"]);
}

#[tokio::test]
async fn an_instance_that_refuses_is_left_for_the_next() {
    let down = Jetstream::start(script(20, &[Mishap::Refuse(503); 50]));
    let refuses = Jetstream::start(script(20, &[Mishap::Refuse(403); 50]));
    let good = Jetstream::start(script(20, &[]));
    let urls = [down.url.as_str(), "ws://127.0.0.1:9", &refuses.url, &good.url];
    let (batches, end) = read(&mut Bluesky::new(options(&urls)).unwrap()).await;
    end.unwrap();
    assert_eq!(keys(&batches), wanted(20));
}

#[tokio::test]
async fn what_does_not_come_back_is_an_error_that_can_be_resumed() {
    let server =
        Jetstream::start(script(20, &[&[Mishap::Close(10)][..], &[Mishap::Refuse(503); 50]].concat()));
    let mut source = Bluesky::new(options(&[&server.url])).unwrap();
    let (batches, end) = read(&mut source).await;
    let error = end.unwrap_err();
    assert_eq!(keys(&batches), wanted(10), "what came before it is handed over");
    assert!(batches.last().unwrap().mark.as_ref().unwrap().next.is_some());
    assert_eq!(error.kind, ErrorKind::Outside);
    assert_eq!(error.message, "Bluesky's stream cannot be read: tried 10 times in a row");
    assert!(error.causes[0].contains("HTTP 503"), "{error}");
    assert!(error.hint.as_deref().unwrap().contains("resume"));
    assert_eq!(source.next().await, Ok(None), "it stays ended");

    let server = Jetstream::start(script(20, &[Mishap::Refuse(404); 50]));
    let (_, end) = read(&mut Bluesky::new(options(&[&server.url])).unwrap()).await;
    assert!(end.unwrap_err().causes[0].contains("HTTP 404"));
    assert_eq!(server.asked().len(), 1, "it is not asked again and again");
}

#[tokio::test]
async fn a_message_beyond_the_limit_is_not_held() {
    let server = Jetstream::start(script(20, &[Mishap::Huge(5 * 1024 * 1024)]));
    let (batches, end) = read(&mut Bluesky::new(options(&[&server.url])).unwrap()).await;
    end.unwrap();
    assert_eq!(keys(&batches), wanted(20));
    assert!(batches.last().unwrap().bytes_read < 100_000);
}

#[tokio::test]
async fn a_quiet_stream_ends_when_the_clock_has_passed_the_end() {
    let mut events = posts(20);
    events.pop();
    let server = Jetstream::start(Script { events, ..Script::default() });
    let mut options = options(&[&server.url]);
    options.clock = Arc::new(Still(moment(3_700)));
    options.pace.quiet = Duration::from_millis(300);
    let (batches, end) = read(&mut Bluesky::new(options).unwrap()).await;
    end.unwrap();
    assert_eq!(keys(&batches), wanted(20));
    assert_eq!(batches.last().unwrap().mark.as_ref().unwrap().next, None);
    assert!(server.cursors().len() >= 2, "a second connection has nothing more either");
}

#[tokio::test]
async fn quiet_before_the_end_moves_the_mark_and_nothing_else() {
    let mut events = posts(0);
    events.clear();
    let identity = r#"{"did":"did:plc:a","time_us":0,"kind":"identity","identity":{}}"#;
    events.push((START + 1_000_000, identity.to_owned()));
    let server = Jetstream::start(Script { events, ..Script::default() });
    let mut options = options(&[&server.url]);
    options.pace.mark = Duration::from_millis(30);
    let mut source = Bluesky::new(options).unwrap();
    let batch = source.next().await.unwrap().unwrap();
    assert!(batch.posts.is_empty() && batch.rejects.is_empty() && batch.deleted.is_empty());
    assert!(batch.mark.unwrap().next.unwrap().starts_with(&(START + 1_000_000).to_string()));
    // Where the stream did not move, there is nothing to mark.
    let more = tokio::time::timeout(Duration::from_millis(150), source.next()).await;
    assert!(more.is_err(), "{more:?}");
}

#[tokio::test]
async fn a_stop_hands_over_what_is_there_and_a_resume_goes_on() {
    let server = Jetstream::start(script(50, &[Mishap::Stall(25)]));
    let mut first = Bluesky::new(options(&[&server.url])).unwrap();
    let mut batches = Vec::new();
    while keys(&batches).len() < 25 {
        batches.push(first.next().await.unwrap().unwrap());
    }
    first.stop();
    let (more, end) = read(&mut first).await;
    end.unwrap();
    batches.extend(more);
    let marks: Vec<_> = batches.iter().map(|batch| batch.mark.clone().unwrap()).collect();
    assert!(marks.last().unwrap().next.is_some());
    let mut second = Bluesky::new(options(&[&server.url])).unwrap();
    second.resume(&marks).unwrap();
    let (rest, end) = read(&mut second).await;
    end.unwrap();
    assert_eq!(rest[0].mark.as_ref().unwrap().page, marks.last().unwrap().page + 1);
    batches.extend(rest);
    assert_eq!(keys(&batches), wanted(50));
    // A stretch that is whole has nothing more, and nobody is asked.
    let asked = server.asked().len();
    let mut third = Bluesky::new(options(&[&server.url])).unwrap();
    third.resume(&batches.iter().map(|batch| batch.mark.clone().unwrap()).collect::<Vec<_>>()).unwrap();
    assert_eq!(third.next().await, Ok(None));
    assert_eq!(server.asked().len(), asked);
    // One that was never begun has nothing to hand over.
    let mut unread = Bluesky::new(options(&[&server.url])).unwrap();
    unread.stop();
    assert_eq!(unread.next().await, Ok(None));
}

#[tokio::test]
async fn next_may_be_dropped_at_any_moment() {
    let server = Jetstream::start(script(300, &[Mishap::CutInside(100)]));
    let mut options = options(&[&server.url]);
    options.pace.batch = 7;
    let mut source = Bluesky::new(options).unwrap();
    let mut batches = Vec::new();
    loop {
        // Polled once, and dropped where it does not answer at once.
        let polled = tokio::select! {
            biased;
            read = source.next() => Some(read.unwrap()),
            () = tokio::task::yield_now() => None,
        };
        match polled {
            Some(Some(batch)) => batches.push(batch),
            Some(None) => break,
            None => tokio::task::yield_now().await,
        }
    }
    assert_eq!(keys(&batches), wanted(300));
}

#[tokio::test]
async fn deletions_are_obeyed_before_and_after_a_flush() {
    let at = |i: i64| START + i * 1_000_000;
    let mut events: Vec<(i64, String)> = (1..=20)
        .map(|i| (at(i), create(["a", "b"][(i % 2) as usize], &format!("p{i:04}"), at(i), "x")))
        .collect();
    events.push((at(21), delete("b", "p0001", at(21))));
    events.push((at(22), gone("a", 7)));
    events.push((at(4_000), delete("nobody", "x", at(4_000))));
    let server = Jetstream::start(Script { events, ..Script::default() });
    // In one batch: what is gone was never there.
    let mut options = options(&[&server.url]);
    options.pace.flush = Duration::from_secs(60);
    let (batches, end) = read(&mut Bluesky::new(options).unwrap()).await;
    end.unwrap();
    let odd: Vec<String> = (3..=19).step_by(2).map(|i| format!("p{i:04}")).collect();
    assert_eq!(keys(&batches), odd);
    // Post by post: what was handed over is taken back.
    let mut options = super::options(&[&server.url]);
    options.pace.batch = 1;
    let (batches, end) = read(&mut Bluesky::new(options).unwrap()).await;
    end.unwrap();
    assert_eq!(keys(&batches), wanted(20));
    let deleted: Vec<_> = batches.iter().flat_map(|batch| batch.deleted.clone()).collect();
    let post = Deleted::Post("at://did:plc:b/app.bsky.feed.post/p0001".to_owned());
    assert_eq!(deleted, [post, Deleted::Prefix("at://did:plc:a/".to_owned())]);
}

#[tokio::test]
async fn query_language_and_limit() {
    let server = Jetstream::start(script(100, &[]));
    let mut options = options(&[&server.url]);
    options.query = Some("\"post 7\" OR \"post 8\"".to_owned());
    options.lang = vec!["en".to_owned()];
    let (batches, end) = read(&mut Bluesky::new(options).unwrap()).await;
    end.unwrap();
    assert_eq!(keys(&batches), ["p0007", "p0008"]);
    assert_eq!(batches.iter().map(|batch| batch.passed_over).sum::<u64>(), 98);
    assert!(batches.iter().all(|batch| batch.dropped.is_empty()));

    let mut limited = super::options(&[&server.url]);
    limited.limit = Some(30);
    let (batches, end) = read(&mut Bluesky::new(limited).unwrap()).await;
    end.unwrap();
    assert_eq!(keys(&batches), wanted(30));
    assert_eq!(batches.last().unwrap().mark.as_ref().unwrap().next, None);

    let mut wrong = super::options(&[&server.url]);
    wrong.query = Some("delta OR".to_owned());
    let error = Bluesky::new(wrong).err().unwrap();
    assert_eq!(error.kind, ErrorKind::Config);
    assert_eq!(
        error.message,
        "the query \"delta OR\" cannot be read: OR has no term after it at character 7"
    );
}

#[tokio::test]
async fn what_the_stream_no_longer_has_is_an_error_before_it_is_asked_for() {
    let server = Jetstream::start(script(10, &[]));
    let mut options = options(&[&server.url]);
    options.clock = Arc::new(Still(moment(40 * 3_600)));
    let (_, end) = read(&mut Bluesky::new(options).unwrap()).await;
    let error = end.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Failed);
    assert!(error.causes[0].contains("2026-01-01T04:00:00Z"), "{error}");
    assert!(server.asked().is_empty());
}
