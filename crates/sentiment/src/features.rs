//! Turns tokens into features. Training and scoring both go through [`extract`], so they cannot differ.
//!
//! A feature is a 64-bit hash. What a *word* brings (itself, its character n-grams, its valence in the lexicon)
//! depends on the word alone, so a scorer may keep the sum of it; what pairs of words bring is looked up anew.

use crate::hash;
use crate::lexicon;
use crate::tokenize::{Kind, Token, Tokens};

/// Words after a negation that it reaches, unless a punctuation mark stops it.
const NEGATION_REACH: u32 = 4;
/// A word counts once among this many tokens; so the search for an earlier one stays linear.
const REPEAT_REACH: usize = 48;
/// Characters of a word, counting the two edge marks, that its n-grams are taken from.
const MAX_NGRAM_CHARS: usize = 40;
const NGRAM_MIN: usize = 3;
const NGRAM_MAX: usize = 5;

const NEGATED: u64 = 0x22;
const BIGRAM: u64 = 0x33;
const SKIP: u64 = 0x44;
const LAST: u64 = 0x66;
const LENGTH: u64 = 0x77;
const SHOUTED: u64 = 0x88;
const VALENCE: u64 = 0x99;
const SHOUTED_WORD: u64 = 0xAA;
const START: u64 = 0x5151_5151;
const END: u64 = 0xE0E0_E0E0;

/// Number of [`Signals`].
pub const SIGNALS: usize = 10;

/// Dense inputs drawn from the lexicon, each about -1 to 1.
pub type Signals = [f32; SIGNALS];

/// What the rest of the post needs to know of a word.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub struct Traits {
    /// Valence in the lexicon, -4 to 4; 0 if it is not there.
    pub valence: f32,
    /// It negates what comes after it.
    pub negates: bool,
}

impl Traits {
    /// Looks them up.
    #[must_use]
    pub fn of(token: &Token, normal: &[u8]) -> Traits {
        Traits { valence: valence(token, normal), negates: token.kind == Kind::Word && is_negation(normal) }
    }
}

/// Receives the features of one post.
pub trait Sink {
    /// A token; gives back its traits. If it is `fresh`, the first of its kind here, it stands for all of
    /// [`word_features`].
    fn word(&mut self, token: &Token, normal: &[u8], fresh: bool) -> Traits;
    /// One feature that is not of a single word.
    fn feature(&mut self, hash: u64);
}

/// Gives the features of one post to `sink`, in an order that depends on the text alone.
pub fn extract(tokens: &Tokens, sink: &mut impl Sink) -> Signals {
    let list = tokens.list();
    let mut meter = Meter::default();
    let (mut before, mut last) = (START, START);
    let (mut reach, mut shouted) = (0u32, 0usize);
    // One bit for each hash met: where it is not set, there is no need to look back.
    let mut met = 0u64;
    for (at, token) in list.iter().enumerate() {
        let normal = tokens.normal(token);
        let bit = 1u64 << (token.hash & 63);
        let seen = met & bit != 0
            && list[at.saturating_sub(REPEAT_REACH)..at].iter().any(|earlier| earlier.hash == token.hash);
        met |= bit;
        let traits = sink.word(token, normal, !seen);
        let negated = token.kind == Kind::Word && reach > 0 && !traits.negates;
        if negated {
            sink.feature(hash::pair(token.hash, NEGATED, NEGATED));
            reach -= 1;
        }
        if traits.negates {
            reach = NEGATION_REACH;
        } else if token.kind == Kind::Punct
            && matches!(normal.first(), Some(b'.' | b',' | b';' | b':' | b'!' | b'?'))
        {
            reach = 0;
        }
        if token.shouted {
            shouted += 1;
            if traits.valence != 0.0 {
                sink.feature(hash::pair(u64::from(traits.valence > 0.0), SHOUTED_WORD, SHOUTED_WORD));
            }
        }
        meter.add(token, normal, traits.valence, negated);
        sink.feature(hash::pair(last, token.hash, BIGRAM));
        if at >= 2 {
            sink.feature(hash::pair(before, token.hash, SKIP));
        }
        (before, last) = (last, token.hash);
    }
    sink.feature(hash::pair(last, END, BIGRAM));
    sink.feature(hash::pair(last, LAST, LAST));
    sink.feature(hash::pair((list.len() / 4).min(8) as u64, LENGTH, LENGTH));
    if shouted > 0 {
        sink.feature(hash::pair(shouted.min(3) as u64, SHOUTED, SHOUTED));
    }
    meter.signals(list.len())
}

/// Everything that one word brings by itself, given to `add`.
pub fn word_features(token: &Token, normal: &[u8], valence: f32, mut add: impl FnMut(u64)) {
    add(token.hash);
    if valence != 0.0 {
        add(hash::pair((valence * 2.0).round() as i64 as u64, VALENCE, VALENCE));
    }
    match token.kind {
        Kind::Hashtag => {
            let body = normal.get(1..).unwrap_or(&[]);
            add(hash::bytes(body));
            ngrams(body, &mut add);
        }
        Kind::Word => ngrams(normal, &mut add),
        Kind::Url | Kind::User | Kind::Emoticon | Kind::Number | Kind::Punct | Kind::Symbol => {}
    }
}

