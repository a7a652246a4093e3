//! Numbers and times as people read them.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// 14485 as `14,485`.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// A count with its noun in the right number.
pub fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

/// A fraction of 1 as `31.2%`; what is no number is a dash.
pub fn percent(fraction: Option<f64>) -> String {
    match fraction.filter(|v| v.is_finite()) {
        Some(v) => format!("{:.1}%", v * 100.0),
        None => "–".to_owned(),
    }
}

/// A score as `0.314`.
pub fn score(value: Option<f64>) -> String {
    value.filter(|v| v.is_finite()).map_or_else(|| "–".to_owned(), |v| format!("{v:.3}"))
}

/// The time of day and the date in UTC; None outside of the years -9999 to 9999.
pub fn civil(unix: i64) -> Option<DateTime> {
    Some(Offset::UTC.to_datetime(Timestamp::from_second(unix).ok()?))
}

/// The reverse of [`civil`].
pub fn unix(time: DateTime) -> Option<i64> {
    Some(Offset::UTC.to_timestamp(time).ok()?.as_second())
}

pub const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `17 Feb`.
pub fn day_month(t: DateTime) -> String {
    format!("{} {}", t.day(), MONTHS[usize::from(t.month().unsigned_abs().clamp(1, 12)) - 1])
}

/// `17 Feb 2015`.
pub fn date(t: DateTime) -> String {
    format!("{} {}", day_month(t), t.year())
}

/// `17 Feb 2015, 14:30`.
pub fn moment(unix: i64) -> String {
    civil(unix)
        .map_or_else(|| format!("{unix} s"), |t| format!("{}, {:02}:{:02}", date(t), t.hour(), t.minute()))
}

/// A stretch of time, its end excluded: `17 Feb 2015, 14:30 – 14:45`.
pub fn stretch(start: i64, end: i64) -> String {
    match (civil(start), civil(end)) {
        (Some(a), Some(b)) if a.date() == b.date() => {
            format!("{} – {:02}:{:02}", moment(start), b.hour(), b.minute())
        }
        (Some(a), Some(b)) if is_midnight(a) && is_midnight(b) => {
            let last = civil(end.saturating_sub(1)).unwrap_or(b);
            if a.date() == last.date() { date(a) } else { format!("{} – {}", date(a), date(last)) }
        }
        (_, _) => format!("{} – {}", moment(start), moment(end)),
    }
}

pub fn is_midnight(t: DateTime) -> bool {
    t.hour() == 0 && t.minute() == 0 && t.second() == 0
}

/// Seconds in the largest unit that divides them: `15 min`, `3 h`, `7 days`.
pub fn duration(seconds: i64) -> String {
    match seconds {
        s if s > 0 && s % 604_800 == 0 && s > 604_800 => format!("{} weeks", s / 604_800),
        86_400 => "1 day".to_owned(),
        s if s > 0 && s % 86_400 == 0 => format!("{} days", s / 86_400),
        s if s > 0 && s % 3_600 == 0 => format!("{} h", s / 3_600),
        s if s > 0 && s % 60 == 0 => format!("{} min", s / 60),
        s => format!("{s} s"),
    }
}

/// An RFC 3339 time as `17 Feb 2015, 14:30:05 UTC`, or None when it is none.
pub fn rfc3339(text: &str) -> Option<String> {
    let t = Offset::UTC.to_datetime(text.parse::<Timestamp>().ok()?);
    Some(format!("{}, {:02}:{:02}:{:02} UTC", date(t), t.hour(), t.minute(), t.second()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_fractions() {
        assert_eq!(
            [0, 999, 1_000, 14_485, 1_234_567].map(count),
            ["0", "999", "1,000", "14,485", "1,234,567"]
        );
        assert_eq!(percent(Some(0.31249)), "31.2%");
        assert_eq!(percent(Some(f64::NAN)), "–");
        assert_eq!((score(None), score(Some(0.25))), ("–".to_owned(), "0.250".to_owned()));
    }

    #[test]
    fn times() {
        assert_eq!(moment(1_424_183_400), "17 Feb 2015, 14:30");
        assert_eq!(stretch(1_424_183_400, 1_424_184_300), "17 Feb 2015, 14:30 – 14:45");
        assert_eq!(stretch(1_424_131_200, 1_424_217_600), "17 Feb 2015");
        assert_eq!(stretch(1_424_131_200, 1_424_736_000), "17 Feb 2015 – 23 Feb 2015");
        assert_eq!(rfc3339("2015-02-17T14:30:05.123Z").as_deref(), Some("17 Feb 2015, 14:30:05 UTC"));
        assert_eq!(rfc3339("yesterday"), None);
        assert_eq!(
            [900, 3_600, 86_400, 604_800, 2_419_200, 61].map(duration),
            ["15 min", "1 h", "1 day", "7 days", "4 weeks", "61 s"]
        );
    }
}
