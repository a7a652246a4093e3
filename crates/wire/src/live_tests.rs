use proptest::prelude::*;

use super::*;

fn post() -> StagedPost {
    StagedPost {
        tweet_id: "17".to_owned(),
        created_at: "2015-02-24T11:35:52Z".parse().unwrap(),
        lang: Some("en".to_owned()),
        referenced_type: Some(ReferenceKind::RepliedTo),
        verified: Some(false),
        text: "late \"again\" \u{1f621}\n".to_owned(),
        ..StagedPost::default()
    }
}

fn line(record: &LiveRecord<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    record.write(&mut out).unwrap();
    out
}

fn row(record: &LiveRecord<'_>, score: Option<&Score>) -> LiveRow {
    let mut out = Vec::new();
    record.write_row("embedded", score, &mut out);
    assert_eq!(out.iter().filter(|b| **b == b'\n').count(), 1, "one line");
    serde_json::from_slice(&out).unwrap()
}

#[test]
fn a_record_is_its_staging_line_with_four_fields_more() {
    let post = post();
    let sent = line(&LiveRecord::of(&post, "airline", "replay", "r-1", 41));
    let mut staged = Vec::new();
    crate::write_staging_line(&post, &mut staged).unwrap();
    let mut sent: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&sent).unwrap();
    for (name, value) in [
        ("topic", "airline".into()),
        ("source", "replay".into()),
        ("run_id", "r-1".into()),
        ("sequence", 41.into()),
    ] {
        assert_eq!(sent.remove(name), Some(value), "{name}");
    }
    assert_eq!(serde_json::Value::from(sent), serde_json::from_slice::<serde_json::Value>(&staged).unwrap());
}

#[test]
fn a_row_has_the_columns_of_the_contract_in_order() {
    let post = post();
    let record = LiveRecord::of(&post, "airline", "replay", "r-1", 41);
    let score = Score::quantised(Label::Negative, [0.1, 0.7, 0.15, 0.05]);
    let mut out = Vec::new();
    record.write_row("embedded", Some(&score), &mut out);
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "{\"topic\":\"airline\",\"source\":\"replay\",\"model\":\"embedded\",\"run_id\":\"r-1\",\"tweet_id\":\"17\",\
         \"created_at\":\"2015-02-24T11:35:52Z\",\"author_id\":null,\"username\":null,\"name\":null,\
         \"location\":null,\"verified\":false,\"lang\":\"en\",\"referenced_tweet_id\":null,\
         \"referenced_type\":\"replied_to\",\"post_url\":null,\"text\":\"late \\\"again\\\" \u{1f621}\\n\",\
         \"text_truncated\":false,\"label\":\"negative\",\"positive\":0.1000000,\"negative\":0.7000000,\
         \"neutral\":0.1500000,\"mixed\":0.0500000,\"sequence\":41}\n"
    );
    let mut out = Vec::new();
    record.write_text_only(None, &mut out);
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "{\"text\":\"late \\\"again\\\" \u{1f621}\\n\",\"label\":null,\"positive\":null,\"negative\":null,\
         \"neutral\":null,\"mixed\":null}\n"
    );
}

#[test]
fn what_is_no_post_is_told_apart() {
    let post = post();
    let good = LiveRecord::of(&post, "t", "s", "r", 1);
    let without = |name: &str| {
        let mut value: serde_json::Value = serde_json::from_slice(&line(&good)).unwrap();
        value.as_object_mut().unwrap().remove(name);
        value.to_string().into_bytes()
    };
    for (data, wanted) in [
        (b"".to_vec(), RecordError::Empty),
        (b"{\"text\":\"\xff\"}".to_vec(), RecordError::NotUtf8),
        (b"<html>".to_vec(), RecordError::NotJson),
        (b"{\"text\":\"cut of".to_vec(), RecordError::NotJson),
        ([line(&good), line(&good)].concat(), RecordError::NotJson),
        (b"[]".to_vec(), RecordError::NotAPost),
        (b"null".to_vec(), RecordError::NotAPost),
        (without("text"), RecordError::NotAPost),
        (without("sequence"), RecordError::NotAPost),
        (line(&LiveRecord { topic: "".into(), ..good.clone() }), RecordError::Identifier),
        (line(&LiveRecord { run_id: "r".repeat(65).into(), ..good.clone() }), RecordError::Identifier),
        (line(&LiveRecord { tweet_id: "7".repeat(257).into(), ..good.clone() }), RecordError::Identifier),
        (line(&LiveRecord { text: "x".repeat(1 << 20).into(), ..good.clone() }), RecordError::TooLong),
    ] {
        let start = String::from_utf8_lossy(&data[..data.len().min(60)]).into_owned();
        assert_eq!(LiveRecord::read(&data).unwrap_err(), wanted, "{start}");
    }
    for nothing in [&b"\r\n"[..], b" ", b"{}", b"{ }\n"] {
        assert_eq!(LiveRecord::read(nothing), Ok(Content::Nothing));
    }
}

#[test]
fn long_texts_are_cut_as_in_the_tables() {
    let post = StagedPost { text: "é".repeat(40_000), name: Some("n".repeat(1025)), ..post() };
    let cut = row(&LiveRecord::of(&post, "t", "s", "r", 1), None);
    assert_eq!((cut.text.len(), cut.text_truncated), (65_534, true));
    assert_eq!(cut.name.unwrap().len(), 1024);
}

proptest! {
    #[test]
    fn what_is_sent_is_what_arrives(
        text in any::<String>(),
        id in "[0-9a-z:/\\\\\"é]{1,40}",
        username in proptest::option::of(any::<String>()),
        micros in -600_000_000_000_000i64..4_000_000_000_000_000,
        sequence in any::<u64>(),
        weights in prop::array::uniform4(0.0f64..1.0),
    ) {
        let post = StagedPost {
            tweet_id: id,
            created_at: Timestamp::from_microsecond(micros).unwrap(),
            username,
            text,
            ..StagedPost::default()
        };
        let record = LiveRecord::of(&post, "t", "s", "r", sequence);
        let sent = line(&record);
        let read = LiveRecord::read(&sent);
        prop_assert_eq!(&read, &Ok(Content::Post(Box::new(record.clone()))));
        let score = Score::quantised(Label::Mixed, weights);
        let arrived = row(&record, Some(&score));
        prop_assert_eq!(arrived.score(), Some(score));
        prop_assert_eq!((arrived.text, arrived.tweet_id, arrived.sequence), (post.text, post.tweet_id, sequence));
        prop_assert_eq!((arrived.username, arrived.created_at), (post.username, post.created_at));
    }
}
