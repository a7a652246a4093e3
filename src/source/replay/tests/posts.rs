//! X's answers, documents over several lines, CSV.

use super::*;

const PAGE: &str = r#"{"data":[
  {"id":"1000000000001","author_id":"22","created_at":"2021-05-18T19:24:56.000Z","lang":"en","text":"RT @b: cut &amp; sh…",
   "referenced_tweets":[{"type":"quoted","id":"8"},{"type":"retweeted","id":"5"}],"edit_history_tweet_ids":["1000000000001"]},
  {"id":"1000000000002","author_id":"21","created_at":"2021-05-18T19:24:55.000Z","text":"a short &lt;beginning&gt; &quot;…",
   "note_tweet":{"text":"a long &lt;post&gt; &amp;amp; &quot;more&quot;"}},
  {"id":"1000000000003","author_id":"99","created_at":"2021-05-18T19:24:54.000Z","text":"@a yes",
   "referenced_tweets":[{"type":"replied_to","id":"7"}],
   "edit_history_tweet_ids":["1000000000000","1000000000003","1000000000004"]},
  {"id":"1000000000004","created_at":"2021-05-18T19:24:53.000Z","text":"","withheld":{"country_codes":["DE"]}},
  {"id":"1000000000005","created_at":"2021-05-18T19:24:53.000Z","text":"gone","withheld":{"copyright":true,"country_codes":["XY"]}},
  {"id":"1000000000006","created_at":"2021-05-18T19:24:52.000Z","text":"seen elsewhere","withheld":{"copyright":false,"country_codes":["DE"]}}],
 "includes":{"users":[
  {"id":"21","username":"a","name":"Ann","verified":true,"location":"Here"},
  {"id":"22","username":"b","name":"Bob","verified":false}],
  "tweets":[{"id":"5","text":"cut…","note_tweet":{"text":"cut & short no &gt; more"},"lang":"en"},{"id":"8","text":"quoted"}]},
 "errors":[{"resource_type":"user","parameter":"entities.mentions.username","title":"Forbidden","value":"z"}],
 "meta":{"result_count":6,"next_token":"x"}}"#;

#[test]
fn a_page_is_joined_and_unescaped() {
    for page in [PAGE.replace('\n', " "), PAGE.to_owned(), format!("[{PAGE}]"), format!("\n{PAGE}\n")] {
        let (gave, error) = read(&page);
        assert_eq!((error, gave.rejects.len()), (None, 0), "{:?}", gave.rejects);
        let texts: Vec<&str> = gave.posts.iter().map(|p| p.text.as_str()).collect();
        assert_eq!(
            texts,
            ["cut & short no > more", "a long <post> &amp; &quot;more&quot;", "@a yes", "seen elsewhere"]
        );
        assert_eq!(gave.dropped, [("withheld", 2)]);
        let [retweet, long, reply, _] = gave.posts.as_slice() else { panic!() };
        assert_eq!(retweet.author.username.as_deref(), Some("b"));
        assert_eq!(
            retweet.reference.as_ref().map(|r| (r.kind.as_str(), r.id.as_str())),
            Some(("retweeted", "5"))
        );
        assert_eq!(retweet.post_url.as_deref(), Some("https://x.com/i/web/status/1000000000001"));
        assert_eq!(long.author.location.as_deref(), Some("Here"));
        assert_eq!(reply.author.id.as_deref(), Some("99"));
        assert_eq!(reply.author.username, None);
        assert_eq!(reply.earlier_versions, ["1000000000000"]);
        assert_eq!(retweet.earlier_versions, [""; 0]);
    }
}

#[test]
fn a_stream_line_has_one_post_and_a_page_without_includes_keeps_its_own_words() {
    let line =
        r#"{"data":{"id":"77","author_id":"3","created_at":"2022-01-01T00:00:00.000Z","text":"RT @x: cut…",
        "referenced_tweets":[{"type":"retweeted","id":"5"}]},"matching_rules":[{"id":"1"}]}"#
            .replace('\n', "");
    let (gave, error) = read(format!("\r\n{line}\r\n\r\n{line}"));
    assert_eq!((error, gave.posts.len(), gave.rejects.len()), (None, 2, 0));
    assert_eq!(gave.posts[0].text, "RT @x: cut…");
    assert_eq!(gave.posts[0].author.id.as_deref(), Some("3"));
    assert_eq!(gave.posts[0].post_url.as_deref(), Some("https://x.com/i/web/status/77"));
}

