//! Reads the moments that posts carry, in the ways that files write them. Pure; no clock, no time zones.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};

use crate::source::post_years;

/// Why a moment was not taken: words for a reject, without the content.
pub type Why = &'static str;

pub const OUTSIDE: Why = "created_at is outside 1990 to 2100";
pub const UNREADABLE: Why =
    "created_at is not a time: RFC 3339 (2026-01-05T10:00:00Z) or seconds since 1970 are";

/// A moment as text: RFC 3339 with any offset (`T` or a space, with or without a space before the offset; no
/// offset means UTC), X's old `Wed Oct 10 20:20:24 +0000 2018`, or seconds or milliseconds since 1970 in digits.
pub fn from_text(text: &str) -> Result<Timestamp, Why> {
    let text = text.trim();
    let at = match iso(text.as_bytes()) {
        Some((second, nanosecond)) => Timestamp::new(second, nanosecond).map_err(|_| OUTSIDE)?,
        None if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) => {
            return text.parse().map_or(Err(OUTSIDE), from_number);
        }
        None => old_x(text).ok_or(UNREADABLE)?,
    };
    in_range(at)
}

/// A moment as a number: seconds since 1970, or milliseconds where seconds would be beyond the year 5000.
pub fn from_number(number: i64) -> Result<Timestamp, Why> {
    let at = if number.unsigned_abs() < 100_000_000_000 {
        Timestamp::from_second(number)
    } else {
        Timestamp::from_millisecond(number)
    };
    in_range(at.map_err(|_| OUTSIDE)?)
}

/// As [`from_number`], with a fraction.
pub fn from_float(number: f64) -> Result<Timestamp, Why> {
    if !number.is_finite() || number.abs() > 1e15 {
        return Err(OUTSIDE);
    }
    if number.abs() < 1e11 {
        let at = Timestamp::from_microsecond((number * 1e6).round() as i64).map_err(|_| OUTSIDE)?;
        in_range(at)
    } else {
        from_number(number as i64)
    }
}

fn in_range(at: Timestamp) -> Result<Timestamp, Why> {
    static YEARS: std::sync::OnceLock<(i64, i64)> = std::sync::OnceLock::new();
    let (first, last) = *YEARS.get_or_init(|| {
        let (first, last) = post_years();
        (first.div_euclid(1_000), last.div_euclid(1_000))
    });
    let seconds = at.as_second() - i64::from(at.subsec_nanosecond() < 0);
    if (first..last).contains(&seconds) { Ok(at) } else { Err(OUTSIDE) }
}

/// `YYYY-MM-DD[T ]HH:MM[:SS[.fff]][ ][Z|±HH[:]MM]`, or the date alone, as seconds and
/// nanoseconds since 1970.
fn iso(b: &[u8]) -> Option<(i64, i32)> {
    let (year, month, day) = (digits(b, 0, 4)?, digits(b, 5, 2)?, digits(b, 8, 2)?);
    if b[4] != b'-' || b[7] != b'-' {
        return None;
    }
    let days = days_from_civil(i64::from(year), month, day)?;
    if b.len() == 10 {
        return Some((days * 86_400, 0));
    }
    if !matches!(b[10], b'T' | b't' | b' ') || *b.get(13)? != b':' {
        return None;
    }
    let (hour, minute) = (digits(b, 11, 2)?, digits(b, 14, 2)?);
    let (mut second, mut nanos, mut at) = (0, 0, 16);
    if b.get(16) == Some(&b':') {
        second = digits(b, 17, 2)?;
        at = 19;
        if matches!(b.get(19), Some(b'.' | b',')) {
            let fraction = &b[20..];
            let length = fraction.iter().take_while(|c| c.is_ascii_digit()).count();
            if length == 0 {
                return None;
            }
            nanos =
                (0..9).fold(0, |n, i| n * 10 + if i < length { u32::from(fraction[i] - b'0') } else { 0 });
            at = 20 + length;
        }
    }
    // A leap second is taken as the last second of its minute.
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let offset = offset(&b[at..])?;
    let seconds = days * 86_400 + i64::from(hour * 3_600 + minute * 60 + second.min(59)) - offset;
    Some((seconds, nanos as i32))
}

/// Seconds east of UTC.
fn offset(b: &[u8]) -> Option<i64> {
    let b = b.strip_prefix(b" ").unwrap_or(b);
    let sign = match b {
        b"" | b"Z" | b"z" | b"UTC" | b"GMT" => return Some(0),
        [b'+', ..] => 1,
        [b'-', ..] => -1,
        _ => return None,
    };
    let (hours, minutes) = match b.len() {
        3 => (digits(b, 1, 2)?, 0),
        5 => (digits(b, 1, 2)?, digits(b, 3, 2)?),
        6 if b[3] == b':' => (digits(b, 1, 2)?, digits(b, 4, 2)?),
        _ => return None,
    };
    (hours <= 23 && minutes <= 59).then(|| sign * i64::from(hours * 3_600 + minutes * 60))
}

fn digits(b: &[u8], from: usize, count: usize) -> Option<u32> {
    b.get(from..from + count)?
        .iter()
        .try_fold(0, |n, c| c.is_ascii_digit().then(|| n * 10 + u32::from(c - b'0')))
}

