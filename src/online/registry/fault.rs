//! What a registry's refusals mean for whoever pushes. Pure; what a registry says is shown short and plain.

use serde::Deserialize;

use crate::error::{Error, ErrorKind};
use crate::live::package::reference::Reference;

/// Characters of what a registry says that are shown at most.
const WORDS: usize = 240;

/// Where a login is found; the hint of every refusal of one.
pub const LOGIN: &str =
    "set SENTISTACK_REGISTRY_USER and SENTISTACK_REGISTRY_PASSWORD, or log in with `docker login`";

/// The same for ECR.
const LOGIN_ECR: &str = "for ECR: SENTISTACK_REGISTRY_USER=AWS and SENTISTACK_REGISTRY_PASSWORD=\"$(aws ecr \
     get-login-password)\", or Docker's docker-credential-ecr-login";

#[derive(Deserialize)]
struct Envelope {
    errors: Vec<Problem>,
}

#[derive(Deserialize)]
struct Problem {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
}

/// What an answer says of its failure, in the form that all registries share.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// `NAME_UNKNOWN`, `DENIED`, …
    pub codes: Vec<String>,
    /// For people.
    pub text: String,
}

impl Words {
    pub fn of(body: &[u8]) -> Self {
        let Ok(envelope) = serde_json::from_slice::<Envelope>(body) else { return Self::default() };
        let texts: Vec<String> = envelope
            .errors
            .iter()
            .map(|problem| match (problem.code.as_str(), problem.message.as_str()) {
                ("", words) | (words, "") => words.to_owned(),
                (code, message) => format!("{message} ({code})"),
            })
            .collect();
        let codes = envelope.errors.into_iter().map(|problem| problem.code).collect();
        Self { codes, text: plain(&texts.join("; ")) }
    }

    fn has(&self, code: &str) -> bool {
        self.codes.iter().any(|own| own == code)
    }
}

/// One line of printable characters, not too long: it comes from elsewhere.
pub fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(WORDS).collect()
}

/// How to log in to the registry of `place`.
pub fn login_hint(place: &Reference) -> &'static str {
    if place.is_ecr() { LOGIN_ECR } else { LOGIN }
}

/// A refusal that no other try will better by itself. `what` was asked: "put the manifest".
pub fn refused(what: &str, status: u16, words: &Words, place: &Reference, with_login: bool) -> Error {
    let registry = &place.registry;
    let repository = &place.repository;
    let outside = |message: String| Error::new(ErrorKind::Outside, message);
    let error = match status {
        401 if with_login => outside(format!("{registry} does not accept the login")).hint(login_hint(place)),
        401 => outside(format!("{registry} wants a login, and none is known")).hint(login_hint(place)),
        403 => outside(format!("{registry} does not let this login {what}"))
            .hint(format!("check what it may do with {repository}, then try again")),
        404 if words.has("NAME_UNKNOWN") || what == "begin an upload" => {
            Error::failed(format!("{registry} has no repository {repository}"))
                .hint("make it first; the stack's own is made by `sentistack stack up --only storage`")
        }
        413 => Error::failed(format!("{registry} takes nothing of this size: it refuses to {what}"))
            .hint("raise the limit of the registry, or of the proxy before it, on the size of a request"),
        300..=399 => Error::failed(format!("{registry} sends elsewhere"))
            .hint("give the address that it sends to: redirects are not followed"),
        404 | 405 | 501 => Error::failed(format!("{registry} takes no images"))
            .hint("check the address: it is REGISTRY/REPOSITORY[:TAG]"),
        _ if is_immutable(words) => {
            Error::failed(format!("{registry} does not let the tag name another image"))
                .hint("choose another tag, or none: then it follows from the image's content")
        }
        _ => Error::failed(format!("{registry} refuses to {what}")).hint("see what the registry says"),
    };
    let said = if words.text.is_empty() { format!("HTTP {status}") } else { words.text.clone() };
    error.because(said).resource(place)
}

fn is_immutable(words: &Words) -> bool {
    words.has("TAG_INVALID") || words.text.to_ascii_lowercase().contains("immutable")
}

/// No try brought an answer that could be used.
pub fn unanswered(what: &str, tries: u32, last: &str, place: &Reference) -> Error {
    let times = if tries == 1 { "once".to_owned() } else { format!("{tries} times") };
    Error::new(ErrorKind::Outside, format!("cannot {what}: {} was asked {times}", place.registry))
        .because(plain(last))
        .hint("try again when the registry is well: what it has already is not sent again")
        .resource(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(status: u16, body: &str) -> Error {
        let place: Reference = "a.example/team/fn:v1".parse().unwrap();
        refused("put the manifest", status, &Words::of(body.as_bytes()), &place, true)
    }

    #[test]
    fn refusals_say_what_to_do_and_how_they_end() {
        let unknown = r#"{"errors":[{"code":"NAME_UNKNOWN","message":"repository name not known"}]}"#;
        let immutable =
            r#"{"errors":[{"code":"TAG_INVALID","message":"The image tag 'v1' already exists"}]}"#;
        for (status, body, kind, says, hint) in [
            (401, "", ErrorKind::Outside, "does not accept the login", "SENTISTACK_REGISTRY_USER"),
            (403, "", ErrorKind::Outside, "does not let this login put the manifest", "team/fn"),
            (404, unknown, ErrorKind::Failed, "has no repository team/fn", "make it first"),
            (404, "", ErrorKind::Failed, "takes no images", "REGISTRY/REPOSITORY"),
            (405, "", ErrorKind::Failed, "takes no images", "REGISTRY/REPOSITORY"),
            (307, "", ErrorKind::Failed, "sends elsewhere", "redirects are not followed"),
            (413, "<html>", ErrorKind::Failed, "takes nothing of this size", "raise the limit"),
            (400, immutable, ErrorKind::Failed, "does not let the tag name another image", "another tag"),
            (400, "{", ErrorKind::Failed, "refuses to put the manifest", "what the registry says"),
        ] {
            let error = error(status, body);
            assert_eq!(error.kind, kind, "{status}");
            assert!(error.message.contains(says), "{status}: {error}");
            assert!(error.hint.as_deref().is_some_and(|text| text.contains(hint)), "{status}: {error:?}");
            assert_eq!(error.resource.as_deref(), Some("a.example/team/fn:v1"));
        }
        assert!(error(404, unknown).causes[0].contains("repository name not known (NAME_UNKNOWN)"));
        assert_eq!(error(413, "<html>").causes, ["HTTP 413"]);
    }

    #[test]
    fn what_a_registry_says_is_shown_short_and_on_one_line() {
        let long = format!(r#"{{"errors":[{{"message":"a\nb\u001b[31m{}"}}]}}"#, "x".repeat(1_000));
        let words = Words::of(long.as_bytes());
        assert!(words.text.starts_with("a b [31mxxx") && words.text.chars().count() == WORDS, "{words:?}");
        assert_eq!(Words::of(b"no json"), Words::default());
    }

    #[test]
    fn ecr_has_a_hint_of_its_own() {
        let place: Reference = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/fn".parse().unwrap();
        let error = refused("push", 401, &Words::default(), &place, false);
        assert!(error.message.contains("none is known"));
        assert!(error.hint.unwrap().contains("aws ecr get-login-password"));
    }
}
