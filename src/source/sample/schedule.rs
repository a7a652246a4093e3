//! When the sample's posts are written and in what mood: a daily rhythm, and a story in four chapters that is
//! told once every four days (or once over a shorter span). Integers and tables only; knows no words.

use crate::source::rng::mix;

/// Slots that one telling of the story has: the quarters of an hour of four days.
const STORY_SLOTS: u64 = 4 * 96;
/// Milliseconds of a slot, unless the whole span is shorter than the story.
const SLOT_MS: i64 = 15 * 60 * 1_000;
/// Milliseconds of the story.
pub const STORY_MS: i64 = STORY_SLOTS as i64 * SLOT_MS;

/// How much is written in each hour of the day (UTC).
const BY_HOUR: [u64; 24] =
    [22, 16, 12, 10, 10, 14, 26, 48, 66, 72, 74, 78, 84, 80, 76, 78, 84, 96, 104, 108, 100, 82, 58, 36];
/// How much is written on each day of the week, from Monday.
const BY_WEEKDAY: [u64; 7] = [100, 98, 100, 104, 112, 90, 84];

/// What people talk about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chapter {
    /// The service opens: curiosity and joy.
    Opening,
    /// Days like any other.
    Ordinary,
    /// Nothing works, and everybody says so.
    Incident,
    /// It works again; thanks, relief and second thoughts.
    Recovery,
}

/// Of 1,000 posts, how many are positive, negative, neutral and mixed.
pub type Moods = [u32; 4];

/// A stretch of time and what is written in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Its number, from 0.
    pub number: u64,
    /// Milliseconds since the Unix epoch.
    pub start_ms: i64,
    pub length_ms: i64,
    pub posts: u64,
    pub chapter: Chapter,
    pub moods: Moods,
}

/// All slots of a span, in order; their posts add up to exactly the number asked for.
#[derive(Clone, Debug)]
pub struct Schedule {
    seed: u64,
    start_ms: i64,
    end_ms: i64,
    slot_ms: i64,
    posts: u64,
    total_weight: u128,
    next: u64,
    weight_so_far: u128,
    posts_so_far: u64,
}

impl Schedule {
    /// Spreads `posts` over `[start_ms, end_ms)`; an end that is not after the start is taken one millisecond after.
    pub fn new(seed: u64, posts: u64, start_ms: i64, end_ms: i64) -> Self {
        let end_ms = end_ms.max(start_ms.saturating_add(1));
        let slot_ms = ((end_ms - start_ms) / STORY_SLOTS as i64).clamp(1, SLOT_MS);
        let mut schedule = Self {
            seed,
            start_ms,
            end_ms,
            slot_ms,
            posts,
            total_weight: 0,
            next: 0,
            weight_so_far: 0,
            posts_so_far: 0,
        };
        let mut number = 0;
        while let Some((start, length)) = schedule.bounds(number) {
            schedule.total_weight += schedule.weight(number, start, length);
            number += 1;
        }
        schedule
    }

    fn bounds(&self, number: u64) -> Option<(i64, i64)> {
        let start = i64::try_from(number).ok()?.checked_mul(self.slot_ms)?.checked_add(self.start_ms)?;
        (start < self.end_ms).then(|| (start, self.slot_ms.min(self.end_ms - start)))
    }

    fn weight(&self, number: u64, start_ms: i64, length_ms: i64) -> u128 {
        let minute = start_ms.div_euclid(60_000).rem_euclid(24 * 60) as u64;
        let (hour, rest) = ((minute / 60) as usize, minute % 60);
        let rhythm = BY_HOUR[hour] * (60 - rest) + BY_HOUR[(hour + 1) % 24] * rest;
        // The first of January 1970 was a Thursday.
        let weekday = (start_ms.div_euclid(86_400_000) + 3).rem_euclid(7) as usize;
        let noise = 88 + mix(self.seed ^ mix(number)) % 25;
        let story = u64::from(loudness(number % STORY_SLOTS));
        u128::from(rhythm * BY_WEEKDAY[weekday] * noise * story) * length_ms as u128
    }
}

impl Iterator for Schedule {
    type Item = Slot;

    fn next(&mut self) -> Option<Slot> {
        let number = self.next;
        let (start_ms, length_ms) = self.bounds(number)?;
        self.next += 1;
        self.weight_so_far += self.weight(number, start_ms, length_ms);
        let until_here = (u128::from(self.posts) * self.weight_so_far / self.total_weight.max(1)) as u64;
        let posts = until_here - self.posts_so_far;
        self.posts_so_far = until_here;
        let beat = number % STORY_SLOTS;
        Some(Slot { number, start_ms, length_ms, posts, chapter: chapter(beat), moods: moods(beat) })
    }
}

