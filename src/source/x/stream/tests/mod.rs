//! The source against a server on loopback that streams what a test says, piece by piece, and misbehaves.

#[allow(dead_code)]
#[path = "../../../../../tests/it/x/flow.rs"]
mod flow;

mod cuts;
mod refusals;
mod rules;

use std::sync::Mutex;
use std::time::Duration;

use jiff::SignedDuration;

use self::flow::{Act, Behaviour, FlowServer, Reply};
use self::server::{TOKEN, World, generated};
use super::*;
use crate::config::x::Expand;
use crate::pipeline::event::Event;
use crate::source::x::tests::server;

pub const RATES: Rates = Rates { post: 0.005, user: 0.01, count: 0.005 };

/// The system's clock.
pub struct Now;

impl Clock for Now {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// What was told.
#[derive(Default)]
pub struct Told(Mutex<Vec<String>>);

impl Told {
    pub fn messages(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    pub fn says(&self, words: &str) -> bool {
        self.messages().iter().any(|message| message.contains(words))
    }
}

impl Events for Told {
    fn emit(&self, event: Event) {
        match event {
            Event::Warning { message } | Event::Note { message } => self.0.lock().unwrap().push(message),
            other => panic!("{other:?}"),
        }
    }
}

/// Waits of milliseconds, so that storms pass quickly; a silence of seconds where a busy machine would matter.
pub fn pace() -> StreamPace {
    let millis = Duration::from_millis;
    StreamPace {
        silent: millis(3_000),
        network: millis(5),
        network_longest: millis(20),
        error: millis(10),
        error_longest: millis(80),
        rate: millis(40),
        patience: millis(4_000),
        stood: millis(1_000),
        flush: millis(10),
        farewell: millis(3_000),
        batch: 500,
    }
}

pub fn options(server: &FlowServer, told: &Arc<Told>) -> XStreamOptions {
    XStreamOptions {
        query: "tea".to_owned(),
        lang: vec!["en".to_owned()],
        topic: "tea".to_owned(),
        end: None,
        limit: None,
        max_cost: None,
        settings: XSettings {
            base_url: server.base_url.clone(),
            expand: Expand::All,
            ..XSettings::default()
        },
        token: Secret::new(TOKEN),
        rates: RATES,
        backoff: Backoff {
            first: Duration::from_millis(4),
            longest: Duration::from_millis(40),
            tries: 6,
            answer: Duration::from_secs(10),
        },
        pace: pace(),
        clock: Arc::new(Now),
        events: Arc::clone(told) as Arc<dyn Events>,
    }
}

/// `posts` posts of the last minutes.
pub fn world(posts: usize) -> World {
    let end = Timestamp::now();
    let mut world = generated(end - SignedDuration::from_mins(10), end, (posts / 10 + 1) as u32);
    world.posts.truncate(posts);
    world
}

pub fn posts(places: std::ops::Range<usize>) -> Vec<Act> {
    places.map(Act::Post).collect()
}

/// All that came.
#[derive(Default)]
pub struct Read {
    pub batches: Vec<SourceBatch>,
    pub error: Option<Error>,
    pub tally: Tally,
}

impl Read {
    pub fn ids(&self) -> Vec<String> {
        self.batches.iter().flat_map(|batch| &batch.posts).map(|post| post.id.clone()).collect()
    }

