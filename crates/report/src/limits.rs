//! Every limit of a report, with its unit and the reason.

/// Distinct words kept while counting. At about 100 bytes each this is 6 MB; a run of 33,000 posts has some 10,000.
pub const MAX_DISTINCT_WORDS: usize = 60_000;
/// After pruning at most this many distinct words stay, so that pruning is rare.
pub const PRUNE_TO_WORDS: usize = MAX_DISTINCT_WORDS / 2;
/// Characters of a word; the rest is cut. The longest English dictionary words have about 30.
pub const MAX_WORD_CHARS: usize = 32;
/// Words of one post that are counted; a post of X has at most 25,000 characters.
pub const MAX_WORDS_PER_POST: usize = 5_000;
/// Characters of a headline, a note or a fact; the rest is cut with an ellipsis.
pub const MAX_LINE_CHARS: usize = 400;
/// Notes, languages and drop reasons that the page lists.
pub const MAX_LIST_ITEMS: usize = 50;
/// Words of each label in the page's table and in the cloud.
pub const WORDS_PER_LABEL: usize = 30;
/// A word in fewer posts than this says nothing about a label.
pub const MIN_WORD_POSTS: u32 = 2;
/// Standard deviations by which a word leans to a label at the least: 9 of 10 words that lean nowhere stay below.
pub const MIN_WORD_LEAN: f64 = 1.28;
/// Odds by which a word must be more likely under its label: a word of every second post that leans by a hair says nothing.
pub const MIN_WORD_ODDS: f64 = 1.25;
/// Windows that a report reads; a year of one-minute windows is 525,600.
pub const MAX_WINDOWS: usize = 20_000_000;
/// Bars of tweets per window; with more windows, several share a bar. At 200 a bar is still 1.5 pixels wide on a telephone.
pub const MAX_BARS: usize = 200;
/// Points of the lines and of the shares over time: fewer than bars, so that a point rests on enough posts.
pub const MAX_POINTS: usize = 140;
/// Words of each label in the cloud of a narrow screen.
pub const WORDS_PER_LABEL_NARROW: usize = 14;
/// Pixels of a chart's PNG for each logical one: sharp on a screen of twice the density.
pub const CHART_ZOOM: f32 = 2.0;
/// Pixels of the overview's PNG for each logical one. It is 1,200 wide and shown at 900 at the most.
pub const OVERVIEW_ZOOM: f32 = 1.5;
