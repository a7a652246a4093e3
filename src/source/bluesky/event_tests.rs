use super::*;

const AT: i64 = 1_767_225_600_000_000; // 2026-01-01T00:00:00Z

fn post(record: &str) -> Result<Event, Broken> {
    parse(&format!(
        r#"{{"did":"did:plc:abc","time_us":{AT},"kind":"commit","commit":{{"rev":"r1","operation":"create",
        "collection":"app.bsky.feed.post","rkey":"3kaa","cid":"bafy","record":{record}}}}}"#
    ))
}

fn written(record: &str) -> Written {
    match post(record).unwrap().what {
        What::Post(written) => *written,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_post_has_the_columns_of_the_contract() {
    let Written { post, changed, langs, tags } = written(
        r#"{"$type":"app.bsky.feed.post","createdAt":"2025-12-31T23:59:59.250Z","langs":["en-GB","de"],
        "text":"Hello 🌍","tags":["avgeek"],"reply":{"root":{"uri":"at://r/app.bsky.feed.post/1"},
        "parent":{"uri":"at://p/app.bsky.feed.post/2","cid":"x"}}}"#,
    );
    assert_eq!(post.id, "at://did:plc:abc/app.bsky.feed.post/3kaa");
    assert_eq!(post.created_at.to_string(), "2025-12-31T23:59:59.25Z");
    assert_eq!((post.text.as_str(), post.lang.as_deref()), ("Hello 🌍", Some("en-GB")));
    assert_eq!(post.author.id.as_deref(), Some("did:plc:abc"));
    assert_eq!(post.post_url.as_deref(), Some("https://bsky.app/profile/did:plc:abc/post/3kaa"));
    let parent = "at://p/app.bsky.feed.post/2".to_owned();
    assert_eq!(post.reference, Some(Reference { kind: ReferenceKind::RepliedTo, id: parent }));
    assert_eq!((changed, langs, tags), (false, vec!["en-GB".into(), "de".into()], vec!["avgeek".into()]));
}

#[test]
fn what_an_author_says_of_the_time_is_believed_only_of_the_past() {
    for (stated, wanted) in [
        (r#""2030-01-01T00:00:00Z""#, "2026-01-01T00:00:00Z"),
        (r#""2015-01-01T00:00:00+02:00""#, "2014-12-31T22:00:00Z"),
        (r#""yesterday""#, "2026-01-01T00:00:00Z"),
        ("7", "2026-01-01T00:00:00Z"),
        ("null", "2026-01-01T00:00:00Z"),
    ] {
        let post = written(&format!(r#"{{"text":"x","createdAt":{stated}}}"#)).post;
        assert_eq!(post.created_at.to_string(), wanted, "{stated}");
        assert_eq!(post.lang, None);
    }
}

#[test]
fn a_quote_is_one_of_a_post() {
    let quoted = |embed: &str| written(&format!(r#"{{"text":"","embed":{embed}}}"#)).post.reference;
    let uri = "at://did:plc:q/app.bsky.feed.post/9";
    let wanted = Some(Reference { kind: ReferenceKind::Quoted, id: uri.to_owned() });
    assert_eq!(quoted(&format!(r#"{{"record":{{"uri":"{uri}"}}}}"#)), wanted);
    assert_eq!(quoted(&format!(r#"{{"media":{{}},"record":{{"record":{{"uri":"{uri}"}}}}}}"#)), wanted);
    assert_eq!(quoted(r#"{"record":{"uri":"at://did:plc:q/app.bsky.feed.generator/9"}}"#), None);
    assert_eq!(quoted(r#"{"images":[]}"#), None);
}

#[test]
fn changes_deletions_and_accounts() {
    let commit = |operation: &str, rev: &str, record: &str| {
        parse(&format!(
            r#"{{"did":"did:plc:abc","time_us":{AT},"kind":"commit","commit":{{"rev":"{rev}",
            "operation":"{operation}","collection":"app.bsky.feed.post","rkey":"3kaa"{record}}}}}"#
        ))
        .unwrap()
    };
    let update = commit("update", "r2", r#","record":{"text":"new"}"#);
    assert!(matches!(&update.what, What::Post(written) if written.changed && written.post.text == "new"));
    assert_ne!(update.key, commit("update", "r3", r#","record":{"text":"new"}"#).key);
    let delete = commit("delete", "r4", "");
    assert_eq!(delete.what, What::Deleted { uri: "at://did:plc:abc/app.bsky.feed.post/3kaa".into() });
    let account = |active: bool, at: i64| {
        let text = format!(
            r#"{{"did":"did:plc:abc","time_us":{at},"kind":"account",
            "account":{{"active":{active},"did":"did:plc:abc","seq":5,"status":"takendown","time":"x"}}}}"#
        );
        parse(&text).unwrap()
    };
    assert_eq!(account(false, AT).what, What::Gone { did: "did:plc:abc".into() });
    assert_eq!(account(false, AT).key, account(false, AT + 7).key, "another instance has another time");
    assert_eq!(account(true, AT).what, What::Other);
    let identity = r#"{"did":"did:plc:abc","time_us":5,"kind":"identity","identity":{"handle":"a.b"}}"#;
    assert_eq!(parse(identity).unwrap().what, What::Other);
    let like = r#"{"did":"did:plc:abc","time_us":5,"kind":"commit","commit":{"rev":"r","operation":"create",
        "collection":"app.bsky.feed.like","rkey":"1","record":{"subject":{}}}}"#;
    assert_eq!(parse(like).unwrap().what, What::Other);
}

#[test]
fn a_repetition_has_the_same_key_and_nothing_else_has() {
    let one = post(r#"{"text":"a"}"#).unwrap();
    let later = parse(
        r#"{"did":"did:plc:abc","time_us":99,"kind":"commit","commit":{"rev":"r1","operation":"create",
        "collection":"app.bsky.feed.post","rkey":"3kaa","record":{"text":"a"}}}"#,
    );
    assert_eq!(one.key, later.unwrap().key);
    assert_ne!(hash(&["ab", "c"]), hash(&["a", "bc"]));
}

#[test]
fn what_is_broken_is_named_without_its_content() {
    for (text, at, reason) in [
        ("", None, "not JSON"),
        ("{", None, "not JSON"),
        ("[]", None, "not an event of Jetstream"),
        (r#"{"did":"did:plc:a","kind":"commit"}"#, None, "not an event of Jetstream"),
        (r#"{"did":"did:plc:a","time_us":-5,"kind":"x"}"#, None, "time_us is no moment"),
        (r#"{"did":"a/b","time_us":5,"kind":"x"}"#, Some(5), "did is no DID"),
        (r#"{"did":"did:plc:a","time_us":5,"kind":"commit"}"#, Some(5), "a commit without its content"),
        (
            r#"{"did":"did:plc:a","time_us":5,"kind":"account"}"#,
            Some(5),
            "an account event without its content",
        ),
    ] {
        let broken = parse(text).unwrap_err();
        assert_eq!((broken.at, broken.reason), (at, reason), "{text}");
    }
    assert_eq!(post(r#"{"createdAt":"x"}"#).unwrap_err().reason, "a post without text");
    assert_eq!(post(r#"{"text":5}"#).unwrap_err().reason, "a post without text");
    assert_eq!(post("null").unwrap_err().reason, "a post without text");
}
