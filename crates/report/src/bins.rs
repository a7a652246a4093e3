//! Puts windows together into as many bins as a picture can show. A bin is made from sums and counts, never from averages; it
//! knows nothing of pixels beyond "at most this many".

use std::collections::BTreeMap;

use crate::data::{WindowPoint, WindowStatus};

const DAY: i64 = 86_400;
/// Seconds since the epoch that have a date: the years -9999 to 9999. A window outside of them goes to the edge.
const TIMES: std::ops::RangeInclusive<i64> = -377_705_000_000..=253_402_200_000;
/// 1970-01-05 was a Monday: weeks start there.
const FIRST_MONDAY: i64 = 4 * DAY;
/// Widths, in seconds, that a reader can name.
const NICE: &[i64] = &[
    1,
    2,
    5,
    10,
    15,
    30,
    60,
    120,
    300,
    600,
    900,
    1_200,
    1_800,
    3_600,
    7_200,
    10_800,
    14_400,
    21_600,
    28_800,
    43_200,
    DAY,
    2 * DAY,
    7 * DAY,
    14 * DAY,
    28 * DAY,
    91 * DAY,
    182 * DAY,
    364 * DAY,
];

/// One or more windows that follow each other, added up.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Bin {
    /// Seconds since the epoch.
    pub start: i64,
    pub tweets: u64,
    pub unscored: u64,
    pub collapsed: u64,
    pub counts: [u64; 4],
    pub sums: [f64; 4],
    /// Windows in the bin that have a row, and how many of them have which status.
    pub windows: u64,
    pub capped: u64,
    pub partial: u64,
    pub empty: u64,
}

impl Bin {
    fn add(&mut self, window: &WindowPoint) {
        self.tweets = self.tweets.saturating_add(window.tweets);
        self.unscored = self.unscored.saturating_add(window.unscored);
        self.collapsed = self.collapsed.saturating_add(window.collapsed);
        for i in 0..4 {
            self.counts[i] = self.counts[i].saturating_add(window.counts[i]);
            if window.sums[i].is_finite() {
                self.sums[i] += window.sums[i];
            }
        }
        self.windows += 1;
        match window.status {
            WindowStatus::Complete => {}
            WindowStatus::Capped => self.capped += 1,
            WindowStatus::Partial => self.partial += 1,
            WindowStatus::Empty => self.empty += 1,
        }
    }

    /// Scored posts.
    pub fn scored(&self) -> u64 {
        self.counts.iter().fold(0, |sum, n| sum.saturating_add(*n))
    }

    /// Average scores; None when nothing was scored.
    pub fn averages(&self) -> Option<[f64; 4]> {
        self.per_scored(self.sums)
    }

    /// Shares of the labels, fractions of 1; None when nothing was scored.
    pub fn shares(&self) -> Option<[f64; 4]> {
        self.per_scored(self.counts.map(|n| n as f64))
    }

    fn per_scored(&self, of: [f64; 4]) -> Option<[f64; 4]> {
        let scored = self.scored();
        (scored > 0).then(|| of.map(|v| (v / scored as f64).clamp(0.0, 1.0)))
    }

    pub fn status(&self) -> WindowStatus {
        if self.capped > 0 {
            WindowStatus::Capped
        } else if self.partial > 0 {
            WindowStatus::Partial
        } else if self.empty == self.windows {
            WindowStatus::Empty
        } else {
            WindowStatus::Complete
        }
    }
}

/// The windows of a run on a regular time axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Bins {
    /// Seconds of a bin.
    pub width: i64,
    /// Windows that a full bin holds.
    pub windows_per_bin: i64,
    /// Start of the axis, seconds since the epoch.
    pub start: i64,
    /// Its end: the end of the last bin.
    pub end: i64,
    /// Bins that hold a window, in time order; what is not here is a gap.
    pub list: Vec<Bin>,
}

impl Bins {
    /// At most `max_bins` bins; None without windows.
    pub fn new(windows: &[WindowPoint], window_seconds: u32, max_bins: usize) -> Option<Self> {
        let time = |w: &WindowPoint| w.start_unix.clamp(*TIMES.start(), *TIMES.end());
        let first = windows.iter().map(time).min()?;
        let last = windows.iter().map(time).max()?;
        let window = i64::from(window_seconds.max(1));
        let width =
            bin_width(last.saturating_sub(first).saturating_add(window), window, max_bins.max(1) as i64);
        // Days begin at midnight, unless the run's own windows are off the grid.
        let origin = match first.rem_euclid(window) {
            0 if width % (7 * DAY) == 0 => FIRST_MONDAY,
            0 if width % window == 0 => 0,
            _ => first,
        };
        let slot = |t: i64| t.saturating_sub(origin).div_euclid(width);
        let start_of = |slot: i64| slot.saturating_mul(width).saturating_add(origin);
        let mut bins: BTreeMap<i64, Bin> = BTreeMap::new();
        for w in windows {
            let at = slot(time(w));
            bins.entry(at).or_insert_with(|| Bin { start: start_of(at), ..Bin::default() }).add(w);
        }
        let start = start_of(slot(first));
        let end = start_of(slot(last)).saturating_add(width);
        Some(Self { width, windows_per_bin: width / window, start, end, list: bins.into_values().collect() })
    }

    /// (start, end) of the stretches of the axis without a row.
    pub fn gaps(&self) -> Vec<(i64, i64)> {
        let ends = self.list.iter().map(|b| b.start + self.width);
        let next = self.list.iter().skip(1).map(|b| b.start);
        ends.zip(next).filter(|(end, next)| end < next).collect()
    }

