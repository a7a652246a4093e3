//! VADER's word lists and constants.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// What an intensifier adds.
const BOOST: f64 = 0.293;
/// What capitals add among lower case.
pub const CAPITALS: f64 = 0.733;
/// What a negation multiplies by.
pub const NEGATION: f64 = -0.74;
/// What one exclamation mark adds, up to four.
pub const EXCLAMATION: f64 = 0.292;

const STRONGER: &str = " absolutely amazingly awfully completely considerable considerably decidedly deeply effing enormous \
    enormously entirely especially exceptional exceptionally extreme extremely fabulously flipping flippin frackin \
    fracking fricking frickin frigging friggin fully fuckin fucking fuggin fugging greatly hella highly hugely \
    incredible incredibly intensely major majorly more most particularly purely quite really remarkably so \
    substantially thoroughly total totally tremendous tremendously uber unbelievably unusually utter utterly very ";

const WEAKER: &str = " almost barely hardly kinda kindof kind-of less little marginal marginally occasional occasionally \
    partly scarce scarcely slight slightly somewhat sorta sortof sort-of ";

/// Pairs of words that weaken.
const WEAKER_PAIRS: [[&str; 2]; 3] = [["just", "enough"], ["kind", "of"], ["sort", "of"]];

const NEGATIONS: &str = " aint arent cannot cant couldnt darent didnt doesnt ain't aren't can't couldn't daren't didn't \
    doesn't dont hadnt hasnt havent isnt mightnt mustnt neither don't hadn't hasn't haven't isn't mightn't mustn't \
    neednt needn't never none nope nor not nothing nowhere oughtnt shant shouldnt uhuh wasnt werent oughtn't shan't \
    shouldn't uh-uh wasn't weren't without wont wouldnt won't wouldn't rarely seldom despite ";

/// Phrases with a valence of their own.
const IDIOMS: [(&[&str], f64); 9] = [
    (&["the", "shit"], 3.0),
    (&["the", "bomb"], 3.0),
    (&["bad", "ass"], 1.5),
    (&["badass"], 1.5),
    (&["bus", "stop"], 0.0),
    (&["yeah", "right"], -2.0),
    (&["kiss", "of", "death"], -1.5),
    (&["to", "die", "for"], 3.0),
    (&["beating", "heart"], 3.5),
];

/// What each intensifier adds to the valence after it.
static BOOSTERS: LazyLock<HashMap<&'static str, f64>> = LazyLock::new(|| {
    let stronger = STRONGER.split_whitespace().map(|word| (word, BOOST));
    stronger.chain(WEAKER.split_whitespace().map(|word| (word, -BOOST))).collect()
});

static NEGATING: LazyLock<HashSet<&'static str>> = LazyLock::new(|| NEGATIONS.split_whitespace().collect());

/// What a lower-case word adds to the valence after it, 0 if it is no intensifier.
pub fn booster(word: &str) -> f64 {
    BOOSTERS.get(word).copied().unwrap_or(0.0)
}

/// What a pair of words adds.
pub fn booster_pair(first: &str, second: &str) -> f64 {
    if WEAKER_PAIRS.contains(&[first, second]) { -BOOST } else { 0.0 }
}

/// True for a lower-case word that negates.
pub fn negates(word: &str) -> bool {
    word.contains("n't") || NEGATING.contains(word)
}

/// The valence of a phrase.
pub fn idiom(phrase: &[String]) -> Option<f64> {
    IDIOMS.iter().find(|(words, _)| phrase == *words).map(|(_, valence)| *valence)
}
