use super::*;

#[test]
fn what_is_asked_for_beside_the_posts_is_as_the_setting_says() {
    let ask = Ask { span: Span { start: 0, end: 900 }, posts: 50, token: Some("t".to_owned()) };
    let of = |expand| {
        let parameters = search("a b", &ask, expand);
        let find = |name| parameters.iter().find(|p| p.0 == name).map(|p| p.1.clone());
        (find("expansions"), find("user.fields").is_some())
    };
    assert_eq!(of(Expand::None), (None, false));
    assert_eq!(of(Expand::Users), (Some("author_id".to_owned()), true));
    assert_eq!(of(Expand::References), (Some("referenced_tweets.id".to_owned()), false));
    assert_eq!(of(Expand::All), (Some("author_id,referenced_tweets.id".to_owned()), true));
    let parameters = search("a b", &ask, Expand::None);
    for wanted in [
        ("query", "a b"),
        ("start_time", "1970-01-01T00:00:00Z"),
        ("end_time", "1970-01-01T00:15:00Z"),
        ("max_results", "50"),
        ("next_token", "t"),
    ] {
        assert!(parameters.iter().any(|(name, value)| (*name, value.as_str()) == wanted), "{wanted:?}");
    }
}

#[test]
fn a_cut_answer_is_none() {
    for cut in ["", "{", "{\"data\":[{\"id\":\"1\"", "<html>", "{\"meta\":{}} x"] {
        assert!(Head::of(cut).is_none(), "{cut}");
    }
    let head =
        Head::of("{\"data\":[],\"meta\":{\"next_token\":\"n\",\"result_count\":3}}").unwrap().meta.unwrap();
    assert_eq!((head.next_token.as_deref(), head.result_count), (Some("n"), Some(3)));
    assert!(Head::of("{\"meta\":\"odd\"}").unwrap().meta.is_none());
}

#[test]
fn a_429_says_when_to_come_back_in_three_ways() {
    let now = Timestamp::from_second(1_000).unwrap();
    let at = |pairs: &[(&'static str, &str)]| {
        let pairs = pairs
            .iter()
            .map(|(name, value)| (reqwest::header::HeaderName::from_static(name), value.parse().unwrap()));
        come_back(&HeaderMap::from_iter(pairs), now).map(|at| at.as_second())
    };
    assert_eq!(at(&[("x-rate-limit-reset", "1900")]), Some(1_900));
    assert_eq!(at(&[("retry-after", "30")]), Some(1_030));
    assert_eq!(at(&[("retry-after", "Thu, 01 Jan 1970 00:20:00 GMT")]), Some(1_200));
    assert_eq!(at(&[("x-rate-limit-reset", "1900"), ("retry-after", "30")]), Some(1_900));
    assert_eq!(
        at(&[("x-rate-limit-reset", "999"), ("retry-after", "30")]),
        Some(1_030),
        "the first has passed"
    );
    assert_eq!(at(&[]), None);
    assert_eq!(at(&[("retry-after", "soon")]), None);
}
