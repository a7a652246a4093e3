//! How values are read from YAML and from the environment: a number where text is wanted is text, a quoted
//! number is a number, and an error says in plain words what was expected.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};

use super::choice::Choice;

type Read<T, E> = Result<Option<T>, E>;

/// Text; a plain number or a `true` is taken as it is written.
pub fn text<'de, D: Deserializer<'de>>(d: D) -> Read<String, D::Error> {
    Ok(Option::<Text>::deserialize(d)?.map(|Text(text)| text))
}

/// One text or a list of them.
pub fn list<'de, D: Deserializer<'de>>(d: D) -> Read<Vec<String>, D::Error> {
    Ok(Option::<List>::deserialize(d)?.map(|List(list)| list))
}

/// A whole number, 0 or more.
pub fn count<'de, D: Deserializer<'de>>(d: D) -> Read<u64, D::Error> {
    Ok(Option::<Count>::deserialize(d)?.map(|Count(count)| count))
}

/// A number.
pub fn number<'de, D: Deserializer<'de>>(d: D) -> Read<f64, D::Error> {
    Ok(Option::<Number>::deserialize(d)?.map(|Number(number)| number))
}

/// `true` or `false`; `yes`, `no`, `on` and `off` too, since many write them.
pub fn flag<'de, D: Deserializer<'de>>(d: D) -> Read<bool, D::Error> {
    Ok(Option::<Flag>::deserialize(d)?.map(|Flag(flag)| flag))
}

/// One word of a [`Choice`].
pub fn choice<'de, D: Deserializer<'de>, C: Choice>(d: D) -> Read<C, D::Error> {
    Ok(Option::<Word<C>>::deserialize(d)?.map(|Word(choice)| choice))
}

/// Reads a whole number as people write it: `100000`, `100_000`, `100,000`, `1e5`.
pub fn parse_count(text: &str) -> Option<u64> {
    let digits: String = text.trim().chars().filter(|c| !matches!(c, '_' | ',')).collect();
    if let Ok(count) = digits.parse() {
        return Some(count);
    }
    let starts_right = digits.starts_with(|c: char| c.is_ascii_digit());
    digits.parse::<f64>().ok().filter(|_| starts_right).and_then(whole)
}

/// A float that is a whole number small enough to be exact.
fn whole(number: f64) -> Option<u64> {
    let exact = (0.0..=9_007_199_254_740_992.0).contains(&number) && number.fract() == 0.0;
    exact.then_some(number as u64)
}

struct Text(String);
struct Word<C>(C);
struct List(Vec<String>);
struct Count(u64);
struct Number(f64);
struct Flag(bool);

/// Implements `Deserialize` by a visitor over `deserialize_any`, or over `deserialize_str`, which in YAML
/// hands over the scalar as it is written.
macro_rules! visit {
    ($what:ident, $expecting:literal, $how:ident, { $($methods:item)* }) => {
        impl<'de> Deserialize<'de> for $what {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                struct V;
                impl<'de> Visitor<'de> for V {
                    type Value = $what;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($expecting)
                    }

                    $($methods)*
                }
                d.$how(V)
            }
        }
    };
}

visit!(Text, "text", deserialize_str, {
    fn visit_str<E: de::Error>(self, v: &str) -> Result<Text, E> {
        Ok(Text(v.to_owned()))
    }
    fn visit_bool<E: de::Error>(self, v: bool) -> Result<Text, E> {
        Ok(Text(v.to_string()))
    }
    fn visit_i64<E: de::Error>(self, v: i64) -> Result<Text, E> {
        Ok(Text(v.to_string()))
    }
    fn visit_u64<E: de::Error>(self, v: u64) -> Result<Text, E> {
        Ok(Text(v.to_string()))
    }
    fn visit_f64<E: de::Error>(self, v: f64) -> Result<Text, E> {
        Ok(Text(v.to_string()))
    }
});

visit!(List, "text or a list of texts", deserialize_any, {
    fn visit_str<E: de::Error>(self, v: &str) -> Result<List, E> {
        Ok(List(vec![v.to_owned()]))
    }
    fn visit_bool<E: de::Error>(self, v: bool) -> Result<List, E> {
        Ok(List(vec![v.to_string()]))
    }
    fn visit_i64<E: de::Error>(self, v: i64) -> Result<List, E> {
        Ok(List(vec![v.to_string()]))
    }
    fn visit_u64<E: de::Error>(self, v: u64) -> Result<List, E> {
        Ok(List(vec![v.to_string()]))
    }
    fn visit_f64<E: de::Error>(self, v: f64) -> Result<List, E> {
        Ok(List(vec![v.to_string()]))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<List, A::Error> {
        let mut list = Vec::new();
        while let Some(Text(text)) = seq.next_element()? {
            list.push(text);
        }
        Ok(List(list))
    }
});

visit!(Count, "a whole number, 0 or more", deserialize_any, {
    fn visit_u64<E: de::Error>(self, v: u64) -> Result<Count, E> {
        Ok(Count(v))
    }
    fn visit_f64<E: de::Error>(self, v: f64) -> Result<Count, E> {
        whole(v).map(Count).ok_or_else(|| E::invalid_value(de::Unexpected::Float(v), &self))
    }
    fn visit_i64<E: de::Error>(self, v: i64) -> Result<Count, E> {
        u64::try_from(v).map(Count).map_err(|_| E::invalid_value(de::Unexpected::Signed(v), &self))
    }
    fn visit_str<E: de::Error>(self, v: &str) -> Result<Count, E> {
        parse_count(v).map(Count).ok_or_else(|| E::invalid_value(de::Unexpected::Str(v), &self))
    }
});

visit!(Number, "a number", deserialize_any, {
    fn visit_u64<E: de::Error>(self, v: u64) -> Result<Number, E> {
        Ok(Number(v as f64))
    }
    fn visit_i64<E: de::Error>(self, v: i64) -> Result<Number, E> {
        Ok(Number(v as f64))
    }
    fn visit_f64<E: de::Error>(self, v: f64) -> Result<Number, E> {
        Ok(Number(v))
    }
    fn visit_str<E: de::Error>(self, v: &str) -> Result<Number, E> {
        v.trim().parse().map(Number).map_err(|_| E::invalid_value(de::Unexpected::Str(v), &self))
    }
});

visit!(Flag, "true or false", deserialize_any, {
    fn visit_bool<E: de::Error>(self, v: bool) -> Result<Flag, E> {
        Ok(Flag(v))
    }
    fn visit_str<E: de::Error>(self, v: &str) -> Result<Flag, E> {
        match v.trim().to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => Ok(Flag(true)),
            "false" | "no" | "off" | "0" => Ok(Flag(false)),
            _ => Err(E::invalid_value(de::Unexpected::Str(v), &self)),
        }
    }
});

impl<'de, C: Choice> Deserialize<'de> for Word<C> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        // By a visitor of its own, so that the parser knows the place of an error.
        struct V<C>(PhantomData<C>);
        impl<C: Choice> Visitor<'_> for V<C> {
            type Value = Word<C>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let words: Vec<_> = C::ALL.iter().map(|choice| choice.word()).collect();
                write!(f, "one of {}", words.join(", "))
            }

            fn visit_str<E: de::Error>(self, v: &str) -> Result<Word<C>, E> {
                C::from_word(v).map(Word).map_err(E::custom)
            }
        }
        d.deserialize_str(V(PhantomData))
    }
}
