//! The VADER lexicon: valences of words and emoticons, and of emoji by way of their descriptions.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::index::Index;

const EMOJI: &str = include_str!("../lexicon/emoji.tsv");

/// 7,506 words.
static VALENCES: LazyLock<Index<16_384>> = LazyLock::new(|| Index::new(include_str!("../lexicon/words.tsv")));

/// 3,570 emoji, by the tokenizer's normal form.
static MARKS: LazyLock<Index<8_192>> = LazyLock::new(|| Index::of_plain_keys(EMOJI));

/// The same as they are written, for VADER's rules alone.
static DESCRIPTIONS: LazyLock<HashMap<&'static str, &'static str>> =
    LazyLock::new(|| EMOJI.lines().filter_map(|line| line.split_once('\t')).collect());

/// The valence of a lower-case word, -4 to 4; 0 if the lexicon does not have it.
#[must_use]
pub fn word(word: &[u8]) -> f32 {
    VALENCES.find(word).and_then(|valence| valence.parse().ok()).unwrap_or(0.0)
}

/// True if the lexicon has the lower-case word.
#[must_use]
pub fn has(word: &str) -> bool {
    VALENCES.find(word.as_bytes()).is_some()
}

/// The valence of an emoticon or emoji in the tokenizer's normal form, for an emoji the sum of what its words weigh; 0 if
/// unknown.
#[must_use]
pub fn mark(mark: &[u8]) -> f32 {
    // Every emoji has a character beyond ASCII: for an emoticon the table of emoji need not be there.
    if !mark.is_ascii()
        && let Some(description) = MARKS.find(mark)
    {
        let sum: f32 = description.split_whitespace().map(|w| word(w.as_bytes())).sum();
        if sum != 0.0 {
            return sum.clamp(-4.0, 4.0);
        }
    }
    let is_mark = mark.iter().any(u8::is_ascii_punctuation) && mark.len() <= 3;
    if is_mark { word(mark) } else { 0.0 }
}

/// What an emoji shows, in words.
#[must_use]
pub fn description(emoji: &str) -> Option<&'static str> {
    DESCRIPTIONS.get(emoji).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every entry of both files is found, with the value that stands there.
    #[test]
    fn the_whole_lexicon_is_found() {
        let words: HashMap<&str, f32> = include_str!("../lexicon/words.tsv")
            .lines()
            .map(|line| line.split_once('\t').unwrap())
            .map(|(word, valence)| (word, valence.parse().unwrap()))
            .collect();
        assert_eq!(words.len(), 7_506);
        for (key, valence) in &words {
            assert!(has(key) && word(key.as_bytes()).to_bits() == valence.to_bits(), "{key}");
        }
        for none in ["", "\t", "the flight", "goodness gracious"] {
            assert!(!has(none) && word(none.as_bytes()) == 0.0, "{none:?}");
        }
        assert_eq!(DESCRIPTIONS.len(), 3_570);
        assert!(DESCRIPTIONS.keys().all(|emoji| !emoji.is_ascii()));
        let mut known = 0;
        for (emoji, description) in DESCRIPTIONS.iter() {
            let plain = emoji.replace(['\u{FE0F}', '\u{200D}'], "");
            let sum: f32 = description.split_whitespace().filter_map(|word| words.get(word)).sum();
            let wanted = if sum == 0.0 && plain.len() <= 3 && plain.bytes().any(|b| b.is_ascii_punctuation())
            {
                words.get(plain.as_str()).copied().unwrap_or(0.0)
            } else {
                sum.clamp(-4.0, 4.0)
            };
            assert_eq!(mark(plain.as_bytes()).to_bits(), (wanted + 0.0).to_bits(), "{emoji}: {description}");
            known += usize::from(wanted != 0.0);
        }
        assert!(known > 200, "{known}");
        assert_eq!(mark(b":)"), words[":)"]);
        assert_eq!(mark(b"good"), 0.0, "a word is no mark");
    }
}
