//! What a registry's 401 asks for. Pure.

use http_auth::ChallengeParser;

use crate::config::url::{self, HTTP};

/// How to show who one is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Challenge {
    /// With name and password, at every request.
    Basic,
    /// With a token, which this place gives for name and password, or to anybody.
    Bearer { realm: String, service: Option<String> },
}

/// Why a challenge cannot be met.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unmet {
    #[error("it does not say how to log in")]
    None,
    #[error("it wants a way to log in that is not known here: {0}")]
    Unknown(String),
    #[error("the place that gives its tokens {0}")]
    Realm(url::Why),
}

/// Reads the headers `WWW-Authenticate`; a token is preferred to a password at every request.
///
/// # Errors
/// Where there is none that is known.
pub fn read<'a>(headers: impl Iterator<Item = &'a str>) -> Result<Challenge, Unmet> {
    let mut basic = false;
    let mut others = Vec::new();
    for header in headers {
        // After a slip in one of them nothing can be read; what was read before it counts.
        for challenge in ChallengeParser::new(header).map_while(Result::ok) {
            let is = |scheme: &str| challenge.scheme.eq_ignore_ascii_case(scheme);
            let value = |wanted: &str| {
                let found = challenge.params.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
                found.map(|(_, value)| value.to_unescaped())
            };
            if is("bearer") {
                let Some(realm) = value("realm") else { continue };
                let realm = url::check(&realm, &HTTP).map_err(Unmet::Realm)?;
                return Ok(Challenge::Bearer { realm, service: value("service") });
            }
            match is("basic") {
                true => basic = true,
                false => others.push(challenge.scheme.to_owned()),
            }
        }
    }
    if basic {
        return Ok(Challenge::Basic);
    }
    Err(if others.is_empty() { Unmet::None } else { Unmet::Unknown(others.join(", ")) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_preferred_and_its_place_is_checked() {
        let bearer = |realm: &str, service: Option<&str>| {
            Ok(Challenge::Bearer { realm: realm.to_owned(), service: service.map(str::to_owned) })
        };
        for (headers, wanted) in [
            (vec!["Basic realm=\"x\""], Ok(Challenge::Basic)),
            (
                vec![
                    r#"Bearer realm="https://auth.example/token",service="registry.example",scope="repository:a/b:pull""#,
                ],
                bearer("https://auth.example/token", Some("registry.example")),
            ),
            (vec!["Basic realm=x", "bearer realm=\"https://a.example\""], bearer("https://a.example", None)),
            (
                vec!["Basic realm=x, Bearer realm=\"http://127.0.0.1:1/t\""],
                bearer("http://127.0.0.1:1/t", None),
            ),
            (vec![], Err(Unmet::None)),
            (vec!["\"garbage"], Err(Unmet::None)),
            (vec!["Bearer service=x"], Err(Unmet::None)),
            (vec!["Negotiate", "NTLM"], Err(Unmet::Unknown("Negotiate, NTLM".to_owned()))),
            (
                vec!["Bearer realm=\"http://evil.example/token\""],
                Err(Unmet::Realm("is not encrypted, and not on this machine")),
            ),
            (vec!["Bearer realm=\"https://u:p@a.example\""], Err(Unmet::Realm("has a user's name in it"))),
        ] {
            assert_eq!(read(headers.iter().copied()), wanted, "{headers:?}");
        }
    }
}
