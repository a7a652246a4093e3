//! Rules for counts, shares, dollars and language tags.

use super::lenient::parse_count;
use super::problems::Problems;
use super::resolve::{Case, defaults};
use super::settings::SourceKind;
use super::x;
use crate::limits;

/// The least that X's search hands over at a time.
const X_LEAST_PER_WINDOW: u64 = 10;

pub(super) fn max_per_window(case: &Case<'_>, source: SourceKind, problems: &mut Problems) -> Option<u64> {
    let searched = source == SourceKind::XSearch;
    let given = case.typed.max_per_window;
    match given {
        None => searched.then_some(defaults::X_MAX_PER_WINDOW),
        Some(0) => {
            problems.add(
                format!("{} keeps no post", case.subject("max_per_window")),
                "use 1 or more, or leave it out for no cap",
            );
            None
        }
        Some(n) if searched && n < X_LEAST_PER_WINDOW => {
            problems.add(
                format!("{} is too small for x-search", case.subject("max_per_window")),
                format!("X hands over {X_LEAST_PER_WINDOW} posts at least: use {X_LEAST_PER_WINDOW} or more"),
            );
            None
        }
        Some(_) => given,
    }
}

/// X takes no longer query, and no longer rule. Both are counted in characters, as X counts them.
pub(super) fn query_chars(
    case: &Case<'_>,
    source: SourceKind,
    query: Option<&str>,
    lang: &[String],
    problems: &mut Problems,
) {
    let (asked, most) = match (source, query) {
        (SourceKind::XSearch, Some(query)) => (query.to_owned(), limits::X_QUERY_CHARS),
        (SourceKind::XStream, Some(query)) => (x::rule(query, lang), limits::X_RULE_CHARS),
        _ => return,
    };
    let chars = asked.chars().count();
    if chars > most {
        problems.add(
            format!("the query of {chars} characters is too long for {source}"),
            format!(
                "X takes {most} at most: {} gives {} more; use fewer words, or several runs",
                case.layers.origin("query"),
                chars - most
            ),
        );
    }
}

pub(super) fn limit(case: &Case<'_>, problems: &mut Problems) -> Option<u64> {
    if case.typed.limit == Some(0) {
        problems.add(
            format!("{} reads no post", case.subject("limit")),
            "use 1 or more, or leave it out for no limit",
        );
    }
    case.typed.limit
}

/// A share, written as a percentage (`1%`) or a fraction (`0.01`).
pub(super) fn max_rejected(case: &Case<'_>, problems: &mut Problems) -> f64 {
    let Some(text) = case.typed.max_rejected.as_deref() else { return defaults::MAX_REJECTED };
    let share = parse_share(text);
    match share {
        Some(share) if (0.0..=1.0).contains(&share) => share,
        Some(share) => {
            let percent = if share > 1.0 && share <= 100.0 {
                format!(": perhaps {}%", text.trim())
            } else {
                String::new()
            };
            problems.add(
                format!("{} is not a share from 0 to 1", case.subject("max_rejected")),
                format!("write 1% or 0.01{percent}"),
            );
            defaults::MAX_REJECTED
        }
        None => {
            problems.add(format!("{} is not a number", case.subject("max_rejected")), "write 1% or 0.01");
            defaults::MAX_REJECTED
        }
    }
}

/// Reads a share; anything finite, so that the caller can say what is out of range.
pub fn parse_share(text: &str) -> Option<f64> {
    let text = text.trim();
    let (digits, scale) = match text.strip_suffix('%') {
        Some(digits) => (digits.trim_end(), 100.0),
        None => (text, 1.0),
    };
    digits.parse::<f64>().ok().filter(|share| share.is_finite()).map(|share| share / scale)
}

pub(super) fn max_cost(case: &Case<'_>, problems: &mut Problems) -> Option<f64> {
    let cost = case.typed.max_cost?;
    if !cost.is_finite() {
        // JSON has no word for it, so it cannot be shown as it was given.
        problems.add(format!("max_cost {cost} is no amount of dollars"), "use 0 or more, as in 2.50");
    } else if cost < 0.0 {
        problems.add(
            format!("{} is no amount of dollars", case.subject("max_cost")),
            "use 0 or more, as in 2.50",
        );
    }
    Some(cost)
}

