//! Secrets of the account, by name. None is ever part of an error.

use crate::aws::{Account, send};
use crate::error::{Error, Result};

impl Account {
    /// The text of a secret.
    pub async fn secret(&self, name: &str) -> Result<String> {
        let answer = send!(self, secrets, &format!("read the secret {name}"), |c| c
            .get_secret_value()
            .secret_id(name))?;
        answer.secret_string().map(str::to_owned).ok_or_else(|| {
            Error::config(format!("the secret {name} is no text"))
                .hint("store the token itself, as plain text")
        })
    }
}
