//! Why a stack failed: the first real cause out of many events, and what can be done about it. Pure.

use schemars::JsonSchema;
use serde::Serialize;

use super::state::StackEvent;
use super::status::{Outlook, ResourceStatus};
use crate::error::Error;

/// A cause of a failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Cause {
    pub stack: String,
    /// The logical id, as in the template.
    pub resource: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub status: String,
    /// AWS's own words, without its wrapping.
    pub message: String,
    pub hint: Option<String>,
}

impl Cause {
    /// One line: what failed and why.
    pub fn line(&self) -> String {
        format!("{} ({}) {}: {}", self.resource, self.kind, verb(&self.status), self.message)
    }

    /// As an error of the operation.
    pub fn error(&self) -> Error {
        let error = Error::failed(self.line()).resource(&self.resource);
        match &self.hint {
            Some(hint) => error.hint(hint.clone()),
            None => error.hint(format!("see `sentistack stack events` for all of {}", self.stack)),
        }
    }
}

fn verb(status: &str) -> &'static str {
    match ResourceStatus::parse(status) {
        ResourceStatus::DeleteFailed => "could not be deleted",
        ResourceStatus::UpdateFailed => "could not be updated",
        _ => "could not be created",
    }
}

/// The first real cause among the events of the latest operation, oldest first. What CloudFormation cancelled
/// because something else failed, and its summaries, are no causes.
pub fn root_cause(events: &[StackEvent]) -> Option<Cause> {
    causes(events).into_iter().next()
}

/// All real causes of the latest failed operation, the first one first.
pub fn causes(events: &[StackEvent]) -> Vec<Cause> {
    latest_operation(events)
        .iter()
        .filter(|event| is_cause(event))
        .map(|event| {
            let message = tidy(event.reason.as_deref().unwrap_or("no reason was given"));
            Cause {
                stack: event.stack.clone(),
                resource: event.logical_id.clone(),
                kind: event.kind.clone(),
                status: event.status.as_str().to_owned(),
                hint: hint(&message, &event.kind).map(str::to_owned),
                message,
            }
        })
        .collect()
}

/// From the last time the stack itself began something that was asked for: undoing it is part of it.
fn latest_operation(events: &[StackEvent]) -> &[StackEvent] {
    let begins = |event: &StackEvent| {
        event.is_of_stack()
            && matches!(
                event.status,
                ResourceStatus::CreateInProgress
                    | ResourceStatus::UpdateInProgress
                    | ResourceStatus::DeleteInProgress
            )
    };
    // A failed creation may be followed by the deletion of what it left: the creation is what is asked about.
    let starts: Vec<usize> =
        events.iter().enumerate().filter(|(_, event)| begins(event)).map(|(at, _)| at).collect();
    for (n, start) in starts.iter().enumerate().rev() {
        let end = starts.get(n + 1).copied().unwrap_or(events.len());
        let operation = events.get(*start..end).unwrap_or_default();
        if operation.iter().any(is_cause) {
            return operation;
        }
    }
    events
}

fn is_cause(event: &StackEvent) -> bool {
    let failed = match event.status {
        ResourceStatus::CreateFailed
        | ResourceStatus::UpdateFailed
        | ResourceStatus::DeleteFailed
        | ResourceStatus::RollbackFailed => true,
        ref other => other.outlook() == Outlook::Bad && other.is_settled() && !event.is_of_stack(),
    };
    let reason = event.reason.as_deref().unwrap_or_default();
    let echo =
        ["Resource creation cancelled", "Resource update cancelled", "The following resource(s) failed"];
    failed && !event.is_of_stack() && !echo.iter().any(|start| reason.starts_with(start))
}

/// Takes the wrapping off: `Resource handler returned message: "…" (RequestToken: …, HandlerErrorCode: …)`.
pub fn tidy(reason: &str) -> String {
    let mut text = reason.trim();
    if let Some(rest) = text.strip_prefix("Resource handler returned message: ") {
        text = rest;
    }
    for mark in [" (RequestToken:", " (Service:", "; Proxy: null)", " (SDK Attempt Count"] {
        if let Some(at) = text.find(mark) {
            text = text.get(..at).unwrap_or(text);
        }
    }
    text.trim().trim_matches('"').trim().to_owned()
}

