//! What the live path needs of the outside, in its own words.

use async_trait::async_trait;

use crate::config::secret::Secret;
use crate::error::Result;

/// Who pushes to a registry.
#[derive(Clone, Debug, PartialEq)]
pub enum Login {
    /// A name and its password. ECR's: `AWS`, and what GetAuthorizationToken gives.
    Password { user: String, password: Secret },
    /// What an earlier login left for getting tokens (OAuth 2's refresh token).
    Identity(Secret),
}

impl Login {
    /// The secret in it, to be hidden in what a registry says.
    pub fn secret(&self) -> &Secret {
        match self {
            Self::Password { password, .. } => password,
            Self::Identity(token) => token,
        }
    }
}

/// Where logins to registries are found.
#[async_trait]
pub trait Credentials: Send + Sync {
    /// The login to `registry` (`host` or `host:port`); `None` where nobody keeps one, and it is asked without.
    ///
    /// # Errors
    /// Where a place that should have it cannot be read.
    async fn login(&self, registry: &str) -> Result<Option<Login>>;
}

/// A record that was not taken: its place in the batch, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotTaken {
    pub at: usize,
    pub why: String,
}

/// Takes records on their way to the function: Firehose, or the function in this process.
#[async_trait]
pub trait Delivery: Send + Sync {
    /// What it is called: a delivery stream's name, or `in this process`.
    fn name(&self) -> String;
    /// Puts a batch of lines, [`crate::limits::FIREHOSE_RECORDS`] and [`crate::limits::FIREHOSE_BYTES`] at most. Gives
    /// those that were not taken and may be put again.
    ///
    /// # Errors
    /// Where none was taken, for a reason that putting them again does not cure.
    async fn put(&self, records: &[Vec<u8>]) -> Result<Vec<NotTaken>>;
    /// Everything was put: what it holds back goes on its way.
    ///
    /// # Errors
    /// Where that cannot be written.
    async fn close(&self) -> Result<()>;
}
