//! The gate's laws: what goes in comes out or is counted, once.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::config::settings::Privacy;
use crate::model::{Author, Reference};

fn gate(change: impl FnOnce(&mut GateOptions)) -> Gate {
    let mut options = GateOptions {
        window_seconds: 900,
        span: None,
        max_per_window: None,
        collapse_retweets: true,
        remember_ids: true,
        replaces: false,
        veil: Veil::new(Privacy::Keep, &[7; 32]),
    };
    change(&mut options);
    Gate::new(options)
}

fn post(id: &str, unix: i64) -> Post {
    Post {
        id: id.to_owned(),
        created_at: Timestamp::from_second(unix).unwrap(),
        text: format!("text of {id}"),
        ..Post::default()
    }
}

fn retweet(id: &str, unix: i64, of: &str) -> Post {
    let reference = Some(Reference { kind: ReferenceKind::Retweeted, id: of.to_owned() });
    Post { reference, ..post(id, unix) }
}

/// Closes every window, spilling first where `spill` says so, and gives all that was staged.
fn drain(gate: &mut Gate, spilled: &mut BTreeMap<Window, Vec<StagedPost>>) -> Vec<ClosedWindow> {
    gate.open_windows()
        .into_iter()
        .map(|window| gate.close(window, spilled.remove(&window).unwrap_or_default(), true))
        .collect()
}

fn ids(closed: &[ClosedWindow]) -> Vec<&str> {
    closed.iter().flat_map(|w| &w.posts).map(|p| p.tweet_id.as_str()).collect()
}

#[test]
fn the_oldest_retweet_stays_whatever_the_order_of_arrival() {
    for order in [[1, 2, 3], [3, 2, 1], [2, 3, 1]] {
        let mut gate = gate(|_| {});
        for n in order {
            gate.admit(retweet(&n.to_string(), n * 10, "99"));
        }
        let closed = drain(&mut gate, &mut BTreeMap::new());
        assert_eq!(ids(&closed), ["1"], "{order:?}");
        assert_eq!((closed[0].facts.collapsed, gate.counts().collapsed), (2, 2));
    }
}

#[test]
fn the_newest_edit_wins_even_when_it_comes_first_or_in_another_window() {
    for order in [[0, 1], [1, 0]] {
        let mut gate = gate(|_| {});
        let versions =
            [post("100", 0), Post { earlier_versions: vec!["100".to_owned()], ..post("101", 1_000) }];
        for n in order {
            gate.admit(versions[n].clone());
        }
        let closed = drain(&mut gate, &mut BTreeMap::new());
        assert_eq!(ids(&closed), ["101"], "{order:?}");
        assert_eq!(gate.counts().dropped_by["edited"], 1);
    }
}

#[test]
fn a_later_version_in_the_history_of_an_older_one_does_no_harm() {
    let mut gate = gate(|_| {});
    gate.admit(Post { earlier_versions: vec!["101".to_owned()], ..post("100", 0) });
    gate.admit(post("101", 1));
    assert_eq!(ids(&drain(&mut gate, &mut BTreeMap::new())), ["100", "101"]);
}

#[test]
fn pseudonyms_are_the_same_for_one_key_and_others_for_another() {
    let author =
        || Author { id: Some("42".to_owned()), username: Some("mia".to_owned()), ..Author::default() };
    let veiled = |key: u8| Veil::new(Privacy::Pseudonym, &[key; 32]).author(author());
    assert_eq!(veiled(1), veiled(1));
    assert_ne!(veiled(1).id, veiled(2).id);
    assert_eq!(veiled(1).id.unwrap().len(), 32);
    assert_eq!(veiled(1).username, None);
    assert_eq!(Veil::new(Privacy::Keep, &[1; 32]).author(author()), author());
    assert_eq!(format!("{:?}", Veil::new(Privacy::Pseudonym, &[1; 32])), "Veil { privacy: Pseudonym, .. }");
}

#[test]
fn numbers_stand_for_themselves_and_other_ids_never_meet_them() {
    assert_eq!(fingerprint("567588278875213824"), 567_588_278_875_213_824);
    assert_ne!(fingerprint("007"), fingerprint("7"));
    assert!(fingerprint("at://did:plc:x/app.bsky.feed.post/1") >= 1 << 63);
}

