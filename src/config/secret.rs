//! Secrets in the settings: never one itself, always a word on where it is. Pure: the edge reads the variable, the
//! file or the service, and gets a [`Secret`] that shows nothing of itself.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Characters of a variable's name at most: a token that was written after `env:` by mistake is longer.
const VARIABLE_CHARS: usize = 64;

/// Where a secret is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretRef {
    /// `env:NAME`: an environment variable.
    Env(String),
    /// `file:PATH`: the content of a file, without the white space around it.
    File(String),
    /// `secret:NAME`: a secret of AWS Secrets Manager, by name or ARN.
    SecretsManager(String),
}

/// A text that names no place of a secret. It may be the secret itself, so nothing of it is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("does not say where the secret is")]
pub struct NotAPlace;

/// How a place of a secret is written.
pub const HOW: &str =
    "write env:NAME, file:PATH or secret:NAME (AWS Secrets Manager); never the secret itself";

impl FromStr for SecretRef {
    type Err = NotAPlace;

    fn from_str(text: &str) -> Result<Self, NotAPlace> {
        match text.trim().split_once(':') {
            Some(("env", name)) if is_variable(name) => Ok(Self::Env(name.to_owned())),
            Some(("file", path)) if !path.trim().is_empty() => Ok(Self::File(path.to_owned())),
            Some(("secret", name)) if is_secret_name(name) => Ok(Self::SecretsManager(name.to_owned())),
            _ => Err(NotAPlace),
        }
    }
}

fn is_variable(name: &str) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    name.len() <= VARIABLE_CHARS
        && name.bytes().all(word)
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}

/// The characters of Secrets Manager's names, and the colons of its ARNs.
fn is_secret_name(name: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"/_+=.@-:".contains(&b);
    (1..=2_048).contains(&name.len()) && name.bytes().all(fits)
}

impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "env:{name}"),
            Self::File(path) => write!(f, "file:{path}"),
            Self::SecretsManager(name) => write!(f, "secret:{name}"),
        }
    }
}

impl Serialize for SecretRef {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SecretRef {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A secret. It shows itself to nobody but who asks for it by [`Secret::expose`], and has no serde.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// The secret itself, for the one place that sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// `text` with every copy of the secret in it taken out: for what a service said.
    pub fn hide_in(&self, text: &str) -> String {
        match self.0.is_empty() {
            true => text.to_owned(),
            false => text.replace(&self.0, "(secret)"),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_places_are_read_and_written_alike() {
        for text in
            ["env:X_BEARER_TOKEN", "file:/run/secrets/x token", "secret:x/bearer", "secret:arn:aws:a:b"]
        {
            let place: SecretRef = text.parse().unwrap();
            assert_eq!(place.to_string(), text);
            let json = serde_json::to_string(&place).unwrap();
            assert_eq!(serde_json::from_str::<SecretRef>(&json).unwrap(), place);
        }
        assert_eq!(" env:A ".parse(), Ok(SecretRef::Env("A".to_owned())));
    }

    #[test]
    fn what_may_be_a_secret_is_refused_and_never_said() {
        let literal = "AAAAAAAAAAAAAAAAAAAAAMLheAAAAAAA0%2BuSeid%2BULvsea4JtiGRiSDSJSI";
        for text in [
            literal,
            &format!("env:{literal}"),
            &format!("env:{}", "A".repeat(65)),
            "env:",
            "file: ",
            "vault:x",
        ] {
            let error = text.parse::<SecretRef>().unwrap_err();
            assert!(!format!("{error} {error:?}").contains("AAAA"), "{error}");
        }
    }

    #[test]
    fn a_secret_shows_nothing() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret:?}"), "Secret(hidden)");
        assert_eq!(secret.hide_in("no hunter2 here"), "no (secret) here");
        assert_eq!(Secret::new("").hide_in("text"), "text");
    }
}
