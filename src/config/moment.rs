//! Moments as people write them: `2015-02-17`, `2015-02-17T10:00`, RFC 3339, `now`, `-3d`. All in UTC.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::duration;
use crate::limits;

/// How a moment is written, for hints.
pub const HOW: &str = "write 2015-02-17, 2015-02-17T10:00 (UTC), 2015-02-17T10:00:00+02:00, now, or -3d";

/// A moment, and whether it was told from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    pub at: Timestamp,
    /// Written relative to now: another moment on another day.
    pub relative: bool,
}

/// Reads a moment. The error is the rest of a sentence that starts with the text: "is not a time".
pub fn parse(text: &str, now: Timestamp) -> Result<Moment, String> {
    let text = text.trim();
    let moment = match relative(text, now)? {
        Some(at) => Moment { at, relative: true },
        None => Moment { at: absolute(text)?, relative: false },
    };
    let (first, last) = (limits::FIRST_POST, limits::LAST_POST);
    let after_first = first.parse::<Timestamp>().is_ok_and(|first| moment.at >= first);
    let before_last = last.parse::<Timestamp>().is_ok_and(|last| moment.at <= last);
    if after_first && before_last {
        Ok(moment)
    } else {
        Err(format!("is outside the years that have posts ({} to {})", &first[..4], &last[..4]))
    }
}

fn relative(text: &str, now: Timestamp) -> Result<Option<Timestamp>, String> {
    let midnight = |at: Timestamp| {
        TimeZone::UTC
            .to_datetime(at)
            .date()
            .to_zoned(TimeZone::UTC)
            .map(|day| day.timestamp())
            .map_err(|e| format!("is not a time ({e})"))
    };
    let lower = text.to_ascii_lowercase();
    match lower.as_str() {
        "now" => return Ok(Some(now)),
        "today" => return midnight(now).map(Some),
        "yesterday" => {
            let day_before = now.checked_sub(SignedDuration::from_hours(24));
            return midnight(day_before.map_err(|_| "is outside the calendar".to_owned())?).map(Some);
        }
        _ => {}
    }
    let offset = text.get(3..).filter(|_| lower.starts_with("now")).unwrap_or(text).trim_start();
    let (back, length) = match (offset.strip_prefix('-'), offset.strip_prefix('+')) {
        (Some(length), _) => (true, length),
        (_, Some(length)) => (false, length),
        (None, None) => return Ok(None),
    };
    let length = duration::parse(length).map_err(|e| format!("is not a time: the duration in it {e}"))?;
    let length = SignedDuration::try_from(length).map_err(|e| format!("is not a time ({e})"))?;
    let at = if back { now.checked_sub(length) } else { now.checked_add(length) };
    at.map(Some).map_err(|_| "is outside the calendar".to_owned())
}

fn absolute(text: &str) -> Result<Timestamp, String> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    let dated = text.len() >= 8 && text.bytes().take(4).all(|b| b.is_ascii_digit());
    let civil: DateTime = text
        .parse()
        .map_err(|e| if dated { format!("is not a time ({e})") } else { "is not a time".into() })?;
    civil.to_zoned(TimeZone::UTC).map(|z| z.timestamp()).map_err(|e| format!("is not a time ({e})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2024-05-06T07:08:09Z".parse().unwrap()
    }

    fn at(text: &str) -> String {
        parse(text, now()).unwrap_or_else(|e| panic!("{text} {e}")).at.to_string()
    }

    #[test]
    fn reads_dates_times_and_offsets_as_utc() {
        assert_eq!(at("2015-02-17"), "2015-02-17T00:00:00Z");
        assert_eq!(at("2015-02-17T10:00"), "2015-02-17T10:00:00Z");
        assert_eq!(at("2015-02-17 10:00:01"), "2015-02-17T10:00:01Z");
        assert_eq!(at("2015-02-17T10:00:00Z"), "2015-02-17T10:00:00Z");
        assert_eq!(at("2015-02-17T10:00:00+02:00"), "2015-02-17T08:00:00Z");
    }

    #[test]
    fn reads_moments_told_from_now() {
        assert_eq!(at("now"), "2024-05-06T07:08:09Z");
        assert_eq!(at("-3d"), "2024-05-03T07:08:09Z");
        assert_eq!(at("now-90m"), "2024-05-06T05:38:09Z");
        assert_eq!(at("now - 1h"), "2024-05-06T06:08:09Z");
        assert_eq!(at("+1h"), "2024-05-06T08:08:09Z");
        assert_eq!(at("today"), "2024-05-06T00:00:00Z");
        assert_eq!(at("Yesterday"), "2024-05-05T00:00:00Z");
        assert!(parse("-3d", now()).unwrap().relative);
        assert!(!parse("2015-02-17", now()).unwrap().relative);
    }

    #[test]
    fn refuses_what_is_no_moment() {
        for text in [
            "",
            "-",
            "soon",
            "-3",
            "-0d",
            "2015-02-30",
            "2015-13-01",
            "20",
            "1424131200",
            "0215-02-17",
            "9999-12-31",
            "-99999d",
            "now3d",
            "né",
            "17/02/2015",
            "2015-02-17T25:00",
        ] {
            assert!(parse(text, now()).is_err(), "{text}");
        }
        assert!(parse("0215-02-17", now()).unwrap_err().contains("1990 to 2100"));
    }
}
