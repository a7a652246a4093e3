//! The tests themselves.

use super::tally::Tally;
use super::{Context, Done};
use crate::error::{Error, Result};
use crate::process::{cargo, tee};
use crate::python::{self, Python};

/// How many tests run at once.
const THREADS: &str = "RUST_TEST_THREADS";

pub fn run(context: &Context) -> Result<Done> {
    let mut command = cargo(&context.workspace.root);
    command.args(["test", "--workspace", "--no-fail-fast"]);
    // Those with a local AWS mostly wait for it, and some of them for one that is free: the others need not.
    if std::env::var_os(THREADS).is_none() {
        let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
        command.env(THREADS, (cores + 3).to_string());
    }
    // One test asks scikit-learn; without an environment it says that it is skipped.
    if let Ok(python) = context.python() {
        command.env("PYTHON", python.interpreter());
    }
    // Tests that need an AWS start a local one with it; without, they say so and are skipped.
    if let Ok(python) = Python::ready(&context.workspace, python::TESTBED) {
        command.env("SENTISTACK_TEST_PYTHON", python.interpreter());
    }
    // With it the local AWS runs Spark; the step before this one has made it.
    if let Some(spark) = Python::existing(&context.workspace, python::SPARK) {
        spark.lend_spark(&mut command);
    }
    if !context.test_filters.is_empty() {
        command.arg("--").args(&context.test_filters);
    }
    let mut tally = Tally::default();
    let mut failed = Vec::new();
    let good = tee(&mut command, |line| {
        tally.add(line);
        failed.extend(failed_test(line));
    })?;
    // Their own words are far above by now.
    for name in failed {
        println!("    failed: {name}");
    }
    if !tally.ran() {
        return Err(if good {
            Error::new("no test ran")
                .hint("is the filter right? `cargo test --workspace -- --list` names all")
        } else {
            Error::new("the tests do not build")
        });
    }
    if !good && tally.failed == 0 {
        // A test binary that died before it could count, or one that did not build.
        return Err(Error::new("cargo test failed, though every test that was counted passed"));
    }
    Ok(Done::Tested(tally))
}

/// The name in a runner's line `test NAME ... FAILED`.
fn failed_test(line: &str) -> Option<String> {
    line.strip_prefix("test ")?.strip_suffix(" ... FAILED").map(str::to_owned)
}

#[cfg(test)]
mod unit {
    use super::failed_test;

    #[test]
    fn failed_tests_are_named() {
        assert_eq!(failed_test("test gate::reads ... FAILED").as_deref(), Some("gate::reads"));
        assert_eq!(failed_test("test gate::reads ... ok"), None);
        assert_eq!(failed_test("test result: FAILED. 1 passed; 1 failed"), None);
    }
}
