//! One thread's scoring: scratch buffers and a bounded cache of words.

use crate::features::{self, Signals, Sink, Traits};
use crate::model::{Model, Sums};
use crate::score::Score;
use crate::scorer::ScoreSession;
use crate::table::Table;
use crate::tokenize::{Token, Tokens};

/// Words that a session remembers, a power of two. At 24 bytes each this is 768 KiB.
const CACHED_WORDS: usize = 1 << 15;

/// A remembered word: all that it brings by itself.
#[derive(Clone, Copy, Default, Debug)]
struct Word {
    /// Hash of the word's normal form, 0 for an empty place.
    hash: u64,
    weights: [i16; 2],
    count: u16,
    traits: Traits,
}

/// A remembered word as it is kept. Zeros throughout are an empty place: memory that the system gives zeroed need not be
/// touched to be that, and a session of a few posts touches little of it.
type Place = [u64; 3];

impl Word {
    fn kept(self) -> Place {
        let [positive, negative] = self.weights.map(|weight| u64::from(weight.cast_unsigned()));
        let negates = u64::from(self.traits.negates);
        let sums = positive | negative << 16 | u64::from(self.count) << 32 | negates << 48;
        [self.hash, sums, u64::from(self.traits.valence.to_bits())]
    }

    #[inline]
    fn of([hash, sums, valence]: Place) -> Word {
        let weight = |at: u32| ((sums >> at) as u16).cast_signed();
        Word {
            hash,
            weights: [weight(0), weight(16)],
            count: (sums >> 32) as u16,
            traits: Traits { valence: f32::from_bits(valence as u32), negates: sums >> 48 != 0 },
        }
    }
}

/// Scores posts with one model.
#[derive(Debug)]
pub struct Session<'m> {
    model: &'m Model,
    tokens: Tokens,
    words: Box<[Place]>,
    pending: Vec<u64>,
}

impl<'m> Session<'m> {
    pub(crate) fn new(model: &'m Model) -> Session<'m> {
        Session {
            model,
            tokens: Tokens::new(),
            words: vec![[0; 3]; CACHED_WORDS].into_boxed_slice(),
            pending: Vec::new(),
        }
    }

    /// What the model sees of a post.
    pub(crate) fn inputs(&mut self, text: &str) -> (Sums, Signals) {
        self.tokens.read(text);
        self.pending.clear();
        let mut sink = Lookup {
            table: &self.model.table,
            words: &mut self.words,
            pending: &mut self.pending,
            sums: Sums::default(),
        };
        let signals = features::extract(&self.tokens, &mut sink);
        let mut sums = sink.sums;
        // All at once, so that the look-ups wait for memory together and not one after the other.
        for &hash in &self.pending {
            let found = self.model.table.find(hash);
            sums.weights[0] += found.weights[0];
            sums.weights[1] += found.weights[1];
            sums.count += found.count;
        }
        (sums, signals)
    }

    /// Features that a post has, whether the model knows them or not.
    pub fn features(&mut self, text: &str) -> u64 {
        struct Count(u64);
        impl Sink for Count {
            fn word(&mut self, token: &Token, normal: &[u8], fresh: bool) -> Traits {
                let traits = Traits::of(token, normal);
                if fresh {
                    features::word_features(token, normal, traits.valence, |_| self.0 += 1);
                }
                traits
            }
            fn feature(&mut self, _hash: u64) {
                self.0 += 1;
            }
        }
        let mut count = Count(0);
        self.tokens.read(text);
        features::extract(&self.tokens, &mut count);
        count.0
    }

    /// Features of a post that the model has weights for.
    pub fn known_features(&mut self, text: &str) -> u32 {
        self.inputs(text).0.count
    }
}

impl ScoreSession for Session<'_> {
    fn score(&mut self, text: &str) -> Score {
        let (sums, signals) = self.inputs(text);
        self.model.head.score(sums, &signals)
    }
}

/// Adds up weights: those of words through the cache, the others noted for later.
struct Lookup<'s> {
    table: &'s Table,
    words: &'s mut [Place],
    pending: &'s mut Vec<u64>,
    sums: Sums,
}

impl Sink for Lookup<'_> {
    #[inline]
    fn word(&mut self, token: &Token, normal: &[u8], fresh: bool) -> Traits {
        let place = (token.hash >> 32) as usize % CACHED_WORDS;
        if self.words[place][0] != token.hash {
            self.words[place] = learn(self.table, token, normal).kept();
        }
        let word = Word::of(self.words[place]);
        if fresh {
            self.sums.weights[0] += i32::from(word.weights[0]);
            self.sums.weights[1] += i32::from(word.weights[1]);
            self.sums.count += u32::from(word.count);
        }
        word.traits
    }

    #[inline]
    fn feature(&mut self, hash: u64) {
        self.pending.push(hash);
    }
}

/// Looks up everything that a word brings. At most some 120 features of 127 each, so 16 bits hold the sum.
fn learn(table: &Table, token: &Token, normal: &[u8]) -> Word {
    let traits = Traits::of(token, normal);
    let mut sums = Sums::default();
    features::word_features(token, normal, traits.valence, |hash| {
        let found = table.find(hash);
        sums.weights[0] += found.weights[0];
        sums.weights[1] += found.weights[1];
        sums.count += found.count;
    });
    Word { hash: token.hash, weights: sums.weights.map(|w| w as i16), count: sums.count as u16, traits }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_remembered_as_it_was() {
        for (weights, count, valence, negates) in
            [([0, 0], 0, 0.0, false), ([-1, i16::MAX], u16::MAX, -3.9, true), ([i16::MIN, 7], 1, 0.5, false)]
        {
            let word = Word { hash: u64::MAX, weights, count, traits: Traits { valence, negates } };
            let again = Word::of(word.kept());
            assert_eq!((again.hash, again.weights, again.count), (word.hash, weights, count));
            assert_eq!(again.traits, word.traits);
        }
        assert_eq!(Word::default().kept(), [0; 3]);
    }
}
