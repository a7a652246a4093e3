//! What would be done, as a value: worked out through the reading seam, printed, then applied through the other.
//! Pure.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use serde_yaml::Value;

use super::change::{Change, ChangeAction, Desired, Replacement, Upload};
use super::grafana;
use super::names::{Names, Part, Role, tag};
use super::runner::{self, Runner};
use super::state::StackState;
use super::status::{Footing, StackStatus};
use super::ttl;
use crate::error::{Error, Result};

/// The template's parameter that replaces an EMR cluster when it is raised.
pub const EMR_GENERATION: &str = "EmrGeneration";

/// What is done with one part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "action")]
pub enum Action {
    Create,
    Update,
    /// It is as it should be.
    Unchanged,
    /// It can only be deleted and made again; it has nothing in it.
    Recreate {
        status: String,
    },
    /// An operation runs.
    Busy {
        status: String,
    },
}

/// The plan of one part.
#[derive(Clone, Debug, PartialEq)]
pub struct PartPlan {
    pub part: Part,
    pub action: Action,
    pub desired: Desired,
    pub changes: Vec<Change>,
    /// What a reader should know: a cluster that ended, a machine that is replaced.
    pub notes: Vec<String>,
    /// Packages for the Grafana host that is to be made, which the bucket should have and has not.
    pub lacks: Vec<String>,
}

impl PartPlan {
    pub fn is_noop(&self) -> bool {
        self.action == Action::Unchanged
    }
}

/// The plan of all parts, in the order in which they come up.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    pub names: Names,
    pub account: String,
    pub parts: Vec<PartPlan>,
    pub expiry: Expiry,
}

impl Plan {
    pub fn is_noop(&self) -> bool {
        self.parts.iter().all(PartPlan::is_noop)
    }

    /// A machine that could not become what it is for is not made: it would bill all the same.
    ///
    /// # Errors
    /// Of kind `Usage`, where packages are missing that must be in the bucket.
    pub fn refuse_incomplete(&self) -> Result<()> {
        let Some(part) = self.parts.iter().find(|part| !part.lacks.is_empty()) else { return Ok(()) };
        let bucket = part.desired.bucket.as_deref().unwrap_or_default();
        let packages = format!("s3://{bucket}/{}", grafana::PACKAGES);
        Err(Error::usage(format!(
            "packages for Grafana are missing in {packages}: {}",
            part.lacks.join(", ")
        ))
        .because("with network: private its machine downloads nothing")
        .hint(
            "`sentistack stack up --only storage` makes the bucket: put them there (docs/grafana.md), or set \
                 `stack.grafana: false`",
        ))
    }
}

/// When the stack is deleted by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Expiry {
    /// `None`: never.
    pub at: Option<Timestamp>,
    /// It was armed before and stays as it is.
    pub kept: bool,
}

impl Expiry {
    /// An expiry that is armed and lies ahead stays, unless another time to live is asked for by name: running `up`
    /// again does not prolong a stack.
    pub fn decide(armed: Option<Timestamp>, ttl_seconds: Option<u64>, asked: bool, now: Timestamp) -> Self {
        if let Some(at) = armed
            && at > now
            && !asked
        {
            return Self { at: Some(at), kept: true };
        }
        // A schedule knows whole seconds.
        let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
        let ttl = ttl_seconds.and_then(|seconds| i64::try_from(seconds).ok());
        Self { at: ttl.map(|seconds| now + jiff::SignedDuration::from_secs(seconds)), kept: false }
    }
}

/// What is asked of a template beside its settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Variables {
    /// Of the EMR cluster.
    pub generation: u32,
    /// The machine of a remote run; `None`: there is to be none.
    pub runner: Option<Runner>,
}

/// What a part should be. Tags of a stack that exists are kept: they say what was true when it was made, and
/// changing them would touch every resource.
pub fn desired(
    names: &Names,
    part: Part,
    template: String,
    account: &str,
    expires: Option<Timestamp>,
    existing: Option<&StackState>,
    variables: &Variables,
) -> Desired {
    let kept = |key: &str| existing.and_then(|stack| stack.tags.get(key)).cloned();
    let planned = expires.map_or_else(|| "never".to_owned(), ttl::minute);
    // Storage is kept: it does not expire.
    let planned = if part == Part::Storage { "never".to_owned() } else { planned };
    let tags = vec![
        (tag::EXPIRES.to_owned(), kept(tag::EXPIRES).unwrap_or(planned)),
        (tag::NAME.to_owned(), names.name.clone()),
        (tag::PART.to_owned(), part.to_string()),
        (tag::VERSION.to_owned(), kept(tag::VERSION).unwrap_or_else(|| env!("CARGO_PKG_VERSION").to_owned())),
    ];
    let mut parameters = BTreeMap::new();
    if declares(&template, EMR_GENERATION) {
        parameters.insert(EMR_GENERATION.to_owned(), variables.generation.to_string());
    }
    if let Some(runner) = variables.runner.as_ref().filter(|_| runner::is_possible(&template)) {
        parameters.extend(runner.parameters());
    }
    let uploads = if grafana::is_in(&template) { grafana::uploads() } else { Vec::new() };
    Desired {
        stack: names.stack(part),
        template,
        parameters: parameters.into_iter().collect(),
        tags,
        role_arn: (part != Part::Storage).then(|| names.role_arn(Role::Deploy, account)),
        bucket: (part != Part::Storage).then(|| names.bucket(account)),
        uploads,
    }
}

/// The template's parameters for the function's code: its zip in the bucket, or its image.
pub const FUNCTION_KEY: &str = "FunctionKey";
pub const IMAGE_URI: &str = "ImageUri";

