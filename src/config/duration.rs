//! Durations as people write them: `15m`, `90s`, `1h30m`, `2 hours`, pandas' `15T` and `1H`, ISO's `PT15M`.
//! Whole seconds only, since a window is a number of seconds.

use std::time::Duration;

use crate::error::Error;

/// Seconds that one duration may have at most: a hundred years. What is longer is a slip of the keyboard.
const LONGEST_SECONDS: u64 = 100 * 366 * 86_400;

const HOW: &str = "write a number and a unit: 90s, 15m, 1h, 1h30m, 1d (pandas' 15T and ISO's PT15M work too)";

/// A text that is not a duration: what is wrong with it, and how to write it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct DurationError {
    /// What is wrong, as the rest of a sentence that starts with the text: "has no unit".
    pub problem: String,
    pub hint: String,
}

impl DurationError {
    fn new(problem: impl Into<String>) -> Self {
        Self { problem: problem.into(), hint: HOW.to_owned() }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// As an error about `text`, for a caller who has nothing to add to it.
    pub fn about(self, text: &str) -> Error {
        Error::config(format!("{text:?} {}", self.problem)).hint(self.hint)
    }
}

/// Reads a duration of at least one second, in whole seconds.
pub fn parse(text: &str) -> Result<Duration, DurationError> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err(DurationError::new("is empty"));
    }
    if trimmed.starts_with(['-', '−']) {
        return Err(DurationError::new("is negative").hint("a duration is longer than zero: 15m"));
    }
    let body = trimmed.strip_prefix('+').unwrap_or(trimmed);
    let seconds = match body.strip_prefix(['P', 'p']) {
        Some(iso) => parse_iso(iso)?,
        None => parse_units(body, unit_seconds)?,
    };
    match seconds {
        0 => Err(DurationError::new("is no time at all").hint("a duration is at least one second: 15m")),
        s if s > LONGEST_SECONDS => Err(DurationError::new("is longer than a hundred years")),
        s => Ok(Duration::from_secs(s)),
    }
}

/// Writes whole seconds in the largest units that fit: `15m`, `1h30m`, `1d`. [`parse`] reads it back.
pub fn format(duration: Duration) -> String {
    format_seconds(duration.as_secs())
}

/// As [`format`], from seconds.
pub fn format_seconds(seconds: u64) -> String {
    let mut rest = seconds;
    let mut out = String::new();
    for (unit, length) in [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)] {
        let count = rest / length;
        rest %= length;
        if count > 0 {
            out.push_str(&count.to_string());
            out.push_str(unit);
        }
    }
    if out.is_empty() { "0s".to_owned() } else { out }
}

/// `1DT2H30M` after the `P`: `M` is a month before the `T` and a minute after it.
fn parse_iso(body: &str) -> Result<u64, DurationError> {
    let upper = body.to_ascii_uppercase();
    let (date, time) = match upper.split_once('T') {
        Some((date, time)) if !time.is_empty() => (date, time),
        None if !upper.is_empty() => (upper.as_str(), ""),
        _ => return Err(DurationError::new("is not a duration")),
    };
    let days = |unit: &str| match unit {
        "W" => Ok(7 * 86_400),
        "D" => Ok(86_400),
        _ => unit_error(unit),
    };
    let clock = |unit: &str| match unit {
        "H" => Ok(3_600),
        "M" => Ok(60),
        "S" => Ok(1),
        _ => unit_error(unit),
    };
    let date = if date.is_empty() { 0 } else { parse_units(date, days)? };
    let time = if time.is_empty() { 0 } else { parse_units(time, clock)? };
    Ok(date.saturating_add(time))
}

/// Adds up `number unit` pairs, from the largest unit to the smallest.
fn parse_units(
    text: &str,
    unit_of: impl Fn(&str) -> Result<u64, DurationError>,
) -> Result<u64, DurationError> {
    let mut rest = text;
    let mut total: u64 = 0;
    let mut smallest = u64::MAX;
    while !rest.is_empty() {
        let number = prefix(rest, |c| c.is_ascii_digit() || c == '.');
        if !number.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(DurationError::new("is not a duration"));
        }
        rest = rest[number.len()..].trim_start();
        let unit = prefix(rest, char::is_alphabetic);
        rest = rest[unit.len()..].trim_start();
        if unit.is_empty() {
            if !rest.is_empty() {
                return Err(DurationError::new("is not a duration"));
            }
            return Err(DurationError::new("has no unit").hint(format!(
                "say what {number} stands for: {number}s for seconds, {number}m for minutes, {number}h for hours"
            )));
        }
        let length = unit_of(unit)?;
        if length >= smallest {
            return Err(DurationError::new("does not go from large units to small ones"));
        }
        smallest = length;
        total = total.saturating_add(whole_seconds(number, length)?);
    }
    Ok(total)
}

/// The longest start of `text` of characters that `is` accepts.
fn prefix(text: &str, is: impl Fn(char) -> bool) -> &str {
    let end = text.find(|c| !is(c)).unwrap_or(text.len());
    &text[..end]
}

