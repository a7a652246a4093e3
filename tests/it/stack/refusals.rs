//! What is refused, before anything is changed.

use serde_json::json;

use super::bed::bed;

#[test]
fn a_bill_over_the_limit_is_refused_and_yes_does_not_lift_it() {
    let Some(bed) = bed() else { return };
    let refused = bed.json(5, &["stack", "up", "--yes", "--max-cost", "1"]);
    assert_eq!(refused["status"], "refused");
    bed.run(&["stack", "up", "--yes", "--ttl", "10d"]).expect(5);
    assert_eq!(bed.left("sentistack"), json!({}));
}

#[test]
fn a_longer_life_is_held_against_the_limit_too() {
    let Some(bed) = bed() else { return };
    bed.settings("stack:\n  spark: none\n  redshift: none\n");
    bed.run(&["stack", "up", "--yes"]).expect(0);
    bed.run(&["stack", "extend", "400d", "--yes"]).expect(5).says(&["max_cost"]);
    bed.run(&["stack", "extend", "1h", "--yes"]).expect(0);
}

#[test]
fn without_a_yes_and_without_a_terminal_nothing_is_done() {
    let Some(bed) = bed() else { return };
    bed.run(&["stack", "up"]).expect(2).says(&["--yes"]);
    assert_eq!(bed.left("sentistack"), json!({}));
    bed.run(&["stack", "up", "--only", "storage", "--yes"]).expect(0);
    bed.run(&["stack", "down"]).expect(2).says(&["--yes"]);
}

#[test]
fn settings_that_cannot_be_are_refused_with_what_to_do() {
    let Some(bed) = bed() else { return };
    for (yaml, code, words) in [
        ("stack:\n  shards: 2\n", 2, &["shards", "app.yaml:2"][..]),
        ("stack:\n  grafana_type: t4g.gigantic\n", 2, &["t4g.gigantic", "us-east-1"]),
        ("name: Sentistack_1\n", 2, &["cannot be a stack's name"]),
        ("stack:\n  ttl: 1m\n", 2, &["ttl", "30m"]),
        ("stack:\n  ttl: -4h\n", 2, &["negative"]),
        ("region: us-east-9\n", 2, &["us-east-9", "us-east-1"]),
        ("allow_account: 12345\n", 2, &["12345", "12 digits"]),
        ("allow_account: 999999999999\n", 2, &["123456789012", "999999999999"]),
    ] {
        bed.settings(yaml);
        bed.run(&["stack", "up", "--yes"]).expect(code).says(words);
    }
    assert_eq!(bed.left("sentistack"), json!({}));
}

#[test]
fn no_credentials_and_no_network_are_outside_causes() {
    let Some(bed) = bed() else { return };
    let mut tool = bed.tool();
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] {
        tool.env_remove(name);
    }
    tool.env("AWS_EC2_METADATA_DISABLED", "true");
    crate::support::finish(tool.args(["stack", "status"]))
        .expect(4)
        .says(&["no credentials were found", "aws configure"]);
}

#[test]
fn a_stack_of_the_name_that_somebody_else_made_is_left_alone() {
    let Some(bed) = bed() else { return };
    let template = "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n";
    bed.aws(
        "cloudformation",
        "create_stack",
        &json!({ "StackName": "sentistack-batch", "TemplateBody": template }),
    );
    for command in ["up", "down"] {
        bed.run(&["stack", command, "--yes"]).expect(1).says(&["was not made by sentistack"]);
    }
    bed.run(&["stack", "status"]).expect(1);
    assert_ne!(bed.left("sentistack-batch"), json!({}), "it is still there");
}

#[test]
fn prices_are_read_from_the_price_list_and_used_from_then_on() {
    let Some(bed) = bed() else { return };
    let price = |document: &serde_json::Value, key: &str| {
        let prices = document["prices"].as_array().unwrap().clone();
        prices.into_iter().find(|price| price["key"] == key).unwrap()
    };
    let before = bed.json(0, &["stack", "prices"]);
    assert_eq!(before["file"], serde_json::Value::Null);
    let after = bed.json(0, &["stack", "prices", "--refresh"]);
    assert_eq!(after["refreshed"], 5, "{after}");
    assert_eq!(price(&after, "kinesis/shard-hour")["usd"], 0.016);
    assert_eq!(price(&after, "ec2/m6g.xlarge")["usd"], 0.16, "not the one of Windows");
    assert_eq!(price(&after, "ec2/m6g.xlarge")["as_of"], "2026-11-20");
    assert_eq!(price(&after, "redshift/ra3.large")["checked"], true);
    let changed = after["changed"].as_array().unwrap();
    assert!(changed.contains(&serde_json::json!("kinesis/shard-hour")), "{changed:?}");
    let cost = bed.json(0, &["stack", "cost", "--offline"]);
    let rows = cost["rows"].as_array().unwrap().clone();
    assert!(rows.iter().any(|row| row["usd_per_hour"] == 0.016), "the stack is priced by it");
    let reset = bed.json(0, &["stack", "prices", "--reset"]);
    assert_eq!(price(&reset, "kinesis/shard-hour"), price(&before, "kinesis/shard-hour"));
}