proptest! {
    #[test]
    fn every_post_is_kept_collapsed_or_dropped_and_kept_only_once(
        posts in prop::collection::vec((0u32..60, 0i64..4_000, prop::option::of(0u32..5)), 0..200),
        cap in prop::option::of(1u64..20),
        span in any::<bool>(),
    ) {
        let mut gate = gate(|options| {
            options.max_per_window = cap;
            options.span = span.then(|| (Timestamp::from_second(500).unwrap(), Timestamp::from_second(3_000).unwrap()));
        });
        for (id, unix, of) in &posts {
            let id = id.to_string();
            gate.admit(of.map_or_else(|| post(&id, *unix), |of| retweet(&id, *unix, &of.to_string())));
        }
        let closed = drain(&mut gate, &mut BTreeMap::new());
        let counts = gate.counts();
        prop_assert_eq!(counts.read, posts.len() as u64);
        prop_assert_eq!(counts.read, counts.kept + counts.collapsed + counts.dropped());
        let kept = ids(&closed);
        prop_assert_eq!(kept.len() as u64, counts.kept);
        prop_assert_eq!(kept.iter().collect::<BTreeSet<_>>().len(), kept.len());
        for window in &closed {
            prop_assert!(cap.is_none_or(|cap| window.posts.len() as u64 <= cap));
            prop_assert!(window.posts.is_sorted_by_key(|p| (p.created_at, p.tweet_id.clone())));
            for post in &window.posts {
                prop_assert_eq!(Window::of(post.created_at, 900), window.facts.window);
            }
        }
        prop_assert_eq!(gate.held_bytes(), 0);
    }

    #[test]
    fn spilling_changes_nothing(
        posts in prop::collection::vec((0u32..500, 0i64..4_000, prop::option::of(0u32..5)), 1..200),
        every in 1usize..40,
    ) {
        let run = |spills: bool| {
            let mut gate = gate(|_| {});
            let mut spilled: BTreeMap<Window, Vec<StagedPost>> = BTreeMap::new();
            for (n, (id, unix, of)) in posts.iter().enumerate() {
                let id = id.to_string();
                gate.admit(of.map_or_else(|| post(&id, *unix), |of| retweet(&id, *unix, &of.to_string())));
                if spills && n % every == 0 && let Some((window, lot)) = gate.spill_heaviest() {
                    spilled.entry(window).or_default().extend(lot);
                }
            }
            let closed = drain(&mut gate, &mut spilled);
            (closed, gate.counts().clone())
        };
        prop_assert_eq!(run(false), run(true));
    }

    #[test]
    fn windows_tile_time(micros in -10_000_000_000_000i64..4_000_000_000_000_000, seconds in 1u32..100_000) {
        let at = Timestamp::from_microsecond(micros).unwrap();
        let window = Window::of(at, seconds);
        prop_assert!(window.micros() <= micros && micros < window.micros() + i64::from(seconds) * 1_000_000);
        prop_assert_eq!(window.unix().rem_euclid(i64::from(seconds)), 0);
        prop_assert_eq!(window.to_string().parse::<Window>().unwrap(), window);
    }
}

#[test]
fn a_changed_post_takes_the_place_of_the_one_before_also_after_a_restart() {
    let changed = Post { text: "changed".to_owned(), ..post("a", 10) };
    let mut gate = gate(|options| options.replaces = true);
    let first = gate.admit(post("a", 10)).cloned().unwrap();
    assert!(gate.admit(post("a", 10)).is_none(), "the same once more");
    let second = gate.admit(changed).cloned().unwrap();
    assert_eq!(gate.counts().dropped_by, BTreeMap::from([("duplicate".into(), 1), ("edited".into(), 1)]));
    let closed = drain(&mut gate, &mut BTreeMap::new());
    assert_eq!(closed[0].posts, std::slice::from_ref(&second));

    let mut again = self::gate(|options| options.replaces = true);
    again.readmit(first);
    again.readmit(second.clone());
    assert_eq!(drain(&mut again, &mut BTreeMap::new())[0].posts, [second]);
}
