use proptest::prelude::*;

use super::*;
use crate::model::{Label, StagedPost};
use crate::wire::{write_sentiment_line, write_staging_line};

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{0,40}",
        proptest::collection::vec(any::<char>(), 0..20).prop_map(|c| c.into_iter().collect())
    ]
}

fn any_post() -> impl Strategy<Value = StagedPost> {
    let option = || proptest::option::of(any_text());
    let kind = proptest::option::of(prop_oneof![
        Just(ReferenceKind::Retweeted),
        Just(ReferenceKind::Quoted),
        Just(ReferenceKind::RepliedTo)
    ]);
    let who = (option(), option(), option(), option(), proptest::option::of(any::<bool>()));
    let what = (any_text(), any_text(), 0_i64..4_000_000_000_000_000, option(), option(), kind, option());
    (who, what).prop_map(|(who, what)| StagedPost {
        tweet_id: what.0,
        text: what.1,
        created_at: jiff::Timestamp::from_microsecond(what.2).unwrap(),
        lang: what.3,
        referenced_tweet_id: what.4,
        referenced_type: what.5,
        post_url: what.6,
        author_id: who.0,
        username: who.1,
        name: who.2,
        location: who.3,
        verified: who.4,
    })
}

proptest! {
    #[test]
    fn a_staged_post_is_read_back_by_scanner_and_by_serde(post in any_post()) {
        let mut packet = Vec::new();
        write_staging_line(&post, &mut packet).unwrap();
        let packet = String::from_utf8(packet).unwrap();
        let (_, read) = staged_lines(&packet).next().unwrap().unwrap();
        let serde: StagedLine = serde_json::from_str(&packet).unwrap();
        prop_assert_eq!(&read, &serde);
        prop_assert!(scan_staged(packet.trim_end_matches('\n')).is_some(), "the scanner reads what we write");
        prop_assert_eq!(read.created_at, post.created_at.as_microsecond());
        let expected = [
            Some(post.tweet_id), post.author_id, post.username, post.name, post.location, post.lang,
            post.referenced_tweet_id, post.post_url, Some(post.text),
        ];
        let got = [
            Some(read.tweet_id), read.author_id, read.username, read.name, read.location, read.lang,
            read.referenced_tweet_id, read.post_url, Some(read.text),
        ];
        prop_assert_eq!(got.map(|v| v.map(Cow::into_owned)), expected);
        prop_assert_eq!((read.verified, read.referenced_type), (post.verified, post.referenced_type));
    }

    #[test]
    fn a_score_is_read_back_by_scanner_and_by_serde(
        id in any_text(), units in proptest::option::of(proptest::array::uniform4(0_u32..=10_000_000)), label in 0..4_usize,
    ) {
        let score = units.map(|u| u.map(|u| f64::from(u) / 1e7)).map(|[positive, negative, neutral, mixed]| Score {
            label: super::super::LABELS[label], positive, negative, neutral, mixed,
        });
        let mut packet = Vec::new();
        write_sentiment_line(&id, score.as_ref(), &mut packet);
        let packet = String::from_utf8(packet).unwrap();
        let line = packet.trim_end_matches('\n');
        let expected = ScoreLine { tweet_id: id.into(), score };
        prop_assert_eq!(scan_score(line), Some(expected.clone()));
        prop_assert_eq!(parse_score(1, line).unwrap(), expected);
    }

    #[test]
    fn no_line_makes_the_scanners_panic(line in any_text(), cut in 0..200_usize, post in any_post()) {
        let _ = scan_staged(&line);
        let _ = scan_score(&line);
        let mut packet = Vec::new();
        write_staging_line(&post, &mut packet).unwrap();
        let packet = String::from_utf8(packet).unwrap();
        if let Some(part) = packet.get(..cut.min(packet.len() - 1)) {
            prop_assert!(scan_staged(part.trim_end_matches('\n')).is_none_or(|_| part.len() + 1 == packet.len()));
        }
    }
}

#[test]
fn other_json_of_the_same_meaning_is_read_too() {
    let packet = "\n{ \"text\" : \"a\\u00e9\\n\", \"tweet_id\":\"1\", \"created_at\":\"2026-01-01T01:00:00+01:00\", \"extra\": [1,{\"x\":2}], \"lang\":null}\r\n";
    let (line, read) = staged_lines(packet).next().unwrap().unwrap();
    assert_eq!((line, &*read.text, read.lang, read.created_at), (2, "aé\n", None, 1_767_225_600_000_000));
    let packet = "{\"mixed\":0,\"neutral\":1e-1,\"negative\":0.2,\"positive\":0.7,\"label\":\"positive\",\"tweet_id\":\"1\"}";
    let read = score_lines(packet).next().unwrap().unwrap();
    assert_eq!(read.score.unwrap().label, Label::Positive);
    assert_eq!(read.score.unwrap().neutral, 0.1);
}

#[test]
fn lines_that_break_the_contract_are_named() {
    for packet in [
        "{\"tweet_id\":\"1\",\"text\":\"x\"}",
        "{",
        "null",
        "{\"tweet_id\":\"1\",\"created_at\":\"yesterday\",\"text\":\"x\"}",
    ] {
        let error = staged_lines(packet).next().unwrap().unwrap_err().to_string();
        assert!(error.starts_with("staging packet: line 1 is not what the data contract says"), "{error}");
    }
    let half = "{\"tweet_id\":\"1\",\"label\":\"positive\",\"positive\":0.7,\"negative\":null,\"neutral\":0.1,\"mixed\":0.1}";
    assert!(matches!(score_lines(half).next(), Some(Err(MergeError::HalfAScore { line: 1 }))));
}