/// `number` (digits, perhaps a fraction) times `length`, if that is a whole number of seconds.
fn whole_seconds(number: &str, length: u64) -> Result<u64, DurationError> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let long = || DurationError::new("is longer than a hundred years");
    if fraction.is_empty() || fraction.contains('.') || fraction.len() > 9 {
        return Err(DurationError::new("is not a duration"));
    }
    let whole: u64 = whole.parse().map_err(|_| long())?;
    let parts: u64 = fraction.parse().map_err(|_| DurationError::new("is not a duration"))?;
    let scale = 10_u64.pow(u32::try_from(fraction.len()).unwrap_or(9));
    let scaled = parts.saturating_mul(length);
    if !scaled.is_multiple_of(scale) {
        return Err(DurationError::new("is not a whole number of seconds"));
    }
    whole.checked_mul(length).and_then(|s| s.checked_add(scaled / scale)).ok_or_else(long)
}

/// Seconds of a unit. One letter is read by its case where pandas gives case a meaning.
fn unit_seconds(unit: &str) -> Result<u64, DurationError> {
    let seconds = match unit {
        "s" | "S" => 1,
        "m" | "T" => 60,
        "h" | "H" => 3_600,
        "d" | "D" => 86_400,
        "w" | "W" => 7 * 86_400,
        _ => match unit.to_lowercase().as_str() {
            "sec" | "secs" | "second" | "seconds" => 1,
            "min" | "mins" | "minute" | "minutes" => 60,
            "hr" | "hrs" | "hour" | "hours" => 3_600,
            "day" | "days" => 86_400,
            "week" | "weeks" => 7 * 86_400,
            _ => return unit_error(unit),
        },
    };
    Ok(seconds)
}

fn unit_error(unit: &str) -> Result<u64, DurationError> {
    let lower = unit.to_lowercase();
    Err(match lower.as_str() {
        "m" | "mo" | "month" | "months" | "y" | "year" | "years" | "q" => {
            DurationError::new("counts months or years, which differ in length")
                .hint("use days, as in 30d; for minutes write 15m, 15min or 15T")
        }
        "ms" | "us" | "ns" | "milliseconds" | "microseconds" | "nanoseconds" => {
            DurationError::new("is finer than a second").hint("the smallest unit is the second: 1s")
        }
        _ => DurationError::new(format!("has the unknown unit {unit:?}")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn seconds(text: &str) -> u64 {
        parse(text).unwrap_or_else(|e| panic!("{text}: {e}")).as_secs()
    }

    #[test]
    fn reads_what_people_and_pandas_write() {
        for text in
            ["15m", "15min", "15T", "PT15M", "pt15m", "900s", "0.25h", "15 minutes", " 15m ", "15 Min"]
        {
            assert_eq!(seconds(text), 900, "{text}");
        }
        for text in ["1h", "1H", "60m", "1 hour", "1hr", "PT1H", "+1h"] {
            assert_eq!(seconds(text), 3_600, "{text}");
        }
        assert_eq!(seconds("1h30m"), 5_400);
        assert_eq!(seconds("1h 30m"), 5_400);
        assert_eq!(seconds("1.5h"), 5_400);
        assert_eq!(seconds("2 hours 30 minutes"), 9_000);
        assert_eq!(seconds("1D"), 86_400);
        assert_eq!(seconds("P1DT2H"), 93_600);
        assert_eq!(seconds("P1W"), 604_800);
        assert_eq!(seconds("90s"), 90);
    }

    #[test]
    fn refuses_nothing_negative_and_nonsense_with_a_hint() {
        for text in [
            "",
            "0",
            "0s",
            "0m",
            "-15m",
            "−15m",
            "15",
            "m",
            "abc",
            "15x",
            "1.s",
            "1..5h",
            "1.5s",
            ".5h",
            "P",
            "PT",
            "P1",
            "T15M",
            "15M",
            "1mo",
            "1y",
            "P1M",
            "500ms",
            "1m1h",
            "1h1h",
            "15:00",
            "1e3s",
            "15m!",
            "٣m",
            "99999999999999999999d",
            "200000d",
            "NaN",
            "inf",
            "15 m m",
            "PTé",
            "1é",
        ] {
            let error = parse(text).expect_err(text);
            assert!(!error.hint.is_empty() && !error.problem.is_empty(), "{text}");
        }
        assert_eq!(parse("15").unwrap_err().problem, "has no unit");
        assert!(parse("15M").unwrap_err().hint.contains("15T"));
        assert_eq!(parse("15").unwrap_err().about("15").message, "\"15\" has no unit");
    }

    #[test]
    fn writes_the_shortest_form() {
        assert_eq!(format_seconds(900), "15m");
        assert_eq!(format_seconds(5_400), "1h30m");
        assert_eq!(format_seconds(86_400), "1d");
        assert_eq!(format_seconds(90), "1m30s");
        assert_eq!(format(Duration::ZERO), "0s");
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(seconds in 1..=LONGEST_SECONDS) {
            prop_assert_eq!(parse(&format_seconds(seconds)), Ok(Duration::from_secs(seconds)));
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,24}") {
            let _ = parse(&text);
        }

        #[test]
        fn no_text_of_its_own_letters_makes_it_panic(text in "[0-9PTWDHMSmhds. +-]{0,24}") {
            let _ = parse(&text);
        }
    }
}
