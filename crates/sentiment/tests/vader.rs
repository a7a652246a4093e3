//! Our VADER against the answers of the Python package vaderSentiment 3.3.2 to the same sentences.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

use sentistack_sentiment::vader::polarity;

/// Sentence and compound score, one for each rule at least.
#[rustfmt::skip]
const ANSWERS: [(&str, f64); 40] = [
    ("VADER is smart, handsome, and funny.", 0.8316),
    ("VADER is not smart, handsome, nor funny.", -0.7424),
    ("VADER is VERY SMART, handsome, and FUNNY!!!", 0.9342),
    ("The book was only kind of good.", 0.3832),
    ("The plot was good, but the characters are uncompelling and the dialog is not great.", -0.7042),
    ("Today SUX!", -0.5461),
    ("Make sure you :) or :D today!", 0.8633),
    ("Catch utf-8 emoji such as 💘 and 💋 and 😁", 0.875),
    ("Not bad at all", 0.431),
    ("At least it isn't a horrible book.", 0.431),
    ("This is the least good of them", -0.3412),
    ("No, thanks", 0.4404),
    ("There is no good in it", -0.3412),
    ("I never so loved a place", 0.7899),
    ("never this good", 0.5228),
    ("without a doubt good", 0.6136),
    ("She said yeah right", 0.296),
    ("He is a bad ass pilot", 0.6124),
    ("the bomb was great", 0.2023),
    ("Is it good??? Really????", 0.594),
    ("I can't stand them", 0.0),
    ("hardly good", 0.3832),
    ("EXTREMELY sad and very angry", -0.828),
    ("so so happy", 0.6453),
    ("It was sort of nice to see", 0.3626),
    ("good good bad but good", 0.6705),
    ("This is fine", 0.2023),
    ("flight at noon", 0.0),
    ("", 0.0),
    ("LOL that was hilarious 😂😂😂", 0.9317),
    ("a kiss of death for the project", 0.0772),
    ("my beating heart", 0.296),
    ("I am not really very happy", -0.53),
    ("kind of you to help me love it", 0.7845),
    ("<3 it", 0.4404),
    ("nothing great or good", -0.6908),
    ("neither good nor bad", -0.5824),
    ("broken heart 💔 for the team today", 0.4939),
    ("I don't hate it", 0.4585),
    ("Worst. Service. EVER!!!!!!", -0.7405),
];

#[test]
fn compound_scores_are_those_of_the_package() {
    for (text, compound) in ANSWERS {
        let ours = polarity(text).compound;
        assert!((ours - compound).abs() < 1.5e-4, "{text:?}: {ours}, not {compound}");
    }
}

#[test]
fn proportions_sum_to_one_or_nothing() {
    for (text, _) in ANSWERS {
        let found = polarity(text);
        let sum = found.positive + found.negative + found.neutral;
        assert!((sum - 1.0).abs() < 2e-3 || (text.is_empty() && sum == 0.0), "{text:?}: {found:?}");
    }
}
