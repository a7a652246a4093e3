//! The account as the pipeline's commands use it: whose it is, what the stack is called, and what it has.

use std::collections::BTreeMap;
use std::ops::Deref;

use jiff::{SignedDuration, Timestamp};
use serde_json::Map;
use tokio::sync::OnceCell;

use crate::cli::Global;
use crate::cli::stack::account::open::{Intent, Session};
use crate::error::{Error, ErrorKind, Result};
use crate::stack::names::Part;
use crate::stack::planner;
use crate::stack::port::Observe;
use crate::stack::runner::{self, Runner};
use crate::stack::status::Footing;
use crate::stack::ttl;
use crate::ui::Printer;

/// The machine of a remote run.
#[derive(Clone, Debug)]
pub struct RunnerState {
    pub run_id: String,
    pub instance: String,
    /// As EC2 says it.
    pub state: String,
}

impl RunnerState {
    pub fn is_alive(&self) -> bool {
        runner::is_alive(&self.state)
    }
}

/// An account, opened for a run.
pub struct Cloud {
    session: Session,
    /// Asked once: a stack does not change under a run.
    outputs: OnceCell<BTreeMap<String, String>>,
}

impl Deref for Cloud {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}

impl Cloud {
    pub async fn open(global: &Global, printer: Printer, intent: Intent) -> Result<Self> {
        let session = Session::open(Map::new(), global, printer, intent).await?;
        Ok(Self { session, outputs: OnceCell::new() })
    }

    /// The stack's own bucket.
    pub fn bucket(&self) -> String {
        self.names.bucket(&self.identity.account)
    }

    /// The live stack's delivery stream.
    pub fn delivery_stream(&self) -> String {
        self.names.name.clone()
    }

    /// What the batch stack says of itself, once it is up.
    pub async fn outputs(&self) -> Result<&BTreeMap<String, String>> {
        self.outputs.get_or_try_init(|| self.ask_outputs()).await
    }

    async fn ask_outputs(&self) -> Result<BTreeMap<String, String>> {
        let name = self.names.stack(Part::Batch);
        let Some(state) = self.account.stack(&name).await? else {
            return Err(Error::usage(format!("there is no stack {name}"))
                .hint("bring it up first (`sentistack stack up`), or let the run do both: --ephemeral"));
        };
        crate::stack::plan::refuse_foreign(&state, &self.names)?;
        if state.status.footing() != Footing::Firm {
            return Err(Error::new(ErrorKind::Outside, format!("the stack {name} is not ready"))
                .because(format!("its status is {}", state.status.as_str()))
                .hint("`sentistack stack status` says more; `sentistack stack up` mends it"));
        }
        Ok(state.outputs)
    }

    /// The machine of a remote run that the stack was last given; `None`: there is no stack, or it was given none.
    pub async fn runner(&self) -> Result<Option<RunnerState>> {
        let Some(stack) = self.account.stack(&self.names.stack(Part::Batch)).await? else { return Ok(None) };
        let Some(runner) = Runner::of(&stack) else { return Ok(None) };
        let account = &self.identity.account;
        let found = planner::machine(self.account.as_ref(), &self.names, account, &stack).await?;
        let (instance, state) = match found {
            Some(found) => found,
            None => {
                let last = stack.outputs.get(runner::OUTPUT).cloned();
                (last.unwrap_or_default(), "terminated".to_owned())
            }
        };
        Ok(Some(RunnerState { run_id: runner.run_id, instance, state }))
    }

    /// Refuses a run that would outlive the stack.
    pub async fn check_expiry(&self, needed: SignedDuration) -> Result<()> {
        let armed = self.account.schedules(&self.names).await?;
        let Some(expiry) = ttl::first_expiry(&self.names, &[Part::Batch], &armed) else { return Ok(()) };
        let left = expiry.duration_since(Timestamp::now());
        if left >= needed {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Usage,
            format!(
                "the stack ends in {} minutes (at {}), and this run takes about {}",
                left.as_mins().max(0),
                ttl::minute(expiry),
                needed.as_mins().max(1)
            ),
        )
        .hint("give it more time first: `sentistack stack extend 2h`"))
    }

    /// What waits are multiplied by; tests have little time.
    pub fn pace(&self) -> f64 {
        self.session.pace.scale()
    }
}
