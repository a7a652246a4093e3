//! Where an axis has its marks and what they say. Knows nothing of pixels beyond "at most this many".

use jiff::civil::{Date, DateTime, Time};

use crate::num::{MONTHS, civil, date, day_month, is_midnight, unix};

const DAY: i64 = 86_400;
const FIRST_MONDAY: i64 = 4 * DAY;
/// Marks that are a fixed number of seconds apart.
const FIXED: &[i64] = &[
    1,
    5,
    15,
    30,
    60,
    300,
    900,
    1_800,
    3_600,
    7_200,
    10_800,
    21_600,
    43_200,
    DAY,
    2 * DAY,
    7 * DAY,
    14 * DAY,
];
/// Marks that are months apart.
const MONTH_STEPS: &[i64] = &[1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1_200, 6_000, 12_000];

#[derive(Debug, Clone, PartialEq)]
pub struct TimeTick {
    /// Seconds since the epoch.
    pub at: i64,
    pub label: String,
    /// The day or the year, where it begins or changes: a second row of labels.
    pub context: Option<String>,
}

/// Marks on a UTC time axis from `start` to `end`, at most `max` of them.
pub fn time_ticks(start: i64, end: i64, max: usize) -> Vec<TimeTick> {
    let max = max.max(2) as i64;
    let span = end.saturating_sub(start).max(1);
    if let Some(step) = FIXED.iter().copied().find(|step| span / step < max) {
        return with_context(fixed(start, end, step), step);
    }
    let months = span / (28 * DAY) + 1;
    let step = MONTH_STEPS.iter().copied().find(|step| months / step < max).unwrap_or(months / max + 1);
    with_context(monthly(start, end, step), step * 30 * DAY)
}

fn fixed(start: i64, end: i64, step: i64) -> Vec<i64> {
    let origin = if step % (7 * DAY) == 0 { FIRST_MONDAY } else { 0 };
    let mut at = start.saturating_sub(origin).div_euclid(step).saturating_mul(step).saturating_add(origin);
    let mut out = Vec::new();
    while at <= end {
        if at >= start {
            out.push(at);
        }
        at = at.saturating_add(step.max(1));
        if at == i64::MAX {
            break;
        }
    }
    out
}

fn monthly(start: i64, end: i64, step: i64) -> Vec<i64> {
    let Some(first) = civil(start) else { return Vec::new() };
    let month = i64::from(first.year()) * 12 + i64::from(first.month()) - 1;
    let mut month = month.div_euclid(step) * step;
    let mut out = Vec::new();
    while let Some(at) = month_start(month).filter(|at| *at <= end) {
        if at >= start {
            out.push(at);
        }
        month += step;
    }
    out
}

fn month_start(month: i64) -> Option<i64> {
    let year = i16::try_from(month.div_euclid(12)).ok()?;
    let in_year = i8::try_from(month.rem_euclid(12) + 1).ok()?;
    unix(DateTime::from_parts(Date::new(year, in_year, 1).ok()?, Time::midnight()))
}

fn with_context(marks: Vec<i64>, step: i64) -> Vec<TimeTick> {
    let mut last = None;
    let tick = |at| {
        let t = civil(at)?;
        let (label, context) = names(t, step);
        let fresh = context.filter(|c| last.as_ref() != Some(c));
        if fresh.is_some() {
            last.clone_from(&fresh);
        }
        Some(TimeTick { at, label, context: fresh })
    };
    marks.into_iter().filter_map(tick).collect()
}

/// The label of a mark and the larger unit that it lies in.
fn names(t: DateTime, step: i64) -> (String, Option<String>) {
    match step {
        ..60 => (format!("{:02}:{:02}:{:02}", t.hour(), t.minute(), t.second()), Some(date(t))),
        60..DAY => (format!("{:02}:{:02}", t.hour(), t.minute()), Some(date(t))),
        _ if step < 28 * DAY => (day_month(t), Some(t.year().to_string())),
        _ if step < 360 * DAY => (
            MONTHS[usize::from(t.month().unsigned_abs().clamp(1, 12)) - 1].to_owned(),
            Some(t.year().to_string()),
        ),
        _ => (t.year().to_string(), None),
    }
}

