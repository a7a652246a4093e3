//! The time to live: which schedules end a stack by themselves, with no machine of ours awake. Pure.
//!
//! A schedule that fires once would be no good: the deletion that it starts may meet a stack in progress, or fail
//! half-way, and nobody would try again. So each one repeats from the expiry on, for two days.

use jiff::{SignedDuration, Timestamp};

use super::names::{Names, Part, Role};
use super::state::{Found, Kind, Schedule};
use crate::limits;

/// What the schedules that stop the batch stack's meters are named after.
pub const METERS: [&str; 4] = ["emr", "redshift", "workgroup", "ec2"];

/// Whether the schedule is one of those that end `part`.
pub fn ends(names: &Names, part: Part, schedule: &Schedule) -> bool {
    schedule.name == names.schedule(part.as_str())
        || part == Part::Batch && METERS.iter().any(|what| schedule.name == names.schedule(what))
}

/// The schedule that deletes the stack of `part`. It needs no id of anything, so it is armed before the stack is
/// begun.
pub fn stack_schedule(names: &Names, part: Part, account: &str, expires: Timestamp) -> Schedule {
    // The meters' schedules go first: a cluster that ends by itself does not hold up the stack's deletion.
    let start = expires + SignedDuration::from_mins(i64::from(limits::TTL_STACK_AFTER_MINUTES));
    let input = serde_json::json!({
        "StackName": names.stack(part),
        "RoleARN": names.role_arn(Role::Deploy, account),
    });
    schedule(names, part.as_str(), "cloudformation:deleteStack", &input, account, start)
}

/// Schedules that stop what bills by the hour, for things whose id is known.
pub fn meter_schedules(names: &Names, account: &str, expires: Timestamp, meters: &[Found]) -> Vec<Schedule> {
    let ids = |kind: Kind| -> Vec<&str> {
        meters.iter().filter(|found| found.kind == kind).map(|found| found.id.as_str()).collect()
    };
    let mut schedules = Vec::new();
    let clusters = ids(Kind::EmrCluster);
    if !clusters.is_empty() {
        let input = serde_json::json!({ "JobFlowIds": clusters });
        schedules.push(schedule(names, "emr", "emr:terminateJobFlows", &input, account, expires));
    }
    if let Some(id) = ids(Kind::RedshiftCluster).first() {
        // Without the flag it would leave a snapshot, which bills.
        let input = serde_json::json!({ "ClusterIdentifier": id, "SkipFinalClusterSnapshot": true });
        schedules.push(schedule(names, "redshift", "redshift:deleteCluster", &input, account, expires));
    }
    if let Some(id) = ids(Kind::RedshiftWorkgroup).first() {
        let input = serde_json::json!({ "WorkgroupName": id });
        let action = "redshiftserverless:deleteWorkgroup";
        schedules.push(schedule(names, "workgroup", action, &input, account, expires));
    }
    let instances = ids(Kind::Instance);
    if !instances.is_empty() {
        let input = serde_json::json!({ "InstanceIds": instances });
        schedules.push(schedule(names, "ec2", "ec2:terminateInstances", &input, account, expires));
    }
    schedules
}

fn schedule(
    names: &Names,
    what: &str,
    action: &str,
    input: &serde_json::Value,
    account: &str,
    start: Timestamp,
) -> Schedule {
    Schedule {
        name: names.schedule(what),
        group: names.plain().to_owned(),
        start,
        end: start + SignedDuration::from_hours(i64::from(limits::TTL_TRIES_HOURS)),
        every_minutes: limits::TTL_EVERY_MINUTES,
        action: action.to_owned(),
        input: input.to_string(),
        role_arn: names.role_arn(Role::Ttl, account),
        dead_letter_arn: format!("arn:aws:sqs:{}:{account}:{}", names.region, names.dead_letters()),
    }
}

/// When the stack of `part` is deleted, from the schedules that are armed.
pub fn expiry(names: &Names, part: Part, schedules: &[Schedule]) -> Option<Timestamp> {
    let name = names.schedule(part.as_str());
    let schedule = schedules.iter().find(|schedule| schedule.name == name)?;
    Some(schedule.start - SignedDuration::from_mins(i64::from(limits::TTL_STACK_AFTER_MINUTES)))
}

/// When the first of these parts is deleted; `None`: none of them ends by itself.
pub fn first_expiry(names: &Names, parts: &[Part], schedules: &[Schedule]) -> Option<Timestamp> {
    parts.iter().filter_map(|part| expiry(names, *part, schedules)).min()
}

/// The schedule, moved to another expiry.
#[must_use]
pub fn moved(schedule: &Schedule, names: &Names, expires: Timestamp) -> Schedule {
    let is_stack = Part::ALL.iter().any(|part| schedule.name == names.schedule(part.as_str()));
    let after = if is_stack { i64::from(limits::TTL_STACK_AFTER_MINUTES) } else { 0 };
    let start = expires + SignedDuration::from_mins(after);
    let end = start + SignedDuration::from_hours(i64::from(limits::TTL_TRIES_HOURS));
    Schedule { start, end, ..schedule.clone() }
}

/// A moment as tags and messages write it: `2026-11-22T07:30Z`.
pub fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%MZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        Names::new("s", "us-east-1")
    }

    #[test]
    fn the_stack_goes_after_the_meters_and_is_tried_again_for_two_days() {
        let expires: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
        let stack = stack_schedule(&names(), Part::Batch, "123456789012", expires);
        assert_eq!(stack.name, "s-ttl-batch");
        assert!(
            stack.start > expires && stack.end.duration_since(stack.start) == SignedDuration::from_hours(48)
        );
        assert_eq!(
            stack.input,
            r#"{"RoleARN":"arn:aws:iam::123456789012:role/s-deploy-us-east-1","StackName":"s-batch"}"#
        );
        assert_eq!(expiry(&names(), Part::Batch, std::slice::from_ref(&stack)), Some(expires));
        let later = expires + SignedDuration::from_hours(3);
        assert_eq!(expiry(&names(), Part::Batch, &[moved(&stack, &names(), later)]), Some(later));
    }

    #[test]
    fn each_meter_has_a_schedule_and_none_leaves_a_snapshot() {
        let found = |kind, id: &str| Found {
            kind,
            id: id.into(),
            name: "s".into(),
            state: String::new(),
            part: None,
            owner: None,
            belongs_to: None,
        };
        let meters = [
            found(Kind::EmrCluster, "j-1"),
            found(Kind::RedshiftCluster, "s"),
            found(Kind::Instance, "i-1"),
            found(Kind::Stream, "s"),
        ];
        let at = Timestamp::UNIX_EPOCH;
        let schedules = meter_schedules(&names(), "123456789012", at, &meters);
        let names: Vec<_> = schedules.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(names, ["s-ttl-emr", "s-ttl-redshift", "s-ttl-ec2"]);
        assert!(schedules[1].input.contains("\"SkipFinalClusterSnapshot\":true"));
        assert!(schedules.iter().all(|s| s.start == at));
    }
}
