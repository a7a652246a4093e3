//! The pipeline on AWS, against the test bed: real HTTP, real Spark, real PostgreSQL under Redshift's double.

mod faults;
mod lambda;
mod live;
mod models;
mod page;
mod remote;
mod rows;
mod sources;
mod way;

use serde_json::Value;

use crate::stack::bed::Bed;

/// A stack without what no test of the pipeline asks.
pub const SETTINGS: &str =
    "stack: {grafana: false, alarms: false, cloudwatch_dashboard: false}\nprivacy: keep\n";

/// Where the stack keeps runs.
pub const ROOT: &str = "s3://sentistack-123456789012-us-east-1";

/// Whether the test bed can run Spark; says so when it cannot.
pub fn has_spark() -> bool {
    let has = std::env::var_os("SENTISTACK_TESTBED_SPARK_PYTHON").is_some();
    if !has {
        println!(
            "skipped: no Spark (SENTISTACK_TESTBED_SPARK_PYTHON is not set; `cargo xtask test` sets it)"
        );
    }
    has
}

/// Brings the stack up.
#[track_caller]
pub fn up(bed: &Bed) -> Value {
    bed.settings(SETTINGS);
    bed.json(0, &["stack", "up", "--yes"])
}

/// Packets that were scored more than once or never, by the run's journal in the bucket.
#[track_caller]
pub fn scored_badly(bed: &Bed, run_id: &str) -> Vec<String> {
    bed.json(0, &["pipeline", "pull", run_id, "--to", "pulled"]);
    let journal =
        std::fs::read_to_string(bed.path().join("pulled/runs").join(run_id).join("journal.jsonl")).unwrap();
    let mut staged = std::collections::BTreeMap::new();
    for line in journal.lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        let name =
            || format!("{}/{}", record["window"].as_str().unwrap(), record["packet"].as_str().unwrap());
        match record["event"].as_str() {
            Some("staged") => {
                staged.entry(name()).or_insert(0);
            }
            Some("scored") => *staged.entry(name()).or_insert(0) += 1,
            _ => {}
        }
    }
    assert!(!staged.is_empty(), "nothing was staged");
    staged
        .into_iter()
        .filter(|(_, times)| *times != 1)
        .map(|(name, times)| format!("{name}: {times}"))
        .collect()
}
