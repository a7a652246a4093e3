//! The JSON documents of `stack`. Field names are a contract.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::cost::CostDocument;
use crate::stack::change::{Change, ChangeAction, Replacement};
use crate::stack::reason::Cause;
use crate::stack::state::Found;

/// What `stack plan` prints.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct PlanDocument {
    pub name: String,
    pub account: String,
    pub region: String,
    /// Whether anything would change.
    pub changes: bool,
    pub stacks: Vec<PlannedStack>,
    /// RFC 3339; null: it never ends by itself.
    pub expires_at: Option<String>,
    pub cost: Option<CostDocument>,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PlannedStack {
    pub name: String,
    /// `create`, `update`, `unchanged`, `recreate` or `busy`.
    pub action: String,
    pub changes: Vec<PlannedChange>,
    pub notes: Vec<String>,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PlannedChange {
    /// `add`, `modify` or `remove`.
    pub action: String,
    pub logical_id: String,
    pub physical_id: Option<String>,
    #[serde(rename = "type")]
    pub kind: String,
    /// `no`, `maybe` or `yes`: whether it is made anew.
    pub replacement: String,
    /// Properties that differ.
    pub because: Vec<String>,
}

impl From<&Change> for PlannedChange {
    fn from(change: &Change) -> Self {
        let action = match change.action {
            ChangeAction::Add => "add",
            ChangeAction::Modify => "modify",
            ChangeAction::Remove => "remove",
        };
        let replacement = match change.replacement {
            Replacement::No => "no",
            Replacement::Maybe => "maybe",
            Replacement::Yes => "yes",
        };
        Self {
            action: action.to_owned(),
            logical_id: change.logical_id.clone(),
            physical_id: change.physical_id.clone(),
            kind: change.kind.clone(),
            replacement: replacement.to_owned(),
            because: change.because.clone(),
        }
    }
}

/// What `stack up` prints.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct UpDocument {
    pub name: String,
    pub account: String,
    pub region: String,
    pub stacks: Vec<StackOutcome>,
    pub outputs: BTreeMap<String, String>,
    /// US dollars of what is known.
    pub usd_per_hour: f64,
    /// Resources without a known price.
    pub unknown: Vec<String>,
    /// RFC 3339; null: it never ends by itself.
    pub expires_at: Option<String>,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct StackOutcome {
    pub name: String,
    pub status: String,
    pub changed: bool,
}

/// What `stack down` and `stack sweep` print.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct DownDocument {
    pub name: String,
    pub account: String,
    pub region: String,
    /// Stacks that were deleted, and what was swept.
    pub deleted: Vec<String>,
    pub leftovers: Vec<Leftover>,
    /// Hours from creation to now, by stack.
    pub hours: BTreeMap<String, f64>,
    pub cost: DownCost,
    /// What stays on purpose.
    pub kept: Option<Kept>,
}

/// Money that was spent.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct DownCost {
    pub currency: String,
    /// US dollars: the real hours at the prices of the table.
    pub estimated: f64,
    /// Always null: what AWS bills is known a day later, in Cost Explorer.
    pub measured: Option<f64>,
    /// US dollars a month for what stays.
    pub kept_usd_per_month: f64,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Leftover {
    pub kind: String,
    pub id: String,
    pub name: String,
    pub state: String,
    /// Whether it costs money by being there.
    pub bills: bool,
    /// Whether it carries our tag, and so is deleted by `stack sweep`.
    pub tagged: bool,
}

impl From<&Found> for Leftover {
    fn from(found: &Found) -> Self {
        Self {
            kind: found.kind.words().to_owned(),
            id: found.id.clone(),
            name: found.name.clone(),
            state: found.state.clone(),
            bills: found.kind.bills(),
            tagged: found.owner.is_some(),
        }
    }
}

/// The bucket that stays.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Kept {
    pub bucket: String,
    pub objects: u64,
    pub bytes: u64,
    pub runs: u64,
}

/// What `stack status` prints.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct StatusDocument {
    pub name: String,
    pub account: String,
    pub region: String,
    /// Whether any of its stacks is there.
    pub exists: bool,
    pub stacks: Vec<StackStatusDocument>,
    pub outputs: BTreeMap<String, String>,
    pub usd_per_hour: Option<f64>,
    /// RFC 3339; null: it never ends by itself.
    pub expires_at: Option<String>,
    pub expired: bool,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct StackStatusDocument {
    pub name: String,
    /// `storage`, `batch` or `live`.
    pub part: String,
    pub status: String,
    pub reason: Option<String>,
    pub created: Option<String>,
    pub hours: Option<f64>,
    pub resources: usize,
    /// What EMR says of the cluster.
    pub emr: Option<String>,
}

/// What `stack list` prints.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct ListDocument {
    pub account: String,
    pub region: String,
    pub stacks: Vec<Listed>,
    pub usd_per_hour: f64,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Listed {
    pub name: String,
    pub parts: Vec<String>,
    pub status: String,
    pub created: Option<String>,
    pub age_hours: Option<f64>,
    pub expires_at: Option<String>,
    pub expired: bool,
    /// US dollars; null: it was not priced.
    pub usd_per_hour: Option<f64>,
}

/// What `stack events` prints.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct EventsDocument {
    pub name: String,
    pub events: Vec<EventLine>,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct EventLine {
    pub at: String,
    pub stack: String,
    pub logical_id: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub status: String,
    pub reason: Option<String>,
}

/// What `stack explain` prints.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct ExplainDocument {
    pub name: String,
    /// The first real cause of each stack that failed.
    pub causes: Vec<Cause>,
}

/// What `stack extend` prints.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct ExtendDocument {
    pub name: String,
    pub expires_at: String,
    pub before: Option<String>,
    /// US dollars that the longer life adds, as far as prices are known.
    pub adds_usd: Option<f64>,
}
