//! The words that a post must have, and those that it must not: a small language of its own. Pure.
//!
//! Terms stand beside each other, and all must hold:
//!
//! | written | a post matches that has |
//! |---|---|
//! | `delta` | the word, in upper or lower case: not inside `deltas` |
//! | `"united airlines"` | these words in this order, whatever stands between them but no other word |
//! | `#avgeek` | the hashtag, in its text or among its tags |
//! | `@delta.com` | the handle; `@name` stands for `@name.bsky.social` |
//! | `-word`, `-"a phrase"`, `-#tag`, `-@handle` | none of it |
//! | `united OR delta` | one of the two or both; it binds the terms beside it: `flight united OR delta` is flight and one of the two |

use super::words::{self, Words};

/// What was asked for. The empty query takes every post.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// Of each group one term must hold.
    all: Vec<Vec<Term>>,
    none: Vec<Term>,
}

#[derive(Clone, Debug, PartialEq)]
enum Term {
    Phrase(Vec<String>),
    Tag(String),
    Handle(String),
}

/// What is wrong with a query, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} at character {at}")]
pub struct QueryError {
    pub what: String,
    /// Character of the query, from 1.
    pub at: usize,
    /// What to write instead.
    pub hint: &'static str,
}

/// Words before a colon that mean something to X, and nothing here.
const OPERATORS: [&str; 12] =
    ["is", "has", "from", "to", "lang", "url", "since", "until", "context", "entity", "place", "domain"];

impl Query {
    /// Reads a query.
    ///
    /// # Errors
    /// What is wrong, with the character at which it is.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let mut query = Self::default();
        // The character of an `OR` whose right side is still to come.
        let mut pending: Option<usize> = None;
        let mut last_is_excluded = true;
        for piece in pieces(text)? {
            if piece.is_or() {
                let misplaced = pending.is_some() || last_is_excluded;
                if misplaced {
                    return Err(piece.wrong(
                        "OR has no term before it",
                        "write it between two terms: united OR delta; in quotes it is a word",
                    ));
                }
                pending = Some(piece.at);
                continue;
            }
            let term = piece.term()?;
            last_is_excluded = piece.excluded;
            match (piece.excluded, pending.take()) {
                (true, Some(_)) => {
                    return Err(piece.wrong(
                        "an excluded term cannot follow OR",
                        "exclude it beside the group: united OR delta -crew",
                    ));
                }
                (true, None) => query.none.push(term),
                (false, Some(_)) => {
                    if let Some(group) = query.all.last_mut() {
                        group.push(term);
                    }
                }
                (false, None) => query.all.push(vec![term]),
            }
        }
        match pending {
            Some(at) => Err(QueryError {
                what: "OR has no term after it".to_owned(),
                at,
                hint: "write it between two terms: united OR delta; in quotes it is a word",
            }),
            None => Ok(query),
        }
    }

    /// Whether every post matches.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty() && self.none.is_empty()
    }

    /// Whether a post of this text, with these tags beside it, matches.
    pub fn matches(&self, text: &str, tags: &[String]) -> bool {
        if self.is_empty() {
            return true;
        }
        let words = Words::of(text, tags.iter().map(String::as_str));
        self.all.iter().all(|group| group.iter().any(|term| term.holds(&words)))
            && !self.none.iter().any(|term| term.holds(&words))
    }
}

impl Term {
    fn holds(&self, words: &Words) -> bool {
        match self {
            Self::Phrase(phrase) => words.have(phrase),
            Self::Tag(tag) => words.tags.contains(tag),
            Self::Handle(handle) => words.handles.contains(handle),
        }
    }
}

/// A piece of the query, as it was typed.
struct Piece<'a> {
    /// Character, from 1.
    at: usize,
    excluded: bool,
    quoted: bool,
    text: &'a str,
}

impl Piece<'_> {
    fn is_or(&self) -> bool {
        !self.quoted && !self.excluded && self.text == "OR"
    }

    fn wrong(&self, what: impl Into<String>, hint: &'static str) -> QueryError {
        QueryError { what: what.into(), at: self.at, hint }
    }

    fn term(&self) -> Result<Term, QueryError> {
        let nothing = "has no letter or digit to look for";
        if !self.quoted {
            if let Some(tag) = self.text.strip_prefix(['#', '＃']) {
                return match words::tag(tag) {
                    Some(found)
                        if found.chars().count() == tag.chars().flat_map(char::to_lowercase).count() =>
                    {
                        Ok(Term::Tag(found))
                    }
                    _ => Err(self.wrong(
                        format!("{} is no hashtag", self.text),
                        "a hashtag is # with letters, digits and _",
                    )),
                };
            }
            if let Some(name) = self.text.strip_prefix('@') {
                let bad =
                    || self.wrong(format!("{} is no handle", self.text), "a handle is @name.bsky.social");
                let found = words::handle(name).ok_or_else(bad)?;
                return if found.starts_with(&name.to_ascii_lowercase()) {
                    Ok(Term::Handle(found))
                } else {
                    Err(bad())
                };
            }
            if let Some((operator, _)) = self.text.split_once(':')
                && OPERATORS.contains(&operator.to_ascii_lowercase().as_str())
            {
                return Err(self.wrong(
                    format!("{operator}: is an operator of X, which a Bluesky query does not have"),
                    "leave it out (languages are chosen with --lang); in quotes it is text",
                ));
            }
            if self.text.contains(['(', ')']) {
                return Err(self.wrong(
                    "a query has no parentheses",
                    "OR binds the terms beside it: flight united OR delta",
                ));
            }
        }
        let words = words::split(self.text);
        match words.is_empty() {
            true => Err(self
                .wrong(format!("{:?} {nothing}", self.text), "write words, \"phrases\", #tags or @handles")),
            false => Ok(Term::Phrase(words)),
        }
    }
}

/// Splits at spaces, but not inside quotes.
fn pieces(text: &str) -> Result<Vec<Piece<'_>>, QueryError> {
    let mut pieces = Vec::new();
    let mut rest = text;
    let place = |rest: &str| text[..text.len() - rest.len()].chars().count() + 1;
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return Ok(pieces);
        }
        let at = place(rest);
        let (excluded, body) = match rest.strip_prefix('-') {
            Some(body) => (true, body),
            None => (false, rest),
        };
        if let Some(quote) = body.strip_prefix(['"', '“', '”']) {
            let Some(end) = quote.find(['"', '“', '”']) else {
                return Err(QueryError {
                    what: "a quotation mark is not closed".to_owned(),
                    at,
                    hint: "write \"two words\", with a mark on either side",
                });
            };
            pieces.push(Piece { at, excluded, quoted: true, text: &quote[..end] });
            let after = &quote[end..];
            rest = &after[after.chars().next().map_or(0, char::len_utf8)..];
        } else {
            let end = body.find(char::is_whitespace).unwrap_or(body.len());
            pieces.push(Piece { at, excluded, quoted: false, text: &body[..end] });
            rest = &body[end..];
        }
    }
}

#[cfg(test)]
#[path = "query_tests.rs"]
mod tests;
