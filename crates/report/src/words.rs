//! Counts the words of posts by label in bounded memory, and finds the words that tell the labels apart. It knows nothing of
//! fonts or clouds.

use std::collections::HashMap;

use crate::data::Label4;
use crate::limits::{
    MAX_DISTINCT_WORDS, MAX_WORD_CHARS, MAX_WORDS_PER_POST, MIN_WORD_LEAN, MIN_WORD_ODDS, MIN_WORD_POSTS,
    PRUNE_TO_WORDS,
};
use crate::stopwords::is_stop_word;
use crate::text::{is_combining, is_hidden};

/// Posts that hold a word, by label. A post counts once for each of its distinct words.
///
/// Memory is bounded by [`MAX_DISTINCT_WORDS`]: beyond it the rarest words are forgotten, so the count of a word may then be
/// short by as much as the rarest words that are still there. The result depends on the posts and their order alone.
#[derive(Debug, Clone, Default)]
pub struct WordCounts {
    ids: HashMap<Box<str>, u32>,
    counts: Vec<Entry>,
    posts: [u64; 4],
    post: u64,
    pruned: u64,
    word: String,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    by_label: [u32; 4],
    last_post: u64,
}

impl Entry {
    fn total(&self) -> u32 {
        self.by_label.iter().fold(0, |sum, n| sum.saturating_add(*n))
    }
}

/// A word that is more frequent under one label than under the others.
#[derive(Debug, Clone, PartialEq)]
pub struct TopWord {
    pub word: String,
    pub label: Label4,
    /// Posts of the label that hold the word.
    pub count: u32,
    /// Posts of any label that hold it.
    pub total: u32,
    /// How far the word leans to the label, in standard deviations (see [`WordCounts::top`]).
    pub score: f64,
}

impl WordCounts {
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts the words of one post.
    pub fn add(&mut self, label: Label4, text: &str) {
        self.post += 1;
        self.posts[label.index()] += 1;
        let mut word = std::mem::take(&mut self.word);
        let mut left = MAX_WORDS_PER_POST;
        for token in text.split_whitespace() {
            if is_link(token) {
                continue;
            }
            let mut rest = token;
            while left > 0 && !rest.is_empty() {
                rest = next_word(rest, &mut word);
                if is_word(&word) {
                    left -= 1;
                    self.count(label, &word);
                }
            }
        }
        self.word = word;
    }

    fn count(&mut self, label: Label4, word: &str) {
        let id = match self.ids.get(word) {
            Some(id) => *id as usize,
            None => {
                if self.ids.len() >= MAX_DISTINCT_WORDS {
                    self.prune();
                }
                let id = self.counts.len();
                self.ids.insert(word.into(), id as u32);
                self.counts.push(Entry { by_label: [0; 4], last_post: 0 });
                id
            }
        };
        let entry = &mut self.counts[id];
        if entry.last_post != self.post {
            entry.last_post = self.post;
            let n = &mut entry.by_label[label.index()];
            *n = n.saturating_add(1);
        }
    }

    /// Forgets the rarest words: all those at or under the smallest count that leaves few enough.
    fn prune(&mut self) {
        let mut totals: Vec<u32> = self.counts.iter().map(Entry::total).collect();
        totals.sort_unstable_by(|a, b| b.cmp(a));
        let bar = totals.get(PRUNE_TO_WORDS).copied().unwrap_or(0);
        let old = std::mem::take(&mut self.counts);
        let kept = &mut self.counts;
        let before = self.ids.len();
        self.ids.retain(|_, id| {
            let entry = old[*id as usize];
            let keep = entry.total() > bar;
            if keep {
                *id = kept.len() as u32;
                kept.push(entry);
            }
            keep
        });
        self.pruned += (before - self.ids.len()) as u64;
    }

    /// Distinct words that are counted now.
    pub fn distinct(&self) -> usize {
        self.ids.len()
    }

    /// Posts counted.
    pub fn posts(&self) -> u64 {
        self.post
    }

    /// Words that were forgotten to keep within [`MAX_DISTINCT_WORDS`].
    pub fn forgotten(&self) -> u64 {
        self.pruned
    }

    /// The `n` words that lean the most to `label`, best first.
    ///
    /// A word's score is the log of its odds under the label over its odds under the other labels, divided by the standard
    /// deviation of that log. Counts are smoothed with the word's share of all posts, so that a word as frequent under one label
    /// as everywhere (the topic's own name) scores 0, and a rare word needs more than luck. A word belongs to the label where
    /// it scores highest; words in fewer than [`MIN_WORD_POSTS`] posts, and words that lean by less than
    /// [`MIN_WORD_LEAN`] or [`MIN_WORD_ODDS`], are left out. Ties are broken by count, then by word.
    pub fn top(&self, label: Label4, n: usize) -> Vec<TopWord> {
        let [a, b, c, d] = self.top_all(n);
        match label {
            Label4::Positive => a,
            Label4::Negative => b,
            Label4::Neutral => c,
            Label4::Mixed => d,
        }
    }

