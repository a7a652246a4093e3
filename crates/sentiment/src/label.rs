//! The four labels, in the order that every array of four in this crate follows.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a post expresses. The order of [`Label::ALL`] is the order of every `[_; 4]` here.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Label {
    Positive,
    Negative,
    Neutral,
    Mixed,
}

impl Label {
    /// Every label, in order.
    pub const ALL: [Label; 4] = [Label::Positive, Label::Negative, Label::Neutral, Label::Mixed];

    /// The lower-case English word, as it stands in files and tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Label::Positive => "positive",
            Label::Negative => "negative",
            Label::Neutral => "neutral",
            Label::Mixed => "mixed",
        }
    }

    /// The place of this label in [`Label::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        match self {
            Label::Positive => 0,
            Label::Negative => 1,
            Label::Neutral => 2,
            Label::Mixed => 3,
        }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that is none of the four labels.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{0}` is not a label; use positive, negative, neutral or mixed")]
pub struct UnknownLabel(pub String);

impl FromStr for Label {
    type Err = UnknownLabel;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Label::ALL
            .into_iter()
            .find(|label| label.as_str().eq_ignore_ascii_case(word.trim()))
            .ok_or_else(|| UnknownLabel(word.to_owned()))
    }
}
