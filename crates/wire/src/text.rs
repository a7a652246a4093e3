//! Rules about texts that hold wherever a post is read, scored or written.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, Deserializer, Visitor};

/// The longest start of `text` that has at most `width` bytes, cut between characters.
pub fn cut(text: &str, width: usize) -> &str {
    if text.len() <= width {
        return text;
    }
    let mut end = width;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Whether a post that states `lang` is scored: when no language is asked for, when the post states
/// none (or `und`, undetermined), or when its main subtag is asked for (`en-GB` counts as `en`).
pub fn is_wanted(lang: Option<&str>, wanted: &[String]) -> bool {
    let Some(lang) = lang.filter(|lang| !lang.is_empty() && *lang != "und") else { return true };
    wanted.is_empty()
        || wanted.iter().any(|want| {
            lang.eq_ignore_ascii_case(want)
                || lang.split(['-', '_']).next().is_some_and(|main| main.eq_ignore_ascii_case(want))
        })
}

/// A string or null, borrowed where JSON has no escapes in it. Serde's own `Option<Cow>` always owns.
///
/// # Errors
/// Those of the JSON.
pub fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Cow<'de, str>>, D::Error> {
    struct Text;

    impl<'de> Visitor<'de> for Text {
        type Value = Option<Cow<'de, str>>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string or null")
        }

        fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
            Ok(Some(Cow::Borrowed(text)))
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
            Ok(Some(Cow::Owned(text.to_owned())))
        }

        fn visit_none<E: de::Error>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
            deserializer.deserialize_str(self)
        }
    }

    deserializer.deserialize_option(Text)
}
