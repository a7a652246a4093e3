//! Answers that X really gave, served again: what the search makes of them is what replay makes of them.

use std::path::Path;

use serde_json::Value;

use super::*;

/// The recorded page, its posts moved into the last days; `None`, with a line that says so, where it is not there.
fn recorded(name: &str, end: Timestamp) -> Option<World> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/x-api-v2").join(name);
    let Ok(bytes) = std::fs::read(&path) else {
        println!("skipped: the recorded answers {name} are not beside this checkout");
        return None;
    };
    let mut text = String::new();
    if name.ends_with(".gz") {
        std::io::Read::read_to_string(&mut flate2::read::MultiGzDecoder::new(&bytes[..]), &mut text).unwrap();
    } else {
        text = String::from_utf8(bytes).unwrap();
    }
    let mut world = World::default();
    for line in text.lines() {
        let page: Value = serde_json::from_str(line).unwrap();
        world.posts.extend(page["data"].as_array().cloned().unwrap_or_default());
        for kind in ["users", "tweets"] {
            let there = page["includes"][kind].as_array().cloned().unwrap_or_default();
            world.includes.entry(kind.to_owned()).or_default().extend(there);
        }
    }
    let time = |post: &Value| post["created_at"].as_str().unwrap().parse::<Timestamp>().unwrap();
    let newest = world.posts.iter().map(time).max().unwrap();
    let shift = (end - SignedDuration::from_secs(1)).duration_since(newest);
    for post in &mut world.posts {
        post["created_at"] = (time(post) + shift).to_string().into();
    }
    Some(world)
}

#[tokio::test]
async fn recorded_answers_are_read_as_replay_reads_them() {
    let end = some_hours_ago();
    for name in ["brexit.jsonl.gz", "2sets.jsonl.gz", "edited.jsonl", "two_tweets.jsonl"] {
        let Some(world) = recorded(name, end) else { continue };
        let page = serde_json::json!({"data": world.posts, "includes": world.includes, "meta": {}});
        let mut wanted = Harvest::default();
        page::read(&page.to_string(), &mut wanted);
        let first = wanted.posts.iter().map(|post| post.created_at).min().unwrap();
        let server = XServer::start(world, Behaviour::default());
        let mut options = options(&server, (first, end), &Arc::default());
        options.max_per_window = 1_000;
        let read = read(&mut XSearch::new(options).unwrap()).await;
        let mut found: Vec<_> = read.batches.iter().flat_map(|batch| batch.posts.clone()).collect();
        let key = |post: &crate::model::Post| (post.id.clone(), post.text.clone());
        found.sort_by_key(key);
        wanted.posts.sort_by_key(key);
        wanted.posts.dedup_by(|a, b| a.id == b.id);
        found.dedup_by(|a, b| a.id == b.id);
        assert!(!found.is_empty());
        assert_eq!(found, wanted.posts, "{name}");
        assert!(read.batches.iter().all(|batch| batch.rejects.is_empty()), "{name}");
        let full = found.iter().any(|post| post.author.username.is_some());
        assert!(full, "{name}: users were joined");
    }
}
