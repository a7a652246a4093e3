//! Compare: two models' scores of the same posts, packet by packet. Needs no tables and no warehouse.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::layout::{self, RunLayout};
use crate::model::{Label, PacketName, Score};
use crate::pipeline::port::Store;
use crate::wire::{self, SentimentLine, StagingText};

/// Posts shown where the models differ, at most.
pub const EXAMPLES: usize = 10;

/// What two models make of the same posts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// Posts that both scored.
    pub posts: u64,
    /// Row: first model's label; column: second's; in the order of `Label::ALL`.
    pub confusion: [[u64; 4]; 4],
    /// Posts on which they differ most, most first.
    pub examples: Vec<Example>,
}

/// A post on which two models differ.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Example {
    pub tweet_id: String,
    pub text: String,
    pub first: String,
    pub second: String,
    /// Difference of (positive − negative), 0 to 2.
    pub distance: f64,
}

impl Comparison {
    /// Share of posts with the same label; `None` without posts.
    pub fn agreement(&self) -> Option<f64> {
        let same: u64 = (0..4).map(|i| self.confusion[i][i]).sum();
        (self.posts > 0).then(|| same as f64 / self.posts as f64)
    }

    /// Cohen's kappa: agreement beyond what the two models' own shares would give by chance.
    /// `None` where it is not defined (no posts, or both always say the same one label).
    pub fn kappa(&self) -> Option<f64> {
        let observed = self.agreement()?;
        let n = self.posts as f64;
        let chance: f64 = (0..4)
            .map(|i| {
                let row: u64 = self.confusion[i].iter().sum();
                let column: u64 = self.confusion.iter().map(|r| r[i]).sum();
                row as f64 / n * (column as f64 / n)
            })
            .sum();
        (chance < 1.0).then(|| (observed - chance) / (1.0 - chance))
    }

    fn add(&mut self, post: &StagingText<'_>, first: Score, second: Score) {
        self.posts += 1;
        self.confusion[first.label.index()][second.label.index()] += 1;
        if first.label == second.label {
            return;
        }
        let leaning = |score: &Score| score.positive - score.negative;
        let distance = (leaning(&first) - leaning(&second)).abs();
        if self.examples.len() >= EXAMPLES && self.examples.last().is_some_and(|e| e.distance >= distance) {
            return;
        }
        let at = self.examples.partition_point(|e| e.distance >= distance);
        let label = |label: Label| label.as_str().to_owned();
        let example = Example {
            tweet_id: post.tweet_id.clone().into_owned(),
            text: post.text.clone().into_owned(),
            first: label(first.label),
            second: label(second.label),
            distance,
        };
        self.examples.insert(at, example);
        self.examples.truncate(EXAMPLES);
    }
}

/// Compares two models over all packets of a run.
pub async fn compare(store: &dyn Store, run: &RunLayout, first: &str, second: &str) -> Result<Comparison> {
    let mut comparison = Comparison::default();
    for entry in store.list(&run.staging()).await? {
        let Some(name) = layout::packet_of_key(&entry.key) else { continue };
        let posts = read(store, &entry.key).await?;
        let a = read(store, &run.sentiment_packet(first, &name)).await?;
        let b = read(store, &run.sentiment_packet(second, &name)).await?;
        add_packet(&mut comparison, &name, &posts, &a, &b)?;
    }
    Ok(comparison)
}

async fn read(store: &dyn Store, key: &str) -> Result<Vec<u8>> {
    store.get(key).await?.ok_or_else(|| {
        Error::input(format!("{key} is not there"))
            .hint("both models must have scored the whole run: sentistack pipeline score RUN --model MODEL")
            .resource(key)
    })
}

fn add_packet(
    comparison: &mut Comparison,
    name: &PacketName,
    posts: &[u8],
    first: &[u8],
    second: &[u8],
) -> Result<()> {
    let broken = |e: wire::LineError| Error::input(format!("packet {name} cannot be read")).because(e);
    let mut first = wire::lines::<SentimentLine>(first);
    let mut second = wire::lines::<SentimentLine>(second);
    for post in wire::lines::<StagingText>(posts) {
        let post = post.map_err(broken)?;
        let (Some(a), Some(b)) = (first.next(), second.next()) else {
            return Err(Error::input(format!("packet {name} has fewer scores than posts")));
        };
        let (a, b) = (a.map_err(broken)?, b.map_err(broken)?);
        if a.tweet_id != post.tweet_id || b.tweet_id != post.tweet_id {
            return Err(Error::input(format!("packet {name} has its scores in another order")));
        }
        if let (Some(a), Some(b)) = (a.score(), b.score()) {
            comparison.add(&post, a, b);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kappa_of_the_textbook_example() {
        // 20 yes/yes, 5 yes/no, 10 no/yes, 15 no/no: agreement 0.7, kappa 0.4.
        let mut c = Comparison { posts: 50, ..Comparison::default() };
        c.confusion[0][0] = 20;
        c.confusion[0][1] = 5;
        c.confusion[1][0] = 10;
        c.confusion[1][1] = 15;
        assert!((c.agreement().unwrap() - 0.7).abs() < 1e-12);
        assert!((c.kappa().unwrap() - 0.4).abs() < 1e-12);
    }

    #[test]
    fn kappa_is_undefined_when_both_always_say_the_same() {
        let mut c = Comparison { posts: 3, ..Comparison::default() };
        c.confusion[2][2] = 3;
        assert_eq!(c.kappa(), None);
        assert_eq!(Comparison::default().kappa(), None);
    }
}
