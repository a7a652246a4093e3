//! Servers that misbehave: whatever happens on the way, every page is sold once, and all posts come.

use std::collections::BTreeSet;

use serde_json::json;

use super::server::{Asked, Fault};
use super::*;

/// A number that looks random and depends on `n` and `seed` alone.
fn dice(n: usize, seed: u64) -> u64 {
    crate::source::rng::mix(n as u64 ^ seed.wrapping_mul(0x9e37_79b9))
}

fn world_and_plan(
    windows: i64,
    per_minute: u32,
    faults: impl Fn(&Asked) -> Option<Fault> + Send + Sync + 'static,
) -> ((Timestamp, Timestamp), World, Behaviour) {
    let span = quarters(windows);
    let behaviour = Behaviour { faults: Box::new(faults), ..Behaviour::default() };
    (span, generated(span.0, span.1, per_minute), behaviour)
}

#[tokio::test]
async fn storms_of_all_kinds_lose_nothing_and_bring_no_page_twice() {
    for seed in 0..3 {
        let plan = move |asked: &Asked| match dice(asked.number, seed) % 12 {
            0 => Some(Fault::Status(503, json!({"title": "Service Unavailable"}))),
            1 => Some(Fault::Status(500, json!({}))),
            2 => Some(Fault::Reset),
            3 => Some(Fault::Cut((dice(asked.number, 99) % 3_000) as usize)),
            4 => Some(Fault::BareTooMany),
            5 if asked.number.is_multiple_of(3) => Some(Fault::Hang(Duration::from_secs(60))),
            _ => None,
        };
        let (span, world, behaviour) = world_and_plan(12, 12, plan);
        let server = XServer::start(world.clone(), behaviour);
        let mut options = options(&server, span, &Arc::default());
        (options.max_per_window, options.backoff.tries) = (250, 40);
        options.backoff.answer = Duration::from_millis(500);
        let read = read(&mut XSearch::new(options).unwrap()).await;
        assert_eq!((read.error.as_ref(), read.ids()), (None, ids(&world)), "seed {seed}");
        assert_eq!(read.windows().len(), 12);
        let pages: BTreeSet<_> = read.marks().iter().map(|mark| (mark.stretch.clone(), mark.page)).collect();
        assert_eq!(pages.len(), read.batches.len(), "no page comes twice");
    }
}

#[tokio::test]
async fn without_time_outs_no_page_is_sold_twice_whatever_else_happens() {
    for seed in 0..6 {
        let plan = move |asked: &Asked| match dice(asked.number, seed) % 8 {
            0 => Some(Fault::Status(503, json!({}))),
            1 => Some(Fault::Reset),
            2 => Some(Fault::Cut((dice(asked.number, 7) % 2_000) as usize)),
            3 => Some(Fault::BareTooMany),
            _ => None,
        };
        let (span, world, behaviour) = world_and_plan(12, 12, plan);
        let server = XServer::start(world.clone(), behaviour);
        let mut options = options(&server, span, &Arc::default());
        (options.max_per_window, options.backoff.tries) = (250, 40);
        options.settings.sample = if seed % 2 == 0 { Spread::Newest } else { Spread::Spread };
        let read = read(&mut XSearch::new(options).unwrap()).await;
        assert_eq!((read.error.as_ref(), read.ids()), (None, ids(&world)), "seed {seed}");
        assert_eq!((server.sold_twice(), server.sold_ids()), (vec![], ids(&world)), "seed {seed}");
    }
}

#[tokio::test]
async fn the_rate_limit_is_waited_for_and_told_once_for_each_wait() {
    let span = quarters(17);
    let behaviour = Behaviour { limit: Some((7, 2)), ..Behaviour::default() };
    let world = generated(span.0, span.1, 1);
    let server = XServer::start(world.clone(), behaviour);
    let told = Arc::new(Told::default());
    let mut source = XSearch::new(options(&server, span, &told)).unwrap();
    let read = read(&mut source).await;
    assert_eq!((read.error.as_ref(), read.ids()), (None, ids(&world)));
    assert_eq!((server.refused(), server.searches()), (0, 17), "never more than what remains");
    let told = told.messages();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told.iter()
            .all(|text| text.starts_with("X's rate limit is used up; going on at ") && text.ends_with('Z'))
    );
}

#[tokio::test]
async fn a_429_that_says_when_is_obeyed() {
    for fault in [Fault::RetryAfter(1), Fault::Status(429, json!({"title": "Too Many Requests"}))] {
        let plan = move |asked: &Asked| (asked.number == 3).then(|| fault.clone());
        let span = quarters(9);
        let behaviour = Behaviour { limit: Some((450, 2)), faults: Box::new(plan), ..Behaviour::default() };
        let world = generated(span.0, span.1, 1);
        let server = XServer::start(world.clone(), behaviour);
        let told = Arc::new(Told::default());
        let read = read(&mut XSearch::new(options(&server, span, &told)).unwrap()).await;
        assert_eq!((read.error.as_ref(), read.ids()), (None, ids(&world)));
        assert_eq!((server.searches(), server.sold_twice()), (10, vec![]));
        assert_eq!(told.messages().len(), 1, "{:?}", told.messages());
    }
}

#[tokio::test]
async fn an_x_that_never_answers_ends_in_an_error_that_says_resume() {
    for fault in [Fault::Status(503, json!({})), Fault::Reset, Fault::BareTooMany, Fault::Cut(150)] {
        let plan = move |asked: &Asked| (asked.number >= 4).then(|| fault.clone());
        let (span, _, behaviour) = world_and_plan(8, 1, plan);
        let server = XServer::start(generated(span.0, span.1, 1), behaviour);
        let mut options = options(&server, span, &Arc::default());
        options.backoff.tries = 3;
        let read = read(&mut XSearch::new(options).unwrap()).await;
        let error = read.error.unwrap();
        assert_eq!((error.kind, read.batches.len()), (crate::error::ErrorKind::Outside, 4), "{error}");
        assert_eq!(error.message, "X gives no answer, asked 3 times");
        assert!(error.hint.unwrap().contains("pipeline resume") && !error.causes.is_empty());
    }
}

#[tokio::test]
async fn a_page_that_repeats_and_pages_without_end_end_their_window_with_a_warning() {
    for fault in [Fault::Repeat, Fault::Hollow] {
        let hollow = fault == Fault::Hollow;
        let plan = move |asked: &Asked| (asked.number >= 2).then(|| fault.clone());
        let (span, world, behaviour) = world_and_plan(1, 40, plan);
        let server = XServer::start(world, behaviour);
        let told = Arc::new(Told::default());
        let mut options = options(&server, span, &told);
        options.max_per_window = 600;
        let read = read(&mut XSearch::new(options).unwrap()).await;
        assert!(read.error.is_none() && read.windows().values().all(|window| window.capped));
        assert!(server.searches() < 10, "{}", server.searches());
        let told = told.messages();
        let says =
            if hollow { "X gave page after page without a post in window" } else { "X gave a page again" };
        assert!(told.len() == 1 && told[0].starts_with(says), "{told:?}");
    }
}