    pub fn rejects(&self) -> Vec<&str> {
        self.batches.iter().flat_map(|batch| &batch.rejects).map(|reject| reject.reason.as_str()).collect()
    }
}

pub async fn read(options: XStreamOptions) -> Read {
    let mut source = XStream::new(options).unwrap();
    let mut read = Read::default();
    loop {
        match tokio::time::timeout(Duration::from_secs(30), source.next()).await.expect("it hangs") {
            Ok(Some(batch)) => {
                assert_eq!(batch.mark.as_ref().unwrap().page as usize, read.batches.len() + 1);
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
    read.tally = source.tally().unwrap();
    read
}

pub fn ids(world: &World, places: std::ops::Range<usize>) -> Vec<String> {
    world.posts[places].iter().map(|post| post["id"].as_str().unwrap().to_owned()).collect()
}

/// A server whose connections all do the same.
pub fn steady(world: &World, acts: Vec<Act>) -> FlowServer {
    FlowServer::start(world.clone(), Behaviour::of(move |_| Reply::Stream(acts.clone())))
}

#[tokio::test]
async fn posts_come_as_they_are_written_and_the_limit_ends_it() {
    let world = world(50);
    let server = steady(&world, posts(0..50));
    let told = Arc::default();
    let read = read(XStreamOptions { limit: Some(40), ..options(&server, &told) }).await;
    assert_eq!((read.error, read.batches.iter().map(|b| b.posts.len()).sum()), (None, 40));
    let posts: Vec<_> = read.batches.iter().flat_map(|batch| &batch.posts).collect();
    assert_eq!(posts.iter().map(|post| post.id.clone()).collect::<Vec<_>>(), ids(&world, 0..40));
    assert!(posts.iter().all(|post| post.author.username.is_some()));
    let retweets: Vec<_> = posts.iter().filter(|post| post.reference.is_some()).collect();
    assert!(retweets.len() == 8 && retweets.iter().all(|post| post.text.ends_with("the whole of it")));
    let parameters = server.parameters();
    assert_eq!(parameters["expansions"], "author_id,referenced_tweets.id");
    assert!(parameters["tweet.fields"].contains("note_tweet") && !parameters.contains_key("query"));
    assert_eq!((server.connects(), read.tally.gaps), (1, 0));
    assert_eq!((read.tally.posts, read.tally.users, read.tally.beside), (40, 40, 8));
    assert!(told.says("each post of X's stream costs $0.005 to $0.025"), "{:?}", told.messages());
}

#[tokio::test]
async fn what_it_may_cost_ends_it_before_the_next_post() {
    let world = world(300);
    for acts in [posts(0..300), vec![Act::Burst(0, 300)]] {
        let at_once = acts.len() == 1;
        let server = steady(&world, acts);
        let told = Arc::default();
        let mut options = options(&server, &told);
        (options.settings.expand, options.max_cost) = (Expand::None, Some(0.5));
        let read = read(options).await;
        assert_eq!((read.error.as_ref(), read.ids()), (None, ids(&world, 0..100)));
        // What X had sent by then is paid for as well, as far as it is known.
        assert!(read.tally.posts == 100 && at_once == (read.tally.beyond > 0), "{:?}", read.tally);
        let paid = (read.tally.posts + read.tally.beyond) as f64;
        assert!(
            (read.tally.usd_high - paid * 0.005).abs() < 1e-9 && read.tally.usd_high == read.tally.usd_low
        );
        assert!(told.says("the next post could pass max_cost ($0.50)"));
        assert_eq!(server.rules(), vec![]);
    }
}

#[tokio::test]
async fn a_limit_that_no_post_fits_in_is_refused_before_anything_is_asked() {
    let world = world(1);
    let server = steady(&world, vec![]);
    let refused = |expand, most| {
        let mut options = options(&server, &Arc::default());
        (options.settings.expand, options.max_cost) = (expand, Some(most));
        XStream::new(options).err()
    };
    let error = refused(Expand::All, 0.02).unwrap();
    assert_eq!(error.kind, ErrorKind::CostLimit);
    assert!(error.message.contains("$0.025") && error.message.contains("$0.02"), "{error}");
    assert_eq!(refused(Expand::All, 0.025), None);
    assert_eq!(refused(Expand::None, 0.005), None);
    assert_eq!(server.asked_rules().len(), 0);
}

#[tokio::test]
async fn a_stop_or_the_end_of_its_time_hands_over_what_came_and_takes_the_rule_away() {
    let world = world(30);
    let server = steady(&world, posts(0..30));
    let mut source = XStream::new(options(&server, &Arc::default())).unwrap();
    let mut came = 0;
    while came < 30 {
        came += source.next().await.unwrap().unwrap().posts.len();
    }
    assert_eq!(server.rules().len(), 1);
    source.stop();
    assert_eq!(source.next().await, Ok(None));
    assert_eq!(server.rules(), vec![]);

    let end = Timestamp::now() + SignedDuration::from_millis(2_000);
    let read = read(XStreamOptions { end: Some(end), ..options(&server, &Arc::default()) }).await;
    assert_eq!((read.error, read.tally.posts, read.tally.gaps), (None, 30, 0));
    assert_eq!(server.rules(), vec![]);

    let mut never = XStream::new(options(&server, &Arc::default())).unwrap();
    never.stop();
    assert_eq!(never.next().await, Ok(None));
    assert_eq!(server.connects(), 2, "stopped before it began");
}
