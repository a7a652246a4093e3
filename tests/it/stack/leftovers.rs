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
fn what_belongs_to_another_name_is_left_alone() {
    let Some(bed) = bed() else { return };
    bed.post("/plant", &json!({ "kind": "instance", "name": "other", "tagged": true }));
    bed.post("/plant", &json!({ "kind": "volume", "name": "other", "tagged": true }));
    bed.run(&["stack", "sweep", "--yes"]).expect(0);
    assert_ne!(bed.left("other"), json!({}));
}
