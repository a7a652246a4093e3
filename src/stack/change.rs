//! What should be, and what differs from it, as CloudFormation foresees it. Plain values.

/// A change to a resource, as CloudFormation foresees it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Change {
    pub action: ChangeAction,
    pub logical_id: String,
    pub physical_id: Option<String>,
    #[serde(rename = "type")]
    pub kind: String,
    pub replacement: Replacement,
    /// Names of the properties that differ.
    pub because: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeAction {
    Add,
    Modify,
    Remove,
}

/// Whether a change makes the resource anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Replacement {
    No,
    Maybe,
    Yes,
}

/// What a stack should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Desired {
    pub stack: String,
    pub template: String,
    /// In the order of their keys.
    pub parameters: Vec<(String, String)>,
    pub tags: Vec<(String, String)>,
    /// The role that CloudFormation works with; `None`: the caller's own rights.
    pub role_arn: Option<String>,
    /// Where a template goes that is too long to be sent inline.
    pub bucket: Option<String>,
    /// What must be in that bucket before the stack is made or changed.
    pub uploads: Vec<Upload>,
}

/// An object named by its content: one that is there already is the same.
#[derive(Clone, PartialEq, Eq)]
pub struct Upload {
    pub key: String,
    pub body: std::sync::Arc<Vec<u8>>,
}

impl std::fmt::Debug for Upload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Upload({}, {} bytes)", self.key, self.body.len())
    }
}

/// What becomes of a stack whose creation fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnFailure {
    /// What was made is deleted; the events stay to be read.
    #[default]
    Rollback,
    /// As rollback, and the empty stack too.
    Delete,
    /// Everything stays, and bills, to be looked at.
    Keep,
}

/// A change set that was worked out.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangeSet {
    /// Its ARN.
    pub id: String,
    pub stack_id: String,
    /// Empty: there is nothing to change.
    pub changes: Vec<Change>,
}
