//! When: the window, and the first and last moment of a run.

use jiff::{SignedDuration, Timestamp};

use super::duration::{self, format_seconds};
use super::moment;
use super::problems::Problems;
use super::resolve::{Case, defaults};
use super::settings::SourceKind;
use crate::limits;

const DAY_SECONDS: u32 = 86_400;

/// `[start, end)`; either side may be open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    pub start: Option<Timestamp>,
    pub end: Option<Timestamp>,
}

/// Seconds of a window: it divides a day, or is whole days, so that no window crosses midnight unevenly.
pub(super) fn window(case: &Case<'_>, problems: &mut Problems) -> u32 {
    let Some(text) = &case.typed.window else { return defaults::WINDOW_SECONDS };
    let seconds = match duration::parse(text) {
        Ok(duration) => duration.as_secs(),
        Err(error) => {
            problems.add(format!("{} {}", case.subject("window"), error.problem), error.hint);
            return defaults::WINDOW_SECONDS;
        }
    };
    let (least, most) = (*limits::WINDOW_SECONDS.start(), *limits::WINDOW_SECONDS.end());
    match u32::try_from(seconds) {
        Ok(seconds) if limits::WINDOW_SECONDS.contains(&seconds) => {
            if fits_days(seconds) {
                return seconds;
            }
            let near: Vec<String> =
                near_windows(seconds).into_iter().map(|s| format_seconds(s.into())).collect();
            problems.add(
                format!("{} neither divides a day evenly nor is whole days", case.subject("window")),
                format!("near choices: {}", near.join(", ")),
            );
        }
        _ => problems.add(
            format!("{} is out of range", case.subject("window")),
            format!("from {} to {}", format_seconds(least.into()), format_seconds(most.into())),
        ),
    }
    defaults::WINDOW_SECONDS
}

fn fits_days(seconds: u32) -> bool {
    seconds > 0 && (DAY_SECONDS.is_multiple_of(seconds) || seconds.is_multiple_of(DAY_SECONDS))
}

/// The next window below and above that fits, in whole hours from two hours on, in whole minutes from a minute on.
fn near_windows(seconds: u32) -> Vec<u32> {
    let grain = match seconds {
        0..60 => 1,
        60..7_200 => 60,
        7_200..DAY_SECONDS => 3_600,
        DAY_SECONDS.. => DAY_SECONDS,
    };
    let base = seconds / grain;
    let fits = |count: &u32| fits_days(count.saturating_mul(grain));
    let below = (1..=base).rev().find(fits);
    let above = (base + 1..=base + DAY_SECONDS / grain).find(fits);
    let most = *limits::WINDOW_SECONDS.end();
    [below, above].into_iter().flatten().map(|count| count * grain).filter(|s| *s <= most).collect()
}

/// Start and end, from `start`, `end` and `duration`.
pub(super) fn span(
    case: &Case<'_>,
    source: SourceKind,
    window_seconds: u32,
    problems: &mut Problems,
) -> Span {
    let read = |key: &str, text: &Option<String>, problems: &mut Problems| {
        let text = text.as_ref()?;
        let read = moment::parse(text, case.now);
        read.map_err(|e| problems.add(format!("{} {e}", case.subject(key)), moment::HOW)).ok().map(|m| m.at)
    };
    let mut start = read("start", &case.typed.start, problems);
    let mut end = read("end", &case.typed.end, problems);
    let mut length = length(case, problems);
    if start.is_none() && case.typed.start.is_some() || end.is_none() && case.typed.end.is_some() {
        return Span { start, end };
    }
    if let (Some(s), Some(e), Some(l)) = (start, end, length) {
        match lowest(case) {
            Some("start") => start = None,
            Some("end") => end = None,
            Some(_) => length = None,
            None if s.checked_add(l).ok() == Some(e) => length = None,
            None => {
                let (start, end) = (case.subject("start"), case.subject("end"));
                problems.add(
                    format!("{} does not lead from {start} to {end}", case.subject("duration")),
                    "give two of the three",
                );
                return Span { start: Some(s), end: Some(e) };
            }
        }
    }
    let span = match (start, end, length) {
        (start, end, None) => Span { start, end },
        (Some(s), _, Some(l)) => Span { start: Some(s), end: shift(case, s, l, problems) },
        (None, Some(e), Some(l)) => Span { start: shift(case, e, -l, problems), end: Some(e) },
        (None, None, Some(l)) => from_now(case, source, l, problems),
    };
    let span = match source {
        SourceKind::Bluesky => of_stream(case, span, problems),
        SourceKind::XStream => of_x_stream(case, span, problems),
        SourceKind::Sample | SourceKind::Replay | SourceKind::XSearch => span,
    };
    check(case, source, span, window_seconds, problems);
    match source {
        SourceKind::XSearch => x_reach(case, span, problems),
        SourceKind::Sample | SourceKind::Replay | SourceKind::XStream | SourceKind::Bluesky => span,
    }
}

