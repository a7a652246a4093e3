//! What the engines of the stack tell while they work. `ui` draws it; nothing here prints.

use jiff::Timestamp;
use serde::Serialize;

use super::names::Part;
use super::status::Outlook;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A part's turn begins.
    PartStarted { part: Part, stack: String, what: Doing },
    /// CloudFormation moved a resource on.
    Resource {
        part: Part,
        logical_id: String,
        #[serde(rename = "type")]
        kind: String,
        status: String,
        outlook: Outlook,
        settled: bool,
        at: Timestamp,
        reason: Option<String>,
    },
    /// A part is done; `changed` is false where there was nothing to do.
    PartFinished { part: Part, status: String, changed: bool, seconds: f64 },
    /// The stack will be deleted by itself at this moment.
    Armed { expires_at: Timestamp },
    /// Something was found broken and put right.
    Healed { what: String },
    /// A meter is being stopped.
    Stopping { what: String },
    /// Something worth a line.
    Note { text: String },
}

/// What happens to a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Doing {
    Create,
    Update,
    Wait,
    Delete,
}

/// Takes events, from any thread.
pub trait Events: Send + Sync {
    fn emit(&self, event: Event);
}

/// Lets events go by.
pub struct Silence;

impl Events for Silence {
    fn emit(&self, _: Event) {}
}
