//! Reads secrets from where the settings say that they are. The only place that does; none is ever shown.

use crate::cli::pipeline::place::Place;
use crate::config::secret::{Secret, SecretRef};
use crate::error::{Error, ErrorKind, Result};

/// The secret that the setting `setting` names the place of.
///
/// # Errors
/// Of kind `Config` where nothing is there, of kind `Outside` where it cannot be read.
pub fn read(place: &Place, secret: &SecretRef, setting: &str) -> Result<Secret> {
    let (text, hint) = match secret {
        SecretRef::Env(name) => {
            let hint = format!("set it (export {name}=…), or let {setting} name another place");
            let missing = || {
                Error::new(ErrorKind::Outside, format!("the environment variable {name} is not set"))
                    .hint(hint.clone())
            };
            (std::env::var(name).map_err(|_| missing())?, hint)
        }
        SecretRef::File(path) => {
            // Whoever keeps it elsewhere can put it there, and try again.
            let failed = |e: &std::io::Error| Error {
                kind: ErrorKind::Outside,
                ..Error::io("read the secret in", path, e)
            };
            let text = std::fs::read_to_string(path).map_err(|e| failed(&e))?;
            (text, format!("write it to {path}, on one line"))
        }
        SecretRef::SecretsManager(name) => {
            (place.secret(name, setting)?, format!("put it into the secret {name}, as plain text"))
        }
    };
    check(&text, secret, setting, hint)
}

fn check(text: &str, secret: &SecretRef, setting: &str, hint: String) -> Result<Secret> {
    let token = text.trim();
    if token.is_empty() {
        return Err(Error::config(format!("{setting} is {secret}, and nothing is there")).hint(hint));
    }
    // It becomes a header, and what is not plain text cannot.
    if !token.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(Error::new(ErrorKind::Config, format!("{setting} is {secret}, and no token is there"))
            .hint("a token is one word of plain letters, digits and signs"));
    }
    Ok(Secret::new(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_the_token_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let at = Place::folder(folder.path().to_owned()).unwrap();
        let place = SecretRef::File(path.display().to_string());
        for (content, wanted) in [
            ("s3cret\n", Ok("s3cret")),
            ("", Err("nothing is there")),
            (" \n", Err("nothing is there")),
            ("two words", Err("no token is there")),
            ("naïve", Err("no token is there")),
        ] {
            std::fs::write(&path, content).unwrap();
            match (read(&at, &place, "endpoint.token"), wanted) {
                (Ok(secret), Ok(wanted)) => assert_eq!(secret.expose(), wanted),
                (Err(error), Err(words)) => assert!(error.message.contains(words), "{error}"),
                (got, wanted) => panic!("{content:?}: {got:?}, not {wanted:?}"),
            }
        }
        let missing = SecretRef::File(folder.path().join("none").display().to_string());
        assert_eq!(read(&at, &missing, "endpoint.token").unwrap_err().kind, ErrorKind::Outside);
        let unset = SecretRef::Env("SENTISTACK_TEST_NO_SUCH_VARIABLE".to_owned());
        let error = read(&at, &unset, "endpoint.token").unwrap_err();
        assert!(error.hint.unwrap().contains("export SENTISTACK_TEST_NO_SUCH_VARIABLE"));
    }
}
