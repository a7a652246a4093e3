//! Makes one post after another: who, what, in which language, repeating or answering whom. The schedule says
//! when and in what mood. Nothing here may repeat one post twice: `--limit N` means N posts after collapsing, too.

use jiff::Timestamp;

use super::grammar::{Grammar, Rule, RuleId, push_number};
use super::languages;
use super::people::People;
use super::phrases;
use super::schedule::{Chapter, Slot};
use crate::model::{Post, Reference, ReferenceKind};
use crate::source::rng::Rng;

/// Posts that may be repeated, quoted or answered.
const RECENT: usize = 64;
/// The epoch of the identifiers, as X counts: milliseconds above 22 bits.
const SNOWFLAKE_EPOCH_MS: i64 = 1_288_834_974_657;

/// Of 1,000 posts.
const RETWEETS: u32 = 110;
const REPLIES: u32 = 100;
const QUOTES: u32 = 30;
const OTHER_LANGUAGE: u32 = 40;
const NO_LANGUAGE: u32 = 25;

#[derive(Clone, Debug)]
struct Recent {
    id: u64,
    author: String,
    lang: Option<&'static str>,
    /// Taken by the one post that repeats it.
    text: Option<String>,
}

/// The rules of one mood, by chapter: own words of the chapter and what may follow.
#[derive(Clone, Copy, Debug)]
struct MoodRules {
    core: [RuleId; 4],
    more: RuleId,
    face: RuleId,
}

