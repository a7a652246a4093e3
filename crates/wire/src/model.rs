//! What is on the wire, as plain data: windows, staged posts, packets.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// How a post refers to another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReferenceKind {
    Retweeted,
    Quoted,
    RepliedTo,
}

impl ReferenceKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Retweeted => "retweeted",
            Self::Quoted => "quoted",
            Self::RepliedTo => "replied_to",
        }
    }
}

impl FromStr for ReferenceKind {
    type Err = ();

    fn from_str(s: &str) -> Result<Self, ()> {
        match s {
            "retweeted" => Ok(Self::Retweeted),
            "quoted" => Ok(Self::Quoted),
            "replied_to" => Ok(Self::RepliedTo),
            _ => Err(()),
        }
    }
}

/// A span of time `[start, start + length)`, named by its start. Starts are aligned to the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Window(i64);

impl Window {
    /// The window of `seconds` length that holds `at`.
    pub fn of(at: Timestamp, seconds: u32) -> Self {
        let length = i64::from(seconds.max(1)) * 1_000_000;
        Self(at.as_microsecond().div_euclid(length) * i64::from(seconds.max(1)))
    }

    /// The window that starts at `unix` seconds.
    pub fn from_unix(unix: i64) -> Self {
        Self(unix)
    }

    /// Start, in seconds since the Unix epoch.
    pub fn unix(self) -> i64 {
        self.0
    }

    /// Start, in microseconds since the Unix epoch.
    pub fn micros(self) -> i64 {
        self.0.saturating_mul(1_000_000)
    }

    /// Start as a timestamp (the epoch where it is out of the calendar's range, which no gate lets through).
    pub fn start(self) -> Timestamp {
        Timestamp::from_second(self.0).unwrap_or_default()
    }

    /// The day the window starts in, `YYYY-MM-DD` in UTC: the partition of both tables.
    pub fn day(self) -> String {
        self.start().strftime("%Y-%m-%d").to_string()
    }
}

impl fmt::Display for Window {
    /// `YYYYMMDDTHHMMSSZ`: the name of the window's folder.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // By hand: a formatter of any format would be most of what the Lambda knows of time.
        let t = jiff::tz::Offset::UTC.to_datetime(self.start());
        let (year, month, day) = (t.year(), t.month(), t.day());
        write!(f, "{year:04}{month:02}{day:02}T{:02}{:02}{:02}Z", t.hour(), t.minute(), t.second())
    }
}

/// A folder name that is not `YYYYMMDDTHHMMSSZ`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a window name (YYYYMMDDTHHMMSSZ)")]
pub struct WindowNameError(pub String);

impl FromStr for Window {
    type Err = WindowNameError;

    fn from_str(s: &str) -> Result<Self, WindowNameError> {
        let bad = || WindowNameError(s.to_owned());
        let b = s.as_bytes();
        if b.len() != 16 || b[8] != b'T' || b[15] != b'Z' || !s.is_ascii() {
            return Err(bad());
        }
        let iso =
            format!("{}-{}-{}T{}:{}:{}Z", &s[..4], &s[4..6], &s[6..8], &s[9..11], &s[11..13], &s[13..15]);
        let at: Timestamp = iso.parse().map_err(|_| bad())?;
        Ok(Self(at.as_second()))
    }
}

impl Serialize for Window {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Window {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let name = String::deserialize(d)?;
        name.parse().map_err(serde::de::Error::custom)
    }
}

/// A post that passed the gate: a line of staging. Field names are the table's columns.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StagedPost {
    pub tweet_id: String,
    pub created_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lang: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referenced_tweet_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referenced_type: Option<ReferenceKind>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post_url: Option<String>,
    pub text: String,
}

/// Names a packet: its window and its number in it, the same in staging and in sentiments.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PacketName {
    pub window: Window,
    pub packet: String,
}

impl PacketName {
    /// The `number`th packet (from 1) of `window`.
    pub fn numbered(window: Window, number: u32) -> Self {
        Self { window, packet: format!("{number:06}") }
    }
}

impl fmt::Display for PacketName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.window, self.packet)
    }
}

/// One stream record: the part of a staging packet that scoring needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Packet {
    pub run_id: String,
    #[serde(flatten)]
    pub name: PacketName,
    /// Who is to score it, and how, where it is not the process that put it on the stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<ScoreOrder>,
    pub tweets: Vec<PacketTweet>,
}

/// What a packet says to whoever scores it in the run's place. The stack's mapping lets nothing through to the function
/// but packets that say [`ScoreOrder::FUNCTION`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoreOrder {
    pub by: String,
    /// Languages that are scored; empty: all. Those of the run.
    pub lang: Vec<String>,
}

impl ScoreOrder {
    /// The stack's function.
    pub const FUNCTION: &str = "function";

    /// For the stack's function.
    pub fn function(lang: &[String]) -> Self {
        Self { by: Self::FUNCTION.to_owned(), lang: lang.to_vec() }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PacketTweet {
    /// X's identifiers and languages are short: they stand here, not somewhere of their own.
    pub tweet_id: SmolStr,
    pub text: String,
    #[serde(default)]
    pub lang: Option<SmolStr>,
}
