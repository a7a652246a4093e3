//! The source against a server on loopback that sells pages, keeps a book of them, and misbehaves.

#[allow(dead_code)]
#[path = "../../../../tests/it/x/server.rs"]
pub(super) mod server;

mod faults;
mod recorded;
mod refusals;
mod resume;

use std::sync::Mutex;
use std::time::Duration;

use jiff::SignedDuration;

use self::server::{Behaviour, TOKEN, World, XServer, generated};
use super::*;
use crate::config::x::Expand;

pub const RATES: Rates = Rates { post: 0.005, user: 0.01, count: 0.005 };

/// The system's clock, ahead by so many seconds.
pub struct Shifted(pub i64);

impl Clock for Shifted {
    fn now(&self) -> Timestamp {
        Timestamp::now() + SignedDuration::from_secs(self.0)
    }
}

/// What was told.
#[derive(Default)]
pub struct Told(Mutex<Vec<String>>);

impl Told {
    pub fn messages(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl Events for Told {
    fn emit(&self, event: Event) {
        let Event::Warning { message } = event else { panic!("{event:?}") };
        self.0.lock().unwrap().push(message);
    }
}

/// The end of a quarter of an hour some hours ago: fixed for a test, and inside the seven days.
pub fn some_hours_ago() -> Timestamp {
    let now = Timestamp::now().as_second();
    Timestamp::from_second((now - 3 * 3_600).div_euclid(900) * 900).unwrap()
}

/// `windows` quarters of an hour that end some hours ago.
pub fn quarters(windows: i64) -> (Timestamp, Timestamp) {
    let end = some_hours_ago();
    (end - SignedDuration::from_secs(900 * windows), end)
}

pub fn options(server: &XServer, (start, end): (Timestamp, Timestamp), told: &Arc<Told>) -> XOptions {
    XOptions {
        query: "tea".to_owned(),
        start,
        end,
        window_seconds: 900,
        max_per_window: 100,
        limit: None,
        settings: XSettings {
            base_url: server.base_url.clone(),
            expand: Expand::All,
            ..XSettings::default()
        },
        token: Secret::new(TOKEN),
        rates: RATES,
        // Quick, so that storms pass quickly.
        backoff: Backoff {
            first: Duration::from_millis(4),
            longest: Duration::from_millis(40),
            tries: 12,
            answer: Duration::from_secs(30),
        },
        clock: Arc::new(Shifted(0)),
        events: Arc::clone(told) as Arc<dyn Events>,
    }
}

/// A source over a server that behaves.
pub fn source(server: &XServer, span: (Timestamp, Timestamp)) -> XSearch {
    XSearch::new(options(server, span, &Arc::default())).unwrap()
}

/// All that came, every page kept at once.
#[derive(Default)]
pub struct Read {
    pub batches: Vec<SourceBatch>,
    pub error: Option<Error>,
}

impl Read {
    pub fn marks(&self) -> Vec<Mark> {
        self.batches.iter().filter_map(|batch| batch.mark.clone()).collect()
    }

    pub fn ids(&self) -> Vec<String> {
        let posts = self.batches.iter().flat_map(|batch| &batch.posts);
        let mut ids: Vec<String> = posts.map(|post| post.id.clone()).collect();
        ids.sort();
        ids
    }

    /// What is said of each window that is whole.
    pub fn windows(&self) -> BTreeMap<Window, WindowMark> {
        self.marks().iter().filter_map(|mark| mark.window).map(|mark| (mark.window, mark)).collect()
    }
}

pub async fn read(source: &mut XSearch) -> Read {
    let mut read = Read::default();
    loop {
        match source.next().await {
            Ok(Some(batch)) => {
                source.kept(batch.mark.as_ref().unwrap());
                read.batches.push(batch);
            }
            Ok(None) => break,
            Err(error) => {
                assert!(read.error.is_none());
                read.error = Some(error);
            }
        }
    }
    assert_eq!(source.next().await, Ok(None), "a source that ended stays ended");
    read
}

pub fn ids(world: &World) -> Vec<String> {
    let mut ids: Vec<String> =
        world.posts.iter().map(|post| post["id"].as_str().unwrap().to_owned()).collect();
    ids.sort();
    ids
}

#[tokio::test]
async fn every_window_is_read_and_marked() {
    let (start, end) = quarters(6);
    let mut world = generated(start, end, 2);
    // The third window is empty.
    let empty = Window::of(start + SignedDuration::from_secs(1_800), 900);
    let inside = |post: &serde_json::Value| {
        Window::of(post["created_at"].as_str().unwrap().parse().unwrap(), 900) == empty
    };
    world.posts.retain(|post| !inside(post));
    let server = XServer::start(world.clone(), Behaviour::default());
    let mut source = source(&server, (start, end));
    let info = source.info();
    assert!(info.keeps_pages && info.planned == Some((start, end)));
    let read = read(&mut source).await;
    assert_eq!((read.error.as_ref(), read.ids()), (None, ids(&world)));
    assert_eq!((server.searches(), server.refused(), server.sold_twice()), (6, 0, vec![]));
    let windows = read.windows();
    assert_eq!(windows.len(), 6);
    assert!(windows.values().all(|mark| !mark.capped && mark.count_available.is_none()));
    for batch in &read.batches {
        let mark = batch.mark.as_ref().unwrap();
        let window: Window = mark.stretch.parse().unwrap();
        assert!((mark.page, &mark.next) == (1, &None) && batch.rejects.is_empty());
        assert_eq!(batch.posts.is_empty(), window == empty);
        assert!(batch.posts.iter().all(|post| Window::of(post.created_at, 900) == window));
    }
}

#[tokio::test]
async fn windows_at_the_ends_of_the_span_are_cut() {
    let end = some_hours_ago();
    let span = (end - SignedDuration::from_secs(1_000), end - SignedDuration::from_secs(30));
    let server = XServer::start(generated(span.0, end, 4), Behaviour::default());
    let read = read(&mut source(&server, span)).await;
    let mut asked: Vec<(String, String)> =
        server.sales().into_iter().map(|sale| (sale.start, sale.end)).collect();
    asked.sort();
    let at = |back| (end - SignedDuration::from_secs(back)).to_string();
    assert_eq!(asked, [(at(1_000), at(900)), (at(900), at(30))]);
    assert!(
        read.batches.iter().flat_map(|b| &b.posts).all(|p| p.created_at >= span.0 && p.created_at < span.1)
    );
}

#[tokio::test]
async fn authors_and_full_texts_come_with_what_was_asked_for() {
    let span = quarters(1);
    let server = XServer::start(generated(span.0, span.1, 2), Behaviour::default());
    for (expand, full, named) in [
        (Expand::None, false, false),
        (Expand::Users, false, true),
        (Expand::References, true, false),
        (Expand::All, true, true),
    ] {
        let mut options = options(&server, span, &Arc::default());
        options.settings.expand = expand;
        let read = read(&mut XSearch::new(options).unwrap()).await;
        let posts: Vec<_> = read.batches.into_iter().flat_map(|batch| batch.posts).collect();
        assert_eq!(posts.len(), 30);
        assert!(posts.iter().all(|post| post.author.id.is_some() && post.author.username.is_some() == named));
        let retweets: Vec<_> = posts.iter().filter(|post| post.reference.is_some()).collect();
        assert_eq!(retweets.len(), 6);
        assert!(retweets.iter().all(|post| post.text.ends_with("the whole of it") == full), "{expand:?}");
    }
}

#[tokio::test]
async fn a_window_s_next_page_waits_until_the_one_before_is_kept() {
    let span = quarters(1);
    let server = XServer::start(generated(span.0, span.1, 20), Behaviour::default());
    let mut options = options(&server, span, &Arc::default());
    options.max_per_window = 250;
    let mut source = XSearch::new(options).unwrap();
    let mut sizes = Vec::new();
    for page in 1..=3 {
        let batch = source.next().await.unwrap().unwrap();
        let mark = batch.mark.unwrap();
        assert_eq!((mark.page, mark.next.is_some()), (page, page < 3));
        sizes.push(batch.posts.len());
        // Until it is kept, nothing happens, however long one waits.
        if page < 3 {
            let early = tokio::time::timeout(Duration::from_millis(30), source.next()).await;
            assert!(early.is_err() && server.searches() == page as usize);
        }
        source.kept(&mark);
        assert_eq!(mark.window.map(|window| window.capped), (page == 3).then_some(true));
    }
    assert_eq!(sizes, [100, 100, 50]);
    assert_eq!(source.next().await, Ok(None));
}

#[tokio::test]
async fn a_capped_window_is_spread_where_that_is_asked_for() {
    let span = quarters(2);
    let server = XServer::start(generated(span.0, span.1, 20), Behaviour::default());
    for (sample, minutes) in [(Spread::Newest, 5), (Spread::Spread, 10)] {
        let mut options = options(&server, span, &Arc::default());
        options.settings.sample = sample;
        let read = read(&mut XSearch::new(options).unwrap()).await;
        assert_eq!(read.ids().len(), 200);
        assert!(read.windows().values().all(|window| window.capped));
        let mut there: Vec<i64> =
            read.batches.iter().flat_map(|b| &b.posts).map(|p| p.created_at.as_second() / 60).collect();
        there.sort_unstable();
        there.dedup();
        assert_eq!(there.len(), 2 * minutes, "{sample:?}");
    }
    assert_eq!(server.refused(), 0);
}

#[tokio::test]
async fn a_limit_is_kept_with_an_equal_share_for_each_window() {
    let span = quarters(4);
    let server = XServer::start(generated(span.0, span.1, 10), Behaviour::default());
    let mut some = options(&server, span, &Arc::default());
    some.limit = Some(90);
    assert_eq!(read(&mut XSearch::new(some).unwrap()).await.ids().len(), 88);
    let mut few = options(&server, span, &Arc::default());
    few.limit = Some(39);
    let error = XSearch::new(few).err().unwrap();
    assert!(error.hint.as_deref().is_some_and(|hint| hint.contains("--limit 40")), "{error:?}");
}

#[tokio::test]
async fn what_it_would_cost_is_asked_and_priced() {
    // Eleven hours by the minute are two pages of counts.
    let span = quarters(44);
    let server = XServer::start(generated(span.0, span.1, 10), Behaviour::default());
    for (expand, items) in [
        (Expand::None, vec![("posts", 4_400, 4_400)]),
        (Expand::All, vec![("posts", 4_400, 4_400), ("posts in includes", 0, 4_400), ("users", 0, 4_400)]),
    ] {
        let mut options = options(&server, span, &Arc::default());
        options.settings.expand = expand;
        let mut source = XSearch::new(options).unwrap();
        let quote = source.quote().await.unwrap().unwrap();
        assert_eq!((quote.available, quote.posts, quote.asked_usd), (Some(6_600), 4_400, 0.01));
        let found: Vec<_> = quote.items.iter().map(|item| (item.what, item.low, item.high)).collect();
        assert_eq!((found, source.info().total), (items, Some(4_400)));
        assert_eq!(server.searches(), 0, "asking for the price buys nothing");
    }
    let mut source = source(&server, span);
    source.quote().await.unwrap();
    let read = read(&mut source).await;
    assert!(read.windows().values().all(|window| window.count_available == Some(150) && window.capped));
}

#[tokio::test]
async fn requests_go_side_by_side_and_never_more_than_the_limit_of_them() {
    let span = quarters(120);
    for limit in [Some((450, 900)), None] {
        let behaviour = Behaviour { latency: Duration::from_millis(40), limit, ..Behaviour::default() };
        let server = XServer::start(World::default(), behaviour);
        let read = read(&mut source(&server, span)).await;
        assert_eq!(read.windows().len(), 120);
        assert_eq!((server.searches(), server.refused()), (120, 0));
        assert!((12..=limits::X_IN_FLIGHT).contains(&server.most_at_once()), "{}", server.most_at_once());
    }
}

#[tokio::test]
async fn the_token_is_nowhere_to_be_seen() {
    let span = quarters(1);
    let server = XServer::start(World::default(), Behaviour::default());
    let options = options(&server, span, &Arc::default());
    assert!(!format!("{:?} {:?}", options.settings, options.token).contains(TOKEN));
    let json = serde_json::to_string(&options.settings).unwrap();
    assert!(json.contains("env:X_BEARER_TOKEN") && !json.contains(TOKEN));
}