/// The template's parameter for the program of the endpoint's hosts: its key in the bucket.
pub const ENDPOINT_KEY: &str = "EndpointKey";

/// Something that goes with a stack: what a parameter of its template becomes, and the objects that it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brought {
    pub parameter: &'static str,
    pub value: String,
    pub uploads: Vec<Upload>,
}

/// What is brought goes with the stack that has its parameter; what is not brought stays as it is deployed.
pub fn with_brought(desired: &mut Desired, existing: Option<&StackState>, brought: &[Brought]) {
    for parameter in [FUNCTION_KEY, IMAGE_URI, ENDPOINT_KEY] {
        if !declares(&desired.template, parameter) {
            continue;
        }
        let given = brought.iter().find(|one| one.parameter == parameter);
        let deployed = || existing.and_then(|stack| stack.parameters.get(parameter)).cloned();
        let value = given.map(|one| one.value.clone()).or_else(deployed).unwrap_or_default();
        desired.parameters.push((parameter.to_owned(), value));
        desired.uploads.extend(given.into_iter().flat_map(|one| one.uploads.clone()));
    }
}

/// Whether the template has a parameter of this name.
pub(super) fn declares(template: &str, parameter: &str) -> bool {
    let Ok(document) = serde_yaml::from_str::<Value>(template) else { return false };
    document.get("Parameters").and_then(|parameters| parameters.get(parameter)).is_some()
}

/// The generation of the EMR cluster that the stack has now.
pub fn generation(existing: Option<&StackState>) -> u32 {
    existing.and_then(|stack| stack.parameters.get(EMR_GENERATION)?.parse().ok()).unwrap_or(1)
}

/// What creating a stack of this template adds. No run is remote before there is a stack.
pub fn additions(template: &str) -> Result<Vec<Change>> {
    let document: Value = serde_yaml::from_str(template)
        .map_err(|e| Error::config("a rendered template is not YAML").because(e))?;
    let resources = document.get("Resources").and_then(Value::as_mapping);
    let mut changes: Vec<Change> = resources
        .into_iter()
        .flatten()
        .filter(|(_, resource)| resource.get("Condition").and_then(Value::as_str) != Some(runner::CONDITION))
        .map(|(key, resource)| Change {
            action: ChangeAction::Add,
            logical_id: key.as_str().unwrap_or_default().to_owned(),
            physical_id: None,
            kind: resource.get("Type").and_then(Value::as_str).unwrap_or_default().to_owned(),
            replacement: Replacement::No,
            because: Vec::new(),
        })
        .collect();
    changes.sort_by(|a, b| (&a.kind, &a.logical_id).cmp(&(&b.kind, &b.logical_id)));
    Ok(changes)
}

/// What is to be done with a stack as it is found, before its changes are known.
pub fn action(existing: Option<&StackState>) -> Result<Action> {
    let Some(stack) = existing else { return Ok(Action::Create) };
    let status = stack.status.to_string();
    match stack.status.footing() {
        Footing::Firm => Ok(Action::Update),
        Footing::Moving => Ok(Action::Busy { status }),
        Footing::Shell if stack.status == StackStatus::DeleteComplete => Ok(Action::Create),
        Footing::Shell | Footing::Stuck => Ok(Action::Recreate { status }),
        Footing::Broken => Err(Error::failed(format!("{} is in {status}", stack.name))
            .hint(format!(
                "continue its rollback in the CloudFormation console, or take it down: `sentistack stack down --only \
                 {}`",
                stack.part().map_or("batch", Part::as_str)
            ))
            .resource(&stack.name)),
    }
}

/// A stack of this name that somebody else made is not touched.
pub fn refuse_foreign(stack: &StackState, names: &Names) -> Result<()> {
    if stack.owner() == Some(names.name.as_str()) {
        return Ok(());
    }
    // A shell has no tags on some roads: nothing is in it, but nobody knows whose it is.
    Err(Error::failed(format!("the stack {} was not made by sentistack: it is left alone", stack.name))
        .because(format!("it has no tag {}={}", tag::NAME, names.name))
        .hint("choose another name: --stack NAME")
        .resource(&stack.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn up_again_does_not_prolong_a_stack_unless_it_is_asked_to() {
        let now = at("2026-11-22T10:00:00Z");
        let armed = at("2026-11-22T11:00:00Z");
        let kept = Expiry::decide(Some(armed), Some(14_400), false, now);
        assert_eq!(kept, Expiry { at: Some(armed), kept: true });
        let asked = Expiry::decide(Some(armed), Some(14_400), true, now);
        assert_eq!(asked, Expiry { at: Some(at("2026-11-22T14:00:00Z")), kept: false });
        let late = Expiry::decide(Some(at("2026-11-22T09:00:00Z")), Some(3_600), false, now);
        assert_eq!(late.at, Some(at("2026-11-22T11:00:00Z")));
        assert_eq!(Expiry::decide(None, None, false, now).at, None);
    }

    #[test]
    fn what_a_template_adds_is_listed_by_type() {
        let changes =
            additions("Resources:\n  B:\n    Type: AWS::S3::Bucket\n  A:\n    Type: AWS::EC2::VPC\n  C:\n    Type: X\n    Condition: HasRunner\n")
                .unwrap();
        let ids: Vec<_> = changes.iter().map(|c| c.logical_id.as_str()).collect();
        assert_eq!(ids, ["A", "B"]);
        assert!(declares("Parameters:\n  EmrGeneration:\n    Type: Number\n", EMR_GENERATION));
        assert!(!declares("Resources: {}\n", EMR_GENERATION));
    }
}
