//! Logins to registries as this machine has them: in the environment, or in Docker's own settings with its helpers.

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

use async_trait::async_trait;
use docker_credential::{CredentialRetrievalError as Fault, DockerCredential};

use crate::config::secret::Secret;
use crate::error::{Error, ErrorKind, Result};
use crate::live::port::{Credentials, Login};

const USER: &str = "SENTISTACK_REGISTRY_USER";
const PASSWORD: &str = "SENTISTACK_REGISTRY_PASSWORD";

/// The environment before Docker's settings: what was said for this one command wins.
pub struct Ambient;

#[async_trait]
impl Credentials for Ambient {
    async fn login(&self, registry: &str) -> Result<Option<Login>> {
        if let Some(login) = said(|name| std::env::var(name).ok())? {
            return Ok(Some(login));
        }
        let Some(settings) = docker_settings() else { return Ok(None) };
        let registry = registry.to_owned();
        // Docker's helpers are programs that may ask a keyring: a signal must not wait for them.
        let kept = tokio::task::spawn_blocking(move || kept(settings, &registry));
        kept.await.map_err(|e| Error::failed("Docker's settings cannot be read").because(e))?
    }
}

impl Ambient {
    /// Whether the environment says who pushes.
    #[cfg(feature = "aws")]
    pub fn is_set() -> bool {
        [USER, PASSWORD].iter().any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
    }
}

/// The login of the environment. Empty variables are none.
fn said(variable: impl Fn(&str) -> Option<String>) -> Result<Option<Login>> {
    let read = |name| variable(name).filter(|value| !value.is_empty());
    match (read(USER), read(PASSWORD)) {
        (Some(user), Some(password)) => {
            // From a file it often comes with the end of its line.
            let password = Secret::new(password.trim_end_matches(['\r', '\n']));
            Ok(Some(Login::Password { user, password }))
        }
        (None, None) => Ok(None),
        (user, _) => {
            let (there, missing) = if user.is_some() { (USER, PASSWORD) } else { (PASSWORD, USER) };
            Err(Error::config(format!("{there} is set, and {missing} is not")).hint("set both, or neither"))
        }
    }
}

/// `$DOCKER_CONFIG/config.json`, or the one in the home folder.
fn docker_settings() -> Option<PathBuf> {
    let folder = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = folder("DOCKER_CONFIG").or_else(|| Some(folder("HOME")?.join(".docker")))?;
    Some(folder.join("config.json"))
}

/// The login that Docker keeps, itself or with a helper.
fn kept(settings: PathBuf, registry: &str) -> Result<Option<Login>> {
    let shown = settings.display();
    let file = match File::open(&settings) {
        Ok(file) => file,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => {
            let error = Error::io("read Docker's settings in", shown, &e);
            return Err(
                Error { kind: ErrorKind::Outside, ..error }.hint(format!("or set {USER} and {PASSWORD}"))
            );
        }
    };
    // Neither what is in the file nor what a helper says is shown: it may be the secret.
    let broken = |why: &str| {
        Error::config(format!("Docker's settings in {shown} {why}"))
            .hint(format!("log in anew with `docker login {registry}`, or set {USER} and {PASSWORD}"))
            .resource(shown.to_string())
    };
    let helper = |name: &str, why: &str| {
        Error::new(ErrorKind::Outside, format!("{name}, which keeps Docker's logins, {why}"))
            .hint(format!("try it: echo {registry} | {name} get; or set {USER} and {PASSWORD}"))
    };
    match docker_credential::get_credential_from_reader(BufReader::new(file), registry) {
        Ok(DockerCredential::UsernamePassword(user, password)) => {
            Ok(Some(Login::Password { user, password: Secret::new(password) }))
        }
        Ok(DockerCredential::IdentityToken(token)) => Ok(Some(Login::Identity(Secret::new(token)))),
        Err(Fault::NoCredentialConfigured | Fault::ConfigNotFound) => Ok(None),
        // The words that all helpers share for "I have none".
        Err(Fault::HelperFailure { stdout, .. }) if stdout.contains("credentials not found") => Ok(None),
        Err(Fault::HelperFailure { helper: name, .. }) => Err(helper(&name, "fails")),
        Err(Fault::HelperCommunicationError) => {
            Err(helper("docker-credential-…", "cannot be run: it is not on the PATH"))
        }
        Err(Fault::MalformedHelperResponse) => {
            Err(helper("docker-credential-…", "answers what cannot be read"))
        }
        Err(Fault::CredentialMismatchError) => Err(broken("have two logins for one registry, which differ")),
        Err(Fault::CredentialDecodingError) => Err(broken("have a login that cannot be read")),
        Err(Fault::ConfigReadError) => Err(broken("cannot be read: they are not as Docker writes them")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(user: &str, password: &str) -> Option<Login> {
        Some(Login::Password { user: user.to_owned(), password: Secret::new(password) })
    }

    #[test]
    fn the_environment_has_both_or_neither() {
        let with = |user: &'static str, password: &'static str| {
            said(move |name| Some(if name == USER { user.to_owned() } else { password.to_owned() }))
        };
        assert_eq!(with("AWS", "s3cret\n"), Ok(password("AWS", "s3cret")));
        assert_eq!(with("", ""), Ok(None));
        for error in [with("me", "").unwrap_err(), with("", "s3cret").unwrap_err()] {
            assert_eq!(error.kind, ErrorKind::Config);
            assert!(error.message.contains("is not") && !format!("{error:?}").contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn docker_keeps_logins_itself_or_with_a_helper() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.json");
        let read = |text: &str| {
            std::fs::write(&path, text).unwrap();
            kept(path.clone(), "127.0.0.1:5000")
        };
        // me:s3cret
        let auth = r#"{"auths": {"127.0.0.1:5000": {"auth": "bWU6czNjcmV0"}, "other": {}}}"#;
        assert_eq!(read(auth), Ok(password("me", "s3cret")));
        assert_eq!(read(r#"{"auths": {"other.example": {"auth": "bWU6czNjcmV0"}}}"#), Ok(None));
        assert_eq!(read("{}"), Ok(None));
        assert_eq!(
            read(r#"{"auths": {"127.0.0.1:5000": {"identitytoken": "t0ken"}}}"#),
            Ok(Some(Login::Identity(Secret::new("t0ken"))))
        );
        for (text, kind, says) in [
            ("{", ErrorKind::Config, "cannot be read"),
            (r#"{"auths": {"127.0.0.1:5000": {"auth": "s3cret!"}}}"#, ErrorKind::Config, "login that cannot"),
            (r#"{"credsStore": "none-such"}"#, ErrorKind::Outside, "cannot be run"),
        ] {
            let error = read(text).unwrap_err();
            assert_eq!(error.kind, kind, "{text}");
            assert!(error.message.contains(says) && !format!("{error:?}").contains("s3cret"), "{error:?}");
        }
        assert_eq!(kept(folder.path().join("none"), "127.0.0.1:5000"), Ok(None));
    }
}
