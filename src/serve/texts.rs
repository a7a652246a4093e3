//! What a request asks for: `{"texts": [...]}`, or `{"text": "..."}`. Pure.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::limits;

/// Characters of a reason at most: what serde says may quote what it was sent.
const REASON_CHARS: usize = 200;

/// Why a request cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// It is no JSON, or of another shape: what, and where.
    Shape(String),
    /// It is more than is taken: what.
    TooMuch(String),
}

/// Reads a request of `most` texts at most. Texts without escapes are borrowed from the body.
pub fn read(body: &[u8], most: usize) -> Result<Vec<Cow<'_, str>>, Wrong> {
    let seed = Request { most, too_much: &RefCell::new(None) };
    let mut json = serde_json::Deserializer::from_slice(body);
    let read = seed.deserialize(&mut json).and_then(|texts| json.end().map(|()| texts));
    read.map_err(|error| match seed.too_much.take() {
        Some(what) => Wrong::TooMuch(what),
        None => Wrong::Shape(shortened(&error.to_string())),
    })
}

/// The beginning and the end of a long reason: the place is at its end.
fn shortened(reason: &str) -> String {
    let count = reason.chars().count();
    if count <= REASON_CHARS {
        return reason.to_owned();
    }
    let half = REASON_CHARS / 2;
    let head: String = reason.chars().take(half).collect();
    let tail: String = reason.chars().skip(count - half).collect();
    format!("{head} … {tail}")
}

#[derive(Clone, Copy)]
struct Request<'e> {
    most: usize,
    /// Set before an error that is one of size.
    too_much: &'e RefCell<Option<String>>,
}

impl Request<'_> {
    fn too_much<E: serde::de::Error>(self, what: String) -> E {
        let error = E::custom(&what);
        self.too_much.replace(Some(what));
        error
    }

    fn checked<'de, E: serde::de::Error>(
        self,
        at: &str,
        text: Cow<'de, str>,
    ) -> std::result::Result<Cow<'de, str>, E> {
        if text.len() > limits::TEXT_BYTES {
            let most = limits::TEXT_BYTES;
            return Err(self.too_much(format!("{at} has {} bytes, and {most} are the most", text.len())));
        }
        Ok(text)
    }
}

impl<'de> DeserializeSeed<'de> for Request<'_> {
    type Value = Vec<Cow<'de, str>>;

    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<Self::Value, D::Error> {
        d.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Request<'_> {
    type Value = Vec<Cow<'de, str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(r#"an object: {"texts": [...]} or {"text": "..."}"#)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut texts: Option<Vec<Cow<'de, str>>> = None;
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            let new = match &*key {
                "texts" => map.next_value_seed(List(self))?,
                "text" => vec![self.checked("text", map.next_value::<Text<'de>>()?.0)?],
                // As answers may have other fields, so may requests.
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            if texts.replace(new).is_some() {
                return Err(A::Error::custom("texts or text, and once"));
            }
        }
        texts.ok_or_else(|| A::Error::custom("there is neither texts nor text"))
    }
}

/// The list under `texts`.
struct List<'e>(Request<'e>);

impl<'de> DeserializeSeed<'de> for List<'_> {
    type Value = Vec<Cow<'de, str>>;

    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<Self::Value, D::Error> {
        d.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for List<'_> {
    type Value = Vec<Cow<'de, str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("texts to be a list of strings")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut texts = Vec::new();
        loop {
            let at = texts.len();
            let next = list.next_element::<Text<'de>>();
            let Some(Text(text)) = next.map_err(|e| A::Error::custom(format!("texts[{at}]: {e}")))? else {
                return Ok(texts);
            };
            if at == self.0.most {
                return Err(self.0.too_much(format!("there are more than {at} texts")));
            }
            texts.push(self.0.checked(&format!("texts[{at}]"), text)?);
        }
    }
}

/// A string, borrowed where it can be.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(body: &str) -> String {
        match read(body.as_bytes(), 10) {
            Err(Wrong::Shape(why)) => why,
            other => panic!("{body}: {other:?}"),
        }
    }

    #[test]
    fn many_texts_or_one() {
        assert_eq!(read(br#"{"texts": ["a", "b\n"]}"#, 2).unwrap(), ["a", "b\n"]);
        assert_eq!(read(br#"{"text": "a"}"#, 1).unwrap(), ["a"]);
        assert_eq!(read(br#" {"id": {"x": [1]}, "texts": []} "#, 1).unwrap(), [""; 0]);
        let odd = r#"{"texts": ["😀 \ud83d\ude00 \u0000", ""]}"#;
        assert_eq!(read(odd.as_bytes(), 2).unwrap(), ["😀 😀 \0", ""]);
    }

    #[test]
    fn plain_texts_are_borrowed() {
        let texts = read(br#"{"texts": ["plain", "es\"caped"]}"#, 2).unwrap();
        assert!(matches!(texts[0], Cow::Borrowed(_)) && matches!(texts[1], Cow::Owned(_)));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (body, says) in [
            ("", "EOF while parsing a value at line 1 column 0"),
            ("hello", "expected value at line 1 column 1"),
            ("[1]", "expected an object"),
            ("{}", "neither texts nor text"),
            (r#"{"texts": "a"}"#, "expected texts to be a list of strings at line 1 column 13"),
            ("{\"texts\":\n [\"a\", 5]}", "texts[1]: invalid type: integer `5`"),
            ("{\"texts\":\n [\"a\", 5]}", "at line 2 column 8"),
            (r#"{"texts": [null]}"#, "texts[0]: invalid type: null"),
            (r#"{"texts": ["a"]} x"#, "trailing characters at line 1 column 18"),
            (r#"{"texts": ["a"], "text": "b"}"#, "once"),
            (r#"{"texts": ["\ud800"]}"#, "texts[0]: "),
            (r#"{"text": 1}"#, "invalid type: integer `1`"),
        ] {
            let why = shape(body);
            assert!(why.contains(says), "{body}: {why}");
        }
        assert!(matches!(read(b"{\"text\": \"\xff\"}", 1), Err(Wrong::Shape(_))));
        // What is passed over may be as deep as it likes.
        let deep = format!("{{\"x\": {}", "[".repeat(100_000));
        assert!(shape(&deep).contains("EOF while parsing a list"));
    }

    #[test]
    fn a_reason_is_short_and_keeps_its_place() {
        let why = shape(&format!(r#"{{"texts": "{}"}}"#, "long ".repeat(1_000)));
        assert!(why.chars().count() < REASON_CHARS + 10 && why.ends_with("at line 1 column 5012"), "{why}");
    }

    #[test]
    fn too_many_and_too_long_are_sizes() {
        let too_much = |body: &str| match read(body.as_bytes(), 2) {
            Err(Wrong::TooMuch(what)) => what,
            other => panic!("{other:?}"),
        };
        assert_eq!(too_much(r#"{"texts": ["a", "b", "c"]}"#), "there are more than 2 texts");
        let long = "x".repeat(limits::TEXT_BYTES + 1);
        let what = too_much(&format!(r#"{{"texts": ["a", "{long}"]}}"#));
        assert_eq!(what, "texts[1] has 262145 bytes, and 262144 are the most");
        let whole = &long[1..];
        assert_eq!(read(format!(r#"{{"text": "{whole}"}}"#).as_bytes(), 1).unwrap(), [whole]);
    }
}