/// What is known to help, by what AWS says.
fn hint(message: &str, kind: &str) -> Option<&'static str> {
    let text = message.to_ascii_lowercase();
    let has = |part: &str| text.contains(part);
    let hint = if has("expiredtoken") || has("security token included in the request is expired") {
        "log in again, then run the same command: it goes on where it was"
    } else if has("throttl") || has("rate exceeded") || has("too many requests") {
        "AWS was asked too often: wait a minute, then run the same command again"
    } else if has("limit exceeded") || has("limitexceeded") || has("quota") || has("maximum number of") {
        "ask for a higher quota in the Service Quotas console; `sentistack doctor` shows which is short"
    } else if has("service-linked role") || has("service linked role") || has("servicelinkedrole") {
        "create the service-linked role that it names; `sentistack doctor` prints the command"
    } else if has("not authorized") || has("access denied") || has("accessdenied") || has("is not allowed") {
        "the role or the caller lacks a right: compare with `sentistack doctor --policy`"
    } else if has("insufficient capacity")
        || has("insufficientinstancecapacity")
        || has("do not have sufficient")
    {
        "the zone has no such machine free now: try again later, or choose another instance type"
    } else if has("not supported in") || has("unsupported instance") || has("invalid instance type") {
        "choose an instance type that the region offers (stack.emr_primary_type, stack.grafana_type, …)"
    } else if has("bucketnotempty") || has("bucket you tried to delete is not empty") {
        "`sentistack stack down --purge --confirm NAME` empties the bucket first"
    } else if has("dependencyviolation") || has("dependent object") || has("has dependencies") {
        "something still uses it: `sentistack stack down` loosens what is known to, and tries again"
    } else if has("already exists") || has("alreadyexists") {
        match kind {
            "AWS::S3::Bucket" => {
                "the bucket is there without the stack: name another stack, or delete the bucket"
            }
            _ => "it is there without the stack: `sentistack stack sweep` lists what is left over",
        }
    } else if has("role") && (has("cannot be assumed") || has("not be assumed") || has("is invalid")) {
        "the storage stack's roles are gone or too new: run `sentistack stack up --only storage`, then again"
    } else if has("failed to retrieve the ami") || has("ssm parameter") {
        "the region does not have this machine image: choose another region"
    } else {
        return None;
    };
    Some(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(n: u32, logical: &str, kind: &str, status: &str, reason: &str) -> StackEvent {
        StackEvent {
            id: format!("{n}"),
            at: jiff::Timestamp::UNIX_EPOCH,
            stack: "s-batch".into(),
            logical_id: logical.into(),
            physical_id: None,
            kind: kind.into(),
            status: ResourceStatus::parse(status),
            reason: (!reason.is_empty()).then(|| reason.to_owned()),
        }
    }

    const STACK: &str = "AWS::CloudFormation::Stack";

    #[test]
    fn the_first_failure_is_the_cause_not_what_it_cancelled() {
        let events = [
            event(1, "s-batch", STACK, "CREATE_IN_PROGRESS", "User Initiated"),
            event(2, "Vpc", "AWS::EC2::VPC", "CREATE_COMPLETE", ""),
            event(
                3,
                "Warehouse",
                "AWS::Redshift::Cluster",
                "CREATE_FAILED",
                "Resource handler returned message: \"The number of nodes exceeds the quota (Service: Redshift, Status \
                 Code: 400)\" (RequestToken: 1, HandlerErrorCode: ServiceLimitExceeded)",
            ),
            event(4, "Cluster", "AWS::EMR::Cluster", "CREATE_FAILED", "Resource creation cancelled"),
            event(
                5,
                "s-batch",
                STACK,
                "ROLLBACK_IN_PROGRESS",
                "The following resource(s) failed to create: [Warehouse]",
            ),
            event(6, "s-batch", STACK, "ROLLBACK_COMPLETE", ""),
        ];
        let cause = root_cause(&events).unwrap();
        assert_eq!(cause.resource, "Warehouse");
        assert_eq!(cause.message, "The number of nodes exceeds the quota");
        assert!(cause.hint.as_deref().unwrap().contains("Service Quotas"));
        assert_eq!(
            cause.line(),
            "Warehouse (AWS::Redshift::Cluster) could not be created: The number of nodes exceeds the quota"
        );
        assert_eq!(causes(&events).len(), 1);
    }

    #[test]
    fn an_older_operation_is_not_blamed() {
        let events = [
            event(1, "s-batch", STACK, "CREATE_IN_PROGRESS", ""),
            event(2, "Old", "AWS::EC2::VPC", "CREATE_FAILED", "old"),
            event(3, "s-batch", STACK, "DELETE_IN_PROGRESS", ""),
            event(
                4,
                "New",
                "AWS::EC2::SecurityGroup",
                "DELETE_FAILED",
                "resource sg-1 has a dependent object",
            ),
            event(
                5,
                "s-batch",
                STACK,
                "DELETE_FAILED",
                "The following resource(s) failed to delete: [New]. ",
            ),
        ];
        let cause = root_cause(&events).unwrap();
        assert_eq!((cause.resource.as_str(), cause.status.as_str()), ("New", "DELETE_FAILED"));
        assert!(root_cause(&events[..1]).is_none());
    }

    #[test]
    fn a_failed_creation_is_told_also_after_its_remains_were_deleted() {
        let events = [
            event(1, "s-batch", STACK, "CREATE_IN_PROGRESS", ""),
            event(2, "Broken", "AWS::EC2::Instance", "CREATE_FAILED", "no capacity"),
            event(3, "s-batch", STACK, "DELETE_IN_PROGRESS", ""),
            event(4, "s-batch", STACK, "DELETE_COMPLETE", ""),
        ];
        assert_eq!(root_cause(&events).unwrap().resource, "Broken");
    }
}
