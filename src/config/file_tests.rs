use super::*;
use crate::config::choice::On;
use crate::config::settings::SourceKind;
use crate::error::ErrorKind;
use proptest::prelude::*;

fn read(text: &str) -> Typed {
    File::parse("app.yaml", text).unwrap_or_else(|e| panic!("{text}: {e}")).typed
}

fn error(text: &str) -> Error {
    let error = File::parse("app.yaml", text).expect_err(text);
    assert_eq!(error.kind, ErrorKind::Config);
    assert!(error.hint.is_some(), "{error}");
    error
}

#[test]
fn an_empty_file_is_all_defaults() {
    for text in
        ["", "\n", "# only comments\n\n  # more\n", "---\n", "--- \n# c\n", "null\n", "~", "{}", "\u{feff}"]
    {
        assert_eq!(read(text), Typed::default(), "{text:?}");
    }
}

#[test]
fn reads_values_the_way_people_write_them() {
    let typed = read(
        "name: demo\nallow_account: 012345678901\nsource: replay\ninput: a.jsonl\nstart: 2015-02-17\n\
         window: 15T\nlang: [en, no]\nlimit: 1_000\nseed: \"7\"\nstrict: yes\ncollapse_retweets: false\non: aws\n\
         max_rejected: 1%\nmax_cost: 5\ntopic: 2024\nend:\n",
    );
    assert_eq!(typed.allow_account.as_deref(), Some("012345678901"));
    assert_eq!(typed.source, Some(SourceKind::Replay));
    assert_eq!(typed.input, Some(vec!["a.jsonl".to_owned()]));
    assert_eq!(typed.start.as_deref(), Some("2015-02-17"));
    assert_eq!(typed.lang, Some(vec!["en".to_owned(), "no".to_owned()]));
    assert_eq!((typed.limit, typed.seed), (Some(1_000), Some(7)));
    assert_eq!((typed.strict, typed.collapse_retweets), (Some(true), Some(false)));
    assert_eq!(typed.on, Some(On::Aws));
    assert_eq!(typed.max_rejected.as_deref(), Some("1%"));
    assert_eq!(typed.max_cost, Some(5.0));
    assert_eq!(typed.topic.as_deref(), Some("2024"));
    assert_eq!(typed.end, None);
    assert_eq!(read("limit: 1e6").limit, Some(1_000_000));
    assert_eq!(read("max_rejected: 0.010").max_rejected.as_deref(), Some("0.010"));
    assert_eq!(read("{window: 1h, seed: 1}\r\n").window.as_deref(), Some("1h"));
    assert_eq!(read("\u{feff}window: 1h\r\n").window.as_deref(), Some("1h"));
}

#[test]
fn anchors_work() {
    let typed = read("start: &day 2015-02-17\nend: *day\n");
    assert_eq!(typed.start, typed.end);
}

#[test]
fn an_unknown_setting_names_its_line_and_the_nearest() {
    let found = error("# one\nwindow: 1h\n\nwidnow: 15m\n");
    assert_eq!(found.message, "unknown setting \"widnow\" at app.yaml:4; did you mean \"window\"?");
    assert_eq!(found.resource.as_deref(), Some("app.yaml"));
}

#[test]
fn every_unknown_setting_is_named_at_once() {
    let found = error("widnow: 15m\nmaxPerWindow: 3\ncolour: red\n");
    assert!(found.message.contains("app.yaml:1;"), "{found}");
    assert_eq!(
        found.causes,
        [
            "also: unknown setting \"maxPerWindow\" at app.yaml:2; did you mean \"max_per_window\"?",
            "also: unknown setting \"colour\" at app.yaml:3",
        ]
    );
}

#[test]
fn unknown_keys_are_found_in_sections_too() {
    let root = serde_json::json!({
        "properties": { "stack": { "$ref": "#/$defs/Stack" } },
        "$defs": { "Stack": { "properties": { "shards": {} } } }
    });
    let text = "stack:\n  ttl: 4h\n  shrads: 2\n";
    let value: Value = serde_yaml::from_str(text).unwrap();
    let mut out = Vec::new();
    unknown_keys(&root, &root, &value, &mut Vec::new(), &mut out);
    let paths: Vec<_> = out.iter().map(|(path, _)| path.join(".")).collect();
    assert_eq!(paths, ["stack.ttl", "stack.shrads"]);
    assert_eq!(place("app.yaml", text, &["stack", "shrads"]), "app.yaml:3");
    assert_eq!(place("app.yaml", "{stack: {a: 1,\n shrads: 2}}", &["stack", "shrads"]), "app.yaml:2");
    assert_eq!(place("app.yaml", text, &["nowhere"]), "app.yaml");
}

#[test]
fn a_value_of_the_wrong_kind_names_setting_line_and_what_was_expected() {
    for (text, message) in [
        (
            "\nlimit: many",
            "limit: invalid value: string \"many\", expected a whole number, 0 or more at app.yaml:2",
        ),
        ("limit: -3", "limit: invalid value: integer `-3`, expected a whole number, 0 or more at app.yaml:1"),
        (
            "seed: 1.5",
            "seed: invalid value: floating point `1.5`, expected a whole number, 0 or more at app.yaml:1",
        ),
        (
            "seed: 1\n# why\nsource: replai",
            "source: unknown source \"replai\"; did you mean \"replay\"? (one of sample, replay, x-search, x-stream, bluesky) \
             at app.yaml:3",
        ),
        ("window: [15m]", "window: invalid type: sequence, expected text at app.yaml:1"),
        (
            "strict: perhaps",
            "strict: invalid value: string \"perhaps\", expected true or false at app.yaml:1",
        ),
        ("max_cost: cheap", "max_cost: invalid value: string \"cheap\", expected a number at app.yaml:1"),
    ] {
        assert_eq!(error(text).message, message);
    }
}

#[test]
fn what_is_no_settings_file_is_said_plainly() {
    assert_eq!(error("- window\n- 15m\n").message, "app.yaml is a list, not settings");
    assert_eq!(error("window\n").message, "app.yaml is a single value, not settings");
    let tab = error("window: 15m\n\tseed: 3\n");
    assert!(tab.message.starts_with("app.yaml:2"), "{tab}");
    assert!(tab.hint.unwrap().contains("tab"));
    let twice = error("window: 15m\nseed: 1\nwindow: 1h\n");
    assert!(twice.message.contains("duplicate") && twice.message.contains("window"), "{twice}");
    let documents = error("window: 15m\n---\nwindow: 1h\n");
    assert!(documents.hint.unwrap().contains("---"));
    assert!(error("lang: *\n").hint.unwrap().contains("quote"));
    assert!(error("end: *day\n").message.contains("anchor"));
    assert!(error("a: &a {<<: *b}\n<<: *a\n").message.contains("app.yaml"));
    assert!(error("b: &b {seed: 1}\n<<: *b\n").hint.unwrap().contains("merge"));
    assert!(error("? [a, b]\n: 1\n").message.contains("unknown setting"));
    assert!(error("1: x\n").message.contains("unknown setting"));
    assert!(error("window: \"15m\n").message.contains("app.yaml"));
    assert!(error("window: !odd {a: 1}\n").message.contains("app.yaml"));
    assert!(error(&"[".repeat(10_000)).message.contains("app.yaml"));
    assert!(error("seed: 1\u{0}\n").message.contains("app.yaml"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_text_makes_it_panic(text in "[a-z:\\- \\n\\t\\[\\]{}&*!|>'\"#%@`?,0-9<~.é]{0,60}") {
        let _ = File::parse("app.yaml", &text);
    }
}