/// Writes the posts of one sample.
pub struct Composer {
    rng: Rng,
    grammar: Grammar,
    people: People,
    moods: [MoodRules; 4],
    tags: [RuleId; 4],
    others: [(&'static str, RuleId); 4],
    recent: Vec<Recent>,
    last_id: u64,
}

impl Composer {
    pub fn new(seed: u64) -> Self {
        let rules: Vec<Rule> =
            phrases::ENGLISH.iter().chain(phrases::WORDS).chain(languages::RULES).copied().collect();
        let grammar = Grammar::new(&rules);
        let mood = |name: &str| MoodRules {
            core: ["_opening", "", "_incident", "_recovery"]
                .map(|chapter| grammar.rule(&format!("{name}{chapter}"))),
            more: grammar.rule(&format!("more_{name}")),
            face: grammar.rule(&format!("face_{name}")),
        };
        Self {
            rng: Rng::new(seed, 0x706f_7374),
            people: People::new(seed),
            // In the order of `schedule::Moods`. Mixed posts sound alike in all chapters.
            moods: ["positive", "negative", "neutral", "mixed"].map(mood),
            tags: ["tag_opening", "tag", "tag_incident", "tag_recovery"].map(|name| grammar.rule(name)),
            others: languages::OTHERS.map(|(lang, rule)| (lang, grammar.rule(rule))),
            grammar,
            recent: Vec::with_capacity(RECENT),
            last_id: 0,
        }
    }

    /// The moment of the `number`th post of `slot`: evenly spread, each a little off, never out of order.
    pub fn moment(&mut self, slot: &Slot, number: u64) -> i64 {
        let length = slot.length_ms as u64;
        let part = |n: u64| (u128::from(length) * u128::from(n) / u128::from(slot.posts.max(1))) as u64;
        let (from, to) = (part(number), part(number + 1));
        slot.start_ms + from as i64 + i64::from(self.rng.below(u32::try_from(to - from).unwrap_or(u32::MAX)))
    }

    /// The next post, written at `at_ms`.
    pub fn post(&mut self, slot: &Slot, at_ms: i64) -> Post {
        let id = self.identifier(at_ms);
        let mut post = Post {
            created_at: Timestamp::from_millisecond(at_ms).unwrap_or_default(),
            author: self.people.somebody(&mut self.rng).clone(),
            ..Post::default()
        };
        post.id.reserve_exact(20);
        push_number(id, &mut post.id);
        let kind = self.rng.below(1_000);
        if kind < RETWEETS && self.repeat(&mut post) {
            return post;
        }
        post.text.reserve(192);
        let mut lang = Some("en");
        if (RETWEETS..RETWEETS + REPLIES).contains(&kind) {
            self.answer(&mut post);
        }
        if self.rng.chance(OTHER_LANGUAGE) {
            let (other, rule) = self.others[self.rng.below(4) as usize];
            self.grammar.expand(rule, &mut self.rng, &mut post.text);
            lang = Some(other);
        } else {
            self.write(slot, &mut post.text);
            if self.rng.chance(NO_LANGUAGE) {
                lang = None;
            }
        }
        if (RETWEETS + REPLIES..RETWEETS + REPLIES + QUOTES).contains(&kind) {
            self.quote(&mut post);
        }
        post.lang = lang.map(str::to_owned);
        self.remember(id, &post, lang);
        post
    }

    /// Digits that only grow, with the time in their upper bits, as X's do.
    fn identifier(&mut self, at_ms: i64) -> u64 {
        let time = u64::try_from(at_ms - SNOWFLAKE_EPOCH_MS).unwrap_or(0);
        let id = (time << 22) | u64::from(self.rng.below(1 << 12));
        self.last_id = id.max(self.last_id + 1);
        self.last_id
    }

    /// Makes `post` a retweet of one that nobody has repeated yet; false if there is none.
    fn repeat(&mut self, post: &mut Post) -> bool {
        let choice = self.rng.below(self.recent.len() as u32) as usize;
        let (before, after) = self.recent.split_at_mut(choice);
        let mut from_choice = after.iter_mut().chain(before);
        let Some(original) = from_choice.find(|recent| recent.text.is_some()) else { return false };
        let Some(text) = original.text.take() else { return false };
        post.text = text;
        post.lang = original.lang.map(str::to_owned);
        post.reference = Some(reference(ReferenceKind::Retweeted, original.id));
        true
    }

    /// Makes `post` an answer: it starts with the name of the one it answers.
    fn answer(&mut self, post: &mut Post) {
        let choice = self.rng.below(self.recent.len() as u32) as usize;
        let Some(original) = self.recent.get(choice) else { return };
        post.reference = Some(reference(ReferenceKind::RepliedTo, original.id));
        post.text.push('@');
        post.text.push_str(&original.author);
        post.text.push(' ');
    }

    fn quote(&mut self, post: &mut Post) {
        let choice = self.rng.below(self.recent.len() as u32) as usize;
        post.reference =
            self.recent.get(choice).map(|original| reference(ReferenceKind::Quoted, original.id));
    }

    /// Keeps one post of four, in place of a random older one.
    fn remember(&mut self, id: u64, post: &Post, lang: Option<&'static str>) {
        if self.recent.len() >= RECENT && !self.rng.chance(250) {
            return;
        }
        let author = post.author.username.clone().unwrap_or_default();
        let recent = Recent { id, author, lang, text: Some(post.text.clone()) };
        if self.recent.len() < RECENT {
            self.recent.push(recent);
        } else {
            let choice = self.rng.below(RECENT as u32) as usize;
            self.recent[choice] = recent;
        }
    }

    /// One English text in the slot's mood.
    fn write(&mut self, slot: &Slot, text: &mut String) {
        let chapter = match slot.chapter {
            Chapter::Opening => 0,
            Chapter::Ordinary => 1,
            Chapter::Incident => 2,
            Chapter::Recovery => 3,
        };
        let rules = self.moods[self.mood(slot)];
        let from = text.len();
        // In a chapter of their own, people also talk about everything else.
        let own = self.rng.chance(if slot.chapter == Chapter::Incident { 750 } else { 450 });
        let core = if own { rules.core[chapter] } else { rules.core[1] };
        let before = text.len();
        self.grammar.expand(core, &mut self.rng, text);
        if text.len() == before {
            self.grammar.expand(rules.core[1], &mut self.rng, text);
        }
        if self.rng.chance(380) {
            self.grammar.expand(rules.more, &mut self.rng, text);
        }
        if self.rng.chance(110)
            && let Some(written) = text.get_mut(from..)
        {
            written.make_ascii_lowercase();
        }
        if self.rng.chance(260) {
            text.push(' ');
            self.grammar.expand(rules.face, &mut self.rng, text);
        }
        let tags = [0, 0, 0, 1, 1, 2][self.rng.below(6) as usize];
        for _ in 0..tags {
            text.push(' ');
            self.grammar.expand(self.tags[chapter], &mut self.rng, text);
        }
    }

    fn mood(&mut self, slot: &Slot) -> usize {
        let mut rest = self.rng.below(slot.moods.iter().sum());
        for (mood, share) in slot.moods.iter().enumerate() {
            if rest < *share {
                return mood;
            }
            rest -= share;
        }
        2
    }
}

fn reference(kind: ReferenceKind, of: u64) -> Reference {
    let mut id = String::with_capacity(20);
    push_number(of, &mut id);
    Reference { kind, id }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_that_is_named_exists() {
        let rules: Vec<Rule> =
            phrases::ENGLISH.iter().chain(phrases::WORDS).chain(languages::RULES).copied().collect();
        let grammar = Grammar::new(&rules);
        assert_eq!(grammar.unknown(), [""; 0]);
        assert!(grammar.alternatives() > 600, "{} phrases", grammar.alternatives());
        let composer = Composer::new(1);
        let mut names: Vec<&str> = rules.iter().map(|rule| rule.0).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "a rule is there twice");
        assert_ne!(composer.moods[3].more, grammar.rule("no such rule"));
    }
}
