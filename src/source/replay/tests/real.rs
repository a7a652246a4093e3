//! Real answers of X and real posts, where the project's data lies beside the clone.

use std::collections::HashMap;

use super::*;

/// The file, or `None` (saying so) where there is no data folder.
fn data(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(name);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: {} is not there", path.display());
    None
}

fn gave(name: &str) -> Option<(Gave, Option<Error>)> {
    let path = data(name)?.display().to_string();
    Some(read_until_error(&mut Replay::open(&[path], ReplayOptions::default()).unwrap()))
}

#[test]
fn real_posts() {
    for (name, count) in
        [("tweets/airline-2015-02.jsonl.gz", 14_485), ("tweets/gop-debate-2015-08.jsonl.gz", 13_837)]
    {
        let Some((gave, error)) = gave(name) else { return };
        assert_eq!((gave.posts.len(), gave.rejects.len(), error), (count, 0, None));
        assert!(gave.posts.iter().all(|p| p.author.username.is_some() && p.post_url.is_some()));
    }
}

#[test]
fn real_pages() {
    let Some((gave, error)) = gave("x-api-v2/2sets.jsonl.gz") else { return };
    assert_eq!((gave.posts.len(), gave.rejects.len(), gave.dropped.len(), error), (200, 0, 0, None));
    assert!(gave.posts.iter().all(|p| p.author.username.is_some()), "every author is in includes");
    let retweets: Vec<_> = gave
        .posts
        .iter()
        .filter_map(|p| Some((p, p.reference.as_ref().filter(|r| r.kind.as_str() == "retweeted")?)))
        .collect();
    assert_eq!(retweets.len(), 145);
    let mut by_original: HashMap<&str, &str> = HashMap::new();
    for (post, original) in retweets {
        assert!(!post.text.starts_with("RT @"), "the full text is in includes");
        assert_eq!(*by_original.entry(&original.id).or_insert(&post.text), post.text);
    }
    assert!(!gave.posts.iter().any(|p| p.text.contains("&amp;") || p.text.contains("&lt;")));
}

#[test]
fn real_edits_streams_and_counts() {
    let Some((edited, error)) = gave("x-api-v2/edited.jsonl") else { return };
    assert_eq!((edited.posts.len(), error), (1, None));
    assert_eq!(edited.posts[0].id, "1576994789110992896");
    assert_eq!(edited.posts[0].earlier_versions, ["1576994746135764992"]);

    let Some((stream, error)) = gave("x-api-v2/streaming_output_with_error.jsonl") else { return };
    assert_eq!((stream.posts.len(), stream.rejects.len(), error), (7, 1, None));
    assert_eq!(stream.rejects[0].line, Some(8));
    assert!(stream.rejects[0].reason.contains("it was cut"), "{:?}", stream.rejects);

    let Some((counts, error)) = gave("x-api-v2/counts.jsonl") else { return };
    assert_eq!((counts.posts.len(), counts.rejects.len()), (0, 1));
    assert_eq!(counts.rejects[0].reason, "not a tweet: a count of posts");
    assert_eq!(error.unwrap().kind, ErrorKind::Input);
}