    /// Whether nothing lies between two bins that follow each other in the list.
    pub fn adjacent(&self, a: &Bin, b: &Bin) -> bool {
        b.start - a.start == self.width
    }
}

/// The smallest nameable multiple of a window that covers `span` with `max` bins, one of them possibly begun before the first.
fn bin_width(span: i64, window: i64, max: i64) -> i64 {
    let fits = |width: i64| span.div_euclid(width) < max || span <= window;
    if fits(window) {
        return window;
    }
    let nice = NICE.iter().copied().find(|width| *width > window && width % window == 0 && fits(*width));
    // Past the list: whole years of weeks, or, for odd windows, the plain multiple.
    let step = if (364 * DAY) % window == 0 { 364 * DAY } else { window };
    nice.unwrap_or_else(|| {
        let many = span.div_euclid(max.saturating_mul(step)).saturating_add(1);
        step.saturating_mul(many.max(1))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn window(start: i64, tweets: u64) -> WindowPoint {
        let counts = [tweets / 2, tweets - tweets / 2, 0, 0];
        let sums = [tweets as f64 * 0.25, tweets as f64 * 0.75, 0.0, 0.0];
        let status = if tweets == 0 { WindowStatus::Empty } else { WindowStatus::Complete };
        WindowPoint { start_unix: start, status, tweets, unscored: 0, collapsed: 1, counts, avg: None, sums }
    }

    #[test]
    fn few_windows_stay_as_they_are() {
        let bins = Bins::new(&[window(900, 3), window(2_700, 5)], 900, 100).expect("bins");
        assert_eq!((bins.width, bins.windows_per_bin, bins.start, bins.end), (900, 1, 900, 3_600));
        assert_eq!(bins.gaps(), [(1_800, 2_700)]);
        assert!(!bins.adjacent(&bins.list[0], &bins.list[1]));
    }

    #[test]
    fn no_window_no_bins() {
        assert_eq!(Bins::new(&[], 900, 100), None);
    }

    #[test]
    fn a_month_of_quarter_hours_becomes_nameable_bins() {
        let windows: Vec<_> = (0..2_880).map(|i| window(i * 900, 10)).collect();
        let bins = Bins::new(&windows, 900, 300).expect("bins");
        assert_eq!((bins.width, bins.windows_per_bin), (10_800, 12));
        assert!(bins.list.iter().all(|b| b.tweets == 120));
    }

    #[test]
    fn weeks_begin_on_mondays() {
        let windows: Vec<_> = (0..3_650).map(|i| window(i * DAY, 1)).collect();
        let bins = Bins::new(&windows, DAY as u32, 600).expect("bins");
        assert_eq!(bins.width, 7 * DAY);
        assert_eq!((bins.start - FIRST_MONDAY).rem_euclid(7 * DAY), 0);
    }

    #[test]
    fn averages_come_from_sums_and_empty_is_none() {
        let mut bin = Bin::default();
        bin.add(&window(0, 1));
        bin.add(&window(900, 3));
        assert_eq!(bin.averages(), Some([0.25, 0.75, 0.0, 0.0]));
        let mut bin = Bin::default();
        bin.add(&window(0, 0));
        assert_eq!((bin.averages(), bin.status()), (None, WindowStatus::Empty));
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_the_axis_is_regular(
            starts in proptest::collection::vec((-4_000_000i64..4_000_000, 0u64..1_000), 1..200),
            seconds in prop_oneof![Just(60u32), Just(900), Just(3_600), Just(86_400), 1u32..100_000],
            offset in 0i64..2, max in 1usize..500,
        ) {
            let step = i64::from(seconds);
            let windows: Vec<_> = starts.iter().map(|(i, n)| window(i * step + offset * 7, *n)).collect();
            let bins = Bins::new(&windows, seconds, max).expect("bins");
            let sum = |f: fn(&Bin) -> u64| bins.list.iter().map(f).sum::<u64>();
            prop_assert_eq!(sum(|b| b.tweets), windows.iter().map(|w| w.tweets).sum::<u64>());
            prop_assert_eq!(sum(|b| b.windows), windows.len() as u64);
            prop_assert_eq!(sum(|b| b.collapsed), windows.len() as u64);
            prop_assert_eq!(sum(Bin::scored), windows.iter().map(|w| w.tweets).sum::<u64>());
            let score = bins.list.iter().map(|b| b.sums[1]).sum::<f64>();
            prop_assert!((score - windows.iter().map(|w| w.sums[1]).sum::<f64>()).abs() < 1e-6 * (1.0 + score));
            prop_assert_eq!(bins.width % step, 0);
            // One more than asked when the first bin begins before the first window.
            prop_assert!((bins.end - bins.start) / bins.width <= max as i64 + 1);
            prop_assert!(bins.list.windows(2).all(|p| (p[1].start - p[0].start) % bins.width == 0 && p[0].start < p[1].start));
        }

        #[test]
        fn any_time_is_held(a in any::<i64>(), b in any::<i64>(), seconds in any::<u32>(), max in 0usize..1_000) {
            let windows = [window(a.min(b) / 4, 1), window(a.max(b) / 4, 1)];
            let bins = Bins::new(&windows, seconds, max).expect("bins");
            prop_assert_eq!(bins.list.iter().map(|b| b.tweets).sum::<u64>(), 2);
        }
    }
}