/// The part of `span` that X can be asked for: seven days back, up to some seconds ago, in whole seconds.
fn x_reach(case: &Case<'_>, span: Span, problems: &mut Problems) -> Span {
    let (Some(start), Some(end)) = (span.start, span.end) else { return span };
    let now = case.now.as_second();
    let at = |second: i64| Timestamp::from_second(second).unwrap_or(case.now);
    let slack = limits::X_REACH_SLACK_SECONDS;
    let earliest = now - limits::X_REACH_SECONDS + slack;
    let latest = now - limits::X_SETTLE_SECONDS;
    if start.as_second() < earliest - 2 * slack {
        problems.add(
            format!(
                "{} is before {}: X's recent search reaches seven days back",
                subject_of(case, "start"),
                at(earliest)
            ),
            format!("start at {} or later", at(earliest)),
        );
    } else if end > case.now {
        problems.add(
            format!("{} lies in the future, and x-search reads the past", subject_of(case, "end")),
            "end now, or at an earlier moment",
        );
    } else if start.as_second() >= latest && end > start {
        problems.add(
            format!("{} is less than {} seconds ago", subject_of(case, "start"), limits::X_SETTLE_SECONDS),
            "X hands posts out some seconds after they were written: start earlier",
        );
    } else {
        let whole = |at: Timestamp| at.as_second() + i64::from(at.subsec_nanosecond() > 0);
        let (start, end) = (start.as_second().max(earliest), whole(end).min(latest));
        return Span { start: Some(at(start)), end: Some(at(end)) };
    }
    span
}

/// The setting that a side of the span was given by: itself, or the duration.
fn subject_of(case: &Case<'_>, side: &str) -> String {
    let given = if case.rank(side).is_some() { side } else { "duration" };
    case.subject(given)
}

fn length(case: &Case<'_>, problems: &mut Problems) -> Option<SignedDuration> {
    let text = case.typed.duration.as_ref()?;
    match duration::parse(text) {
        Ok(length) => SignedDuration::try_from(length).ok(),
        Err(error) => {
            problems.add(format!("{} {}", case.subject("duration"), error.problem), error.hint);
            None
        }
    }
}

