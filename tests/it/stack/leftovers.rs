//! What was left behind by hand is found, and what is somebody else's is left alone.

use serde_json::json;

use super::bed::bed;

const KINDS: [&str; 6] = ["instance", "snapshot", "log_group", "schedule", "volume", "address"];

#[test]
fn a_leftover_of_each_kind_is_found_by_down_and_by_sweep_and_then_swept() {
    let Some(bed) = bed() else { return };
    bed.run(&["stack", "up", "--only", "storage", "--yes"]).expect(0);
    for kind in KINDS {
        bed.post("/plant", &json!({ "kind": kind, "name": "sentistack", "tagged": true }));
    }
    let down = bed.json(6, &["stack", "down", "--yes"]);
    let swept = bed.json(6, &["stack", "sweep", "--no-input"]);
    for document in [&down, &swept] {
        let kinds: Vec<_> =
            document["leftovers"].as_array().unwrap().iter().map(|l| l["kind"].as_str().unwrap()).collect();
        for kind in
            ["EC2 instance", "EBS snapshot", "log group", "schedule", "EBS volume", "Elastic IP address"]
        {
            assert!(kinds.contains(&kind), "{kind} was not found: {document}");
        }
    }
    let swept = bed.json(0, &["stack", "sweep", "--yes"]);
    assert!(swept["deleted"].as_array().unwrap().len() >= KINDS.len(), "{swept}");
    assert_eq!(bed.json(0, &["stack", "sweep"])["status"], "unchanged");
}

#[test]
fn what_is_called_like_the_stack_is_found_beside_a_repository_of_the_same_name() {
    let Some(bed) = bed() else { return };
    bed.run(&["stack", "up", "--only", "storage", "--yes"]).expect(0);
    bed.post("/plant", &json!({ "kind": "stream", "name": "sentistack", "tagged": true }));
    bed.post("/plant", &json!({ "kind": "redshift_cluster", "name": "sentistack", "tagged": true }));
    let swept = bed.json(6, &["stack", "sweep", "--no-input"]);
    let kinds: Vec<_> = swept["leftovers"].as_array().unwrap().iter().map(|l| l["kind"].clone()).collect();
    assert_eq!(kinds, ["Redshift cluster", "Kinesis stream"], "{swept}");
}

#[test]
fn what_only_has_our_name_is_told_and_not_touched() {
    let Some(bed) = bed() else { return };
    bed.run(&["stack", "up", "--only", "storage", "--yes"]).expect(0);
    let cluster =
        bed.post("/plant", &json!({ "kind": "emr_cluster", "name": "sentistack-1", "tagged": false }));
    bed.post("/plant", &json!({ "kind": "redshift_workgroup", "name": "sentistack", "tagged": false }));
    bed.post("/plant", &json!({ "kind": "log_group", "name": "sentistack-dev", "tagged": true }));
    let down = bed.json(6, &["stack", "down", "--yes"]);
    let swept = bed.json(6, &["stack", "sweep", "--yes"]);
    for document in [&down, &swept] {
        let left = document["leftovers"].as_array().unwrap();
        let kinds: Vec<_> = left.iter().map(|l| l["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["EMR cluster", "Redshift workgroup", "Redshift namespace"], "{document}");
        assert!(left.iter().all(|l| l["tagged"] == false), "{document}");
    }
    assert_eq!(swept["deleted"], json!([]));
    let left = bed.get("/left");
    assert_eq!(left["emr_clusters"], json!([cluster["id"]]), "{left}");
}

#[test]
fn a_life_without_end_takes_back_every_schedule() {
    let Some(bed) = bed() else { return };
    bed.settings("max_cost: 5000\n");
    bed.run(&["stack", "up", "--ttl", "1h", "--yes"]).expect(0);
    bed.run(&["stack", "up", "--ttl", "off", "--yes"]).expect(0);
    assert_eq!(bed.advance(3 * 3_600), json!([]), "nothing fires");
    let status = bed.json(0, &["stack", "status"]);
    assert_eq!(status["expires_at"], json!(null));
}

#[test]
fn what_belongs_to_another_name_is_left_alone() {
    let Some(bed) = bed() else { return };
    bed.post("/plant", &json!({ "kind": "instance", "name": "other", "tagged": true }));
    bed.post("/plant", &json!({ "kind": "volume", "name": "other", "tagged": true }));
    bed.run(&["stack", "sweep", "--yes"]).expect(0);
    assert_ne!(bed.left("other"), json!({}));
}