#[test]
fn a_retweet_of_what_was_withheld_is_withheld_too() {
    let line = r#"{"data":{"id":"7","created_at":"2022-01-01T00:00:00Z","text":"RT @x: c","referenced_tweets":[{"type":"retweeted","id":"5"}]},"includes":{"tweets":[{"id":"5","text":"c","withheld":{"copyright":true}}]}}"#;
    let (gave, error) = read(line);
    assert_eq!((gave.posts.len(), gave.dropped, error), (0, vec![("withheld", 1)], None));
}

#[test]
fn one_bad_post_does_not_cost_the_page() {
    let page = PAGE.replace('\n', " ").replacen("\"text\":\"@a yes\"", "\"text\":5", 1).replacen(
        "\"name\":\"Ann\"",
        "\"name\":[1]",
        1,
    );
    let (gave, _) = read(&page);
    assert_eq!(gave.posts.len(), 3);
    assert_eq!(gave.rejects[0].reason, "text is not a string");
    assert_eq!(gave.posts[0].text, "cut & short no > more");
    assert_eq!(
        (gave.posts[1].author.id.as_deref(), gave.posts[1].author.name.as_deref()),
        (Some("21"), None)
    );
    let page = r#"{"data":[{"id":"1","text":"x"},{"text":"y","created_at":"2020-01-01"},{"id":"3","text":"z","created_at":"2020-01-01"}]}"#;
    let (texts, reasons) = texts_and_reasons(page);
    assert_eq!(texts, ["z"]);
    assert_eq!(reasons, ["1: no created_at (ask X for it with tweet.fields=created_at)", "1: no id"]);
}

