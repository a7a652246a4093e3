//! The login to a registry of the account's own (ECR).

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Account, missing, send};
use crate::config::secret::Secret;
use crate::error::Result;
use crate::live::port::{Credentials, Login};

#[async_trait]
impl Credentials for Account {
    async fn login(&self, registry: &str) -> Result<Option<Login>> {
        let what = format!("get a login to {registry}");
        let answer = send!(self, ecr, &what, |c| c.get_authorization_token())?;
        let token = answer.authorization_data().first().and_then(|data| data.authorization_token());
        let token = token.and_then(|token| STANDARD.decode(token).ok());
        let pair = token.and_then(|token| String::from_utf8(token).ok()).ok_or_else(|| missing("a login"))?;
        let (user, password) = pair.split_once(':').ok_or_else(|| missing("a password"))?;
        Ok(Some(Login::Password { user: user.to_owned(), password: Secret::new(password.to_owned()) }))
    }
}
