use super::*;
use crate::config::File;
use crate::config::settings::XSettings;
use crate::config::x::{Expand, Spread};
use crate::error::{Error, ErrorKind};
use proptest::prelude::*;

fn now() -> Timestamp {
    at("2024-05-06T07:08:09Z")
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Settings as flags, written as YAML.
fn flags(yaml: &str) -> Layers {
    Layers::of_flags(File::parse("flags", yaml).unwrap().typed)
}

fn both(flags: &str, file: &str) -> Layers {
    Layers {
        flags: File::parse("flags", flags).unwrap().typed,
        file: Some(File::parse("app.yaml", file).unwrap()),
        ..Layers::default()
    }
}

fn ok(layers: &Layers) -> Resolved {
    resolve(layers, now()).unwrap_or_else(|e| panic!("{e} ({:?})", e.hint))
}

fn good(yaml: &str) -> Settings {
    ok(&flags(yaml)).settings
}

fn bad(yaml: &str) -> Error {
    let error = resolve(&flags(yaml), now()).expect_err(yaml);
    assert_eq!(error.kind, ErrorKind::Config);
    assert!(error.hint.is_some(), "{error}");
    assert_eq!(error.causes, Vec::<String>::new(), "{yaml}");
    error
}

fn says(yaml: &str, message: &str) {
    assert_eq!(bad(yaml).message, message);
}

#[test]
fn nothing_given_is_the_sample_with_the_documented_defaults() {
    let resolved = ok(&Layers::default());
    assert_eq!((resolved.name.as_str(), resolved.root.as_str()), ("sentistack", "./sentistack-data"));
    assert_eq!((resolved.allow_account, resolved.on), (None, On::Local));
    let wanted = Settings {
        topic: "sample".into(),
        source: SourceKind::Sample,
        query: None,
        input: vec![],
        start: None,
        end: None,
        window_seconds: 900,
        max_per_window: None,
        lang: vec!["en".into()],
        limit: None,
        seed: 42,
        model: "embedded".into(),
        collapse_retweets: true,
        privacy: Privacy::Pseudonym,
        stream: StreamKind::Memory,
        transform: TransformKind::Embedded,
        warehouse: WarehouseKind::Sqlite,
        table_format: TableFormat::Parquet,
        strict: false,
        max_rejected: 0.01,
        max_cost: None,
        bluesky: None,
        endpoint: None,
        x: None,
        score: None,
    };
    assert_eq!(resolved.settings, wanted);
}

#[test]
fn the_stacks_function_scores_what_is_on_its_stream_by_the_model_that_it_has() {
    let score = |yaml: &str| good(yaml).score.map(|score| score.wait_seconds);
    assert_eq!(score("score: {wait: 1m}"), None);
    assert_eq!(score("{on: aws, score: {on: lambda}}"), Some(300));
    assert_eq!(score("{stream: kinesis, score: {on: lambda, wait: 1m}}"), Some(60));
    says(
        "{score: {on: lambda}}",
        "--score-on lambda does not go with stream memory: the function reads a Kinesis stream",
    );
    says(
        "{on: aws, model: vader, score: {on: lambda}}",
        "--score-on lambda does not go with model vader: the function has the embedded one",
    );
    says("{on: aws, score: {on: lambda, wait: 1s}}", "--wait 1s is out of range");
    let settings = good("{on: aws, score: {on: lambda}}");
    assert!(settings.function_scores("embedded").is_some() && settings.function_scores("vader").is_none());
}

#[test]
fn input_makes_it_a_replay_named_after_the_first_file() {
    let settings = good("input: [data/airline-2015-02.jsonl.gz, b.csv]");
    assert_eq!((settings.source, settings.topic.as_str()), (SourceKind::Replay, "airline-2015-02"));
    assert_eq!(settings.input.len(), 2);
    assert_eq!(good("input: '-'").topic, "replay");
}

#[test]
fn replay_without_input_and_input_without_replay_are_mistakes() {
    says("source: replay", "--source replay needs input");
    says("{source: replay, input: []}", "--source replay needs input");
    says(
        "{source: sample, input: a.jsonl}",
        "--input a.jsonl does not go with --source sample: only replay reads input",
    );
    says("input: ['']", "--input \"\" names an empty path");
}

#[test]
fn of_source_and_input_the_higher_layer_wins() {
    let replay = ok(&both("input: a.jsonl", "source: sample")).settings;
    assert_eq!(replay.source, SourceKind::Replay);
    let sample = ok(&both("source: sample", "input: a.jsonl")).settings;
    assert_eq!((sample.source, sample.input.len(), sample.topic.as_str()), (SourceKind::Sample, 0, "sample"));
}

#[test]
fn a_topic_is_a_slug_of_what_is_given_else_of_the_query() {
    assert_eq!(good("topic: US Airlines!").topic, "us-airlines");
    assert_eq!(good("query: '#Brexit lang:en'").topic, "brexit-lang-en");
    assert_eq!(good("{query: 東京, source: bluesky, duration: 1h}").topic, "bluesky");
    assert_eq!(good("{query: q, input: a.csv}").topic, "q");
    says("topic: 東京", "--topic 東京 has no letter or digit that a topic may have");
    bad(&format!("topic: {}", "a".repeat(65)));
    assert_eq!(good(&format!("query: {}", "a".repeat(65))).topic.len(), 64);
    says("topic: ''", "--topic \"\" has no letter or digit that a topic may have");
}

#[test]
fn a_window_divides_a_day_or_is_whole_days() {
    for (text, seconds) in
        [("15T", 900), ("1H", 3_600), ("90m", 5_400), ("1D", 86_400), ("2d", 172_800), ("1s", 1)]
    {
        assert_eq!(good(&format!("window: {text}")).window_seconds, seconds, "{text}");
    }
    says("window: 7m", "--window 7m neither divides a day evenly nor is whole days");
    assert_eq!(bad("window: 7m").hint.as_deref(), Some("near choices: 6m, 8m"));
    assert_eq!(bad("window: 36h").hint.as_deref(), Some("near choices: 1d, 2d"));
    says("window: 32d", "--window 32d is out of range");
    assert_eq!(bad("window: 32d").hint.as_deref(), Some("from 1s to 31d"));
    says("window: 15", "--window 15 has no unit");
    says("window: 0m", "--window 0m is no time at all");
    says("window: -15m", "--window -15m is negative");
    says("window: fortnight", "--window fortnight is not a duration");
}

#[test]
fn start_end_and_duration_make_a_span() {
    let span = |yaml: &str| {
        let settings = good(yaml);
        (settings.start, settings.end)
    };
    let (first, last) = (Some(at("2015-02-17T00:00:00Z")), Some(at("2015-02-21T00:00:00Z")));
    assert_eq!(span("{start: 2015-02-17, end: 2015-02-21}"), (first, last));
    assert_eq!(span("{start: 2015-02-17, duration: 4d}"), (first, last));
    assert_eq!(span("{end: 2015-02-21, duration: 4d}"), (first, last));
    assert_eq!(span("{start: 2015-02-17, end: 2015-02-21, duration: 96h}"), (first, last));
    assert_eq!(span("start: 2015-02-17"), (first, None));
    assert_eq!(span("end: 2015-02-21"), (None, last));
    assert_eq!(span("{start: -3d, end: now}").1, Some(now()));
}

#[test]
fn a_span_that_cannot_be_is_refused() {
    says(
        "{start: 2015-02-17, end: 2015-02-21, duration: 1d}",
        "--duration 1d does not lead from --start 2015-02-17 to --end 2015-02-21",
    );
    says("{start: 2015-02-21, end: 2015-02-17}", "--end 2015-02-17 is before --start 2015-02-21");
    says("{start: 2015-02-17, end: 2015-02-17}", "--end 2015-02-17 is the same moment as --start 2015-02-17");
    says("start: soon", "--start soon is not a time");
    says("{end: 2015-02-30T00:00Z, duration: 1d}", &bad("end: 2015-02-30T00:00Z").message);
    says("duration: 4d", "--duration 4d needs a start or an end");
    says("{start: 2015-02-17, duration: 4}", "--duration 4 has no unit");
    let many = bad("{start: 2015-01-01, end: 2025-01-01, window: 1m}");
    assert!(many.message.starts_with("5260320 windows of 1m from"), "{many}");
}

#[test]
fn of_start_end_and_duration_the_one_in_the_lowest_layer_gives_way() {
    let file = "start: 2015-02-17\nend: 2015-02-21\n";
    let settings = ok(&both("{start: 2015-02-18, duration: 1d}", file)).settings;
    assert_eq!(settings.end, Some(at("2015-02-19T00:00:00Z")));
    let settings = ok(&both("{start: 2015-02-01, end: 2015-02-02}", "duration: 9d")).settings;
    assert_eq!(settings.end, Some(at("2015-02-02T00:00:00Z")));
    let settings = ok(&both("{end: 2015-02-20, duration: 1d}", file)).settings;
    assert_eq!(settings.start, Some(at("2015-02-19T00:00:00Z")));
    let error = resolve(&both("duration: 1d", file), now()).unwrap_err();
    assert_eq!(
        error.message,
        "--duration 1d does not lead from start 2015-02-17 at app.yaml:1 to end 2015-02-21 at app.yaml:2"
    );
}

#[test]
fn x_search_needs_a_query_and_both_ends_and_is_capped() {
    let settings = good("{source: x-search, query: united, duration: 3d}");
    assert_eq!(
        (settings.start, settings.end),
        (Some(at("2024-05-03T07:08:09Z")), Some(at("2024-05-06T07:07:58Z"))),
        "X gives no post of the last seconds"
    );
    assert_eq!((settings.max_per_window, settings.max_cost), (Some(100), Some(5.0)));
    assert_eq!(settings.x, Some(XSettings::default()));
    says("{source: x-search, duration: 3d}", "x-search needs a query");
    says("{source: x-search, query: q}", "x-search needs a start and an end");
    says("{source: x-search, query: q, start: -3d}", "--start -3d has no end");
    says("{source: x-search, query: q, end: now}", "--end now has no start");
    says(
        "{source: x-search, query: q, duration: 1d, max_per_window: 9}",
        "--max-per-window 9 is too small for x-search",
    );
    let long = format!("{{source: x-search, duration: 1d, query: '{}'}}", "é".repeat(513));
    says(&long, "the query of 513 characters is too long for x-search");
    assert!(good(&long.replace("éé", "é").replace("'é", "'")).query.is_some());
    let ahead = good("{source: bluesky, query: q, duration: 1h}");
    assert_eq!((ahead.start, ahead.end), (Some(now()), Some(at("2024-05-06T08:08:09Z"))));
}

#[test]
fn counts_shares_and_dollars_are_in_range() {
    says("max_per_window: 0", "--max-per-window 0 keeps no post");
    says("limit: 0", "--limit 0 reads no post");
    says("max_cost: -1", "--max-cost -1.0 is no amount of dollars");
    says("max_cost: .nan", "max_cost NaN is no amount of dollars");
    says("max_rejected: 5", "--max-rejected 5 is not a share from 0 to 1");
    assert_eq!(bad("max_rejected: 5").hint.as_deref(), Some("write 1% or 0.01: perhaps 5%"));
    says("max_rejected: -1%", "--max-rejected -1% is not a share from 0 to 1");
    says("max_rejected: few", "--max-rejected few is not a number");
    assert_eq!(good("max_rejected: 2%").max_rejected, 0.02);
    assert_eq!(good("max_rejected: 1").max_rejected, 1.0);
    assert_eq!(good("max_rejected: 0").max_rejected, 0.0);
    assert_eq!(good("max_per_window: 1").max_per_window, Some(1));
    assert_eq!(good("seed: 18446744073709551615").seed, u64::MAX);
}

#[test]
fn languages_are_tags_or_all() {
    assert_eq!(good("lang: [en, DE]").lang, ["en", "de"]);
    assert_eq!(good("lang: all").lang, Vec::<String>::new());
    assert_eq!(good("lang: '*'").lang, Vec::<String>::new());
    says("lang: english", "--lang english holds \"english\", which is not a language tag");
    says("lang: []", "--lang \"\" names no language");
}

#[test]
fn a_model_is_built_in_or_a_file() {
    assert_eq!(good("model: VADER").model, "vader");
    assert_eq!(good("model: ./mine.bin").model, "./mine.bin");
    assert_eq!(good("model: mymodel").model, "mymodel");
    says("model: embeded", "unknown model: --model embeded; did you mean \"embedded\"?");
    says("model: ''", "--model \"\" names no model");
}

#[test]
fn on_is_a_preset_that_each_backend_may_leave() {
    let kinds = |s: Settings| (s.stream, s.transform, s.warehouse);
    let (kinesis, emr, redshift) = (StreamKind::Kinesis, TransformKind::Emr, WarehouseKind::Redshift);
    assert_eq!(kinds(good("on: aws")), (kinesis, emr, redshift));
    assert_eq!(kinds(good("{on: aws, warehouse: none}")), (kinesis, emr, WarehouseKind::None));
    assert_eq!(kinds(good("{on: aws, transform: embedded}")).1, TransformKind::Embedded);
    assert_eq!(kinds(good("warehouse: redshift")), (StreamKind::Memory, TransformKind::Embedded, redshift));
    let file = "on: local\ntransform: emr-serverless\nwarehouse: sqlite\n";
    let mixed = kinds(ok(&both("on: aws", file)).settings);
    assert_eq!(mixed, (kinesis, TransformKind::EmrServerless, redshift));
    let local = kinds(ok(&both("on: local", "transform: emr\nwarehouse: none\n")).settings);
    assert_eq!(local, (StreamKind::Memory, TransformKind::Embedded, WarehouseKind::None));
    assert_eq!(kinds(ok(&both("transform: embedded", "on: aws")).settings).1, TransformKind::Embedded);
    assert_eq!(ok(&flags("on: aws")).on, On::Aws);
}

#[test]
fn names_accounts_and_roots_are_checked() {
    assert_eq!(ok(&flags("allow_account: 1234-5678-9012")).allow_account.as_deref(), Some("123456789012"));
    assert_eq!(ok(&flags("root: s3://my-bucket/x")).root, "s3://my-bucket/x");
    for name in ["Demo", "9lives", "a-", "-a", "''", "a_b", "xn--a", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"] {
        bad(&format!("name: {name}"));
    }
    says("allow_account: 12345", "--allow-account 12345 is not an AWS account");
    says("root: ''", "--root \"\" names no place");
    says("root: gs://b/x", "--root gs://b/x is of an unknown kind");
    says("root: s3:///x", "--root s3:///x names no bucket");
}

#[test]
fn all_problems_are_named_at_once_and_where_they_are() {
    let layers = Layers {
        flags: Typed { limit: Some(0), ..Typed::default() },
        env: Typed { lang: Some(vec!["english".into()]), ..Typed::default() },
        file: Some(File::parse("app.yaml", "# mine\nwindow: 7m\nmax_rejected: 3\n").unwrap()),
    };
    let error = resolve(&layers, now()).unwrap_err();
    assert_eq!(error.message, "window 7m at app.yaml:2 neither divides a day evenly nor is whole days");
    assert_eq!(error.hint.as_deref(), Some("near choices: 6m, 8m"));
    assert_eq!(error.causes.len(), 3);
    assert!(error.causes[0].starts_with("also: SENTISTACK_LANG=english holds"), "{error}");
    assert!(error.causes[1].starts_with("also: --limit 0 reads no post"), "{error}");
    assert!(error.causes[2].starts_with("also: max_rejected 3 at app.yaml:3"), "{error}");
}

/// Values that look like something, next to any text at all.
fn value() -> impl Strategy<Value = Option<String>> {
    let like = "(-|\\+|now)?[0-9]{1,19}([dhmsTHDw%]|-[0-9]{2}-[0-9]{2}(T[0-9:]{1,8}Z?)?|\\.[0-9]{1,3})?";
    prop_oneof![Just(None), "\\PC{0,12}".prop_map(Some), like.prop_map(Some)]
}

proptest! {
    #[test]
    fn no_settings_make_it_panic_and_what_resolves_is_in_range(
        texts in proptest::collection::vec(value(), 11),
        counts in proptest::collection::vec(proptest::option::of(any::<u64>()), 3),
        source in proptest::option::of(proptest::sample::select(SourceKind::ALL.as_slice())),
        max_cost in proptest::option::of(any::<f64>()),
        now in any::<u32>(),
    ) {
        let text = |i: usize| texts[i].clone();
        let typed = Typed {
            name: text(0), root: text(1), topic: text(2), query: text(3), start: text(4), end: text(5),
            duration: text(6), window: text(7), lang: text(8).map(|l| vec![l]), model: text(9),
            max_rejected: text(10), source, max_per_window: counts[0], limit: counts[1], seed: counts[2],
            max_cost, ..Typed::default()
        };
        let now = Timestamp::from_second(now.into()).unwrap();
        let file = File { name: "app.yaml".into(), text: texts.iter().flatten().cloned().collect(), typed: typed.clone() };
        let _ = resolve(&Layers { file: Some(file), ..Layers::default() }, now);
        if let Ok(resolved) = resolve(&Layers::of_flags(typed.clone()), now) {
            let s = resolved.settings;
            prop_assert!(crate::limits::WINDOW_SECONDS.contains(&s.window_seconds));
            prop_assert!((0.0..=1.0).contains(&s.max_rejected));
            prop_assert!(s.topic.len() <= crate::id::MAX_BYTES && !s.topic.is_empty());
            if let (Some(start), Some(end)) = (s.start, s.end) {
                prop_assert!(start < end);
            }
            let _ = crate::config::conflicts(&s, &typed);
        }
    }

    #[test]
    fn a_run_resolved_from_absolute_flags_never_conflicts_with_them(
        day in 1_i64..8_000, days in 1_u64..30, window in proptest::sample::select(vec!["15m", "1H", "1D", "PT15M"]),
        limit in proptest::option::of(1_u64..1_000_000), seed in any::<u64>(), share in 0_u32..=100,
        aws in any::<bool>(),
    ) {
        let start = at("1999-01-01T00:00:00Z") + jiff::SignedDuration::from_hours(24 * day);
        let typed = Typed {
            start: Some(start.to_string()), duration: Some(format!("{days}d")), window: Some(window.into()),
            limit, seed: Some(seed), max_rejected: Some(format!("{share}%")),
            on: Some(if aws { On::Aws } else { On::Local }), lang: Some(vec!["EN,de".into()]),
            ..Typed::default()
        };
        let settings = resolve(&Layers::of_flags(typed.clone()), now()).unwrap().settings;
        prop_assert_eq!(crate::config::conflicts(&settings, &typed), Vec::<String>::new());
    }
}

#[test]
fn x_search_stays_inside_the_seven_days() {
    let x = |span: &str| format!("{{source: x-search, query: q, {span}}}");
    // Told from now, seven days are a little too long by the time that X is asked.
    let week = good(&x("duration: 7d"));
    assert_eq!(week.start, Some(at("2024-04-29T07:09:09Z")));
    let whole = good(&x("start: 2024-05-01T00:00:00.5Z, end: 2024-05-02T00:00:00.25Z"));
    assert_eq!(
        (whole.start, whole.end),
        (Some(at("2024-05-01T00:00:00Z")), Some(at("2024-05-02T00:00:01Z"))),
        "whole seconds, and nothing is left out"
    );
    says(
        &x("start: 2024-04-28, end: now"),
        "--start 2024-04-28 is before 2024-04-29T07:09:09Z: X's recent search reaches seven days back",
    );
    says(
        &x("duration: 8d"),
        "--duration 8d is before 2024-04-29T07:09:09Z: X's recent search reaches seven days back",
    );
    says(
        &x("start: -1d, end: 2024-05-07"),
        "--end 2024-05-07 lies in the future, and x-search reads the past",
    );
    says(&x("start: -5s, end: now"), "--start -5s is less than 11 seconds ago");
}

#[test]
fn a_token_in_the_settings_is_refused_and_not_shown() {
    let error = bad("x: {token: AAAAAAAAAAAAAAAAAAAAAMLheAAAAAAA0}");
    assert_eq!(error.message, "x.token does not say where the secret is");
    let file = File::parse("app.yaml", "x:\n  token: AAAAAAAAAAAAAAAAAAAAAMLheAAAAAAA0\n").unwrap();
    let layers = Layers { file: Some(file), ..Layers::default() };
    let error = resolve(&layers, now()).unwrap_err();
    assert_eq!(error.message, "x.token at app.yaml:2 does not say where the secret is");
    assert!(!format!("{error:?}").contains("AAAA"));
    says(
        "x: {base_url: 'http://api.x.com'}",
        "--base-url http://api.x.com is no address that a token may be sent to",
    );
    let mine = good(
        "{source: x-search, query: q, duration: 1d, x: {token: 'file:t', expand: none, sample: spread}}",
    );
    let x = mine.x.unwrap();
    assert_eq!((x.token.to_string().as_str(), x.expand, x.sample), ("file:t", Expand::None, Spread::Spread));
}
