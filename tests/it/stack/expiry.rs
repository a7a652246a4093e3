//! The time to live: with the tool dead, the schedules alone take the stack down.

use serde_json::{Value, json};

use super::bed::{Bed, bed};

/// What is there beside the storage stack, which is kept, and the schedules themselves.
fn billing(bed: &Bed) -> Value {
    let mut left = bed.left("sentistack");
    let map = left.as_object_mut().unwrap();
    for kind in [
        "buckets",
        "instance_profiles",
        "log_groups",
        "catalog_databases",
        "catalog_tables",
        "policies",
        "queues",
        "repositories",
        "roles",
        "schedule_groups",
        "schedules",
        "workgroups",
    ] {
        map.remove(kind);
    }
    if map.get("stacks") == Some(&json!(["sentistack-storage"])) {
        map.remove("stacks");
    }
    left
}

fn wait_for_nothing(bed: &Bed) {
    for _ in 0..100 {
        if billing(bed) == json!({}) {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    panic!("still there: {}\nfired: {}", billing(bed), bed.get("/fired"));
}

#[test]
fn the_stack_is_deleted_by_itself_and_not_before() {
    let Some(bed) = bed() else { return };
    bed.run(&["stack", "up", "--ttl", "2h", "--yes"]).expect(0);
    bed.advance(3_600);
    assert_ne!(billing(&bed), json!({}));
    bed.advance(3_600 + 30 * 60);
    wait_for_nothing(&bed);
}

#[test]
fn a_stack_that_is_being_created_when_its_time_comes_is_deleted_all_the_same() {
    let Some(bed) = bed() else { return };
    bed.delays(&json!({ "AWS::Redshift::Cluster": { "create": 3.0 } }));
    bed.run(&["stack", "up", "--ttl", "1h", "--detach", "--yes"]).expect(0);
    let status = bed.json(0, &["stack", "status"]);
    assert_eq!(status["stacks"][1]["status"], "CREATE_IN_PROGRESS", "{status}");
    bed.advance(3_600 + 30 * 60);
    wait_for_nothing(&bed);
}

#[test]
fn a_first_deletion_that_fails_is_followed_by_another() {
    let Some(bed) = bed() else { return };
    bed.run(&["stack", "up", "--ttl", "1h", "--yes"]).expect(0);
    bed.faults(&json!([{ "resource": "AWS::EC2::VPC", "on": "delete", "times": 1,
        "reason": "The vpc 'vpc-1' has dependencies and cannot be deleted." }]));
    bed.advance(3_600 + 6 * 60);
    // The first try fails with the network still there; the next comes a quarter of an hour later.
    std::thread::sleep(std::time::Duration::from_secs(1));
    for _ in 0..8 {
        bed.advance(15 * 60);
        std::thread::sleep(std::time::Duration::from_millis(500));
    }
    wait_for_nothing(&bed);
}
