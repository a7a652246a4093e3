//! What a model endpoint is asked, and what it answers (`docs/endpoint.md`). What comes from elsewhere is checked: as
//! many scores as texts, each of them four probabilities.

use serde::{Deserialize, Serialize};

use sentistack_sentiment::{Label, Score};

use crate::lines::{write_json_string, write_score};

/// How far from 1 the four may sum to.
const SLACK: f64 = 1e-3;

#[derive(Deserialize)]
struct Answer {
    scores: Vec<Scored>,
}

#[derive(Deserialize)]
struct Scored {
    #[serde(default)]
    label: Option<String>,
    positive: f64,
    negative: f64,
    neutral: f64,
    mixed: f64,
}

#[derive(Serialize)]
struct Request<'a, T> {
    texts: &'a [T],
}

/// The body of a request: `{"texts": […]}`.
pub fn request<T: AsRef<str> + Serialize>(texts: &[T]) -> Vec<u8> {
    // Strings into a Vec: there is nothing to fail.
    serde_json::to_vec(&Request { texts }).unwrap_or_default()
}

/// The body of an answer: `{"model": …, "scores": […]}`.
pub fn write(model: &str, scores: &[Score]) -> Vec<u8> {
    let mut out = Vec::with_capacity(32 + scores.len() * 112);
    out.extend_from_slice(b"{\"model\":");
    write_json_string(model, &mut out);
    out.extend_from_slice(b",\"scores\":[");
    for (at, score) in scores.iter().enumerate() {
        out.extend_from_slice(if at == 0 { b"{".as_slice() } else { b",{" });
        write_score(score, &mut out);
        out.push(b'}');
    }
    out.extend_from_slice(b"]}");
    out
}

/// Reads the scores of `texts` texts.
///
/// # Errors
/// What is wrong, with the number of the score (from 0).
pub fn read(body: &[u8], texts: usize) -> Result<Vec<Score>, String> {
    let answer: Answer = serde_json::from_slice(body).map_err(|e| format!("it is not as documented: {e}"))?;
    let scores = answer.scores.len();
    if scores != texts {
        return Err(format!("it has {scores} scores for {texts} texts"));
    }
    answer.scores.iter().enumerate().map(|(at, score)| checked(at, score)).collect()
}

fn checked(at: usize, scored: &Scored) -> Result<Score, String> {
    let weights = [scored.positive, scored.negative, scored.neutral, scored.mixed];
    for (label, weight) in Label::ALL.into_iter().zip(weights) {
        if !(0.0..=1.0).contains(&weight) {
            return Err(format!("scores[{at}].{label} is {weight}, not from 0 to 1"));
        }
    }
    let sum: f64 = weights.iter().sum();
    if (sum - 1.0).abs() > SLACK {
        return Err(format!("scores[{at}] sums to {sum:.4}, not to 1"));
    }
    let label = match &scored.label {
        // Quoted and short: it comes from elsewhere.
        Some(word) => word.trim().to_ascii_lowercase().parse().map_err(|_| {
            let shown: String = word.chars().take(24).collect();
            format!("scores[{at}].label is {shown:?}, none of positive, negative, neutral and mixed")
        })?,
        None => likeliest(weights),
    };
    Ok(Score::quantised(label, weights))
}

/// The first of those that are the largest.
fn likeliest(weights: [f64; 4]) -> Label {
    let pairs = Label::ALL.into_iter().zip(weights);
    pairs
        .reduce(|best, next| if next.1 > best.1 { next } else { best })
        .map_or(Label::Neutral, |(label, _)| label)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(score: &str) -> Result<Score, String> {
        read(format!(r#"{{"model":"m","scores":[{score}]}}"#).as_bytes(), 1).map(|scores| scores[0])
    }

    #[test]
    fn what_is_written_is_read_back() {
        let scores = [
            Score::quantised(Label::Mixed, [0.3, 0.3, 0.1, 0.3]),
            Score::quantised(Label::Neutral, [0.0, 0.0, 1.0, 0.0]),
        ];
        assert_eq!(read(&write("a \"model\"", &scores), 2), Ok(scores.to_vec()));
        assert_eq!(request(&["a", "\u{1f30d}\n"]), "{\"texts\":[\"a\",\"\u{1f30d}\\n\"]}".as_bytes());
    }

    #[test]
    fn a_good_answer_is_taken_and_sums_to_one() {
        let score =
            one(r#"{"label":"positive","positive":0.7,"negative":0.1,"neutral":0.15,"mixed":0.0495,"x":1}"#);
        let score = score.unwrap();
        assert_eq!(score.label, Label::Positive);
        let units: f64 = score.probabilities().iter().map(|p| (p * 1e7).round()).sum();
        assert_eq!(units, 1e7);
        assert!((score.positive - 0.7 / 0.9995).abs() < 1e-7);
        let unlabelled = one(r#"{"positive":0.2,"negative":0.3,"neutral":0.3,"mixed":0.2}"#).unwrap();
        assert_eq!(unlabelled.label, Label::Negative);
        let own = one(r#"{"label":" Mixed ","positive":1,"negative":0,"neutral":0,"mixed":0}"#).unwrap();
        assert_eq!(own.label, Label::Mixed, "its own rule, not ours");
        assert_eq!(read(br#"{"scores":[]}"#, 0), Ok(vec![]));
    }

    #[test]
    fn a_wrong_answer_says_what_and_where() {
        for (score, wanted) in [
            (
                r#"{"positive":1.2,"negative":0,"neutral":0,"mixed":0}"#,
                "scores[0].positive is 1.2, not from 0 to 1",
            ),
            (
                r#"{"positive":1,"negative":-0.1,"neutral":0,"mixed":0}"#,
                "scores[0].negative is -0.1, not from",
            ),
            (r#"{"positive":0.5,"negative":0,"neutral":0,"mixed":0}"#, "scores[0] sums to 0.5000, not to 1"),
            (
                r#"{"label":"POS","positive":1,"negative":0,"neutral":0,"mixed":0}"#,
                "scores[0].label is \"POS\", none",
            ),
            (r#"{"positive":1,"negative":0,"neutral":0}"#, "not as documented: missing field `mixed`"),
            (
                r#"{"positive":null,"negative":0,"neutral":0,"mixed":0}"#,
                "not as documented: invalid type: null",
            ),
            (r#"{"positive":NaN,"negative":0,"neutral":0,"mixed":0}"#, "not as documented"),
            (r#"{"positive":1e999,"negative":0,"neutral":0,"mixed":0}"#, "not as documented"),
        ] {
            let error = one(score).unwrap_err();
            assert!(error.contains(wanted), "{score}: {error}");
        }
        let good = r#"{"positive":1,"negative":0,"neutral":0,"mixed":0}"#;
        let two = format!(r#"{{"scores":[{good},{good}]}}"#);
        assert_eq!(read(two.as_bytes(), 3).unwrap_err(), "it has 2 scores for 3 texts");
        let second = format!(r#"{{"scores":[{good},{{"positive":0,"negative":0,"neutral":0,"mixed":0}}]}}"#);
        assert_eq!(read(second.as_bytes(), 2).unwrap_err(), "scores[1] sums to 0.0000, not to 1");
        assert!(read(b"<html>", 1).unwrap_err().starts_with("it is not as documented"));
    }
}
