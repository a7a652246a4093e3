//! Stopping, dropping and going on: what was sold is handed over, and nothing is sold again.

use super::server::{Asked, Fault};
use super::*;

fn busy(behaviour: Behaviour) -> ((Timestamp, Timestamp), World, XServer) {
    let span = quarters(6);
    let world = generated(span.0, span.1, 15);
    let server = XServer::start(world.clone(), behaviour);
    (span, world, server)
}

fn paged(server: &XServer, span: (Timestamp, Timestamp), sample: Spread) -> XSearch {
    let mut options = options(server, span, &Arc::default());
    options.max_per_window = 300;
    options.settings.sample = sample;
    XSearch::new(options).unwrap()
}

/// Reads `batches` batches, stops, takes what is on its way, and gives the marks and posts.
async fn some(source: &mut XSearch, batches: usize) -> Read {
    let mut all = Read::default();
    for _ in 0..batches {
        let Some(batch) = source.next().await.unwrap() else { return all };
        source.kept(batch.mark.as_ref().unwrap());
        all.batches.push(batch);
    }
    source.stop();
    let rest = read(source).await;
    assert_eq!(rest.error, None);
    all.batches.extend(rest.batches);
    all
}

#[tokio::test]
async fn stopped_anywhere_and_resumed_it_is_the_same_and_nothing_is_sold_twice() {
    for sample in [Spread::Newest, Spread::Spread] {
        let (span, world, server) = busy(Behaviour::default());
        let whole = read(&mut paged(&server, span, sample)).await;
        assert_eq!(whole.ids(), ids(&world));
        for stop_after in [0, 1, 3, 7, 12] {
            let (_, _, server) = busy(Behaviour::default());
            let mut first = paged(&server, span, sample);
            let before = some(&mut first, stop_after).await;
            assert_eq!(before.ids(), server.sold_ids(), "what was sold was handed over");
            // And once more, half-way.
            let mut second = paged(&server, span, sample);
            second.resume(&before.marks()).unwrap();
            let middle = some(&mut second, 4).await;
            let mut third = paged(&server, span, sample);
            let marks: Vec<Mark> = before.marks().into_iter().chain(middle.marks()).collect();
            third.resume(&marks).unwrap();
            let after = read(&mut third).await;
            let mut all: Vec<String> = [before.ids(), middle.ids(), after.ids()].concat();
            all.sort();
            assert_eq!(all, ids(&world), "stopped after {stop_after}");
            assert_eq!((server.sold_twice(), server.refused()), (vec![], 0));
            // Page by page the same as without a stop.
            let mut pages: Vec<Mark> = marks.into_iter().chain(after.marks()).collect();
            let mut wanted = whole.marks();
            for marks in [&mut pages, &mut wanted] {
                marks.sort_by_key(|mark| (mark.stretch.clone(), mark.page));
                marks.iter_mut().for_each(|mark| mark.window = None);
            }
            assert_eq!(pages, wanted);
        }
    }
}

#[tokio::test]
async fn dropping_the_future_of_next_loses_nothing() {
    let behaviour = Behaviour { latency: Duration::from_millis(3), ..Behaviour::default() };
    let (span, world, server) = busy(behaviour);
    let mut source = paged(&server, span, Spread::Newest);
    let mut all = Read::default();
    let mut dropped = 0;
    loop {
        // Dropped before its first await, and after a while.
        drop(source.next());
        match tokio::time::timeout(Duration::from_micros(500), source.next()).await {
            Err(_) => dropped += 1,
            Ok(Ok(Some(batch))) => {
                source.kept(batch.mark.as_ref().unwrap());
                all.batches.push(batch);
            }
            Ok(end) => break assert_eq!(end, Ok(None)),
        }
    }
    assert!(dropped > 0);
    assert_eq!((all.ids(), server.sold_ids()), (ids(&world), ids(&world)));
    assert_eq!(server.sold_twice(), vec![]);
}

#[tokio::test]
async fn a_stop_ends_waiting_for_the_rate_limit_and_for_another_try() {
    let plans: [fn(&Asked) -> Option<Fault>; 2] = [
        |asked| (asked.number >= 3).then_some(Fault::Status(503, serde_json::Value::Null)),
        |asked| (asked.number >= 3).then_some(Fault::RetryAfter(3_600)),
    ];
    for plan in plans {
        let (span, _, server) = busy(Behaviour { faults: Box::new(plan), ..Behaviour::default() });
        let mut options = options(&server, span, &Arc::default());
        options.backoff = Backoff { first: Duration::from_secs(3_600), ..Backoff::default() };
        let mut source = XSearch::new(options).unwrap();
        for _ in 0..3 {
            source.next().await.unwrap().unwrap();
        }
        let waiting = tokio::time::timeout(Duration::from_millis(80), source.next()).await;
        assert!(waiting.is_err(), "{waiting:?}");
        source.stop();
        assert_eq!(source.next().await, Ok(None));
    }
}

#[tokio::test]
async fn what_is_whole_is_not_asked_for_nor_quoted_again() {
    let (span, _, server) = busy(Behaviour::default());
    let marks = read(&mut source(&server, span)).await.marks();
    let mut again = source(&server, span);
    let searches = server.searches();
    again.resume(&marks).unwrap();
    let quote = again.quote().await.unwrap().unwrap();
    assert_eq!((quote.posts, quote.usd(), server.counts()), (0, (0.0, 0.0), 0));
    assert_eq!(again.next().await, Ok(None));
    assert_eq!(server.searches(), searches);
}

#[tokio::test]
async fn a_mark_that_is_none_of_ours_is_refused() {
    let (span, _, server) = busy(Behaviour::default());
    let window = Window::of(span.0, 900).to_string();
    for (stretch, next) in [("morning", None), (window.as_str(), Some("7140w"))] {
        let next = next.map(str::to_owned);
        let mark = Mark { stretch: stretch.to_owned(), page: 1, next, window: None };
        assert_eq!(source(&server, span).resume(&[mark]).unwrap_err().kind, crate::error::ErrorKind::Input);
    }
}

#[tokio::test]
async fn a_token_that_x_no_longer_takes_ends_its_window() {
    let plan = |asked: &Asked| {
        let token = asked.parameters.contains_key("next_token");
        let errors =
            serde_json::json!([{"parameters": {"next_token": ["t100"]}, "message": "Invalid 'next_token'"}]);
        token.then(|| Fault::Status(400, serde_json::json!({"errors": errors})))
    };
    let (span, _, server) = busy(Behaviour { faults: Box::new(plan), ..Behaviour::default() });
    let told = Arc::new(Told::default());
    let mut options = options(&server, span, &told);
    options.max_per_window = 300;
    let read = read(&mut XSearch::new(options).unwrap()).await;
    assert_eq!(read.error, None);
    assert_eq!((read.windows().len(), read.ids().len()), (6, 600));
    assert!(read.windows().values().all(|window| window.capped));
    assert_eq!(told.messages().len(), 6);
}
