//! Whatever goes wrong and wherever a run is taken up again: the posts are those of the undisturbed run.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use sentistack::pipeline::port::{Deleted, Mark, Source};
use sentistack::source::bluesky::Bluesky;

use super::server::{Jetstream, Mishap, Script};
use super::*;

/// One event of a script, before it has its time.
#[derive(Clone, Debug)]
enum Happening {
    Post(u8),
    /// Of the post so many before.
    Delete(usize),
    Update(usize),
    /// The account posts no more.
    Gone(u8),
    Other,
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        12 => (0..6u8).prop_map(Happening::Post),
        2 => (0..20usize).prop_map(Happening::Delete),
        2 => (0..20usize).prop_map(Happening::Update),
        1 => (0..6u8).prop_map(Happening::Gone),
        2 => Just(Happening::Other),
    ]
}

fn mishap() -> impl Strategy<Value = Mishap> {
    prop_oneof![
        4 => (0..40usize).prop_map(Mishap::CutInside),
        3 => (0..40usize).prop_map(Mishap::Close),
        3 => (0..40usize).prop_map(Mishap::Garbage),
        1 => Just(Mishap::Refuse(503)),
        1 => (0..40usize).prop_map(Mishap::Freeze),
    ]
}

fn events(happenings: &[(Happening, i64)]) -> Vec<(i64, String)> {
    let mut at = START + 10_000_000;
    let mut written: Vec<(String, String)> = Vec::new();
    let mut silent: Vec<u8> = Vec::new();
    let mut events = Vec::new();
    let earlier = |written: &[(String, String)], back: usize| {
        written.len().checked_sub(back + 1).map(|index| written[index].clone())
    };
    for (number, (happening, pause)) in happenings.iter().enumerate() {
        at += pause;
        let event = match happening {
            Happening::Post(account) if !silent.contains(account) => {
                let (did, rkey) = (format!("a{account}"), format!("r{number}"));
                written.push((did.clone(), rkey.clone()));
                Some(create(&did, &rkey, at, &format!("text {number}")))
            }
            Happening::Post(_) | Happening::Other => {
                Some(r#"{"did":"did:plc:a","time_us":0,"kind":"identity","identity":{}}"#.to_owned())
            }
            Happening::Delete(back) => earlier(&written, *back).map(|(did, rkey)| {
                written.retain(|post| post.1 != rkey);
                delete(&did, &rkey, at)
            }),
            Happening::Update(back) => {
                let changed = earlier(&written, *back);
                changed.map(|(did, rkey)| update(&did, &rkey, at, &format!("changed {number}")))
            }
            Happening::Gone(account) => {
                silent.push(*account);
                written.retain(|post| post.0 != format!("a{account}"));
                Some(gone(&format!("a{account}"), at))
            }
        };
        events.extend(event.map(|event| (at, event)));
    }
    let after = START + 4_000_000_000;
    events.push((after, create("a", "after", after, "after the end")));
    events
}

/// What is left of the posts when a run has ended: text by identifier.
#[derive(Debug, Default, PartialEq)]
struct Kept {
    posts: BTreeMap<String, String>,
    rejects: usize,
}

impl Kept {
    /// Takes a batch; a post that comes again must have changed.
    fn take(&mut self, seen: &mut BTreeMap<String, String>, batch: SourceBatch) {
        for gone in batch.deleted {
            match gone {
                Deleted::Post(uri) => drop(self.posts.remove(&uri)),
                Deleted::Prefix(prefix) => self.posts.retain(|uri, _| !uri.starts_with(&prefix)),
            }
        }
        for post in batch.posts {
            let before = seen.insert(post.id.clone(), post.text.clone());
            assert_ne!(before.as_ref(), Some(&post.text), "{} came twice", post.id);
            self.posts.insert(post.id, post.text);
        }
        self.rejects += batch.rejects.len();
    }
}

/// Reads it all, in attempts: each but the last is broken off after so many batches.
async fn attempts(urls: &[&str], broken_off: &[usize], batch: usize) -> Kept {
    let mut kept = Kept::default();
    let mut seen = BTreeMap::new();
    let mut marks: Vec<Mark> = Vec::new();
    for batches in broken_off.iter().copied().chain([usize::MAX]) {
        let mut options = options(urls);
        options.pace.silent = Duration::from_millis(150);
        options.pace.tries = 100;
        options.pace.batch = batch;
        let mut source = Bluesky::new(options).unwrap();
        source.resume(&marks).unwrap();
        for _ in 0..batches {
            let Some(batch) = source.next().await.unwrap() else { return kept };
            marks.push(batch.mark.clone().unwrap());
            kept.take(&mut seen, batch);
        }
    }
    kept
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_and_nothing_comes_twice(
        happenings in prop::collection::vec((happening(), 1..1_500_000i64), 1..120),
        mishaps in prop::collection::vec((any::<bool>(), mishap()), 0..8),
        skew in -1_000_000..1_000_000i64,
        broken_off in prop::collection::vec(0..6usize, 0..4),
        batch in 1..12usize,
    ) {
        let events = events(&happenings);
        let of = |here: bool| mishaps.iter().filter(|(there, _)| *there == here).map(|(_, m)| *m).collect();
        let calm = Jetstream::start(Script { events: events.clone(), ..Script::default() });
        let one = Jetstream::start(Script { events: events.clone(), skew: 0, mishaps: of(true) });
        let two = Jetstream::start(Script { events, skew, mishaps: of(false) });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (undisturbed, disturbed) = runtime.block_on(async {
            (attempts(&[&calm.url], &[], 500).await, attempts(&[&one.url, &two.url], &broken_off, batch).await)
        });
        prop_assert_eq!(undisturbed.posts, disturbed.posts);
        let garbage = mishaps.iter().filter(|(_, mishap)| matches!(mishap, Mishap::Garbage(_))).count();
        prop_assert!(disturbed.rejects <= 2 * garbage, "{} rejects", disturbed.rejects);
    }
}