/// Which of the three is alone in the lowest layer, and so gives way to the other two.
fn lowest(case: &Case<'_>) -> Option<&'static str> {
    let keys = ["start", "end", "duration"];
    let lowest = keys.iter().filter_map(|key| case.rank(key)).min();
    let mut those = keys.into_iter().filter(|key| case.rank(key) == lowest);
    those.next().filter(|_| those.next().is_none())
}

fn shift(case: &Case<'_>, at: Timestamp, by: SignedDuration, problems: &mut Problems) -> Option<Timestamp> {
    let moved = at.checked_add(by).ok();
    if moved.is_none() {
        problems.add(format!("{} leaves the calendar", case.subject("duration")), "use a shorter one");
    }
    moved
}

/// A duration alone is told from now: back where the source keeps the past, ahead where it only has the future.
fn from_now(case: &Case<'_>, source: SourceKind, length: SignedDuration, problems: &mut Problems) -> Span {
    match source {
        SourceKind::XSearch => Span { start: shift(case, case.now, -length, problems), end: Some(case.now) },
        SourceKind::Bluesky | SourceKind::XStream => {
            Span { start: Some(case.now), end: shift(case, case.now, length, problems) }
        }
        SourceKind::Sample | SourceKind::Replay => {
            problems.add(
                format!("{} needs a start or an end", case.subject("duration")),
                "add --start or --end, which the duration is counted from",
            );
            Span::default()
        }
    }
}

/// Bluesky's stream flows on without end, is kept for a while only, and is read from now on unless told otherwise.
fn of_stream(case: &Case<'_>, span: Span, problems: &mut Problems) -> Span {
    if span.end.is_none() && case.typed.limit.is_none() {
        problems.add(
            "bluesky needs an end: its stream has none",
            "say how long: --duration 30m (from now on), --end, or a number of posts: --limit 10000",
        );
    }
    let keeps = SignedDuration::from_hours(limits::JETSTREAM_LOOKBACK_HOURS);
    let start = span.start.unwrap_or(case.now);
    if let Ok(earliest) = case.now.checked_sub(keeps)
        && start < earliest
    {
        problems.add(
            format!(
                "the run starts at {start}, and Bluesky's stream reaches back {} hours only",
                limits::JETSTREAM_LOOKBACK_HOURS
            ),
            format!("start at {earliest} or later"),
        );
    }
    Span { start: Some(start), end: span.end }
}

/// X's stream has no past. It needs no end: what it may cost ends it.
fn of_x_stream(case: &Case<'_>, span: Span, problems: &mut Problems) -> Span {
    if case.rank("start").is_some() {
        problems.add(
            format!("{} is not for x-stream, which gives what is written from now on", case.subject("start")),
            "leave it out; for what was written before: pipeline run --source x-search",
        );
        return Span::default();
    }
    Span { start: Some(case.now), end: span.end }
}

fn check(case: &Case<'_>, source: SourceKind, span: Span, window_seconds: u32, problems: &mut Problems) {
    let (Some(start), Some(end)) = (span.start, span.end) else {
        if source == SourceKind::XSearch {
            let what = match (span.start, span.end) {
                (Some(_), None) => format!("{} has no end", case.subject("start")),
                (None, Some(_)) => format!("{} has no start", case.subject("end")),
                _ => "x-search needs a start and an end".to_owned(),
            };
            problems.add(what, "x-search plans its windows ahead: --start -3d --end now, or --duration 3d");
        }
        return;
    };
    if end <= start {
        let (what, order) = match end == start {
            true => ("the same moment as", "there is nothing between them"),
            false => ("before", "exchange them"),
        };
        problems.add(
            format!("{} is {what} {}", case.subject("end"), case.subject("start")),
            format!("{order}: start is {start}, end is {end}"),
        );
        return;
    }
    let planned = planned_windows(start, end, window_seconds);
    if planned > limits::PLANNED_WINDOWS {
        problems.add(
            format!(
                "{planned} windows of {} from {start} to {end} are more than the {} that a run may plan",
                format_seconds(window_seconds.into()),
                limits::PLANNED_WINDOWS
            ),
            "use longer windows, or several runs",
        );
    }
}

/// How many windows touch `[start, end)`.
pub fn planned_windows(start: Timestamp, end: Timestamp, window_seconds: u32) -> u64 {
    let length = i128::from(window_seconds.max(1)) * 1_000_000_000;
    let first = start.as_nanosecond().div_euclid(length);
    let last = (end.as_nanosecond() - 1).div_euclid(length);
    u64::try_from(last - first + 1).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_choices_are_round() {
        assert_eq!(near_windows(7 * 60), [6 * 60, 8 * 60]);
        assert_eq!(near_windows(7 * 3_600), [6 * 3_600, 8 * 3_600]);
        assert_eq!(near_windows(7), [6, 8]);
        assert_eq!(near_windows(59), [54, 60]);
        assert_eq!(near_windows(36 * 3_600), [86_400, 2 * 86_400]);
        assert_eq!(near_windows(23 * 3_600), [12 * 3_600, 24 * 3_600]);
        assert_eq!(near_windows(90_061), [86_400, 2 * 86_400]);
        assert_eq!(near_windows(30 * 86_400 + 1), [30 * 86_400, 31 * 86_400]);
    }

    #[test]
    fn near_choices_fit_and_surround_whatever_does_not_fit() {
        for seconds in (1..DAY_SECONDS).filter(|s| !fits_days(*s)) {
            let near = near_windows(seconds);
            assert!(near.len() == 2 && near[0] < seconds && near[1] > seconds, "{seconds}: {near:?}");
            assert!(near.iter().all(|s| fits_days(*s)), "{seconds}: {near:?}");
        }
    }

    #[test]
    fn windows_are_counted_where_they_are_touched() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let day = at("2015-02-17T00:00:00Z");
        assert_eq!(planned_windows(day, at("2015-02-18T00:00:00Z"), 900), 96);
        assert_eq!(planned_windows(at("2015-02-17T00:14:59Z"), at("2015-02-17T00:15:01Z"), 900), 2);
        assert_eq!(planned_windows(day, at("2015-02-17T00:15:00Z"), 900), 1);
        assert_eq!(planned_windows(at("1969-12-31T23:59:00Z"), at("1970-01-01T00:01:00Z"), 900), 2);
    }
}