/// The beats (quarters of an hour since the story began) at which chapters begin.
const OPENING: u64 = 28;
const AFTER_OPENING: u64 = 66;
const INCIDENT: u64 = 2 * 96 + 15 * 4;
const RECOVERY: u64 = INCIDENT + 26;
const AFTER_RECOVERY: u64 = RECOVERY + 52;

fn chapter(beat: u64) -> Chapter {
    match beat {
        OPENING..AFTER_OPENING => Chapter::Opening,
        INCIDENT..RECOVERY => Chapter::Incident,
        RECOVERY..AFTER_RECOVERY => Chapter::Recovery,
        _ => Chapter::Ordinary,
    }
}

/// How much louder than usual it is, in percent.
fn loudness(beat: u64) -> u32 {
    match chapter(beat) {
        Chapter::Opening => 135,
        Chapter::Ordinary => 100,
        Chapter::Incident => match beat - INCIDENT {
            0 => 190,
            1 => 340,
            2 => 430,
            since => 430 - 11 * since as u32,
        },
        Chapter::Recovery => 125,
    }
}

fn moods(beat: u64) -> Moods {
    const ORDINARY: Moods = [370, 180, 350, 100];
    match chapter(beat) {
        Chapter::Opening => [520, 100, 290, 90],
        // Evenings are kinder than mornings.
        Chapter::Ordinary => match beat % 96 {
            24..40 => [320, 220, 360, 100],
            68..88 => [430, 150, 320, 100],
            _ => ORDINARY,
        },
        Chapter::Incident => match beat - INCIDENT {
            0 => [230, 400, 280, 90],
            1..14 => [70, 690, 170, 70],
            since => blend([70, 690, 170, 70], [300, 300, 260, 140], since as u32 - 13, 13),
        },
        Chapter::Recovery => blend(
            [440, 170, 250, 140],
            ORDINARY,
            (beat - RECOVERY) as u32,
            (AFTER_RECOVERY - RECOVERY) as u32,
        ),
    }
}

fn blend(from: Moods, to: Moods, step: u32, steps: u32) -> Moods {
    std::array::from_fn(|i| (from[i] * (steps - step) + to[i] * step) / steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 1_767_571_200_000;

    #[test]
    fn counts_add_up_whatever_the_span() {
        for posts in [0, 1, 7, 383, 33_000, 100_000_000] {
            for span in [1, 999, 60_000, SLOT_MS, STORY_MS - 1, STORY_MS, 9 * STORY_MS + 12_345] {
                let slots: Vec<Slot> = Schedule::new(3, posts, START, START + span).collect();
                assert_eq!(slots.iter().map(|s| s.posts).sum::<u64>(), posts, "{posts} over {span} ms");
                assert_eq!(slots.iter().map(|s| s.length_ms).sum::<i64>(), span);
                assert!(slots.windows(2).all(|w| w[0].start_ms + w[0].length_ms == w[1].start_ms));
            }
        }
    }

    #[test]
    fn moods_are_shares_of_a_thousand() {
        for beat in 0..STORY_SLOTS {
            let sum: u32 = moods(beat).iter().sum();
            assert!((990..=1_000).contains(&sum), "beat {beat}: {sum}");
        }
    }

    #[test]
    fn the_incident_is_loud_and_dark_and_passes() {
        let slots: Vec<Slot> = Schedule::new(1, 33_000, START, START + STORY_MS).collect();
        let of = |from: u64, to: u64| {
            slots[from as usize..to as usize].iter().map(|s| s.posts).sum::<u64>() / (to - from)
        };
        let the_day_before = of(INCIDENT - 96, INCIDENT - 96 + 8);
        assert!(of(INCIDENT, INCIDENT + 8) > 2 * the_day_before);
        assert_eq!(slots[INCIDENT as usize + 4].chapter, Chapter::Incident);
        assert!(slots[INCIDENT as usize + 4].moods[1] > 600);
        assert!(slots[AFTER_RECOVERY as usize].moods[0] > slots[AFTER_RECOVERY as usize].moods[1]);
        // Nights are quiet.
        assert!(of(12, 20) * 4 < of(72, 80));
    }
}