#[test]
fn answers_without_posts() {
    let empty = r#"{"meta":{"result_count":0}}"#;
    let gone = r#"{"errors":[{"resource_type":"tweet","parameter":"ids","value":"1","title":"Not Found Error","type":"https://api.twitter.com/2/problems/resource-not-found"}]}"#;
    let (gave, error) = read(format!("{empty}\n{gone}\n{THREE}"));
    assert_eq!((gave.posts.len(), gave.rejects.len(), error), (3, 0, None));
    assert_eq!(gave.dropped, [("unavailable", 1)]);
    let (_, reasons) = texts_and_reasons(r#"{"meta":{}}"#);
    assert_eq!(reasons, ["1: not a tweet: an answer without posts"]);
}

#[test]
fn bare_posts_of_x_are_known_by_what_only_x_writes() {
    let bare = r#"{"id":"5","created_at":"2022-01-01T00:00:00Z","text":"a &amp; b","public_metrics":{}}"#;
    let flat = r#"{"id":"6","created_at":"2022-01-01T00:00:00Z","text":"RT @a: b…","referenced_tweets":[{"type":"retweeted","id":"1","text":"b &amp; c","author":{"x":1}}],"author":{"id":"1","username":"u"},"conversation_id":"6"}"#;
    let (gave, _) = read(format!("{bare}\n{flat}\n[{bare},{flat},7]\n"));
    let texts: Vec<&str> = gave.posts.iter().map(|p| p.text.as_str()).collect();
    assert_eq!(texts, ["a & b", "b & c", "a & b", "b & c"]);
    assert_eq!(gave.posts[1].author.username.as_deref(), Some("u"));
    assert_eq!(gave.rejects.len(), 1);
}

#[test]
fn documents_over_several_lines_are_read_value_by_value() {
    let array = format!("[\n{}\n]\n", THREE.trim_end().replace('\n', ",\n"));
    for document in
        [array.clone(), format!("\u{feff}{array}"), array.replace('\n', " "), array.replace(',', ",\n  ")]
    {
        let (texts, reasons) = texts_and_reasons(&document);
        assert_eq!((texts.len(), reasons.len()), (3, 0), "{document}");
    }
    let pretty = THREE.replace("{\"", "{\n  \"").replace(",\"", ",\n  \"");
    assert_eq!(texts_and_reasons(&pretty).0, ["one", "two", "three"]);
    let (texts, reasons) = texts_and_reasons(&array[..array.len() - 8]);
    assert_eq!(texts, ["one", "two"]);
    assert_eq!(reasons, ["4: not valid JSON: the file ends in the middle of a value (it was cut)"]);
    let (texts, reasons) = texts_and_reasons(array.replace("\"two\"", "[2]"));
    assert_eq!(texts, ["one", "three"]);
    assert_eq!(reasons, ["3: text is not a string"]);
}

#[test]
fn csv_is_read_by_the_names_of_its_columns() {
    for (csv, text) in [
        ("tweet_id,text,created_at\n1,one,2020-01-01\n", "one"),
        ("\u{feff}id;date;content;extra\n1;2020-01-01 10:00;\"a; \"\"b\"\"\nc\";\n", "a; \"b\"\nc"),
        ("id\tcreated_at\ttweet\r\n1\t2020-01-01T00:00:00Z\tone, two\r\n\r\n", "one, two"),
        ("\"Tweet ID\",\"Created At\",\"Full Text\"\n\"1\",\"2020-01-01\",\"one\"", "one"),
        ("id,tweet_id,text,tweet_created\n0,1,x & \"y\",2015-02-24 11:35:52 -0800\n", "x & \"y\""),
    ] {
        let (gave, error) = read(csv);
        assert_eq!((error, gave.rejects.as_slice()), (None, &[][..]), "{csv}");
        assert_eq!((gave.posts[0].id.as_str(), gave.posts[0].text.as_str()), ("1", text), "{csv}");
    }
    let csv = "tweet_id,created_at,author_id,username,name,location,verified,lang,referenced_tweet_id,referenced_type,text\n\
               12345678901,2020-01-01,7,u,N,,true,en,9,quoted,\"multi\nline\"\n\
               12345678902,2020-01-01,,,,,,,,,second\n";
    let (gave, _) = read(csv);
    let [first, second] = gave.posts.as_slice() else { panic!("{:?}", gave.rejects) };
    assert_eq!((first.author.id.as_deref(), first.author.verified), (Some("7"), Some(true)));
    assert_eq!((first.author.location.as_deref(), first.lang.as_deref()), (None, Some("en")));
    assert_eq!(first.reference.as_ref().map(|r| r.kind.as_str()), Some("quoted"));
    assert_eq!(first.post_url.as_deref(), Some("https://x.com/i/web/status/12345678901"));
    assert_eq!(
        (second.lang.as_deref(), second.reference.as_ref(), second.text.as_str()),
        (None, None, "second")
    );
}

#[test]
fn records_that_cannot_be_read_say_where_and_why() {
    let csv = b"id,created_at,text\n1,2020-01-01,ok\n,2020-01-01,x\n2,soon,x\n3,2020-01-01\n5.70306E+17,2020-01-01,x\n\
        4,2020-01-01,\xff\n6,2020-01-01,\"multi\nline\"\n7,2020-01-01,\"open\n8,2020-01-01,x\n";
    let (texts, reasons) = texts_and_reasons(csv);
    assert_eq!(texts, ["ok", "multi\nline", "open\n8,2020-01-01,x\n"]);
    assert_eq!(
        reasons,
        [
            "3: no id".to_owned(),
            format!("4: {}", super::super::when::UNREADABLE),
            "5: a CSV record of 2 fields under a header of 3".to_owned(),
            "6: the id was rounded to a few digits (a spreadsheet does that): export the file again"
                .to_owned(),
            "7: broken UTF-8 in a CSV record".to_owned(),
        ]
    );
    let (texts, reasons) = texts_and_reasons("created_at,text\n2020-01-01,x\n2020-01-02,y\n");
    assert_eq!((texts.len(), reasons.len()), (0, 2));
    assert_eq!(reasons[1], "3: no id: the header of the CSV names no column for it");
    let open = format!("id,created_at,text\n1,2020-01-01,ok\n2,2020-01-01,\"{}", "x\n".repeat(5 << 20));
    let (texts, reasons) = texts_and_reasons(&open);
    assert_eq!(texts, ["ok"]);
    assert_eq!(reasons, ["3: a CSV record longer than 8 MiB: is a quote missing?"]);
}