/// Days since 1970 (Howard Hinnant's algorithm); `None` for a day that no month has.
fn days_from_civil(year: i64, month: u32, day: u32) -> Option<i64> {
    const LENGTH: [u32; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = *LENGTH.get(month.checked_sub(1)? as usize)? + u32::from(leap && month == 2);
    if day == 0 || day > length {
        return None;
    }
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let year_of_era = y.rem_euclid(400);
    let day_of_year = i64::from((153 * ((month + 9) % 12) + 2) / 5 + day - 1);
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

/// X's first API: `Wed Oct 10 20:20:24 +0000 2018`.
fn old_x(text: &str) -> Option<Timestamp> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut parts = text.split_ascii_whitespace();
    let (_, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let (clock, zone, year) = (parts.next()?, parts.next()?, parts.next()?);
    let month = MONTHS.iter().position(|m| *m == month)? as i8 + 1;
    let b = clock.as_bytes();
    if parts.next().is_some() || b.len() != 8 || b[2] != b':' || b[5] != b':' {
        return None;
    }
    let part = |from| digits(b, from, 2).and_then(|n| i8::try_from(n).ok());
    let time = Time::new(part(0)?, part(3)?, part(6)?.min(59), 0).ok()?;
    let date = Date::new(year.parse().ok()?, month, day.parse().ok()?).ok()?;
    let offset = offset(zone.as_bytes())?;
    let utc = DateTime::from_parts(date, time).to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
    Timestamp::from_second(utc.as_second() - offset).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, Why> {
        from_text(text).map(|at| at.to_string())
    }

    #[test]
    fn moments_are_read_as_files_write_them() {
        for (given, meant) in [
            ("2015-02-17T07:36:05.000Z", "2015-02-17T07:36:05Z"),
            ("2015-02-17T07:36:05Z", "2015-02-17T07:36:05Z"),
            ("2015-02-17t07:36:05z", "2015-02-17T07:36:05Z"),
            ("2015-02-16 23:36:05 -0800", "2015-02-17T07:36:05Z"),
            ("2015-02-16T23:36:05-08:00", "2015-02-17T07:36:05Z"),
            ("2015-02-17T13:06:05.123456+05:30", "2015-02-17T07:36:05.123456Z"),
            ("2015-02-17 07:36", "2015-02-17T07:36:00Z"),
            ("2015-02-17", "2015-02-17T00:00:00Z"),
            ("2015-02-17 07:36:05 UTC", "2015-02-17T07:36:05Z"),
            ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"),
            ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"),
            ("Wed Oct 10 20:20:24 +0000 2018", "2018-10-10T20:20:24Z"),
            ("Wed Oct 10 20:20:24 +0200 2018", "2018-10-10T18:20:24Z"),
            ("1424158565", "2015-02-17T07:36:05Z"),
            (" 1424158565123 ", "2015-02-17T07:36:05.123Z"),
        ] {
            assert_eq!(read(given).as_deref(), Ok(meant), "{given}");
        }
        assert_eq!(from_float(1_424_158_565.25).unwrap().to_string(), "2015-02-17T07:36:05.25Z");
        assert_eq!(from_number(1_424_158_565_123).unwrap().to_string(), "2015-02-17T07:36:05.123Z");
    }

    #[test]
    fn what_is_no_moment_says_so() {
        for text in [
            "",
            "soon",
            "2015-13-01T00:00:00Z",
            "2015-02-29T00:00:00Z",
            "2015-02-17T24:00:00Z",
            "2015-02-17T07:36:05.Z",
            "2015-02-17T07:36:05+1",
            "2015-02-17T07:36:05 PST",
            "2015/02/17",
            "+2015-02-17T07:36:05Z",
            "2015-02-17T07:36:05Zzz",
            "Wed Foo 10 20:20:24 +0000 2018",
            "Wed Oct 99 20:20:24 +0000 2018",
            "2015-02-1",
            "ëëëëëë",
        ] {
            assert_eq!(read(text), Err(UNREADABLE), "{text}");
        }
    }

    #[test]
    fn years_without_posts_are_refused() {
        for text in [
            "0000-01-01T00:00:00Z",
            "0001-01-01T00:00:00Z",
            "9999-12-31T23:59:59Z",
            "1989-12-31T23:59:59.999Z",
            "2100-01-01T00:00:00Z",
            "0",
            "99999999999999999999",
            "9223372036854775807",
        ] {
            assert_eq!(read(text), Err(OUTSIDE), "{text}");
        }
        assert!(read("1990-01-01T00:00:00Z").is_ok());
        assert!(read("2099-12-31T23:59:59.999999Z").is_ok());
        assert_eq!(from_float(f64::NAN), Err(OUTSIDE));
        assert_eq!(from_number(i64::MIN), Err(OUTSIDE));
    }

    #[test]
    fn every_day_is_read_as_the_calendar_has_it() {
        let mut date = Date::new(1990, 1, 1).unwrap();
        while date.year() < 2100 {
            let text = date.to_string();
            let meant = date.at(0, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp();
            assert_eq!(from_text(&text), Ok(meant), "{text}");
            date = date.tomorrow().unwrap();
        }
    }
}
