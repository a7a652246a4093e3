//! An AWS account behind the ports of `stack`. The only place that knows the SDK. It knows no engine.

mod changes;
mod clients;
mod doctor;
mod error;
mod find;
mod formation;
pub mod live;
pub mod logs;
mod meters;
mod network;
mod objects;
pub mod pipeline;
mod ports;
mod prices;
mod registry;
mod runner;
mod schedules;
pub mod tunnel;
mod usage;

use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use aws_smithy_types::error::metadata::ProvideErrorMetadata;

pub use clients::Access;
use clients::Clients;
pub use doctor::Facts;
use error::Failure;

use crate::error::{Error, Result};
use crate::limits;

/// Told what a person should know while a call waits: that credentials have expired.
pub type Tell = Arc<dyn Fn(&str) + Send + Sync>;

/// One account in one region.
pub struct Account {
    access: Access,
    clients: RwLock<Arc<Clients>>,
    tell: Tell,
    /// Whether any call has gone through: credentials that never worked are not waited for.
    worked: std::sync::atomic::AtomicBool,
    /// The answer does not change while the program runs.
    identity: tokio::sync::OnceCell<crate::stack::state::Identity>,
}

impl Account {
    /// Reads credentials and region as AWS's own tools do. Makes no call.
    pub async fn open(access: Access, tell: Tell) -> Self {
        let clients = Arc::new(Clients::open(&access).await);
        Self {
            access,
            clients: RwLock::new(clients),
            tell,
            worked: false.into(),
            identity: tokio::sync::OnceCell::new(),
        }
    }

    pub fn region(&self) -> &str {
        &self.access.region
    }

    fn clients(&self) -> Arc<Clients> {
        match self.clients.read() {
            Ok(clients) => Arc::clone(&clients),
            Err(poisoned) => Arc::clone(&poisoned.into_inner()),
        }
    }

    /// Makes a call. The SDK tries again what is worth it; what it does not know to cure are credentials that
    /// expire half-way: then they are read again until there are new ones, so that somebody who logs in again
    /// elsewhere loses nothing.
    async fn call<T, E, F>(&self, what: &str, attempt: impl Fn(Arc<Clients>) -> F) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, aws_sdk_sts::error::SdkError<E>>>,
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let started = Instant::now();
        let mut wait = Duration::from_millis(200);
        let mut told = false;
        loop {
            let failure = match attempt(self.clients()).await {
                Ok(answer) => {
                    self.worked.store(true, std::sync::atomic::Ordering::Relaxed);
                    return Ok(answer);
                }
                Err(error) => Failure::of(what, &error),
            };
            let out_of_time = started.elapsed().as_secs() > limits::CREDENTIALS_WAIT_SECONDS;
            let worked = self.worked.load(std::sync::atomic::Ordering::Relaxed);
            if !failure.is_expired() || out_of_time || !worked {
                return Err(failure);
            }
            if !told {
                told = true;
                (self.tell)("the credentials have expired: log in again; waiting for new ones");
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(Duration::from_secs(10));
            self.renew().await;
        }
    }

    /// Reads the credentials again from where they come from.
    async fn renew(&self) {
        let clients = Arc::new(Clients::open(&self.access).await);
        if let Ok(mut current) = self.clients.write() {
            *current = clients;
        }
    }
}

/// Makes a request with one of the clients: `send!(self, emr, "list clusters", |c| c.list_clusters())`.
macro_rules! send {
    ($account:expr, $client:ident, $what:expr, |$c:ident| $request:expr) => {
        $account
            .call($what, |clients| {
                let $c = &clients.$client;
                let request = $request;
                async move { request.send().await }
            })
            .await
    };
}
pub(crate) use send;

/// As `send!`, over all pages: the items together.
macro_rules! pages {
    ($account:expr, $client:ident, $what:expr, |$c:ident| $request:expr) => {
        $account
            .call($what, |clients| {
                let $c = &clients.$client;
                let request = $request;
                async move { request.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await }
            })
            .await
    };
}
pub(crate) use pages;

/// A time of the SDK's.
fn moment(at: &aws_smithy_types::DateTime) -> Option<jiff::Timestamp> {
    jiff::Timestamp::new(at.secs(), i32::try_from(at.subsec_nanos()).unwrap_or(0)).ok()
}

/// What AWS should have said and did not.
fn missing(what: &str) -> Error {
    Error::failed(format!("AWS answered without {what}"))
}
