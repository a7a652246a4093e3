//! The VADER lexicon: valences of words and emoticons, and of emoji by way of their descriptions.

use std::collections::HashMap;
use std::sync::LazyLock;

const WORDS: &str = include_str!("../lexicon/words.tsv");
const EMOJI: &str = include_str!("../lexicon/emoji.tsv");

static VALENCES: LazyLock<HashMap<&'static [u8], f32>> = LazyLock::new(|| {
    WORDS
        .lines()
        .filter_map(|line| {
            let (word, valence) = line.split_once('\t')?;
            Some((word.as_bytes(), valence.parse().ok()?))
        })
        .collect()
});

static DESCRIPTIONS: LazyLock<HashMap<&'static str, &'static str>> =
    LazyLock::new(|| EMOJI.lines().filter_map(|line| line.split_once('\t')).collect());

/// The emoji and emoticons that the model reads, by normal form, with the sum of what their words weigh.
static MARKS: LazyLock<HashMap<Vec<u8>, f32>> = LazyLock::new(|| {
    let mut marks = HashMap::new();
    for (emoji, description) in DESCRIPTIONS.iter() {
        let plain: String = emoji.chars().filter(|c| !matches!(c, '\u{FE0F}' | '\u{200D}')).collect();
        let sum: f32 = description.split_whitespace().map(|w| word(w.as_bytes())).sum();
        if sum != 0.0 {
            marks.insert(plain.into_bytes(), sum.clamp(-4.0, 4.0));
        }
    }
    for (entry, valence) in VALENCES.iter() {
        let is_mark = entry.iter().any(u8::is_ascii_punctuation) && entry.len() <= 3;
        if is_mark {
            marks.entry(entry.to_vec()).or_insert(*valence);
        }
    }
    marks
});

/// The valence of a lower-case word, -4 to 4; 0 if the lexicon does not have it.
#[must_use]
pub fn word(word: &[u8]) -> f32 {
    VALENCES.get(word).copied().unwrap_or(0.0)
}

/// True if the lexicon has the lower-case word.
#[must_use]
pub fn has(word: &str) -> bool {
    VALENCES.contains_key(word.as_bytes())
}

/// The valence of an emoticon or emoji in the tokenizer's normal form; 0 if unknown.
#[must_use]
pub fn mark(mark: &[u8]) -> f32 {
    MARKS.get(mark).copied().unwrap_or(0.0)
}

/// What an emoji shows, in words.
#[must_use]
pub fn description(emoji: &str) -> Option<&'static str> {
    DESCRIPTIONS.get(emoji).copied()
}