/// Tags in their usual spelling, each once, in the order given; none when all languages are wanted.
pub(super) fn lang(case: &Case<'_>, problems: &mut Problems) -> Vec<String> {
    let Some(given) = &case.typed.lang else { return vec![defaults::LANG.to_owned()] };
    match parse_lang(given) {
        Ok(tags) => tags,
        Err(reason) => {
            problems.add(
                format!("{} {reason}", case.subject("lang")),
                "write tags such as en, de or pt-BR with commas between, or all for every language",
            );
            Vec::new()
        }
    }
}

/// As [`lang`]. The error is the rest of a sentence that starts with the setting.
pub fn parse_lang(given: &[String]) -> Result<Vec<String>, String> {
    let mut tags: Vec<String> = Vec::new();
    let mut all = false;
    for tag in given.iter().flat_map(|item| item.split(',')).map(str::trim) {
        if tag == "*" || tag.eq_ignore_ascii_case("all") {
            all = true;
        } else if let Some(tag) = canonical_tag(tag) {
            if !tags.contains(&tag) {
                tags.push(tag);
            }
        } else {
            return Err(format!("holds {tag:?}, which is not a language tag"));
        }
    }
    match (all, tags.is_empty()) {
        (true, true) => Ok(Vec::new()),
        (true, false) => Err("asks for all languages and for some".to_owned()),
        (false, true) => Err("names no language".to_owned()),
        (false, false) => Ok(tags),
    }
}

/// `PT-br` as `pt-BR`, `zh-hant` as `zh-Hant`; nothing for what does not look like BCP 47.
fn canonical_tag(tag: &str) -> Option<String> {
    let mut parts = tag.split(['-', '_']);
    let language = parts.next()?;
    if !(2..=3).contains(&language.len())
        || !language.bytes().all(|b| b.is_ascii_alphabetic())
        || tag.len() > 35
    {
        return None;
    }
    let mut out = language.to_ascii_lowercase();
    for part in parts {
        if part.is_empty() || part.len() > 8 || !part.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return None;
        }
        out.push('-');
        match part.len() {
            2 => out.push_str(&part.to_ascii_uppercase()),
            4 if part.bytes().all(|b| b.is_ascii_alphabetic()) => {
                out.push_str(&part[..1].to_ascii_uppercase());
                out.push_str(&part[1..].to_ascii_lowercase());
            }
            _ => out.push_str(&part.to_ascii_lowercase()),
        }
    }
    Some(out)
}

/// Reads a whole number for a flag: `100000`, `100_000`, `1e5`.
///
/// # Errors
/// A sentence that says what was expected.
pub fn flag_count(text: &str) -> Result<u64, String> {
    parse_count(text).ok_or_else(|| format!("{text:?} is not a whole number, 0 or more"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_percentages_or_fractions() {
        assert_eq!(parse_share("1%"), Some(0.01));
        assert_eq!(parse_share(" 0.5 % "), Some(0.005));
        assert_eq!(parse_share("0.01"), Some(0.01));
        assert_eq!(parse_share("1e-3"), Some(0.001));
        for text in ["", "%", "NaN", "inf", "1%%", "one"] {
            assert_eq!(parse_share(text), None, "{text}");
        }
    }

    #[test]
    fn tags_are_spelt_as_usual_and_kept_once() {
        let parse = |items: &[&str]| parse_lang(&items.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>());
        assert_eq!(parse(&["EN, de", "en"]), Ok(vec!["en".into(), "de".into()]));
        assert_eq!(parse(&["pt_br", "zh-hant-tw"]), Ok(vec!["pt-BR".into(), "zh-Hant-TW".into()]));
        assert_eq!(parse(&["all"]), Ok(vec![]));
        assert_eq!(parse(&["*"]), Ok(vec![]));
        for bad in [&["english"][..], &["e"], &["en-"], &["en", "all"], &[""], &[], &["日本"], &["en de"]] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn counts_are_read_as_people_write_them() {
        assert_eq!(flag_count("100_000"), Ok(100_000));
        assert_eq!(flag_count("1e6"), Ok(1_000_000));
        assert_eq!(flag_count("18446744073709551615"), Ok(u64::MAX));
        for text in ["", "-1", "1.5", "inf", "NaN", "1e400", "many", "18446744073709551616"] {
            assert!(flag_count(text).is_err(), "{text}");
        }
    }
}
