//! How fast posts are made and read, on one core: `cargo bench --bench parser`.

use std::fmt::Write;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use sentistack::pipeline::port::Source;
use sentistack::source::replay::read_bytes;
use sentistack::source::{Sample, SampleOptions};

const POSTS: u64 = 100_000;

/// Posts of the sample, in our own line shape.
fn own_lines() -> String {
    let mut out = String::new();
    for post in sample(POSTS) {
        let user = &post.author;
        let (id, name) =
            (user.id.as_deref().unwrap_or_default(), user.username.as_deref().unwrap_or_default());
        let text = serde_json::to_string(&post.text).unwrap_or_default();
        let _ = writeln!(
            out,
            "{{\"id\": \"{}\", \"text\": {text}, \"created_at\": \"{:.3}\", \"lang\": \"en\", \"author_id\": \"{id}\", \
             \"author\": {{\"id\": \"{id}\", \"username\": \"{name}\", \"location\": \"Port Alder\"}}}}",
            post.id, post.created_at
        );
    }
    out
}

/// The same posts as pages of a hundred, with their users and some of what X adds.
fn pages(lines: &str) -> String {
    let mut out = String::new();
    let lines: Vec<&str> = lines.lines().collect();
    for page in lines.chunks(100) {
        let posts: Vec<String> = page
            .iter()
            .map(|line| {
                let extra = "{\"public_metrics\":{\"retweet_count\":1,\"like_count\":2},\"conversation_id\":\"1\",\
                             \"entities\":{\"hashtags\":[{\"start\":1,\"end\":9,\"tag\":\"velowisp\"}]},";
                format!("{extra}{}", &line[1..])
            })
            .collect();
        let _ = writeln!(out, "{{\"data\":[{}],\"meta\":{{\"result_count\":100}}}}", posts.join(","));
    }
    out
}

fn csv() -> String {
    let mut out = "tweet_id,created_at,lang,username,text\n".to_owned();
    for post in sample(POSTS) {
        let text = post.text.replace('"', "\"\"");
        let name = post.author.username.unwrap_or_default();
        let _ = writeln!(out, "{},{:.3},en,{name},\"{text}\"", post.id, post.created_at);
    }
    out
}

fn sample(posts: u64) -> Vec<sentistack::model::Post> {
    let mut all = Vec::new();
    let Ok(mut sample) = Sample::new(SampleOptions { posts, ..SampleOptions::default() }) else { return all };
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().build() else { return all };
    runtime.block_on(async {
        while let Ok(Some(batch)) = sample.next().await {
            all.extend(batch.posts);
        }
    });
    all
}

fn count(bytes: &[u8]) -> u64 {
    let mut posts = 0;
    let read = read_bytes(bytes, true, |batch| posts += batch.posts.len() as u64);
    assert!(read.is_ok(), "{read:?}");
    assert_eq!(posts, POSTS);
    posts
}

fn sources(c: &mut Criterion) {
    let lines = own_lines();
    let pages = pages(&lines);
    let csv = csv();
    let mut group = c.benchmark_group("parser");
    group.sample_size(10).throughput(Throughput::Elements(POSTS));
    group.bench_function("own_lines", |b| b.iter(|| count(lines.as_bytes())));
    group.bench_function("x_pages", |b| b.iter(|| count(pages.as_bytes())));
    group.bench_function("csv", |b| b.iter(|| count(csv.as_bytes())));
    group.bench_function("sample", |b| {
        b.iter(|| {
            let Ok(mut sample) = Sample::new(SampleOptions { posts: POSTS, ..SampleOptions::default() })
            else {
                return 0;
            };
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread().build() else { return 0 };
            runtime.block_on(async {
                let mut posts = 0;
                while let Ok(Some(batch)) = sample.next().await {
                    posts += batch.posts.len();
                }
                posts
            })
        })
    });
    group.finish();
}

criterion_group!(benches, sources);
criterion_main!(benches);
