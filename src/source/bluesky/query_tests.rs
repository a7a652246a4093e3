use super::*;

fn takes(query: &str, text: &str) -> bool {
    Query::parse(query).unwrap_or_else(|e| panic!("{query}: {e}")).matches(text, &[])
}

#[test]
fn words_match_whole_words_in_any_case() {
    for (query, text, wanted) in [
        ("", "anything", true),
        ("  ", "", true),
        ("delta", "Flew DELTA today", true),
        ("delta", "deltas are rivers' ends", false),
        ("DELTA", "delta.", true),
        ("don't", "I DON’T know", true),
        ("don't", "don and t are apart, t then don", false),
        ("united airlines", "airlines, united", true),
        ("united airlines", "united we stand", false),
        ("\"united airlines\"", "the United  Airlines desk", true),
        ("\"united airlines\"", "airlines united", false),
        ("“united airlines”", "united-airlines", true),
        ("AT&T", "at & t", true),
        ("snake_case", "SNAKE_CASE", true),
        ("snake", "snake_case", false),
        ("straße", "STRASSE", false),
        ("東京", "今日は東京都にいる", true),
        ("京東", "今日は東京都にいる", false),
        ("ประเทศ", "ประเทศไทย", true),
        ("C3PO", "c3po", true),
        ("12:30", "at 12:30", true),
        ("https://example.com", "see https://example.com/x", true),
        ("OR:x", "or x", true),
        ("\"OR\"", "this or that", true),
        ("or", "this or that", true),
    ] {
        assert_eq!(takes(query, text), wanted, "{query:?} on {text:?}");
    }
}

#[test]
fn excluded_terms_tags_handles_and_or() {
    for (query, text, wanted) in [
        ("delta -variant", "delta flights", true),
        ("delta -variant", "the Delta Variant", false),
        ("-\"delta variant\"", "variant delta", true),
        ("-\"delta variant\"", "the delta variant", false),
        ("-spam", "anything else", true),
        ("#avgeek", "love #AvGeek!", true),
        ("#avgeek", "avgeek", false),
        ("#avgeek", "no#avgeek", false),
        ("#av", "#avgeek", false),
        ("avgeek", "#avgeek", true),
        ("-#ad", "buy #ad", false),
        ("#日本", "#日本語", false),
        ("@delta.com", "hey @Delta.com, why", true),
        ("@delta.com", "me@delta.com", false),
        ("@alice", "cc @alice.bsky.social.", true),
        ("@alice", "cc @alice.example.org", false),
        ("united OR delta", "delta", true),
        ("united OR delta", "southwest", false),
        ("flight united OR delta OR \"air france\"", "a flight with Air France", true),
        ("flight united OR delta", "united", false),
        ("united OR delta late", "delta is late", true),
        ("united OR delta late -crew", "delta crew is late", false),
        ("#a OR @b.c", "x @b.c", true),
    ] {
        assert_eq!(takes(query, text), wanted, "{query:?} on {text:?}");
    }
    let query = Query::parse("#Spring").unwrap();
    assert!(query.matches("no tag in the text", &["spring".to_owned()]));
    assert!(!query.matches("no tag in the text", &["springtime".to_owned()]));
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    for (query, wanted) in [
        ("OR delta", "OR has no term before it at character 1"),
        ("delta OR", "OR has no term after it at character 7"),
        ("delta OR OR united", "OR has no term before it at character 10"),
        ("-delta OR united", "OR has no term before it at character 8"),
        ("delta OR -united", "an excluded term cannot follow OR at character 10"),
        ("日本 \"united airlines", "a quotation mark is not closed at character 4"),
        ("delta -", "\"\" has no letter or digit to look for at character 7"),
        ("delta ...", "\"...\" has no letter or digit to look for at character 7"),
        ("\"\"", "\"\" has no letter or digit to look for at character 1"),
        ("🔥", "\"🔥\" has no letter or digit to look for at character 1"),
        ("delta #", "# is no hashtag at character 7"),
        ("#c++", "#c++ is no hashtag at character 1"),
        ("@", "@ is no handle at character 1"),
        ("@a/b", "@a/b is no handle at character 1"),
        ("delta -is:retweet", "is: is an operator of X, which a Bluesky query does not have at character 7"),
        ("(a OR b) c", "a query has no parentheses at character 1"),
    ] {
        let error = Query::parse(query).expect_err(query);
        assert_eq!(error.to_string(), wanted);
        assert!(!error.hint.is_empty());
    }
}

#[test]
fn nothing_typed_is_a_panic() {
    use proptest::prelude::*;
    proptest!(|(query in "[-#@\"“ORab :.東é_()]{0,24}", text in "\\PC{0,40}")| {
        if let Ok(query) = Query::parse(&query) {
            query.matches(&text, &[]);
        }
    });
    // A text without anything to escape finds itself.
    proptest!(|(text in "[a-zé東京_ ]{0,24}")| {
        if let Ok(query) = Query::parse(&text) {
            prop_assert!(query.matches(&text, &[]), "{text}");
        }
    });
}
