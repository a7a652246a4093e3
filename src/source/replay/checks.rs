//! Laws of the parsers, for any bytes at all: the bodies of the fuzz targets, run as property loops by the tests.
//! A law that is broken panics, which is what a fuzzer looks for; nothing else may call these.

use serde_json::json;

use super::line;
use super::read_bytes;
use super::shape::Harvest;
use crate::error::Error;
use crate::limits;
use crate::model::{Post, Reject};
use crate::source::post_years;

/// Any bytes as one line, or one value.
pub fn line(data: &[u8]) {
    let harvest = harvest(data);
    for post in &harvest.posts {
        is_sound(post);
        reads_back(post);
    }
    harvest.rejects.iter().for_each(|reason| says_nothing(reason));
}

/// Any bytes inside an answer of X: as its posts, and as what stands beside them.
pub fn page(data: &[u8]) {
    let post = br#"{"id":"1","author_id":"2","created_at":"2020-01-01T00:00:00Z","text":"RT",
        "referenced_tweets":[{"type":"retweeted","id":"3"}]}"#;
    for (before, after) in [
        (&b"{\"data\":["[..], &b"]}"[..]),
        (b"{\"data\":", b"}"),
        (b"{\"errors\":[", b"]}"),
        (&[b"{\"data\":[", &post[..], b"],\"includes\":{\"tweets\":["].concat(), b"]}}"),
        (&[b"{\"data\":[", &post[..], b"],\"includes\":{\"users\":["].concat(), b"]}}"),
    ] {
        line(&[before, data, after].concat());
    }
}

/// Any bytes as the records of a CSV.
pub fn table(data: &[u8]) {
    let header = b"id,created_at,text,lang,username\n";
    let (posts, rejects, error) = read(&[header, data].concat(), false);
    let lines = data.iter().filter(|b| **b == b'\n').count() + 1;
    assert!(posts.len() + rejects.len() <= lines, "more records than lines");
    assert!(error.is_none_or(|error| posts.is_empty() && error.message.starts_with("no post")));
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let mut again = String::from("id,created_at,text,lang,username\n");
    for post in &posts {
        is_sound(post);
        let lang = post.lang.as_deref().unwrap_or_default();
        let username = post.author.username.as_deref().unwrap_or_default();
        let fields = [&post.id, &post.created_at.to_string(), &post.text, lang, username].map(quoted);
        again.push_str(&fields.join(","));
        again.push('\n');
    }
    let (read_again, rejects, _) = read(again.as_bytes(), false);
    assert!(rejects.is_empty() && read_again == posts, "a CSV that was written is read back");
}

/// Any bytes as a whole input: packed or not, in whatever form they are taken for.
pub fn input(data: &[u8]) {
    let (posts, rejects, error) = read(data, false);
    posts.iter().for_each(is_sound);
    rejects.iter().for_each(|reject| says_nothing(&reject.reason));
    let places: Vec<_> = rejects.iter().filter_map(|reject| reject.byte).collect();
    assert!(places.is_sorted(), "rejects come in order");
    let nothing = posts.is_empty() && error.is_some();
    let (strictly, none, refused) = read(data, true);
    assert!(none.is_empty() && (strictly.len() <= posts.len()));
    if rejects.is_empty() || nothing {
        assert!(rejects.is_empty() == (refused == error) || nothing, "{refused:?} {error:?}");
    } else {
        assert!(refused.is_some(), "what is rejected is an error when reading strictly");
    }
}

fn harvest(data: &[u8]) -> Harvest {
    let mut harvest = Harvest::default();
    line::read(data, &mut harvest);
    harvest
}

fn read(data: &[u8], strict: bool) -> (Vec<Post>, Vec<Reject>, Option<Error>) {
    let (mut posts, mut rejects) = (Vec::new(), Vec::new());
    let result = read_bytes(data, strict, |batch| {
        posts.extend(batch.posts);
        rejects.extend(batch.rejects);
    });
    (posts, rejects, result.err())
}

/// What the gate may rely on.
fn is_sound(post: &Post) {
    let (first, last) = post_years();
    assert!(!post.id.trim().is_empty() && post.id.len() <= limits::width::TWEET_ID);
    assert!((first..last).contains(&post.created_at.as_millisecond()));
    assert!(post.post_url.as_ref().is_none_or(|url| url.bytes().all(|b| b.is_ascii_graphic())));
    let author = &post.author;
    for text in
        [&post.lang, &author.id, &author.username, &author.name, &author.location].into_iter().flatten()
    {
        assert!(!text.is_empty(), "what is not stated is None");
    }
}

/// A reason is made of our own words.
fn says_nothing(reason: &str) {
    assert!(reason.is_ascii() && reason.len() < 160 && !reason.contains('\n'), "{reason}");
}

/// A post that is written as our own line is read back as it was.
fn reads_back(post: &Post) {
    let author = &post.author;
    let line = json!({
        "id": post.id, "created_at": post.created_at.to_string(), "text": post.text, "lang": post.lang,
        "author_id": author.id,
        "author": {"username": author.username, "name": author.name, "location": author.location,
            "verified": author.verified},
        "referenced_tweets": post.reference.iter().map(|r| json!({"type": r.kind, "id": r.id})).collect::<Vec<_>>(),
    });
    let again = harvest(line.to_string().as_bytes());
    let expected = Post { post_url: None, earlier_versions: Vec::new(), ..post.clone() };
    let read = again.posts.into_iter().map(|post| Post { post_url: None, ..post }).collect::<Vec<_>>();
    assert_eq!(read, [expected]);
}
