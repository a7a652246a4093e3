//! VADER's rules over the words of one post.

use std::borrow::Cow;

use super::words::{self, CAPITALS, EXCLAMATION, NEGATION};
use crate::lexicon;

/// Bytes of a post that are looked at.
const MAX_TEXT_BYTES: usize = 64 * 1024;

/// What VADER says of a post.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Polarity {
    /// -1 (most negative) to 1.
    pub compound: f64,
    /// Proportions of the post that fall to each side; they sum to 1, or are all 0 for a post without words.
    pub positive: f64,
    pub negative: f64,
    pub neutral: f64,
}

/// The words of a post as they stand, and in lower case.
struct Words<'t> {
    plain: Vec<&'t str>,
    lower: Vec<String>,
    /// Some words, but not all of them, are in capitals.
    capitals_tell: bool,
}

/// Scores a post by VADER's rules.
#[must_use]
pub fn polarity(text: &str) -> Polarity {
    let text = describe_emoji(&text[..text.floor_char_boundary(MAX_TEXT_BYTES)]);
    let words = Words::read(&text);
    let mut valences: Vec<f64> = (0..words.plain.len()).map(|at| words.valence(at)).collect();
    words.weigh_but(&mut valences);
    sum_up(&valences, emphasis(&text))
}

/// Puts the description of each emoji in its place, a space before it.
fn describe_emoji(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() * 2);
    let mut utf8 = [0; 4];
    for c in text.chars() {
        match lexicon::description(c.encode_utf8(&mut utf8)) {
            Some(description) => {
                if !out.is_empty() && !out.ends_with(' ') {
                    out.push(' ');
                }
                out.push_str(description);
            }
            None => out.push(c),
        }
    }
    Cow::Owned(out)
}

fn is_upper(word: &str) -> bool {
    word.chars().any(char::is_uppercase) && !word.chars().any(char::is_lowercase)
}

fn valence_of(lower: &str) -> f64 {
    f64::from((lexicon::word(lower.as_bytes()) * 10.0).round()) / 10.0
}

