//! Holds the figures of MODEL.md on the labelled posts. Skipped, with the reason printed, without them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod support;

use std::process::Command;

use sentistack_sentiment::{
    Example, Label, Model, TrainOptions, Vader, cross_validate, evaluate, split_for_calibration, train,
};
use support::{example, labelled, split};

#[test]
fn shipped_weights_on_their_own_test_splits() {
    let (Some(tweeteval), Some(tse)) = (labelled("tweeteval-semeval"), labelled("tse")) else { return };
    let one = evaluate(Model::embedded(), &split(&tweeteval, "test"), 1);
    assert!(one.accuracy >= 0.65 && one.macro_recall >= 0.645, "{one:?}");
    assert!(one.ece <= 0.05, "{one:?}");
    assert!(one.natural_share_error <= 0.06 && one.natural_share_coverage >= 0.93, "{one:?}");
    assert!(one.share_error <= 0.10 && one.share_coverage >= 0.93, "{one:?}");
    let two = evaluate(Model::embedded(), &split(&tse, "test"), 1);
    assert!(two.accuracy >= 0.725 && two.ece <= 0.05 && two.share_error <= 0.075, "{two:?}");
}

#[test]
fn shipped_weights_on_topics_they_never_saw() {
    for (name, floor) in [("airline", 0.64), ("gop-debate", 0.57), ("brands", 0.59)] {
        let Some(lines) = labelled(name) else { return };
        let one = evaluate(Model::embedded(), &split(&lines, "test"), 1);
        assert!(one.accuracy >= floor, "{name}: {one:?}");
    }
}

#[test]
fn vader_is_as_good_as_the_python_package() {
    for (name, accuracy, macro_f1) in [("tweeteval-semeval", 0.530, 0.529), ("tse", 0.635, 0.634)] {
        let Some(lines) = labelled(name) else { return };
        let one = evaluate(&Vader::new(), &split(&lines, "test"), 1);
        assert!(
            (one.accuracy - accuracy).abs() < 0.001 && (one.macro_f1 - macro_f1).abs() < 0.001,
            "{one:?}"
        );
    }
}

#[test]
fn trained_on_every_set_it_knows_airlines() {
    let (mut fit, mut calibrate) = (Vec::new(), Vec::new());
    for name in ["tweeteval-semeval", "tse", "airline", "gop-debate", "brands"] {
        let Some(lines) = labelled(name) else { return };
        fit.extend(split(&lines, "train"));
        calibrate.extend(split(&lines, "val"));
    }
    let model = train(&fit, &calibrate, &TrainOptions::default()).unwrap();
    assert!(model.to_bytes().len() < 4_000_000);
    let Some(lines) = labelled("airline") else { return };
    let one = evaluate(&model, &split(&lines, "test"), 1);
    assert!(one.accuracy >= 0.81 && one.macro_f1 >= 0.755, "{one:?}");
}

#[test]
fn gop_debate_in_three_classes_by_folds() {
    let Some(lines) = labelled("gop-debate") else { return };
    let examples: Vec<Example> = lines.iter().map(example).collect();
    let found = cross_validate(&examples, 5, 1, &TrainOptions::default()).unwrap();
    assert!(found.pooled.accuracy >= 0.66, "{:?}", found.pooled);
}

/// The split of the public LSTM kernel comes from scikit-learn itself, so that it is that very split.
#[test]
fn gop_debate_in_two_classes_beats_the_lstm() {
    let Some(lines) = labelled("gop-debate") else { return };
    let rows: Vec<Example> = lines.iter().filter(|line| line.label != Label::Neutral).map(example).collect();
    let script = format!(
        "from sklearn.model_selection import train_test_split as s\n\
         print(*s(list(range({})), test_size=.33, random_state=42)[1])",
        rows.len()
    );
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let held_out = match Command::new(&python).args(["-c", &script]).output() {
        Ok(output) if output.status.success() => String::from_utf8(output.stdout).unwrap(),
        _ => {
            return println!(
                "skipped: {python} with scikit-learn is not there; name one that has it in PYTHON"
            );
        }
    };
    let held_out: Vec<usize> = held_out.split_whitespace().map(|row| row.parse().unwrap()).collect();
    let test: Vec<Example> = held_out.iter().map(|row| rows[*row].clone()).collect();
    let mut is_test = vec![false; rows.len()];
    held_out.iter().for_each(|row| is_test[*row] = true);
    let rest: Vec<Example> =
        rows.iter().zip(&is_test).filter(|(_, test)| !**test).map(|(e, _)| e.clone()).collect();
    let (fit, calibrate) = split_for_calibration(&rest, 1);
    let model = train(&fit, &calibrate, &TrainOptions::default()).unwrap();
    let one = evaluate(&model, &test, 1);
    assert!(one.accuracy > 0.849 && one.macro_f1 > 0.745, "{one:?}");
}
