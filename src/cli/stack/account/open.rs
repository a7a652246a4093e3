//! What every command of an account begins with: settings, credentials, who they belong to, and a way to stop.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::{Map, Value};
use tokio::sync::watch;

use crate::aws::{Access, Account};
use crate::cli::settings::{self, ForStack};
use crate::cli::{Global, signals};
use crate::error::{Error, ErrorKind, Result};
use crate::render;
use crate::stack::apply::Seams;
use crate::stack::event::Events;
use crate::stack::names::{Names, Part};
use crate::stack::port::{Observe, Pace};
use crate::stack::state::Identity;
use crate::ui::Printer;
use crate::ui::ask::Answers;

/// An account, opened for one stack.
pub struct Session {
    pub stack: ForStack,
    pub names: Names,
    pub account: Arc<Account>,
    pub identity: Identity,
    pub events: Arc<dyn Events>,
    pub pace: Real,
    pub answers: Answers,
}

/// Whether a command changes anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    Look,
    Change,
}

impl Session {
    /// Resolves the settings, with `flags` of the command's own over them, and asks whose the credentials are.
    pub async fn open(
        flags: Map<String, Value>,
        global: &Global,
        printer: Printer,
        intent: Intent,
    ) -> Result<Self> {
        let stack = settings::for_stack_with(flags, global)?;
        let names = Names::of(&stack.settings);
        let access = Access {
            region: stack.settings.region.clone(),
            profile: stack.profile.clone(),
            path_style: has_local_endpoint(),
        };
        let account = Arc::new(Account::open(access, Arc::new(move |text: &str| printer.note(text))).await);
        let identity = account.identity().await?;
        if let Some(allowed) = &stack.allow_account
            && *allowed != identity.account
        {
            return Err(Error::config(format!(
                "these credentials are of account {}, and allow_account is {allowed}",
                identity.account
            ))
            .hint("log in to the other account, choose another --profile, or correct allow_account")
            .resource(&identity.arn));
        }
        if intent == Intent::Change {
            printer.note(&format!(
                "account {}, region {}, stack {}",
                identity.account, names.region, names.name
            ));
        }
        let pace = Real::new(printer);
        let answers = Answers { yes: global.yes, no_input: global.no_input };
        Ok(Self { stack, names, account, identity, events: printer.stack_events(), pace, answers })
    }

    pub fn seams(&self) -> Seams<'_> {
        Seams { operate: self.account.as_ref(), pace: &self.pace, events: self.events.as_ref() }
    }

    /// The parts that are meant, with their templates; `only` names some, which imply storage.
    pub fn templates(&self, only: &[Part]) -> Result<Vec<(Part, String)>> {
        let overrides = |path: &str| self.stack.template(path);
        let parts = match only {
            [] => render::parts(&self.stack.settings),
            only => {
                Part::ALL.into_iter().filter(|part| *part == Part::Storage || only.contains(part)).collect()
            }
        };
        parts
            .into_iter()
            .map(|part| {
                let text = render::render(part, &self.stack.settings, &overrides)?;
                lint(part, &text)?;
                Ok((part, render::stamped(&text, &self.stack.settings)))
            })
            .collect()
    }

    /// Credentials that end before the work does are noticed before it begins.
    pub fn check_credentials(&self, needed: Duration) -> Option<String> {
        let left = self.identity.expires?.duration_since(self.pace.now());
        let needed = jiff::SignedDuration::try_from(needed).ok()?;
        (left < needed).then(|| {
            format!(
                "the credentials end in {} minutes, and this takes about {}: log in again now, or when it asks",
                left.as_mins().max(0),
                needed.as_mins()
            )
        })
    }
}

/// What must not be sent.
fn lint(part: Part, text: &str) -> Result<()> {
    let findings = render::check(text);
    let Some((first, rest)) = findings.split_first() else { return Ok(()) };
    let error =
        Error::config(format!("the template {part}.yaml cannot be used: {}: {}", first.place, first.message))
            .hint("correct it in the folder that `stack.templates` names");
    Err(rest
        .iter()
        .fold(error, |error, finding| error.because(format!("also: {}: {}", finding.place, finding.message))))
}

/// Buckets as host names need a resolver that a local endpoint has not.
fn has_local_endpoint() -> bool {
    ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"].iter().any(|name| std::env::var_os(name).is_some())
}

/// The system's clock, and sleep that a signal ends.
pub struct Real {
    printer: Printer,
    /// Signals are listened for from the first wait on: until then they end the program, as at a question.
    stop: std::sync::OnceLock<Option<watch::Receiver<Option<ErrorKind>>>>,
    /// What waits are multiplied by; tests have little time.
    scale: f64,
}

impl Real {
    fn new(printer: Printer) -> Self {
        let scale = std::env::var("SENTISTACK_TEST_PACE").ok().and_then(|text| text.parse().ok());
        Self { printer, stop: std::sync::OnceLock::new(), scale: scale.unwrap_or(1.0) }
    }

    /// What waits are multiplied by.
    pub fn scale(&self) -> f64 {
        self.scale
    }

    fn stop(&self) -> Option<watch::Receiver<Option<ErrorKind>>> {
        let listen = || {
            let (sender, stop) = watch::channel(None);
            let printer = self.printer;
            let told = signals::watch(sender, move |signal| {
                printer.note(&format!("{signal}: AWS goes on by itself; once more to leave at once"));
            });
            told.ok().map(|()| stop)
        };
        self.stop.get_or_init(listen).clone()
    }
}

#[async_trait]
impl Pace for Real {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    async fn sleep(&self, time: Duration) -> Result<()> {
        let time = time.mul_f64(self.scale);
        let stop = self.stop();
        let asked = async {
            let kind = match stop {
                Some(mut stop) => stop.wait_for(Option::is_some).await.ok().and_then(|kind| *kind),
                None => None,
            };
            match kind {
                Some(kind) => kind,
                // Nobody listens for signals: nothing ends the wait.
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = tokio::time::sleep(time) => Ok(()),
            kind = asked => Err(Error::new(kind, "stopped")
                .hint("AWS goes on with what it began: run the same command again to take it up")),
        }
    }
}
