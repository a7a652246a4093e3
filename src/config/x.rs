//! The section `x`: how X is asked. As typed, and resolved.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::lenient;
use super::problems::Problems;
use super::resolve::Case;
use super::secret::{self, SecretRef};
use super::section::section;

/// Where X's API is.
pub const BASE_URL: &str = "https://api.x.com";

/// The environment variable that has the bearer token when `x.token` says nothing.
pub const TOKEN_VARIABLE: &str = "X_BEARER_TOKEN";

/// What is asked for beside the posts. X may bill what comes with them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Expand {
    /// Posts alone. A retweet's text is cut as X cuts it.
    None,
    /// Their authors: username, name, location, verified.
    Users,
    /// The posts that they repeat, quote or answer: a retweet then has its full text.
    #[default]
    References,
    /// Both.
    All,
}

/// Which posts of a window are read when there are more than `max_per_window`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Spread {
    /// The newest: X's own order, and the fewest requests.
    #[default]
    Newest,
    /// Some of each part of the window: up to ten parts, each asked by itself.
    Spread,
}

section! {
    /// How x-search and x-stream ask X.
    XTyped {
        /// What is asked for beside the posts, which X may bill: none, users, references, all. Default: references.
        expand: Expand = "lenient::choice",
        /// Which posts of a busy window x-search reads: newest, or spread over it. Default: newest.
        sample: Spread = "lenient::choice",
        /// Where the API is: https, or http on this machine. Default: https://api.x.com.
        base_url: String = "lenient::text",
        /// Where the bearer token is: env:NAME, file:PATH or secret:NAME (AWS Secrets Manager), never the token
        /// itself. Default: env:X_BEARER_TOKEN.
        token: String = "lenient::text",
    }
}

/// How X is asked, resolved. Of the token it has the place alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct XSettings {
    pub expand: Expand,
    pub sample: Spread,
    /// Without a slash at its end.
    pub base_url: String,
    pub token: SecretRef,
}

impl Default for XSettings {
    fn default() -> Self {
        Self {
            expand: Expand::default(),
            sample: Spread::default(),
            base_url: BASE_URL.to_owned(),
            token: SecretRef::Env(TOKEN_VARIABLE.to_owned()),
        }
    }
}

/// The rule by which the filtered stream gives what `query` asks for. Where one language is asked for and the query
/// names none, X is asked for it alone: every other post would be paid for and not scored.
pub fn rule(query: &str, lang: &[String]) -> String {
    let query = query.trim();
    match lang {
        // X knows languages, and few regions of them.
        [lang] if !query.contains("lang:") && !lang.contains('-') => format!("({query}) lang:{lang}"),
        _ => query.to_owned(),
    }
}

/// The section resolved. It is checked whatever the source is.
pub(super) fn resolve(case: &Case<'_>, problems: &mut Problems) -> XSettings {
    let typed = case.typed.x.clone().unwrap_or_default();
    let defaults = XSettings::default();
    let base_url = match typed.base_url.as_deref() {
        None => defaults.base_url,
        Some(text) => match base_url(text) {
            Some(url) => url,
            None => {
                problems.add(
                    format!("{} is no address that a token may be sent to", case.subject("x.base_url")),
                    format!("it starts with https:// (http:// on this machine alone), as in {BASE_URL}"),
                );
                defaults.base_url
            }
        },
    };
    let token = match typed.token.as_deref().map(str::parse) {
        None => defaults.token,
        Some(Ok(place)) => place,
        Some(Err(error)) => {
            // Without its value, which may be the token itself.
            problems.add(format!("{} {error}", case.layers.origin("x.token")), secret::HOW);
            defaults.token
        }
    };
    XSettings {
        expand: typed.expand.unwrap_or_default(),
        sample: typed.sample.unwrap_or_default(),
        base_url,
        token,
    }
}

/// An address without path, query and user that a secret may be sent to: https, or http on this machine.
fn base_url(text: &str) -> Option<String> {
    let text = text.trim().trim_end_matches('/');
    let (scheme, host) = text.split_once("://")?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b".-:[]/_~".contains(&b);
    if host.is_empty() || !host.bytes().all(plain) {
        return None;
    }
    let (name, port) = match host.split('/').next()?.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, Some(port)),
        _ => (host.split('/').next()?, None),
    };
    let numbered = port.is_none_or(|port| port.parse::<u16>().is_ok());
    let here = matches!(name, "localhost" | "127.0.0.1" | "[::1]");
    let safe = match scheme.to_ascii_lowercase().as_str() {
        "https" => true,
        "http" => here,
        _ => false,
    };
    (safe && numbered && !name.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_asks_for_the_one_language_that_is_scored() {
        let rule = |query: &str, lang: &[&str]| {
            let lang: Vec<String> = lang.iter().map(|lang| (*lang).to_owned()).collect();
            super::rule(query, &lang)
        };
        assert_eq!(rule(" tea OR coffee ", &["en"]), "(tea OR coffee) lang:en");
        for (query, lang) in
            [("tea lang:de", &["en"][..]), ("tea -lang:fr", &["en"]), ("tea", &[]), ("tea", &["en", "de"])]
        {
            assert_eq!(rule(query, lang), query, "{lang:?}");
        }
        assert_eq!(rule("tea", &["pt-BR"]), "tea");
    }

    #[test]
    fn a_token_is_sent_over_https_or_to_this_machine_alone() {
        for (text, url) in [
            ("https://api.x.com/", Some("https://api.x.com")),
            (" https://api.x.com:8443 ", Some("https://api.x.com:8443")),
            ("https://proxy.example/x-api", Some("https://proxy.example/x-api")),
            ("http://127.0.0.1:8080", Some("http://127.0.0.1:8080")),
            ("http://[::1]:8080", Some("http://[::1]:8080")),
            ("http://localhost", Some("http://localhost")),
            ("http://api.x.com", None),
            ("http://127.0.0.1.evil.example", None),
            ("http://localhost@evil.example", None),
            ("https://user:secret@api.x.com", None),
            ("https://api.x.com?x=1", None),
            ("https://api.x.com:port", None),
            ("https://", None),
            ("https://:443", None),
            ("api.x.com", None),
            ("ftp://api.x.com", None),
        ] {
            assert_eq!(base_url(text).as_deref(), url, "{text}");
        }
    }
}
