//! Groups of posts that say the same, so that a retweet never stands on both sides of a split.

use crate::hash;
use crate::rng::Rng;

/// The group of a post: its text in lower case without the retweet mark, URLs and mentions, white space made one.
#[must_use]
pub fn group_key(text: &str) -> String {
    let lower = text.to_lowercase();
    let mut words = lower.split_whitespace().peekable();
    if words.peek() == Some(&"rt") {
        words.next();
    }
    let mut key = String::with_capacity(lower.len());
    for word in words {
        let is_link = word.starts_with("http://") || word.starts_with("https://") || word.starts_with("www.");
        if is_link || (word.starts_with('@') && word.len() > 1) {
            continue;
        }
        if !key.is_empty() {
            key.push(' ');
        }
        key.push_str(word);
    }
    key
}

/// Deals the items to `folds` folds so that all items of one group are in one fold. Gives the fold (0 to
/// `folds` - 1) of each item, in their order. Groups are shuffled by `seed`, then each goes to the fold that is
/// smallest so far. With no folds asked for, there is one.
#[must_use]
pub fn k_fold_by_group<'a>(texts: impl Iterator<Item = &'a str>, folds: usize, seed: u64) -> Vec<usize> {
    let keys: Vec<u64> = texts.map(|text| hash::bytes(group_key(text).as_bytes())).collect();
    let mut groups: Vec<(u64, usize)> = Vec::new();
    let mut sorted = keys.clone();
    sorted.sort_unstable();
    for key in sorted {
        match groups.last_mut() {
            Some((last, size)) if *last == key => *size += 1,
            _ => groups.push((key, 1)),
        }
    }
    Rng::new(seed).shuffle(&mut groups);
    // Big groups first: they are what makes folds uneven. The sort is stable, so the shuffle still decides ties.
    groups.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    let mut sizes = vec![0usize; folds.max(1)];
    let mut home: Vec<(u64, usize)> = groups
        .into_iter()
        .map(|(key, size)| {
            let fold = (0..sizes.len()).min_by_key(|fold| sizes[*fold]).unwrap_or(0);
            sizes[fold] += size;
            (key, fold)
        })
        .collect();
    home.sort_unstable();
    keys.iter().map(|key| home.binary_search_by_key(key, |(k, _)| *k).map_or(0, |at| home[at].1)).collect()
}