/// Starts of days or of months inside the axis, for faint lines; empty when there would be more than `max`.
pub fn midnights(start: i64, end: i64, max: usize) -> Vec<i64> {
    if end.saturating_sub(start) / DAY > max as i64 {
        return Vec::new();
    }
    fixed(start, end, DAY).into_iter().filter(|at| civil(*at).is_some_and(is_midnight)).collect()
}

/// Marks from 0 to at least `top`, at 1, 2 or 5 times a power of ten; the last one is the axis's end. `whole` keeps to whole
/// numbers.
pub fn value_ticks(top: f64, max: usize, whole: bool) -> Vec<f64> {
    let top = if top.is_finite() && top > 0.0 { top } else { 1.0 };
    let rough = top / max.max(1) as f64;
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|m| m * power)
        .find(|s| *s >= rough * 0.999)
        .unwrap_or(power * 10.0);
    let step = if whole { step.round().max(1.0) } else { step };
    let marks = (top / step - 1e-9).ceil().max(1.0) as usize;
    (0..=marks).map(|i| i as f64 * step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const T: i64 = 1_424_131_200; // 2015-02-17T00:00:00Z, a Tuesday

    fn labels(start: i64, end: i64, max: usize) -> Vec<String> {
        let show = |t: TimeTick| match t.context {
            Some(context) => format!("{} ({context})", t.label),
            None => t.label,
        };
        time_ticks(start, end, max).into_iter().map(show).collect()
    }

    #[test]
    fn one_window() {
        assert_eq!(labels(T + 3_600, T + 4_500, 8), ["01:00 (17 Feb 2015)", "01:05", "01:10", "01:15"]);
    }

    #[test]
    fn four_days() {
        let all = labels(T, T + 4 * DAY, 10);
        assert_eq!(&all[..3], ["00:00 (17 Feb 2015)", "12:00", "00:00 (18 Feb 2015)"]);
        assert_eq!(all.len(), 9);
        assert_eq!(labels(T, T + 4 * DAY, 5), ["17 Feb (2015)", "18 Feb", "19 Feb", "20 Feb", "21 Feb"]);
    }

    #[test]
    fn a_month_has_mondays() {
        assert_eq!(labels(T, T + 30 * DAY, 6), ["23 Feb (2015)", "2 Mar", "9 Mar", "16 Mar"]);
    }

    #[test]
    fn years() {
        assert_eq!(
            labels(T, T + 3 * 365 * DAY, 8),
            ["Jul (2015)", "Jan (2016)", "Jul", "Jan (2017)", "Jul", "Jan (2018)"]
        );
        assert_eq!(labels(0, 50 * 365 * DAY, 6), ["1970", "1980", "1990", "2000", "2010"]);
    }

    #[test]
    fn values() {
        assert_eq!(value_ticks(87.0, 5, true), [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]);
        assert_eq!(value_ticks(1.0, 5, true), [0.0, 1.0]);
        assert_eq!(value_ticks(0.0, 5, true), [0.0, 1.0]);
        assert_eq!(value_ticks(f64::NAN, 5, false).last(), Some(&1.0));
        assert_eq!(value_ticks(100.0, 5, true).last(), Some(&100.0));
    }

    proptest! {
        #[test]
        fn time_marks_are_few_ordered_and_inside(start in -60_000_000_000i64..250_000_000_000, span in 1i64..300_000_000_000, max in 2usize..20) {
            let end = start + span;
            let ticks = time_ticks(start, end, max);
            prop_assert!(ticks.len() <= max + 1, "{} > {max}", ticks.len());
            prop_assert!(ticks.iter().all(|t| t.at >= start && t.at <= end));
            prop_assert!(ticks.windows(2).all(|p| p[0].at < p[1].at));
        }

        #[test]
        fn any_axis_ends(start in any::<i64>(), end in any::<i64>(), max in any::<usize>()) {
            let _ = time_ticks(start, end, max.min(50));
        }

        #[test]
        fn value_marks_cover_the_top(top in 0.0001f64..1e15, max in 1usize..10, whole in any::<bool>()) {
            let ticks = value_ticks(top, max, whole);
            prop_assert!(ticks.len() <= max + 2);
            prop_assert!(ticks.last().is_some_and(|t| *t >= top * 0.999_999));
            prop_assert!(ticks.windows(2).all(|p| p[0] < p[1]));
        }
    }
}
