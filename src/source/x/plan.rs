//! Which windows are asked for, and for which seconds of them. Pure.

use jiff::Timestamp;

use crate::model::Window;

/// Seconds `[start, end)` since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Span {
    pub start: i64,
    pub end: i64,
}

impl Span {
    /// The whole seconds that `[start, end)` touches.
    pub fn around(start: Timestamp, end: Timestamp) -> Self {
        let up = i64::from(end.subsec_nanosecond() > 0);
        Self { start: start.as_second(), end: end.as_second() + up }
    }

    pub fn seconds(self) -> i64 {
        self.end - self.start
    }

    /// Part `part` of `parts` that are as equal as whole seconds let them be.
    pub fn part(self, part: u32, parts: u32) -> Self {
        let at = |n: u32| self.start + self.seconds() * i64::from(n) / i64::from(parts.max(1));
        Self { start: at(part), end: at(part + 1) }
    }

    /// As X takes and gives times.
    pub fn times(self) -> (Timestamp, Timestamp) {
        let at = |second| Timestamp::from_second(second).unwrap_or_default();
        (at(self.start), at(self.end))
    }
}

/// The windows of `span`, in order, each with what of it lies in the span.
pub fn windows(span: Span, window_seconds: u32) -> Vec<(Window, Span)> {
    let length = i64::from(window_seconds.max(1));
    let first = span.start.div_euclid(length) * length;
    let starts = (0..).map(|n| first + n * length).take_while(|start| *start < span.end);
    starts
        .map(|start| {
            let cut = Span { start: start.max(span.start), end: (start + length).min(span.end) };
            (Window::from_unix(start), cut)
        })
        .collect()
}

/// Posts of a window at most: the cap, and of the run's limit an equal share, so that a resume comes to the same.
pub fn posts_per_window(max_per_window: u64, limit: Option<u64>, windows: usize) -> u64 {
    let share = limit.map_or(u64::MAX, |limit| limit / (windows.max(1) as u64));
    max_per_window.min(share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_at_the_ends_are_cut_and_the_others_whole() {
        let found = windows(Span { start: 1_000, end: 2_705 }, 900);
        let spans: Vec<_> = found.iter().map(|(w, s)| (w.unix(), s.start, s.end)).collect();
        assert_eq!(spans, [(900, 1_000, 1_800), (1_800, 1_800, 2_700), (2_700, 2_700, 2_705)]);
        assert_eq!(windows(Span { start: 900, end: 900 }, 900), []);
    }

    #[test]
    fn parts_cover_a_span_without_gap_or_overlap() {
        for seconds in 10..200 {
            let span = Span { start: 77, end: 77 + seconds };
            for parts in 1..=10 {
                let cut: Vec<Span> = (0..parts).map(|n| span.part(n, parts)).collect();
                assert!(cut.windows(2).all(|two| two[0].end == two[1].start));
                assert!(cut.iter().all(|part| part.seconds() >= 1));
                assert_eq!((cut[0].start, cut[parts as usize - 1].end), (span.start, span.end));
            }
        }
    }

    #[test]
    fn a_limit_is_shared_out() {
        assert_eq!(posts_per_window(100, None, 96), 100);
        assert_eq!(posts_per_window(100, Some(1_000), 96), 10);
        assert_eq!(posts_per_window(100, Some(1_000_000), 96), 100);
    }
}
