//! The model file: what is written is read back, and whatever was changed is refused.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use sentistack_sentiment::{Example, Label, Model, ModelError, Scorer, TrainError, TrainOptions, train};

/// A few dozen posts that a model can be trained on in no time.
fn examples() -> Vec<Example> {
    let words = [
        (Label::Positive, ["love", "great", "thanks", "awesome", "happy"]),
        (Label::Negative, ["hate", "awful", "late", "broken", "sad"]),
        (Label::Neutral, ["today", "flight", "news", "meeting", "tomorrow"]),
    ];
    (0..60)
        .map(|at| {
            let (label, list) = &words[at % 3];
            let text = format!("{} the {} and {}", list[at % 5], list[at / 3 % 5], list[at / 7 % 5]);
            Example { text, label: *label, weight: 1.0 }
        })
        .collect()
}

fn small() -> Model {
    train(&examples(), &[], &TrainOptions::default()).unwrap()
}

#[test]
fn training_twice_gives_the_same_bytes() {
    assert_eq!(small().to_bytes(), small().to_bytes());
}

#[test]
fn a_file_gives_the_same_model_back() {
    let model = small();
    let again = Model::from_bytes(&model.to_bytes()).unwrap();
    assert_eq!(again.to_bytes(), model.to_bytes());
    assert_eq!((again.name(), again.fingerprint()), (model.name(), model.fingerprint()));
    for text in ["I love it", "awful, late, sad", "news"] {
        assert_eq!(again.session().score(text), model.session().score(text));
    }
}

#[test]
fn one_flipped_bit_anywhere_is_refused() {
    let bytes = small().to_bytes();
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1 << (at % 8);
        assert!(Model::from_bytes(&damaged).is_err(), "byte {at} of {}", bytes.len());
    }
}

#[test]
fn errors_say_what_is_wrong() {
    let bytes = small().to_bytes();
    let with = |at: usize, value: u8| {
        let mut changed = bytes.clone();
        changed[at] = value;
        Model::from_bytes(&changed).unwrap_err()
    };
    assert_eq!(Model::from_bytes(b"").unwrap_err(), ModelError::NotAModel);
    assert_eq!(Model::from_bytes(b"{\"a\": 1, \"b\": 2}").unwrap_err(), ModelError::NotAModel);
    assert_eq!(with(8, 9), ModelError::FormatVersion { found: 9 });
    assert_eq!(with(30, !bytes[30]), ModelError::Checksum);
    assert_eq!(with(bytes.len() - 1, !bytes[bytes.len() - 1]), ModelError::Checksum);
    assert!(matches!(Model::from_bytes(&bytes[..bytes.len() - 1]).unwrap_err(), ModelError::Length { .. }));
    assert!(matches!(Model::from_bytes(&bytes[..40]).unwrap_err(), ModelError::Length { .. }));
}

#[test]
fn the_embedded_model_is_whole_and_small() {
    let model = Model::embedded();
    assert_eq!(model.name(), "embedded");
    let bytes = model.to_bytes();
    assert!(bytes.len() < 4_000_000);
    assert_eq!(bytes, include_bytes!("../weights/embedded.bin"));
    for at in [0, 8, 12, 20, 30, 60, 70, 300, 700, bytes.len() / 2, bytes.len() - 1] {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x10;
        assert!(Model::from_bytes(&damaged).is_err(), "byte {at}");
    }
}

#[test]
fn examples_that_cannot_be_trained_on_are_refused() {
    let options = TrainOptions::default();
    assert_eq!(train(&[], &[], &options).unwrap_err(), TrainError::NoExamples);
    let of = |label, weight| vec![Example { text: "x".to_owned(), label, weight }];
    assert!(matches!(train(&of(Label::Positive, 1.0), &[], &options), Err(TrainError::OneClass(_))));
    assert_eq!(train(&of(Label::Mixed, 1.0), &[], &options).unwrap_err(), TrainError::Mixed);
    assert!(matches!(train(&of(Label::Positive, f32::NAN), &[], &options), Err(TrainError::Weight(_))));
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let mut file = b"SNTSTACK".to_vec();
        file.extend(&bytes);
        prop_assert!(Model::from_bytes(&bytes).is_err());
        prop_assert!(Model::from_bytes(&file).is_err());
    }
}
