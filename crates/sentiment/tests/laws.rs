//! What holds for every text and every score.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

use proptest::prelude::*;
use sentistack_sentiment::tokenize::{MAX_TOKEN_BYTES, MAX_TOKENS, Tokens};
use sentistack_sentiment::{Label, Model, Score, Scorer, Totals, Vader, group_key, k_fold_by_group};

/// Text as people and machines write it: words, emoticons, entities, emoji with joiners, broken bits.
fn texts() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-zA-Z']{1,12}",
        "\\PC{0,8}",
        ".{0,6}",
        proptest::sample::select(vec![
            " ",
            "  ",
            "\n",
            ":)",
            ":-(((",
            "<3",
            "</3",
            "&amp;",
            "&lt;3",
            "&#128512;",
            "&amp;amp;",
            "&;",
            "@user",
            "@",
            "#",
            "#tag",
            "http://x.y/z",
            "RT @a: ",
            "n't",
            "not",
            "!!!?",
            "...",
            "…",
            "👍🏽",
            "👨‍👩‍👧",
            "🇺🇸",
            "\u{200D}",
            "\u{FE0F}",
            "’",
            "\0",
            "é",
            "日本",
            "12:30",
            "2day",
            "D:",
            ":",
            "(",
            "soooooo",
            "🏽",
        ])
        .prop_map(str::to_owned),
    ];
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// A probability as it comes back from a file.
fn written(p: f64) -> f64 {
    format!("{p:.7}").parse().unwrap_or(f64::NAN)
}

fn is_exact(score: &Score) -> bool {
    let units: Vec<f64> = score.probabilities().iter().map(|p| p * 1e7).collect();
    let whole = units.iter().all(|u| (u - u.round()).abs() < 1e-6 && *u >= 0.0);
    let sum: f64 = score.probabilities().iter().map(|p| written(*p)).sum();
    let lossless = score.probabilities().iter().all(|p| written(*p) == *p);
    whole && lossless && units.iter().map(|u| u.round()).sum::<f64>() == 1e7 && (sum - 1.0).abs() < 1e-9
}

proptest! {
    #[test]
    fn any_text_is_cut_into_tokens(text in texts()) {
        let mut tokens = Tokens::new();
        tokens.read(&text);
        prop_assert!(tokens.list().len() <= text.chars().count());
        for token in tokens.list() {
            let normal = tokens.normal(token);
            prop_assert!(std::str::from_utf8(normal).is_ok());
            prop_assert!(normal.len() <= MAX_TOKEN_BYTES);
        }
    }

    #[test]
    fn any_text_has_an_exact_score(text in texts()) {
        for scorer in [Model::embedded() as &dyn Scorer, &Vader::new()] {
            prop_assert!(is_exact(&scorer.session().score(&text)));
        }
    }

    #[test]
    fn what_came_before_never_changes_a_score(list in proptest::collection::vec(texts(), 1..12)) {
        let mut session = Model::embedded().session();
        for text in &list {
            prop_assert_eq!(session.score(text), Model::embedded().session().score(text));
        }
    }

    #[test]
    fn quantised_scores_are_exact(weights in proptest::array::uniform4(prop_oneof![
        0.0..1.0f64, 0.0..1e-9f64, 0.0..1e300f64, Just(f64::NAN), Just(f64::INFINITY), Just(-1.0)
    ])) {
        prop_assert!(is_exact(&Score::quantised(Label::Neutral, weights)));
    }

    #[test]
    fn shares_are_shares(counts in proptest::array::uniform4(0u64..5000), parts in proptest::array::uniform4(0.001..1.0f64)) {
        let n: u64 = counts.iter().sum();
        let whole: f64 = parts.iter().sum();
        let sums = parts.map(|p| p / whole * n as f64);
        for scorer in [Model::embedded() as &dyn Scorer, &Vader::new()] {
            let shares = scorer.shares().estimate(&Totals { n, counts, sums });
            for one in shares {
                prop_assert!(0.0 <= one.low && one.low <= one.share && one.share <= one.high && one.high <= 1.0, "{one:?}");
            }
            let sum: f64 = shares.iter().map(|one| one.share).sum();
            prop_assert!(n == 0 || (sum - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn a_group_stays_in_one_fold(choice in proptest::collection::vec(0usize..8, 1..60), folds in 1usize..6) {
        let texts = ["a b", "RT @x: A b", "c", "@y C http://t.co/1", "d e f", "g", "h", ""];
        let list: Vec<&str> = choice.iter().map(|at| texts[*at]).collect();
        let homes = k_fold_by_group(list.iter().copied(), folds, 7);
        for (a, left) in list.iter().enumerate() {
            prop_assert!(homes[a] < folds);
            for (b, right) in list.iter().enumerate() {
                prop_assert!(group_key(left) != group_key(right) || homes[a] == homes[b]);
            }
        }
    }
}

#[test]
fn ten_megabytes_in_one_word_are_nothing() {
    let mut tokens = Tokens::new();
    for text in
        ["a".repeat(10_000_000), "😂".repeat(2_500_000), "&".repeat(10_000_000), ":)".repeat(5_000_000)]
    {
        tokens.read(&text);
        assert!(tokens.list().len() <= MAX_TOKENS);
        assert!(is_exact(&Model::embedded().session().score(&text)));
        assert!(is_exact(&Vader::new().session().score(&text)));
    }
}

#[test]
fn tokens_are_brought_to_one_form() {
    let cut = |text: &str| {
        let mut tokens = Tokens::new();
        tokens.read(text);
        let forms: Vec<String> =
            tokens.list().iter().map(|t| String::from_utf8(tokens.normal(t).to_vec()).unwrap()).collect();
        forms.join(" ")
    };
    assert_eq!(cut("RT @foo: I LOVE it sooooooo much!!!!"), "<user> : i love it sooo much !!!");
    assert_eq!(cut("=-] (: :-))) &lt;3 xD ^_^"), ":) :) :) <3 xD ^_^");
    assert_eq!(cut("it’s 12:30, 2day http://t.co/x #NotHappy"), "it's <num> , 2day <url> #nothappy");
    assert_eq!(cut("👍🏽👍 🇺🇸 wow…"), "👍 👍 🇺🇸 wow ...");
    assert_eq!(cut("&amp;amp; &quot;x&#39;s&quot;"), "& \" x's \"");
}
