//! How one window is read: which page is asked for next, and when the window is whole. Pure, and the same after a
//! resume: all that it goes by is written in the mark of the page before.
//!
//! A window is read in parts (one, or up to ten with `x.sample: spread`). In the first round each part is asked for
//! its share of the cap; what shares are left over goes, in the second round, to the parts that have more.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::plan::Span;
use crate::limits;

const LEAST: u32 = *limits::X_PAGE_POSTS.start();
const MOST: u32 = *limits::X_PAGE_POSTS.end();

/// A page to be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    pub span: Span,
    /// `max_results`.
    pub posts: u32,
    pub token: Option<String>,
}

/// What a page said of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Got {
    /// Posts on it, those that X withholds included.
    pub posts: u32,
    pub next: Option<String>,
    /// It had nothing new: its part ends, whatever X says.
    pub repeated: bool,
}

/// How far a window is read. Field names are short, as this stands at the head of every page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Walk {
    /// The seconds that are asked for.
    #[serde(rename = "s")]
    span: Span,
    /// Posts of the window at most.
    #[serde(rename = "m")]
    cap: u32,
    #[serde(rename = "k")]
    parts: u32,
    /// Posts that came.
    #[serde(rename = "n")]
    taken: u32,
    /// The part that is being read in the first round; all of them when it is over.
    #[serde(rename = "p")]
    part: u32,
    /// Posts that came of this part.
    #[serde(rename = "q")]
    of_part: u32,
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    /// Parts that have more, with their token.
    #[serde(rename = "o", default, skip_serializing_if = "VecDeque::is_empty")]
    open: VecDeque<(u32, String)>,
    /// Pages without a post since the last one with some.
    #[serde(rename = "e", default)]
    empty: u32,
    /// A part was ended before its end.
    #[serde(rename = "c", default)]
    cut: bool,
}

impl Walk {
    /// The whole window of `span`, at most `cap` posts, in `parts` parts at most.
    pub fn new(span: Span, cap: u32, spread: bool) -> Self {
        let parts = if spread { (cap / LEAST).min(limits::X_PARTS) } else { 1 };
        let seconds = u32::try_from(span.seconds()).unwrap_or(u32::MAX);
        Self {
            span,
            cap,
            parts: parts.min(seconds).max(1),
            taken: 0,
            part: 0,
            of_part: 0,
            token: None,
            open: VecDeque::new(),
            empty: 0,
            cut: false,
        }
    }

    /// As it stands in a mark.
    pub fn written(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// From a mark; `None` where it is none of ours.
    pub fn read(text: &str) -> Option<Self> {
        let walk: Self = serde_json::from_str(text).ok()?;
        let parts = (1..=limits::X_PARTS).contains(&walk.parts) && walk.part <= walk.parts;
        let open = walk.open.iter().all(|(part, _)| *part < walk.parts);
        (parts && open && walk.span.seconds() >= 1 && walk.cap >= LEAST && !walk.is_over()).then_some(walk)
    }

    pub fn span(&self) -> Span {
        self.span
    }

    /// Posts that may still come.
    pub fn left(&self) -> u32 {
        self.cap.saturating_sub(self.taken)
    }

    /// Posts that will come of `available` ones.
    pub fn to_come(&self, available: u64) -> u64 {
        available.saturating_sub(u64::from(self.taken)).min(u64::from(self.left()))
    }

    /// Whether X has more than was read.
    pub fn capped(&self) -> bool {
        self.cut || !self.open.is_empty()
    }

    /// Whether nothing more is to be asked for.
    pub fn is_over(&self) -> bool {
        self.part >= self.parts && (self.open.is_empty() || self.left() < LEAST)
    }

    /// The next page, if there is one.
    pub fn ask(&self) -> Option<Ask> {
        if self.is_over() {
            return None;
        }
        if self.part < self.parts {
            let posts = page_posts(self.share() - self.of_part.min(self.share()));
            return Some(Ask {
                span: self.span.part(self.part, self.parts),
                posts,
                token: self.token.clone(),
            });
        }
        let (part, token) = self.open.front()?;
        let each = self.left() / u32::try_from(self.open.len()).unwrap_or(u32::MAX).max(1);
        let some = each.clamp(LEAST, MOST);
        // What would be too little for another page is asked for with this one.
        let posts = if self.left() - some < LEAST && self.left() <= MOST { self.left() } else { some };
        Some(Ask { span: self.span.part(*part, self.parts), posts, token: Some(token.clone()) })
    }

    /// The page of [`Walk::ask`] came. Whether its part ends here although X has more pages of it.
    pub fn came(&mut self, got: Got) -> bool {
        self.taken = self.taken.saturating_add(got.posts);
        self.empty = if got.posts == 0 { self.empty + 1 } else { 0 };
        let endless = self.empty >= limits::X_EMPTY_PAGES && got.next.is_some();
        let cut = (got.repeated || endless) && got.next.is_some();
        self.cut |= cut;
        let next = got.next.filter(|_| !cut);
        if self.part < self.parts {
            self.of_part = self.of_part.saturating_add(got.posts);
            match next {
                Some(token) if self.share().saturating_sub(self.of_part) >= LEAST => {
                    self.token = Some(token);
                    return cut;
                }
                Some(token) => self.open.push_back((self.part, token)),
                None => {}
            }
            self.part += 1;
            (self.of_part, self.token, self.empty) = (0, None, 0);
        } else if let Some((part, _)) = self.open.pop_front() {
            self.open.extend(next.map(|token| (part, token)));
        }
        cut
    }

    /// X does not go on from the token that it gave: the part is over.
    pub fn refused(&mut self) {
        self.came(Got { posts: 0, next: self.ask().and_then(|ask| ask.token), repeated: true });
    }

    /// Posts of the part in the first round.
    fn share(&self) -> u32 {
        let upto = |n: u32| u64::from(self.cap) * u64::from(n) / u64::from(self.parts);
        u32::try_from(upto(self.part + 1) - upto(self.part)).unwrap_or(u32::MAX)
    }
}

/// Posts of the next page when `left` are to come: so that what is left after it is nothing, or enough for a page.
fn page_posts(left: u32) -> u32 {
    match left {
        _ if left <= MOST => left.max(LEAST),
        _ if left - MOST < LEAST => left - LEAST,
        _ => MOST,
    }
}

#[cfg(test)]
#[path = "tests/walk.rs"]
mod tests;
