//! The course of a stack: plan, up, again, edit, look, extend, down, and nothing left.

use serde_json::json;

use super::bed::{ACCOUNT, bed};

#[test]
fn a_stack_comes_up_once_and_goes_without_a_trace() {
    let Some(bed) = bed() else { return };
    let plan = bed.json(0, &["stack", "plan"]);
    assert_eq!((plan["changes"].clone(), plan["account"].clone()), (json!(true), json!(ACCOUNT)));
    assert_eq!(bed.left("sentistack"), json!({}), "a plan makes nothing");

    let up = bed.json(0, &["stack", "up", "--yes"]);
    assert_eq!(up["status"], "ok");
    assert_eq!(up["stacks"].as_array().unwrap().len(), 2);
    assert!(up["stacks"].as_array().unwrap().iter().all(|s| s["changed"] == true), "{up}");
    assert!(up["usd_per_hour"].as_f64().unwrap() > 0.5, "{up}");
    assert!(up["expires_at"].is_string());
    let expires = up["expires_at"].clone();

    let again = bed.json(0, &["stack", "up", "--yes"]);
    assert_eq!(again["status"], "unchanged");
    assert!(again["stacks"].as_array().unwrap().iter().all(|s| s["changed"] == false), "{again}");
    assert_eq!(again["expires_at"], expires, "up again does not prolong a stack");

    bed.settings("stack:\n  stream_shards: 2\n");
    let plan = bed.json(3, &["stack", "plan", "--exit-code"]);
    let batch = &plan["stacks"][1];
    assert_eq!(batch["action"], "update", "{plan}");
    assert_eq!(batch["changes"].as_array().unwrap().len(), 1, "{plan}");
    bed.json(0, &["stack", "up", "--yes"]);
    assert_eq!(bed.json(0, &["stack", "plan", "--exit-code"])["status"], "unchanged");

    let status = bed.json(0, &["stack", "status"]);
    assert_eq!((status["exists"].clone(), status["expired"].clone()), (json!(true), json!(false)));
    assert_eq!(status["expires_at"], expires);
    assert!(bed.json(0, &["stack", "events"])["events"].as_array().unwrap().len() > 20);
    let list = bed.json(0, &["stack", "list"]);
    assert_eq!(list["stacks"][0]["name"], "sentistack");
    let cost = bed.json(0, &["stack", "cost"]);
    assert!(cost["measured"].is_number() && !cost["rows"].as_array().unwrap().is_empty(), "{cost}");
    let longer = bed.json(0, &["stack", "extend", "2h", "--yes"]);
    assert!(longer["expires_at"].as_str().unwrap() > expires.as_str().unwrap(), "{longer}");
    assert!(longer["adds_usd"].as_f64().unwrap() > 1.0, "{longer}");

    let down = bed.json(0, &["stack", "down", "--purge", "--confirm", "sentistack", "--yes"]);
    assert_eq!(down["leftovers"], json!([]), "{down}");
    assert_eq!(down["deleted"].as_array().unwrap().len(), 2, "{down}");
    assert_eq!(bed.left("sentistack"), json!({}));
    let status = bed.json(0, &["stack", "status"]);
    assert_eq!(status["exists"], false);
}

#[test]
fn storage_is_kept_unless_it_is_purged_by_name() {
    let Some(bed) = bed() else { return };
    bed.run(&["stack", "up", "--only", "storage", "--yes"]).expect(0);
    let down = bed.json(0, &["stack", "down", "--yes"]);
    assert!(down["kept"]["bucket"].as_str().unwrap().starts_with("sentistack-123456789012-"), "{down}");
    assert!(bed.left("sentistack").as_object().unwrap().len() > 1, "the bucket and the roles stay");
    bed.run(&["stack", "down", "--purge", "--confirm", "other", "--yes"]).expect(2).says(&["sentistack"]);
    bed.run(&["stack", "down", "--only", "storage", "--yes"]).expect(2).says(&["--purge"]);
    bed.run(&["stack", "down", "--purge", "--confirm", "sentistack", "--yes"]).expect(0);
    assert_eq!(bed.left("sentistack"), json!({}));
}

#[test]
fn the_serverless_stack_comes_up_and_goes() {
    let Some(bed) = bed() else { return };
    bed.settings("name: lean\nstack:\n  spark: serverless\n  redshift: serverless\n  grafana: false\n");
    bed.run(&["stack", "up", "--yes"]).expect(0);
    bed.run(&["stack", "down", "--purge", "--confirm", "lean", "--yes"]).expect(0);
    assert_eq!(bed.left("lean"), json!({}));
}

#[test]
fn everything_comes_up_and_goes() {
    let (Some(bed), Some(function)) = (bed(), crate::support::function()) else { return };
    bed.settings("name: full\nmax_cost: 50\nstack:\n  network: private\nlive:\n  enabled: true\n");
    let nowhere = bed.run(&["stack", "up", "--yes", "--function", "nowhere"]);
    nowhere.expect(2).says(&["there is no function at nowhere", "cargo xtask function"]);
    assert_eq!(bed.left("full"), json!({}), "refused before anything was made");
    // A machine that downloads nothing is not made without what it needs.
    let missing = ["gpg.key", "grafana-13.2.3-*.rpm", "grafana-redshift-datasource-2.5.0*.zip"];
    let up = ["stack", "up", "--yes", "--function", &function];
    bed.run(&up).expect(2).says(&missing).says(&["network: private", "stack up --only storage"]);
    assert_eq!(bed.left("full"), json!({}), "refused before anything was made");
    bed.run(&["stack", "up", "--yes", "--only", "storage"]).expect(0);
    let bucket = "full-123456789012-us-east-1";
    for name in ["gpg.key", "grafana-13.2.3-1.aarch64.rpm"] {
        let key = format!("grafana/packages/{name}");
        bed.aws("s3", "put_object", &json!({"Bucket": bucket, "Key": key}));
    }
    let planned = bed.run(&["stack", "plan", "--function", &function]).expect(0);
    planned.says(&["`stack up` would refuse it", "missing in", "grafana-redshift-datasource-2.5.0*.zip"]);
    let key = "grafana/packages/grafana-redshift-datasource-2.5.0.zip";
    bed.aws("s3", "put_object", &json!({"Bucket": bucket, "Key": key}));
    bed.run(&up).expect(0);
    bed.run(&["stack", "down", "--purge", "--confirm", "full", "--yes"]).expect(0);
    assert_eq!(bed.left("full"), json!({}));
}
