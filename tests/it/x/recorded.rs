//! Real posts as X sells them: answers of its API that were recorded, and the airline set, all moved to these days.

use std::collections::BTreeSet;
use std::io::Read;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::server::World;
use crate::support;

/// Seconds between two posts: ninety in a window of a quarter of an hour.
const APART: i64 = 10;

/// `posts` of them at most (the recorded answers first), and the whole windows that they lie in, the last of which
/// ended an hour ago. `None`, with a line that says so, where they are not there.
pub fn world(posts: usize) -> Option<(World, (Timestamp, Timestamp))> {
    let mut world = World::default();
    for name in ["2sets.jsonl.gz", "brexit.jsonl.gz", "edited.jsonl", "two_tweets.jsonl"] {
        for page in lines(&format!("x-api-v2/{name}"))? {
            add_page(&mut world, &page);
        }
    }
    let mut users = BTreeSet::new();
    for line in lines("tweets/airline-2015-02.jsonl.gz")? {
        if users.insert(line["author_id"].to_string()) {
            let mut user = line["author"].clone();
            user["name"] = json!("");
            world.includes.entry("users".to_owned()).or_default().push(user);
        }
        let fields = ["id", "text", "lang", "author_id"];
        let mut post: Value = fields.into_iter().map(|name| (name.to_owned(), line[name].clone())).collect();
        post["edit_history_tweet_ids"] = json!([line["id"]]);
        world.posts.push(post);
    }
    let mut seen = BTreeSet::new();
    world.posts.retain(|post| seen.insert(post["id"].to_string()));
    world.posts.truncate(posts);

    let end = (Timestamp::now().as_second() - 3_600).div_euclid(900) * 900;
    let length = (world.posts.len() as i64 * APART + 899) / 900 * 900;
    let start = Timestamp::from_second(end - length).ok()?;
    for (post, number) in world.posts.iter_mut().zip(0..) {
        let at = start + SignedDuration::from_secs(number * APART);
        post["created_at"] = json!(at.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string());
    }
    Some((world, (start, Timestamp::from_second(end).ok()?)))
}

fn add_page(world: &mut World, page: &Value) {
    match &page["data"] {
        Value::Array(posts) => world.posts.extend(posts.iter().cloned()),
        post @ Value::Object(_) => world.posts.push(post.clone()),
        _ => {}
    }
    for kind in ["users", "tweets"] {
        let there = page["includes"][kind].as_array().into_iter().flatten().cloned();
        world.includes.entry(kind.to_owned()).or_default().extend(there);
    }
}

fn lines(name: &str) -> Option<Vec<Value>> {
    let path = support::recorded(name)?;
    let bytes = std::fs::read(path).unwrap();
    let mut text = String::new();
    match name.ends_with(".gz") {
        true => flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap(),
        false => (&bytes[..]).read_to_string(&mut text).unwrap(),
    };
    Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}