impl<'t> Words<'t> {
    fn read(text: &'t str) -> Words<'t> {
        let plain: Vec<&str> = text
            .split_whitespace()
            .map(|token| {
                let word = token.trim_matches(|c: char| c.is_ascii_punctuation());
                if word.chars().nth(2).is_none() { token } else { word }
            })
            .collect();
        let lower = plain.iter().map(|word| word.to_lowercase()).collect();
        let shouted = plain.iter().filter(|word| is_upper(word)).count();
        let capitals_tell = shouted > 0 && shouted < plain.len();
        Words { plain, lower, capitals_tell }
    }

    /// The lower-case word `back` places before `at`, or nothing.
    fn before(&self, at: usize, back: usize) -> &str {
        at.checked_sub(back).and_then(|i| self.lower.get(i)).map_or("", String::as_str)
    }

    fn is_known(&self, at: usize) -> bool {
        self.lower.get(at).is_some_and(|word| lexicon::has(word))
    }

    /// The valence of one word where it stands.
    fn valence(&self, at: usize) -> f64 {
        let lower = self.lower[at].as_str();
        let next = self.lower.get(at + 1).map(String::as_str);
        let is_booster = words::booster(lower) != 0.0 || (lower == "kind" && next == Some("of"));
        if is_booster || !self.is_known(at) {
            return 0.0;
        }
        let own = valence_of(lower);
        // "no" before a word of the lexicon negates it and says nothing by itself.
        let mut valence = if lower == "no" && self.is_known(at + 1) { 0.0 } else { own };
        let far_no = self.before(at, 3) == "no" && matches!(self.before(at, 1), "or" | "nor");
        if self.before(at, 1) == "no" || self.before(at, 2) == "no" || far_no {
            valence = own * NEGATION;
        }
        if self.capitals_tell && is_upper(self.plain[at]) {
            valence += if valence > 0.0 { CAPITALS } else { -CAPITALS };
        }
        for back in 1..=3 {
            if at < back || self.is_known(at - back) {
                continue;
            }
            valence += self.boost(at - back, valence) * [1.0, 0.95, 0.9][back - 1];
            valence = self.negated(at, back, valence);
            if back == 3 {
                valence = self.idioms(at, valence);
            }
        }
        self.least(at, valence)
    }

    /// What the intensifier at `at`, if there is one, adds to a valence.
    fn boost(&self, at: usize, valence: f64) -> f64 {
        let mut boost = words::booster(&self.lower[at]);
        if boost == 0.0 {
            return 0.0;
        }
        if valence < 0.0 {
            boost = -boost;
        }
        if self.capitals_tell && is_upper(self.plain[at]) {
            boost += if valence > 0.0 { CAPITALS } else { -CAPITALS };
        }
        boost
    }

    /// The valence after the word `back` places before has had its say as a negation.
    fn negated(&self, at: usize, back: usize, valence: f64) -> f64 {
        let emphatic = |word: &str| matches!(word, "so" | "this");
        let [one, two, three] = [self.before(at, 1), self.before(at, 2), self.before(at, 3)];
        let (never, doubtless) = match back {
            1 => (false, false),
            2 => (two == "never" && emphatic(one), two == "without" && one == "doubt"),
            // The package binds `and` before `or` here, so "so" or "this" just before is enough.
            _ => (
                (three == "never" && emphatic(two)) || emphatic(one),
                three == "without" && (two == "doubt" || one == "doubt"),
            ),
        };
        if never {
            valence * 1.25
        } else if !doubtless && words::negates(self.before(at, back)) {
            valence * NEGATION
        } else {
            valence
        }
    }

    /// Phrases that have a valence of their own, and pairs that weaken.
    fn idioms(&self, at: usize, mut valence: f64) -> f64 {
        let phrase = |from: usize, to: usize| self.lower.get(from..to).and_then(words::idiom);
        let ending = [(at - 1, at + 1), (at - 2, at + 1), (at - 2, at), (at - 3, at), (at - 3, at - 1)];
        if let Some(found) = ending.into_iter().find_map(|(from, to)| phrase(from, to)) {
            valence = found;
        }
        for length in [2, 3] {
            if let Some(found) = phrase(at, at + length) {
                valence = found;
            }
        }
        valence
            + words::booster_pair(self.before(at, 3), self.before(at, 2))
            + words::booster_pair(self.before(at, 2), self.before(at, 1))
    }

    /// "least" negates, but for "at least" and "very least".
    fn least(&self, at: usize, valence: f64) -> f64 {
        let keeps = at > 1 && matches!(self.before(at, 2), "at" | "very");
        if self.before(at, 1) == "least" && !keeps { valence * NEGATION } else { valence }
    }

    /// What stands before "but" counts half, what stands after it half again as much. As in the package, a valence
    /// is found again by its value, so the first of equal ones is changed.
    fn weigh_but(&self, valences: &mut [f64]) {
        let Some(but) = self.lower.iter().position(|word| word == "but") else { return };
        for at in 0..valences.len() {
            let value = valences[at];
            let Some(first) = valences.iter().position(|v| *v == value) else { continue };
            if first < but {
                valences[first] = value * 0.5;
            } else if first > but {
                valences[first] = value * 1.5;
            }
        }
    }
}

/// What exclamation and question marks add to the sum's size.
fn emphasis(text: &str) -> f64 {
    let count = |mark: u8| text.bytes().filter(|b| *b == mark).count();
    let exclaimed = count(b'!').min(4) as f64 * EXCLAMATION;
    let asked = match count(b'?') {
        0 | 1 => 0.0,
        marks @ 2..=3 => marks as f64 * 0.18,
        _ => 0.96,
    };
    exclaimed + asked
}

fn sum_up(valences: &[f64], emphasis: f64) -> Polarity {
    if valences.is_empty() {
        return Polarity::default();
    }
    let mut sum: f64 = valences.iter().sum();
    if sum > 0.0 {
        sum += emphasis;
    } else if sum < 0.0 {
        sum -= emphasis;
    }
    let compound = (sum / (sum * sum + 15.0).sqrt()).clamp(-1.0, 1.0);
    let mut positive: f64 = valences.iter().filter(|v| **v > 0.0).map(|v| v + 1.0).sum();
    let mut negative: f64 = valences.iter().filter(|v| **v < 0.0).map(|v| 1.0 - v).sum();
    let neutral = valences.iter().filter(|v| **v == 0.0).count() as f64;
    if positive > negative {
        positive += emphasis;
    } else if positive < negative {
        negative += emphasis;
    }
    let total = positive + negative + neutral;
    let round = |x: f64, places: f64| (x * places).round() / places;
    Polarity {
        compound: round(compound, 1e4),
        positive: round(positive / total, 1e3),
        negative: round(negative / total, 1e3),
        neutral: round(neutral / total, 1e3),
    }
}