    /// [`WordCounts::top`] for the four labels in one pass.
    pub fn top_all(&self, n: usize) -> [Vec<TopWord>; 4] {
        let mut by_label: [Vec<(&str, Entry, f64)>; 4] = std::array::from_fn(|_| Vec::new());
        for (word, id) in &self.ids {
            let entry = self.counts[*id as usize];
            if entry.total() < MIN_WORD_POSTS {
                continue;
            }
            if let Some((label, score)) = self.leaning(&entry) {
                by_label[label.index()].push((word, entry, score));
            }
        }
        let mut out: [Vec<TopWord>; 4] = std::array::from_fn(|_| Vec::new());
        for label in Label4::ALL {
            let list = &mut by_label[label.index()];
            list.sort_unstable_by(|x, y| {
                let counts = (y.1.by_label[label.index()]).cmp(&x.1.by_label[label.index()]);
                y.2.total_cmp(&x.2).then(counts).then(x.0.cmp(y.0))
            });
            out[label.index()] = list
                .iter()
                .take(n)
                .map(|(word, entry, score)| TopWord {
                    word: (*word).to_owned(),
                    label,
                    count: entry.by_label[label.index()],
                    total: entry.total(),
                    score: *score,
                })
                .collect();
        }
        out
    }

    /// The label where the word is most over-represented, with its score; None where it leans nowhere.
    fn leaning(&self, entry: &Entry) -> Option<(Label4, f64)> {
        let all_posts = self.posts.iter().sum::<u64>() as f64;
        let total = f64::from(entry.total());
        // With one label only, nothing leans: then the most frequent words speak for it.
        if let Some(only) = Label4::ALL.into_iter().find(|l| self.posts[l.index()] == self.post) {
            return Some((only, total.sqrt()));
        }
        let mut best: Option<(Label4, f64)> = None;
        for label in Label4::ALL {
            let (here, posts) = (f64::from(entry.by_label[label.index()]), self.posts[label.index()] as f64);
            let (there, others) = (total - here, all_posts - posts);
            if here < 1.0 {
                continue;
            }
            // The prior is ten posts that hold the word as often as all posts do.
            let prior = 10.0 * total / all_posts;
            let odds = |hits: f64, of: f64| (hits + prior) / (of - hits + 10.0 - prior).max(0.5);
            let spread = (1.0 / (here + prior) + 1.0 / (there + prior)).sqrt();
            let ratio = odds(here, posts) / odds(there, others);
            let score = ratio.ln() / spread;
            if ratio > MIN_WORD_ODDS && score > MIN_WORD_LEAN && best.is_none_or(|(_, other)| score > other) {
                best = Some((label, score));
            }
        }
        best
    }
}

/// Links: not words.
fn is_link(token: &str) -> bool {
    let token = token.trim_start_matches(|c: char| !c.is_alphanumeric());
    let lower =
        |prefix: &str| token.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix));
    lower("http:") || lower("https:") || lower("www.") || lower("t.co/")
}

/// Takes one word off the front of `token` into `word` (lower case, cut at [`MAX_WORD_CHARS`], possibly empty) and returns what
/// follows. A word is a run of letters, digits and inner apostrophes, with or without a leading `#`, or one pictograph.
fn next_word<'a>(token: &'a str, word: &mut String) -> &'a str {
    word.clear();
    let mut chars = 0;
    for (at, c) in token.char_indices() {
        let rest = || &token[at + c.len_utf8()..];
        match c {
            _ if is_hidden(c) => continue,
            '#' | '＃' if word.is_empty() => word.push('#'),
            '@' | '＠' if word.is_empty() => return skip_name(rest()),
            '\'' | '’' if !word.is_empty() && word != "#" => word.push('\''),
            _ if is_pictograph(c) && (word.is_empty() || word == "#") => {
                word.clear();
                word.push(c);
                return rest();
            }
            _ if is_pictograph(c) => return &token[at..],
            _ if c.is_alphanumeric() || c == '_' || (is_combining(c) && !word.is_empty()) => {
                chars += 1;
                if chars <= MAX_WORD_CHARS {
                    if c.is_ascii() {
                        word.push(c.to_ascii_lowercase())
                    } else {
                        word.extend(c.to_lowercase())
                    }
                }
            }
            _ if word.is_empty() => continue,
            _ => {
                trim_word(word);
                return rest();
            }
        }
    }
    trim_word(word);
    ""
}