/// The valence of a token in the lexicon, for tokens that can have one.
#[must_use]
pub fn valence(token: &Token, normal: &[u8]) -> f32 {
    match token.kind {
        Kind::Word => lexicon::word(normal),
        Kind::Hashtag => lexicon::word(normal.get(1..).unwrap_or(&[])),
        Kind::Emoticon | Kind::Symbol => lexicon::mark(normal),
        Kind::Url | Kind::User | Kind::Number | Kind::Punct => 0.0,
    }
}

/// Character 3- to 5-grams of the word between edge marks.
fn ngrams(word: &[u8], add: &mut impl FnMut(u64)) {
    let mut text = [0u8; 4 * MAX_NGRAM_CHARS];
    text[0] = b'^';
    let (mut length, mut chars) = (1, 1);
    for &byte in word {
        chars += usize::from(is_first_byte(byte));
        if chars == MAX_NGRAM_CHARS {
            break;
        }
        text[length] = byte;
        length += 1;
    }
    text[length] = b'$';
    let text = &text[..=length];
    for (start, _) in text.iter().enumerate().filter(|(_, byte)| is_first_byte(**byte)) {
        let (mut gathered, mut size) = (0, 0);
        for (at, &byte) in text.iter().enumerate().skip(start) {
            gathered = hash::gather(gathered, byte);
            // A character is whole when the next one begins.
            if text.get(at + 1).is_none_or(|next| is_first_byte(*next)) {
                size += 1;
                if size >= NGRAM_MIN {
                    add(hash::gathered(gathered, at + 1 - start));
                }
                if size == NGRAM_MAX {
                    break;
                }
            }
        }
    }
}

/// True for the first byte of a UTF-8 character.
const fn is_first_byte(byte: u8) -> bool {
    byte & 0xC0 != 0x80
}

const NEGATIONS: [&[u8]; 32] = [
    b"not",
    b"no",
    b"never",
    b"none",
    b"nobody",
    b"nothing",
    b"nowhere",
    b"neither",
    b"nor",
    b"cannot",
    b"without",
    b"hardly",
    b"barely",
    b"aint",
    b"ain't",
    b"dont",
    b"cant",
    b"wont",
    b"didnt",
    b"doesnt",
    b"isnt",
    b"wasnt",
    b"havent",
    b"hasnt",
    b"couldnt",
    b"shouldnt",
    b"wouldnt",
    b"arent",
    b"werent",
    b"hadnt",
    b"rarely",
    b"nope",
];

fn is_negation(word: &[u8]) -> bool {
    match word.first() {
        Some(b'n' | b'c' | b'w' | b'h' | b'b' | b'a' | b'd' | b'i' | b's' | b'r') if word.len() <= 8 => {
            word.ends_with(b"n't") || NEGATIONS.contains(&word)
        }
        _ => word.ends_with(b"n't"),
    }
}

/// Adds up valences along the post.
#[derive(Default)]
struct Meter {
    positive: f32,
    negative: f32,
    strongest: f32,
    last: f32,
    after_but: f32,
    but: bool,
    exclaimed: u32,
    asked: bool,
    hits: u32,
}

impl Meter {
    fn add(&mut self, token: &Token, normal: &[u8], valence: f32, negated: bool) {
        if token.kind == Kind::Punct {
            self.exclaimed += u32::from(normal.first() == Some(&b'!'));
            self.asked |= normal.contains(&b'?');
            return;
        }
        if normal == b"but" {
            self.but = true;
            self.after_but = 0.0;
        }
        if valence == 0.0 {
            return;
        }
        let mut valence = if negated { valence * -0.74 } else { valence };
        if token.shouted {
            valence *= 1.25;
        }
        self.hits += 1;
        if valence > 0.0 {
            self.positive += valence;
        } else {
            self.negative -= valence;
        }
        if valence.abs() > self.strongest.abs() {
            self.strongest = valence;
        }
        self.last = valence;
        if self.but {
            self.after_but += valence;
        }
    }

    fn signals(&self, tokens: usize) -> Signals {
        let squash = |x: f32| x / (x * x + 15.0).sqrt();
        let sum = self.positive - self.negative;
        let but = if self.but { squash(self.after_but) } else { 0.0 };
        let compound = squash(sum);
        [
            compound,
            squash(self.positive),
            squash(self.negative),
            self.strongest / 4.0,
            self.last / 4.0,
            but,
            squash(self.positive.min(self.negative)),
            if self.exclaimed > 0 { compound } else { 0.0 },
            if self.asked { compound } else { 0.0 },
            if self.hits == 0 { 1.0 } else { self.hits as f32 / (tokens as f32 + 4.0) },
        ]
    }
}

/// How far both sides of the lexicon speak in a post, 0 to 1: the weaker side's valence, full at about 2.
#[must_use]
pub fn ambivalence(signals: &Signals) -> f32 {
    // The signal is m / sqrt(m^2 + 15) for a weaker side of m.
    (signals[6] * 2.2).min(1.0)
}
