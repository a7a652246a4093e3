//! RFC 3339 times as microseconds since the Unix epoch, and back, without a detour over a calendar type.

/// Reads an RFC 3339 time. `YYYY-MM-DDTHH:MM:SS[.ffffff]Z` is fast; every other form goes to the calendar library.
pub fn parse_micros(text: &str) -> Option<i64> {
    utc_micros(text.as_bytes()).or_else(|| Some(text.parse::<jiff::Timestamp>().ok()?.as_microsecond()))
}

fn utc_micros(text: &[u8]) -> Option<i64> {
    let (date, fraction) = text.split_at_checked(19)?;
    let marks = [date[4], date[7], date[10], date[13], date[16]];
    if marks != *b"--T::" {
        return None;
    }
    let (year, month, day) = (digits(&date[..4])?, digits(&date[5..7])?, digits(&date[8..10])?);
    let (hour, minute, second) = (digits(&date[11..13])?, digits(&date[14..16])?, digits(&date[17..])?);
    // Years at the ends of the calendar and leap seconds are for the library to judge.
    if !(1970..9999).contains(&year) || !(1..=12).contains(&month) || hour > 23 || minute > 59 || second > 59
    {
        return None;
    }
    if day < 1 || day > days_of_month(year, month) {
        return None;
    }
    let micros = match fraction {
        b"Z" => 0,
        [b'.', places @ .., b'Z'] if (1..=6).contains(&places.len()) => {
            digits(places)? * 10_i64.pow(6 - places.len() as u32)
        }
        _ => return None,
    };
    let seconds = ((days_from_civil(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
    Some(seconds * 1_000_000 + micros)
}

/// Appends `YYYY-MM-DDTHH:MM:SS.ffffffZ`, which sorts as the time does.
pub fn push_micros(micros: i64, out: &mut String) {
    let (seconds, fraction) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil_from_days(days);
    let year = year.clamp(0, 9999);
    let mut text = *b"0000-00-00T00:00:00.000000Z";
    for (at, places, value) in [
        (0, 4, year),
        (5, 2, month),
        (8, 2, day),
        (11, 2, second / 3600),
        (14, 2, second / 60 % 60),
        (17, 2, second % 60),
        (20, 6, fraction),
    ] {
        let mut rest = value;
        for slot in text[at..at + places].iter_mut().rev() {
            *slot = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
    }
    out.push_str(std::str::from_utf8(&text).unwrap_or_default());
}

fn digits(text: &[u8]) -> Option<i64> {
    let mut value = 0;
    for digit in text {
        if !digit.is_ascii_digit() {
            return None;
        }
        value = value * 10 + i64::from(digit - b'0');
    }
    Some(value)
}

fn days_of_month(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since the epoch in the Gregorian calendar (H. Hinnant's algorithm: years begin in March).
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn times_agree_with_the_calendar_library(micros in -2_000_000_000_000_000_i64..200_000_000_000_000_000) {
            let at = jiff::Timestamp::from_microsecond(micros).unwrap();
            prop_assert_eq!(parse_micros(&at.to_string()), Some(micros));
            let mut text = String::new();
            push_micros(micros, &mut text);
            prop_assert_eq!(text.len(), 27);
            prop_assert_eq!(text.parse::<jiff::Timestamp>().unwrap(), at);
            prop_assert_eq!(parse_micros(&text), Some(micros));
        }
    }

    #[test]
    fn every_form_is_read_and_nonsense_is_not() {
        let whole = parse_micros("2015-02-28T23:59:59Z").unwrap();
        assert_eq!(parse_micros("2015-02-28T23:59:59.5Z"), Some(whole + 500_000));
        assert_eq!(parse_micros("2015-02-28T23:59:59.000000999Z"), Some(whole));
        assert_eq!(parse_micros("2015-02-28T15:59:59-08:00"), Some(whole));
        for bad in ["", "2015-02-29T00:00:00Z", "2015-13-01T00:00:00Z", "2015-02-28", "x015-02-28T23:59:59Z"]
        {
            assert_eq!(parse_micros(bad), None, "{bad}");
        }
    }
}
