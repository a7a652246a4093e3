//! What every source promises, checked on every source.

use std::collections::HashSet;
use std::io::Cursor;

use jiff::Timestamp;

use super::post_years;
use super::replay::{Replay, ReplayOptions};
use super::sample::{Sample, SampleOptions};
use super::testing::{block_on, read_until_error};
use crate::limits;
use crate::pipeline::port::Source;

/// A source by name, made anew each time.
struct Case {
    name: &'static str,
    make: Box<dyn Fn() -> Box<dyn Source>>,
    posts: usize,
    /// Whether reading ends with an error, after its posts.
    fails: bool,
}

fn sample(name: &'static str, options: SampleOptions) -> Case {
    let posts = options.posts as usize;
    let make = Box::new(move || Box::new(Sample::new(options.clone()).unwrap()) as Box<dyn Source>);
    Case { name, make, posts, fails: false }
}

fn replay(name: &'static str, content: String, strict: bool, posts: usize, fails: bool) -> Case {
    let make = Box::new(move || {
        let stdin: Box<dyn std::io::Read + Send> = Box::new(Cursor::new(content.clone().into_bytes()));
        let options = ReplayOptions { strict, stdin: Some(stdin), ..ReplayOptions::default() };
        Box::new(Replay::open(&["-".to_owned()], options).unwrap()) as Box<dyn Source>
    });
    Case { name, make, posts, fails }
}

fn lines(count: u64) -> String {
    let line = |n| format!("{{\"id\":\"{n}\",\"created_at\":{},\"text\":\"post {n}\"}}\n", 1_600_000_000 - n);
    (0..count).map(line).collect()
}

fn cases() -> Vec<Case> {
    let at = |s: &str| Some(s.parse::<Timestamp>().unwrap());
    let csv: String = (0..1_500).map(|n| format!("{n},2020-01-01T00:00:00Z,\"a\nb\"\n")).collect();
    let page: Vec<String> = lines(150).lines().map(str::to_owned).collect();
    vec![
        sample("sample", SampleOptions::default()),
        sample("no sample", SampleOptions { posts: 0, ..SampleOptions::default() }),
        sample("one post", SampleOptions { posts: 1, ..SampleOptions::default() }),
        sample(
            "long sample",
            SampleOptions { posts: 50_000, window_seconds: 86_400 * 30, seed: 7, ..SampleOptions::default() },
        ),
        sample(
            "dense sample",
            SampleOptions {
                posts: 20_000,
                start: at("2001-01-01T00:00:00Z"),
                end: at("2001-01-01T00:00:10Z"),
                ..SampleOptions::default()
            },
        ),
        replay("lines", lines(3_210), false, 3_210, false),
        replay("lines and others", format!("{}x\n{}", lines(1_500), lines(10)), false, 1_510, false),
        replay("strictly", format!("{}x\n{}", lines(1_500), lines(10)), true, 1_500, true),
        replay("nothing", String::new(), false, 0, true),
        replay("csv", format!("id,date,text\n{csv}"), false, 1_500, false),
        replay("page", format!("{{\"data\":[{}]}}", page.join(",")), false, 150, false),
        replay("document", format!("[\n{}\n]", page.join(",\n")), false, 150, false),
    ]
}

#[test]
fn every_source_keeps_its_promises() {
    let (first, last) = post_years();
    for case in cases() {
        let name = case.name;
        let mut source = (case.make)();
        let info = source.info();
        let (read, error) = read_until_error(&mut *source);
        assert_eq!(error.is_some(), case.fails, "{name}: {error:?}");
        assert_eq!(read.posts.len(), case.posts, "{name}");
        if let Some(total) = info.total {
            assert_eq!(total, read.posts.len() as u64, "{name}");
        }
        for post in &read.posts {
            assert!(!post.id.is_empty() && post.id.len() <= limits::width::TWEET_ID, "{name}: {:?}", post.id);
            let at = post.created_at.as_millisecond();
            assert!((first..last).contains(&at), "{name}: {}", post.created_at);
            if let Some((start, end)) = info.planned {
                assert!(post.created_at >= start && post.created_at < end, "{name}: {}", post.created_at);
            }
            assert!(
                post.author.username.as_deref() != Some("") && post.lang.as_deref() != Some(""),
                "{name}"
            );
        }
        if info.time_ordered {
            assert!(read.posts.windows(2).all(|pair| pair[0].created_at <= pair[1].created_at), "{name}");
        }
        if info.unique_ids {
            let ids: HashSet<&str> = read.posts.iter().map(|post| post.id.as_str()).collect();
            assert_eq!(ids.len(), read.posts.len(), "{name}");
        }
        assert_eq!(
            read_until_error(&mut *(case.make)()),
            (read, error),
            "{name}: read again, it is the same"
        );
        assert_eq!((case.make)().info(), info, "{name}");
    }
}

#[test]
fn batches_are_never_empty_and_never_large() {
    for case in cases() {
        let mut source = (case.make)();
        block_on(async {
            while let Ok(Some(batch)) = source.next().await {
                let size = batch.posts.len() + batch.rejects.len() + batch.dropped.len();
                assert!(size > 0 && size < 2 * limits::SOURCE_BATCH, "{}: {size}", case.name);
            }
        });
    }
}

#[test]
fn a_source_may_be_left_in_the_middle() {
    for case in cases() {
        let mut source = (case.make)();
        let _ = block_on(source.next());
        drop(source);
    }
}
