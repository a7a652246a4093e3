use proptest::prelude::*;

use super::*;
use crate::model::StagedPost;
use crate::wire::{self, SentimentLine, write_sentiment_line, write_staging_line};

fn score(units: [u32; 4], label: usize) -> Score {
    let [positive, negative, neutral, mixed] = units.map(|u| f64::from(u) / 1e7);
    Score { label: LABELS[label], positive, negative, neutral, mixed }
}

fn staging(ids: &[u32]) -> Vec<u8> {
    let mut packet = Vec::new();
    for id in ids {
        let post =
            StagedPost { tweet_id: id.to_string(), text: format!("text {id} 🎉"), ..Default::default() };
        write_staging_line(&post, &mut packet).unwrap();
    }
    packet
}

fn sentiments(scores: &[(u32, Option<Score>)]) -> Vec<u8> {
    let mut packet = Vec::new();
    for (id, score) in scores {
        write_sentiment_line(&id.to_string(), score.as_ref(), &mut packet);
    }
    packet
}

type Rows = Vec<(String, Option<Score>)>;

/// What the merge is to give, said the short way.
fn naive(staging: &[u8], sentiments: &[u8]) -> Result<(Rows, WindowSums), String> {
    let scores: std::collections::HashMap<String, Option<Score>> = wire::lines::<SentimentLine>(sentiments)
        .map(|line| line.unwrap())
        .map(|line| (line.tweet_id.to_string(), line.score()))
        .collect();
    let posts: Vec<StagedPost> = wire::lines(staging).map(|line| line.unwrap()).collect();
    let mut rows = Vec::new();
    for post in posts {
        let score = scores.get(&post.tweet_id).ok_or(post.tweet_id.clone())?;
        rows.push((post.tweet_id, *score));
    }
    let scored: Vec<Score> = rows.iter().filter_map(|(_, score)| *score).collect();
    let sums = WindowSums {
        posts: rows.len() as u64,
        unscored: (rows.len() - scored.len()) as u64,
        counts: LABELS.map(|label| scored.iter().filter(|s| s.label == label).count() as u64),
        sums: [
            scored.iter().map(|s| s.positive).fold(0.0, |a, b| a + b),
            scored.iter().map(|s| s.negative).fold(0.0, |a, b| a + b),
            scored.iter().map(|s| s.neutral).fold(0.0, |a, b| a + b),
            scored.iter().map(|s| s.mixed).fold(0.0, |a, b| a + b),
        ],
    };
    Ok((rows, sums))
}

fn merged(staging: &[u8], sentiments: &[u8]) -> Result<(Rows, WindowSums), MergeError> {
    let (mut rows, mut sums) = (Vec::new(), WindowSums::default());
    merge_packet(staging, sentiments, |post, score| {
        sums.add(score);
        rows.push((post.tweet_id.to_string(), score.copied()));
        Ok::<_, MergeError>(())
    })?;
    Ok((rows, sums))
}

type Scored = (u32, Option<Score>);

fn any_packet() -> impl Strategy<Value = (Vec<u32>, Vec<Scored>)> {
    let any_score = (proptest::array::uniform4(0_u32..=10_000_000), 0..4_usize);
    let scored = proptest::collection::btree_map(0..60_u32, proptest::option::of(any_score), 0..40);
    let order = prop_oneof![Just(false), Just(true)];
    (scored, order, any::<prop::sample::Index>(), 0..4_u32).prop_flat_map(
        |(scored, shuffle, drop, change)| {
            let scored: Vec<Scored> =
                scored.into_iter().map(|(id, s)| (id, s.map(|(units, label)| score(units, label)))).collect();
            let mut ids: Vec<u32> = scored.iter().map(|(id, _)| *id).collect();
            if change == 0 && !ids.is_empty() {
                ids.remove(drop.index(ids.len())); // a sentiment without a post
            } else if change == 1 {
                ids.insert(drop.index(ids.len() + 1), 1000); // a post without a sentiment
            }
            if shuffle {
                (Just(ids).boxed(), Just(scored).prop_shuffle().boxed())
            } else {
                (Just(ids).boxed(), Just(scored).boxed())
            }
        },
    )
}

proptest! {
    #[test]
    fn the_merge_equals_the_naive_one((ids, scores) in any_packet()) {
        let (staging, sentiments) = (staging(&ids), sentiments(&scores));
        match (merged(&staging, &sentiments), naive(&staging, &sentiments)) {
            (Ok(got), Ok(expected)) => prop_assert_eq!(got, expected),
            (Err(MergeError::NoSentiment { tweet_id, .. }), Err(expected)) => prop_assert_eq!(tweet_id, expected),
            (got, expected) => prop_assert!(false, "{:?} instead of {:?}", got, expected),
        }
    }

    #[test]
    fn a_cut_text_is_the_longest_start_that_fits(text in any::<String>(), width in 0..50_usize) {
        let short = cut(&text, width);
        prop_assert!(short.len() <= width && text.starts_with(short));
        let next = text[short.len()..].chars().next();
        prop_assert!(next.is_none_or(|c| short.len() + c.len_utf8() > width));
    }
}

#[test]
fn a_window_without_scored_posts_has_no_averages() {
    let mut sums = WindowSums::default();
    assert_eq!((sums.averages(), sums.shares()), (None, None));
    sums.add(None);
    assert_eq!((sums.averages(), sums.shares(), sums.posts, sums.unscored), (None, None, 1, 1));
    sums.add(Some(&score([10_000_000, 0, 0, 0], 0)));
    assert_eq!(sums.averages(), Some([1.0, 0.0, 0.0, 0.0]));
    assert_eq!(sums.shares(), Some([1.0, 0.0, 0.0, 0.0]));
}

#[test]
fn an_empty_line_and_a_missing_last_newline_are_no_harm() {
    let mut posts = staging(&[1, 2]);
    posts.pop();
    let mut scores = sentiments(&[(1, None), (2, None)]);
    scores.insert(0, b'\n');
    assert_eq!(merged(&posts, &scores).unwrap().0.len(), 2);
}

#[test]
fn bytes_that_are_not_utf8_are_an_error() {
    assert!(matches!(merged(b"\xff\n", b""), Err(MergeError::Encoding(_))));
}
