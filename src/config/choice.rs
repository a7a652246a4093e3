//! Settings that are one word out of a few.

use super::score::ScoreOn;
use super::settings::{Privacy, SourceKind, StreamKind, TableFormat, TransformKind, WarehouseKind};
use super::stack::settings::{
    Architecture, Compression, Endpoint, Fallback, Include, Network, Package, Provision, StreamMode,
};
use super::suggest;
use super::x::{Expand, Spread};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a run's backends are: a preset over `stream`, `transform` and `warehouse`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum On {
    /// This machine: `stream: memory`, `transform: embedded`, `warehouse: sqlite`.
    #[default]
    Local,
    /// An AWS account: `stream: kinesis`, `transform: emr`, `warehouse: redshift`.
    Aws,
}

/// A setting that is one of a few words.
pub trait Choice: Copy + PartialEq + 'static {
    /// What it is called in messages: "source".
    const WHAT: &'static str;
    /// Every choice, in the order of the documentation.
    const ALL: &'static [Self];
    /// The word for it.
    fn word(self) -> &'static str;

    /// Reads the word. The error names every choice and the nearest one.
    fn from_word(text: &str) -> Result<Self, UnknownChoice> {
        let text = text.trim();
        Self::ALL.iter().copied().find(|choice| choice.word().eq_ignore_ascii_case(text)).ok_or_else(|| {
            let words: Vec<_> = Self::ALL.iter().map(|choice| choice.word()).collect();
            UnknownChoice {
                message: format!(
                    "unknown {} {text:?}{}",
                    Self::WHAT,
                    suggest::did_you_mean(text, words.iter().copied())
                ),
                choices: words.join(", "),
            }
        })
    }
}

/// A word that is none of the choices.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} (one of {choices})")]
pub struct UnknownChoice {
    pub message: String,
    /// All words, with commas between.
    pub choices: String,
}

macro_rules! choices {
    ($($kind:ident $what:literal { $($variant:ident $word:literal),+ })+) => {$(
        impl Choice for $kind {
            const WHAT: &'static str = $what;
            const ALL: &'static [Self] = &[$(Self::$variant),+];

            fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }
        }

        impl std::str::FromStr for $kind {
            type Err = UnknownChoice;

            fn from_str(text: &str) -> Result<Self, UnknownChoice> {
                Self::from_word(text)
            }
        }

        impl std::fmt::Display for $kind {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.word())
            }
        }
    )+};
}

choices! {
    On "place" { Local "local", Aws "aws" }
    SourceKind "source" {
        Sample "sample", Replay "replay", XSearch "x-search", XStream "x-stream", Bluesky "bluesky"
    }
    Privacy "privacy" { Pseudonym "pseudonym", Keep "keep", Aggregate "aggregate" }
    TableFormat "table format" { Parquet "parquet", Csv "csv" }
    TransformKind "transform" { Embedded "embedded", Emr "emr", EmrServerless "emr-serverless" }
    WarehouseKind "warehouse" {
        Sqlite "sqlite", Redshift "redshift", RedshiftServerless "redshift-serverless", None "none"
    }
    StreamKind "stream" { Memory "memory", Kinesis "kinesis" }
    Provision "provision" { Cluster "cluster", Serverless "serverless", None "none" }
    Network "network" { Egress "egress", Private "private" }
    StreamMode "stream_mode" { Provisioned "provisioned", OnDemand "on-demand", None "none" }
    Package "package" { Zip "zip", Image "image" }
    Architecture "architecture" { Arm64 "arm64", X86_64 "x86_64" }
    Endpoint "endpoint" { None "none", Ec2 "ec2" }
    Fallback "live.fallback" { None "none", Embedded "embedded" }
    ScoreOn "score.on" { Here "here", Lambda "lambda" }
    Include "live.include" { Row "row", TextOnly "text-only" }
    Compression "live.compression" { None "none", Gzip "gzip", Zstd "zstd" }
    Expand "x.expand" { None "none", Users "users", References "references", All "all" }
    Spread "x.sample" { Newest "newest", Spread "spread" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words_are_those_of_serde<C: Choice + Serialize>() {
        for choice in C::ALL {
            assert_eq!(serde_json::to_value(choice).unwrap(), choice.word());
            assert!(C::from_word(choice.word()).is_ok_and(|read| read == *choice));
        }
    }

    #[test]
    fn the_words_are_the_ones_that_manifests_hold() {
        words_are_those_of_serde::<On>();
        words_are_those_of_serde::<SourceKind>();
        words_are_those_of_serde::<Privacy>();
        words_are_those_of_serde::<TableFormat>();
        words_are_those_of_serde::<TransformKind>();
        words_are_those_of_serde::<WarehouseKind>();
        words_are_those_of_serde::<StreamKind>();
        words_are_those_of_serde::<Provision>();
        words_are_those_of_serde::<Network>();
        words_are_those_of_serde::<StreamMode>();
        words_are_those_of_serde::<Package>();
        words_are_those_of_serde::<Architecture>();
        words_are_those_of_serde::<Endpoint>();
        words_are_those_of_serde::<Fallback>();
        words_are_those_of_serde::<ScoreOn>();
        words_are_those_of_serde::<Include>();
        words_are_those_of_serde::<Compression>();
        words_are_those_of_serde::<Expand>();
        words_are_those_of_serde::<Spread>();
    }

    #[test]
    fn an_unknown_word_names_the_choices_and_the_nearest() {
        let error = "replai".parse::<SourceKind>().unwrap_err().to_string();
        assert_eq!(
            error,
            "unknown source \"replai\"; did you mean \"replay\"? (one of sample, replay, x-search, x-stream, bluesky)"
        );
        assert!("x_search".parse::<SourceKind>().unwrap_err().message.contains("\"x-search\""));
        assert_eq!("Replay".parse::<SourceKind>(), Ok(SourceKind::Replay));
    }
}
