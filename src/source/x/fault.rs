//! What X's refusals mean for whoever runs the tool. Pure; never says the token.

use super::api::Problem;
use crate::config::secret::Secret;
use crate::error::{Error, ErrorKind};
use crate::limits;

/// Why a request was not answered.
#[derive(Debug)]
pub enum Fault {
    /// X does not go on from this token.
    Token(String),
    /// Reading ends.
    Failed(Box<Error>),
}

/// What to do when the cause is cured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// A search goes on: nothing is lost, nothing is paid for twice.
    Resume,
    /// A stream has flowed by meanwhile.
    Again,
}

impl Next {
    fn words(self) -> &'static str {
        match self {
            Self::Resume => {
                "then go on with `sentistack pipeline resume`: what was read is kept, and not bought again"
            }
            Self::Again => "then begin again with `sentistack live run`: what was read before is sent",
        }
    }

    /// What X calls what is looked for, and where it is described.
    fn query(self) -> (&'static str, &'static str) {
        match self {
            Self::Resume => ("query", "https://docs.x.com/x-api/posts/search"),
            Self::Again => ("rule", "https://docs.x.com/x-api/posts/filtered-stream/integrate/build-a-rule"),
        }
    }
}

const STREAM_RULES: &str = "https://docs.x.com/x-api/stream/update-stream-rules";

/// What a request was about.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    pub url: &'a str,
    pub query: &'a str,
    /// It went on from a token of an earlier page.
    pub has_token: bool,
    pub secret: &'a Secret,
    pub next: Next,
}

/// An answer that no other try will better.
pub fn refused(status: u16, text: &str, asked: Asked<'_>) -> Fault {
    let problem = Problem::of(text);
    let mut words = problem.words().into_iter().map(|words| asked.secret.hide_in(&words));
    let first = words.next();
    let said = |what: &str| match &first {
        Some(words) => format!("{what}: {words}"),
        None => format!("{what} (HTTP {status})"),
    };
    if status == 400 && asked.has_token && problem.is_about(&["next_token", "pagination_token"]) {
        return Fault::Token(said("X does not go on from the page before"));
    }
    let then = asked.next.words();
    let outside = |message: String, hint: &str| Error::new(ErrorKind::Outside, message).hint(hint.to_owned());
    let error = match status {
        400..=499 if problem.is("rule-cap", "RulesCapExceeded") => outside(
            said("the app has as many rules as X lets it have"),
            &format!("remove some at {STREAM_RULES}, {then}"),
        ),
        400 if problem.is_about(&["start_time", "end_time"]) => {
            Error::config(said("X rejects the time asked for"))
                .hint("X's recent search reaches seven days back: move --start and --end")
        }
        400 | 422 => {
            let (what, described) = asked.next.query();
            Error::config(said(&format!("X rejects the {what}")))
                .hint(format!("correct it, by {described}; it was: {}", asked.query))
        }
        401 => outside(
            said("X does not accept the token"),
            &format!(
                "check the bearer token that x.token points at (an app's, of https://developer.x.com), {then}"
            ),
        ),
        402 => outside(
            said("X wants to be paid first"),
            &format!("add credits at https://developer.x.com, {then}"),
        ),
        429 if problem.is_crowd() => outside(
            said("X gives this app no other connection to its stream"),
            &format!(
                "end what else reads the stream with this app; a connection that broke off counts for some minutes; {then}"
            ),
        ),
        403 => outside(
            said("X refuses this app"),
            &format!("check what the app may do at https://developer.x.com, {then}"),
        ),
        429 => outside(
            said("the posts that X sells this app in a month are used up"),
            &format!("raise the cap at https://developer.x.com, or wait for the next month, {then}"),
        ),
        300..=399 | 404 => Error::config(said("there is no X API at that address"))
            .hint("check the setting x.base_url; it is https://api.x.com by default"),
        _ => Error::failed(said("X does not do what it was asked for")),
    };
    Fault::Failed(Box::new(words.fold(error.resource(asked.url), Error::because)))
}

/// No try brought an answer.
pub fn unanswered(tries: u32, last: &str, url: &str, next: Next) -> Fault {
    let error = Error::new(ErrorKind::Outside, format!("X gives no answer, asked {tries} times"))
        .because(last)
        .hint(format!("wait until X can be reached again, {}", next.words()))
        .resource(url);
    Fault::Failed(Box::new(error))
}

/// An answer that does not fit in memory as it should.
pub fn too_large(url: &str) -> Fault {
    let most = limits::LINE_BYTES >> 20;
    let error = Error::failed(format!("X gave an answer of more than {most} MiB"))
        .hint("check the setting x.base_url: no page of X is so large")
        .resource(url);
    Fault::Failed(Box::new(error))
}

/// Windows that X no longer has.
pub fn out_of_reach(windows: usize, until: jiff::Timestamp) -> Error {
    let what = if windows == 1 { "1 window".to_owned() } else { format!("{windows} windows") };
    Error::failed(format!(
        "{what} up to {until} can no longer be read: X's recent search reaches seven days back"
    ))
    .hint("what was read is kept; for the days that X still has, start a new run")
}

#[cfg(test)]
#[path = "tests/fault.rs"]
mod tests;
