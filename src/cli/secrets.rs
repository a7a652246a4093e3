//! Reads secrets from where the settings say they are. The only place that does; what it gives shows nothing of
//! itself.

use crate::config::secret::{Secret, SecretRef};
use crate::error::{Error, ErrorKind, Result};

/// The secret at `place`, which the setting `setting` (`x.token`) names. White space around it does not count.
///
/// # Errors
/// Of kind `Outside`, which has to do with credentials: it is not there, or empty. None says anything of the secret.
pub fn read(place: &SecretRef, setting: &str) -> Result<Secret> {
    read_with(place, setting, |name| std::env::var_os(name))
}

fn read_with(
    place: &SecretRef,
    setting: &str,
    variable: impl Fn(&str) -> Option<std::ffi::OsString>,
) -> Result<Secret> {
    let missing = |what: String| Error::new(ErrorKind::Outside, what).resource(place);
    let text = match place {
        SecretRef::Env(name) => {
            let hint = format!(
                "set it (export {name}=…), or let {setting} name another place: file:PATH or secret:NAME"
            );
            let value = variable(name)
                .ok_or_else(|| missing(format!("the environment variable {name} is not set")).hint(hint))?;
            value.into_string().map_err(|_| {
                missing(format!("the environment variable {name} is no UTF-8 text")).hint("set it anew")
            })?
        }
        SecretRef::File(path) => std::fs::read_to_string(path).map_err(|e| match e.kind() {
            std::io::ErrorKind::InvalidData => {
                missing(format!("{path} is no UTF-8 text")).hint("it is to hold the secret alone")
            }
            _ => Error { kind: ErrorKind::Outside, ..Error::io("read the secret in", path, &e) },
        })?,
        SecretRef::SecretsManager(name) => {
            return Err(Error::usage(format!(
                "this build cannot fetch the secret {name} from AWS Secrets Manager yet"
            ))
            .hint(format!("let {setting} name env:NAME or file:PATH"))
            .resource(place));
        }
    };
    let text = text.trim();
    if text.is_empty() {
        return Err(missing(format!("there is nothing in {place}"))
            .hint(format!("put the secret that {setting} names there")));
    }
    Ok(Secret::new(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_comes_from_the_environment_or_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "\n hunter2\n").unwrap();
        let file = SecretRef::File(path.display().to_string());
        assert_eq!(read(&file, "x.token").unwrap().expose(), "hunter2");
        let env = SecretRef::Env("TOKEN".to_owned());
        let found = read_with(&env, "x.token", |name| (name == "TOKEN").then(|| "abc ".into())).unwrap();
        assert_eq!(found.expose(), "abc");
    }

    #[test]
    fn what_is_missing_is_named_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let empty = folder.path().join("empty");
        std::fs::write(&empty, " \n").unwrap();
        for (place, kind, says) in [
            (SecretRef::Env("TOKEN".into()), ErrorKind::Outside, "the environment variable TOKEN is not set"),
            (
                SecretRef::File("/nowhere/token".into()),
                ErrorKind::Outside,
                "cannot read the secret in /nowhere/token",
            ),
            (SecretRef::File(empty.display().to_string()), ErrorKind::Outside, "there is nothing in file:"),
            (SecretRef::SecretsManager("a/b".into()), ErrorKind::Usage, "cannot fetch the secret a/b"),
        ] {
            let error = read_with(&place, "x.token", |_| None).unwrap_err();
            assert!(error.message.contains(says), "{error}");
            assert!(error.kind == kind && error.hint.is_some(), "{error:?}");
        }
    }
}
