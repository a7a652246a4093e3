//! What a post as written becomes: which text, which author, which reference, and why one is not taken. Pure.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use super::raw::{Id, Moment, RawNote, RawPost, RawReference, RawUser, RawWithheld, Text};
use super::when;
use crate::limits;
use crate::model::{Author, Post, Reference, ReferenceKind};

/// What reading some input gave.
#[derive(Debug, Default)]
pub struct Harvest {
    pub posts: Vec<Post>,
    /// Reasons, without content, of what could not be taken.
    pub rejects: Vec<Cow<'static, str>>,
    /// Posts that the source left out, by reason.
    pub dropped: Vec<(&'static str, u64)>,
}

impl Harvest {
    pub fn reject(&mut self, reason: impl Into<Cow<'static, str>>) {
        self.rejects.push(reason.into());
    }

    /// Keeps a post, or the reason why not.
    pub fn keep(&mut self, taken: Result<Post, Refusal>) {
        match taken {
            Ok(post) => self.posts.push(post),
            Err(Refusal::Dropped(reason)) => self.drop_posts(reason, 1),
            Err(Refusal::Rejected(reason)) => self.reject(reason),
        }
    }

    pub fn drop_posts(&mut self, reason: &'static str, count: u64) {
        match self.dropped.iter_mut().find(|known| known.0 == reason) {
            Some(known) => known.1 += count,
            None => self.dropped.push((reason, count)),
        }
    }
}

/// Posts that X shows to nobody (or whose text it took away): counted, not kept.
pub const WITHHELD: &str = "withheld";
/// Posts that were asked for by id and that X no longer gives.
pub const UNAVAILABLE: &str = "unavailable";

/// What came beside the posts of a page.
#[derive(Debug, Default)]
pub struct Beside<'p, 'a> {
    pub users: FxHashMap<&'p str, &'p RawUser<'a>>,
    pub posts: FxHashMap<&'p str, &'p RawPost<'a>>,
}

/// Where a post stands.
#[derive(Clone, Copy, Debug)]
pub enum Shape<'b, 'p, 'a> {
    /// Our own line: taken word for word.
    Own,
    /// X's: its three escapes are undone, and what stands beside it is joined.
    X(&'b Beside<'p, 'a>),
}

/// Why a post was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Left out by the source, for this reason.
    Dropped(&'static str),
    /// Not a whole post, for this reason.
    Rejected(&'static str),
}

pub const NO_ID: &str = "no id";
pub const NO_TEXT: &str = "no text";
pub const NO_TIME: &str = "no created_at";
pub const NO_TIME_X: &str = "no created_at (ask X for it with tweet.fields=created_at)";
pub const LONG_ID: &str = "the id is longer than 256 bytes";

/// Takes `raw` as a post.
pub fn take(raw: RawPost<'_>, shape: Shape<'_, '_, '_>) -> Result<Post, Refusal> {
    let id = match raw.id {
        None => return Err(Refusal::Rejected(NO_ID)),
        Some(Id(id)) if id.trim().is_empty() => return Err(Refusal::Rejected(NO_ID)),
        Some(Id(id)) if id.len() > limits::width::TWEET_ID => return Err(Refusal::Rejected(LONG_ID)),
        Some(Id(id)) => id,
    };
    let is_x = matches!(shape, Shape::X(_));
    let beside = match shape {
        Shape::Own => None,
        Shape::X(beside) => Some(beside),
    };
    let (reference, written_there) = reference(raw.referenced_tweets);
    let original = match (&reference, beside) {
        (Some(reference), Some(beside)) if reference.kind == ReferenceKind::Retweeted => {
            beside.posts.get(reference.id.as_str()).copied()
        }
        _ => None,
    };
    let own = full_text(raw.text, raw.note_tweet);
    if is_withheld(raw.withheld.as_ref(), own.as_deref()) || original.is_some_and(is_withheld_post) {
        return Err(Refusal::Dropped(WITHHELD));
    }
    let Some(own) = own else { return Err(Refusal::Rejected(NO_TEXT)) };
    let Some(created_at) = raw.created_at else {
        return Err(Refusal::Rejected(if is_x { NO_TIME_X } else { NO_TIME }));
    };
    let created_at = match moment(&created_at) {
        Ok(at) => at,
        Err(why) => return Err(Refusal::Rejected(why)),
    };
    let repeated = original.and_then(repeated_text).or(written_there.as_deref());
    let text = match repeated {
        Some(text) if is_x => unescape(text).into_owned(),
        Some(text) => text.to_owned(),
        None if is_x => unescape(&own).into_owned(),
        None => own.into_owned(),
    };
    let lang = raw.lang.or_else(|| original.and_then(|post| post.lang.clone()));
    let author = author(raw.author_id, raw.author, beside);
    Ok(Post {
        created_at,
        text,
        lang: lang.map(|lang| lang.0.into_owned()).filter(|lang| !lang.is_empty()),
        author,
        reference,
        post_url: post_url(&id, is_x),
        earlier_versions: earlier_versions(&id, raw.edit_history_tweet_ids),
        id: id.into_owned(),
    })
}

/// Whether `raw` is written as X writes posts, and not as our own lines are.
pub fn is_x(raw: &RawPost<'_>) -> bool {
    raw.edit_history_tweet_ids.is_some()
        || raw.public_metrics.is_some()
        || raw.conversation_id.is_some()
        || raw.note_tweet.is_some()
        || raw.withheld.is_some()
}

/// The text of a long post stands in its note.
fn full_text<'a>(text: Option<Text<'a>>, note: Option<RawNote<'a>>) -> Option<Cow<'a, str>> {
    note.and_then(|note| note.text).filter(|note| !note.0.is_empty()).or(text).map(|text| text.0)
}

fn repeated_text<'p>(post: &'p RawPost<'_>) -> Option<&'p str> {
    let note = post.note_tweet.as_ref().and_then(|note| note.text.as_ref());
    note.or(post.text.as_ref()).map(|text| text.0.as_ref()).filter(|text| !text.is_empty())
}

/// X withholds in some countries (the text comes, and stays), everywhere (`XX`), or for copyright (`XY`).
fn is_withheld(withheld: Option<&RawWithheld<'_>>, text: Option<&str>) -> bool {
    let Some(withheld) = withheld else { return false };
    let everywhere = withheld
        .country_codes
        .as_ref()
        .is_some_and(|codes| codes.iter().any(|code| code.0 == "XX" || code.0 == "XY"));
    withheld.copyright == Some(true) || everywhere || text.is_none_or(|text| text.trim().is_empty())
}

fn is_withheld_post(post: &RawPost<'_>) -> bool {
    is_withheld(post.withheld.as_ref(), repeated_text(post))
}

/// The reference that says most: what is repeated before what is quoted before what is answered. With it the full
/// text of a repeated post, where a tool has already written it there.
fn reference<'a>(raw: Option<Vec<RawReference<'a>>>) -> (Option<Reference>, Option<Cow<'a, str>>) {
    let mut best: Option<(Reference, Option<Cow<'a, str>>)> = None;
    for one in raw.into_iter().flatten() {
        let (Some(kind), Some(Id(id))) = (one.kind, one.id) else { continue };
        let Ok(kind) = kind.0.parse::<ReferenceKind>() else { continue };
        if id.is_empty() || best.as_ref().is_some_and(|(known, _)| rank(known.kind) <= rank(kind)) {
            continue;
        }
        let text = match kind {
            ReferenceKind::Retweeted => full_text(one.text, one.note_tweet).filter(|text| !text.is_empty()),
            ReferenceKind::Quoted | ReferenceKind::RepliedTo => None,
        };
        best = Some((Reference { kind, id: id.into_owned() }, text));
    }
    best.map_or((None, None), |(reference, text)| (Some(reference), text))
}

fn rank(kind: ReferenceKind) -> u8 {
    match kind {
        ReferenceKind::Retweeted => 0,
        ReferenceKind::Quoted => 1,
        ReferenceKind::RepliedTo => 2,
    }
}

/// By identifier, never by position; what is written in the post itself goes first.
fn author(id: Option<Id<'_>>, written: Option<RawUser<'_>>, beside: Option<&Beside<'_, '_>>) -> Author {
    let id = id
        .or_else(|| written.as_ref().and_then(|user| user.id.clone()))
        .map(|id| id.0.into_owned())
        .filter(|id| !id.is_empty());
    if let Some(user) = written {
        return named(id, user);
    }
    let user = id.as_deref().and_then(|id| beside?.users.get(id).copied()).cloned();
    named(id, user.unwrap_or_default())
}

fn named(id: Option<String>, user: RawUser<'_>) -> Author {
    let kept = |text: Option<Text<'_>>| text.map(|text| text.0.into_owned()).filter(|text| !text.is_empty());
    Author {
        id,
        username: kept(user.username),
        name: kept(user.name),
        location: kept(user.location),
        verified: user.verified,
    }
}

/// Without the author's name, so that it tells no more than the identifier does.
pub fn post_url(id: &str, is_x: bool) -> Option<String> {
    let digits = !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit());
    (digits && (is_x || id.len() >= 10)).then(|| ["https://x.com/i/web/status/", id].concat())
}

/// X lists all versions, oldest first, this one among them.
fn earlier_versions(id: &str, history: Option<Vec<Id<'_>>>) -> Vec<String> {
    let history = history.unwrap_or_default().into_iter().map(|version| version.0.into_owned());
    history.take_while(|version| version != id).collect()
}

pub fn moment(moment: &Moment<'_>) -> Result<jiff::Timestamp, &'static str> {
    match moment {
        Moment::Text(text) => when::from_text(text),
        Moment::Number(number) => when::from_number(*number),
        Moment::Float(number) => when::from_float(*number),
    }
}

/// X escapes these three in texts, and nothing else.
pub fn unescape(text: &str) -> Cow<'_, str> {
    if memchr::memchr(b'&', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'&', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (with, escape) = [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")]
            .into_iter()
            .find(|(_, escape)| rest.starts_with(escape))
            .unwrap_or(("&", "&"));
        out.push_str(with);
        rest = &rest[escape.len()..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}
