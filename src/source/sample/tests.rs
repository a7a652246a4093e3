use std::collections::{HashMap, HashSet};

use super::*;
use crate::model::{Post, ReferenceKind};
use crate::source::testing::read_all;

fn posts(options: SampleOptions) -> Vec<Post> {
    read_all(&mut Sample::new(options).unwrap()).unwrap().posts
}

#[test]
fn by_default_it_is_33_000_posts_over_four_days() {
    let info = Sample::new(SampleOptions::default()).unwrap().info();
    let (start, end) = info.planned.unwrap();
    assert_eq!(start.to_string(), "2026-01-05T00:00:00Z");
    assert_eq!(end.to_string(), "2026-01-09T00:00:00Z");
    assert_eq!(info.total, Some(33_000));
    assert!(info.synthetic && info.unique_ids && info.time_ordered);
    assert_eq!(posts(SampleOptions::default()).len(), 33_000);
}

#[test]
fn the_span_grows_with_the_posts_and_stops_at_the_last_year() {
    let end = |posts, window_seconds| {
        let options = SampleOptions { posts, window_seconds, ..SampleOptions::default() };
        Sample::new(options).unwrap().info().planned.unwrap().1.to_string()
    };
    assert_eq!(end(3_840_000, 900), "2026-01-09T00:00:00Z");
    assert_eq!(end(3_840_001, 900), "2026-01-09T00:15:00Z");
    assert_eq!(end(100_000_000, 900), "2026-04-19T04:00:00Z");
    assert_eq!(end(100_000_000, 31 * 86_400), "2100-01-01T00:00:00Z");
}

#[test]
fn start_and_end_are_kept_to() {
    let at = |s: &str| Some(s.parse::<Timestamp>().unwrap());
    let spans = [
        ("2020-02-29T23:59:00Z", "2020-03-01T00:01:00Z"),
        ("1995-01-01T00:00:00Z", "1995-01-01T06:00:00.5Z"),
        ("2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z"),
    ];
    for (start, end) in spans {
        let options =
            SampleOptions { posts: 5_000, start: at(start), end: at(end), ..SampleOptions::default() };
        let posts = posts(options);
        assert_eq!(posts.len(), 5_000);
        assert!(posts.iter().all(|p| p.created_at >= at(start).unwrap() && p.created_at < at(end).unwrap()));
    }
    let only_end = SampleOptions { end: at("2020-01-05T00:00:00Z"), ..SampleOptions::default() };
    let (start, _) = Sample::new(only_end).unwrap().info().planned.unwrap();
    assert_eq!(start.to_string(), "2020-01-01T00:00:00Z");
}

#[test]
fn a_span_that_cannot_be_is_refused() {
    let at = |s: &str| Some(s.parse::<Timestamp>().unwrap());
    for (start, end) in [
        ("2020-01-02T00:00:00Z", "2020-01-01T00:00:00Z"),
        ("2020-01-01T00:00:00Z", "2020-01-01T00:00:00Z"),
        ("1900-01-01T00:00:00Z", "2020-01-01T00:00:00Z"),
        ("2020-01-01T00:00:00Z", "2200-01-01T00:00:00Z"),
    ] {
        let options = SampleOptions { start: at(start), end: at(end), ..SampleOptions::default() };
        let error = Sample::new(options).err().unwrap();
        assert_eq!(error.kind, crate::error::ErrorKind::Config);
        assert!(error.hint.is_some());
    }
}

#[test]
fn the_seed_decides_everything() {
    let of = |seed| posts(SampleOptions { posts: 2_000, seed, ..SampleOptions::default() });
    assert_eq!(of(1), of(1));
    assert_ne!(of(1)[5].text, of(2)[5].text);
}

#[test]
fn posts_are_as_varied_as_people_are() {
    let posts = posts(SampleOptions::default());
    let share = |n: usize| n as f64 / posts.len() as f64;
    let kind = |k| posts.iter().filter(|p| p.reference.as_ref().is_some_and(|r| r.kind == k)).count();
    assert!((0.05..0.13).contains(&share(kind(ReferenceKind::Retweeted))));
    assert!((0.07..0.12).contains(&share(kind(ReferenceKind::RepliedTo))));
    assert!((0.02..0.04).contains(&share(kind(ReferenceKind::Quoted))));
    let lang = |l| share(posts.iter().filter(|p| p.lang.as_deref() == l).count());
    assert!(lang(Some("en")) > 0.9 && (0.01..0.04).contains(&lang(None)));
    for other in ["es", "de", "fr", "ja"] {
        assert!((0.005..0.02).contains(&lang(Some(other))), "{other}: {}", lang(Some(other)));
    }
    let verified = share(posts.iter().filter(|p| p.author.verified == Some(true)).count());
    assert!((0.25..0.42).contains(&verified));
    let own: Vec<&str> = posts
        .iter()
        .filter(|p| p.reference.is_none() && p.lang.as_deref() == Some("en"))
        .map(|p| p.text.as_str())
        .collect();
    let different: HashSet<&str> = own.iter().copied().collect();
    assert!(
        different.len() as f64 > 0.985 * own.len() as f64,
        "{} of {} texts differ",
        different.len(),
        own.len()
    );
    assert!(
        posts.iter().all(|p| !p.text.trim().is_empty() && p.text.len() < 600 && !p.text.contains(['{', '}']))
    );
    assert!(posts.iter().all(|p| p.post_url.is_none()));
}

#[test]
fn a_retweet_has_the_text_of_its_original_and_comes_once() {
    let posts = posts(SampleOptions { posts: 20_000, ..SampleOptions::default() });
    let by_id: HashMap<&str, &Post> = posts.iter().map(|p| (p.id.as_str(), p)).collect();
    let mut repeated = HashSet::new();
    for post in &posts {
        let Some(reference) = &post.reference else { continue };
        let original = by_id[reference.id.as_str()];
        assert!(original.created_at <= post.created_at);
        if reference.kind == ReferenceKind::Retweeted {
            assert_eq!((&original.text, &original.lang), (&post.text, &post.lang));
            assert!(repeated.insert(&reference.id), "{} is repeated twice", reference.id);
        }
    }
    assert!(repeated.len() > 500);
}