/// What follows a mention: it is not a word, but in `.@name,hello` a word may follow.
fn skip_name(rest: &str) -> &str {
    rest.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_')
}

fn trim_word(word: &mut String) {
    let kept = word.trim_end_matches(['\'', '_']).len();
    word.truncate(kept);
    if word.ends_with("'s") {
        word.truncate(word.len() - 2);
    }
}

fn is_word(word: &str) -> bool {
    let body = word.trim_start_matches('#');
    let Some(first) = body.chars().next() else { return false };
    if is_pictograph(first) {
        return true;
    }
    if !body.chars().any(char::is_alphabetic) {
        return false;
    }
    if body.is_ascii() && body.len() < 2 {
        return false;
    }
    if word.starts_with('#') {
        return true;
    }
    if body.contains('\'') { !is_stop_word(&body.replace('\'', "")) } else { !is_stop_word(body) }
}

/// Emoji and the older symbols that people use like them.
fn is_pictograph(c: char) -> bool {
    matches!(c, '\u{2600}'..='\u{27BF}' | '\u{2B50}' | '\u{2B55}' | '\u{1F000}'..='\u{1F3FA}' | '\u{1F400}'..='\u{1FAFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let mut counts = WordCounts::new();
        counts.add(Label4::Neutral, text);
        let mut out: Vec<String> = counts.ids.keys().map(|w| w.to_string()).collect();
        out.sort();
        out
    }

    #[test]
    fn links_mentions_numbers_and_stop_words_are_left_out() {
        let text = "RT @United: LOVE the #Flight &amp; it's 737 late!! https://t.co/x (http://a.b) .@you,hi www.x.y don’t wait";
        assert_eq!(words(text), ["#flight", "hi", "late", "love", "wait"]);
    }

    #[test]
    fn a_post_counts_once() {
        let mut counts = WordCounts::new();
        counts.add(Label4::Positive, "great great Great GREAT");
        counts.add(Label4::Positive, "great");
        assert_eq!(counts.top(Label4::Positive, 5)[0].count, 2);
    }

    #[test]
    fn possessives_emoji_and_other_scripts() {
        assert_eq!(
            words("Delta's 😡😡 обслуживание 東京タワー ❤️ #ThankYou"),
            ["#thankyou", "delta", "обслуживание", "❤", "東京タワー", "😡"]
        );
    }

    #[test]
    fn hostile_words_are_cut_and_cleaned() {
        let long = "x".repeat(100_000);
        assert_eq!(words(&long), ["x".repeat(MAX_WORD_CHARS)]);
        assert_eq!(
            words("wo\u{200D}rd \u{202E}evil\u{0} <script>alert"),
            ["alert", "evil", "script", "word"]
        );
    }

    #[test]
    fn labels_are_told_apart_and_the_topic_word_is_not_first() {
        let mut counts = WordCounts::new();
        for i in 0..200 {
            counts.add(Label4::Positive, if i % 2 == 0 { "airline lovely crew" } else { "airline thanks" });
            counts.add(
                Label4::Negative,
                if i % 3 == 0 { "airline delayed crew" } else { "airline lost luggage" },
            );
        }
        let top: Vec<_> = counts.top(Label4::Positive, 3).into_iter().map(|w| w.word).collect();
        assert!(top.contains(&"thanks".to_owned()) && top.contains(&"lovely".to_owned()), "{top:?}");
        let top: Vec<_> = counts.top(Label4::Negative, 2).into_iter().map(|w| w.word).collect();
        assert_eq!(top, ["lost", "luggage"]);
        assert!(!top.contains(&"airline".to_owned()));
    }

    #[test]
    fn one_label_alone_shows_its_frequent_words() {
        let mut counts = WordCounts::new();
        for _ in 0..3 {
            counts.add(Label4::Mixed, "weather rain");
        }
        counts.add(Label4::Mixed, "weather sun");
        assert_eq!(counts.top(Label4::Mixed, 1)[0].word, "weather");
        assert!(counts.top(Label4::Positive, 5).is_empty());
    }

    #[test]
    fn memory_is_bounded_and_pruning_is_deterministic() {
        let build = || {
            let mut counts = WordCounts::new();
            for i in 0..(MAX_DISTINCT_WORDS * 2) {
                counts.add(Label4::Neutral, &format!("w{i} often"));
            }
            counts
        };
        let (a, b) = (build(), build());
        assert!(a.distinct() <= MAX_DISTINCT_WORDS && a.forgotten() > 0);
        assert_eq!(a.top(Label4::Neutral, 50), b.top(Label4::Neutral, 50));
        assert_eq!(a.top(Label4::Neutral, 1)[0].total as usize, MAX_DISTINCT_WORDS * 2);
    }
}
