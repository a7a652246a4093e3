//! Posts as JSON writes them: our own line shape and X's, which share most names. Borrows from the input where it
//! can. Only types and how they are read; what a post becomes is decided in `shape`.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserialize, Deserializer, IgnoredAny, Visitor};

/// A string, borrowed where it has no escapes. (`Option<Cow<str>>` would always be copied.)
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text<'a>(pub Cow<'a, str>);

/// An identifier: a string, or a whole number that keeps all its digits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Id<'a>(pub Cow<'a, str>);

/// A moment as it was written.
#[derive(Clone, Debug, PartialEq)]
pub enum Moment<'a> {
    Text(Cow<'a, str>),
    Number(i64),
    Float(f64),
}

/// A post, in our shape or X's. All is optional here so that what is missing can be named.
#[derive(Debug, Default, serde::Deserialize)]
pub struct RawPost<'a> {
    #[serde(borrow)]
    pub id: Option<Id<'a>>,
    pub created_at: Option<Moment<'a>>,
    pub text: Option<Text<'a>>,
    pub lang: Option<Text<'a>>,
    pub author_id: Option<Id<'a>>,
    pub author: Option<RawUser<'a>>,
    pub referenced_tweets: Option<Vec<RawReference<'a>>>,
    // What only X writes.
    pub note_tweet: Option<RawNote<'a>>,
    pub edit_history_tweet_ids: Option<Vec<Id<'a>>>,
    pub withheld: Option<RawWithheld<'a>>,
    pub public_metrics: Option<IgnoredAny>,
    pub conversation_id: Option<IgnoredAny>,
    // What only an envelope has.
    pub data: Option<IgnoredAny>,
    pub errors: Option<IgnoredAny>,
}

#[derive(Clone, Debug, Default, serde::Deserialize)]
pub struct RawUser<'a> {
    #[serde(borrow)]
    pub id: Option<Id<'a>>,
    pub username: Option<Text<'a>>,
    pub name: Option<Text<'a>>,
    pub location: Option<Text<'a>>,
    pub verified: Option<bool>,
}

#[derive(Debug, serde::Deserialize)]
pub struct RawReference<'a> {
    #[serde(rename = "type", borrow)]
    pub kind: Option<Text<'a>>,
    pub id: Option<Id<'a>>,
    /// Where tools have joined the page already, the post that is meant is written here.
    pub text: Option<Text<'a>>,
    pub note_tweet: Option<RawNote<'a>>,
}

#[derive(Clone, Debug, serde::Deserialize)]
pub struct RawNote<'a> {
    #[serde(borrow)]
    pub text: Option<Text<'a>>,
}

#[derive(Clone, Debug, serde::Deserialize)]
pub struct RawWithheld<'a> {
    pub copyright: Option<bool>,
    #[serde(borrow)]
    pub country_codes: Option<Vec<Text<'a>>>,
}

/// X's answer: a page of posts, or one line of a stream.
#[derive(Debug, serde::Deserialize)]
pub struct RawPage<'a> {
    #[serde(borrow)]
    pub data: Option<OneOrMany<RawPost<'a>>>,
    pub includes: Option<RawIncludes<'a>>,
    pub errors: Option<Vec<RawError<'a>>>,
    pub meta: Option<RawMeta>,
}

#[derive(Debug, Default, serde::Deserialize)]
pub struct RawIncludes<'a> {
    #[serde(borrow)]
    pub users: Option<Vec<RawUser<'a>>>,
    pub tweets: Option<Vec<RawPost<'a>>>,
}

#[derive(Debug, serde::Deserialize)]
pub struct RawError<'a> {
    #[serde(borrow)]
    pub resource_type: Option<Text<'a>>,
    pub parameter: Option<Text<'a>>,
    #[serde(rename = "type")]
    pub problem: Option<Text<'a>>,
}

#[derive(Debug, serde::Deserialize)]
pub struct RawMeta {
    pub result_count: Option<u64>,
}

/// X writes one post as an object and several as an array.
#[derive(Debug)]
pub struct OneOrMany<T>(pub Vec<T>);

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor).map(Self)
    }
}

struct MomentVisitor;

impl<'de> Visitor<'de> for MomentVisitor {
    type Value = Moment<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Moment::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Moment::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Moment::Number(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Moment::Number(i64::try_from(number).unwrap_or(i64::MAX)))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Moment::Float(number))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Moment<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MomentVisitor)
    }
}

struct IdVisitor;

impl<'de> Visitor<'de> for IdVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or a whole number")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Cow::Owned(number.to_string()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Cow::Owned(number.to_string()))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Id<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(IdVisitor).map(Self)
    }
}

struct OneOrManyVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for OneOrManyVisitor<T> {
    type Value = OneOrMany<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or an array of objects")
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        Vec::deserialize(de::value::SeqAccessDeserializer::new(seq)).map(OneOrMany)
    }

    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(de::value::MapAccessDeserializer::new(map)).map(|one| OneOrMany(vec![one]))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneOrManyVisitor(PhantomData))
    }
}
