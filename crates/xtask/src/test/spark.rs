//! The script of EMR on real Spark: its functions, its tables against those of the embedded engine, and jobs of the
//! local AWS, which run it through S3.

use super::{Context, Done};
use crate::error::{Error, Result};
use crate::process::{cargo, quiet, show};
use crate::python::{self, Python};

/// What is run on the next Spark too: it has a parser, a reader and arithmetic of its own.
const ON_SPARK_4: [&str; 2] =
    ["emr.tests.test_functions", "emr.tests.test_tables.Tables.test_the_worst_of_texts_and_planned_windows"];

pub fn run(context: &Context) -> Result<Done> {
    let workspace = &context.workspace;
    // Nothing is left to do when the step `build` ran before, and nothing to say then.
    show(cargo(&workspace.root).args(["test", "--workspace", "--no-run", "--quiet"]))?;
    let tool = workspace.binary("debug", "sentistack");
    let spark = Python::ready(workspace, python::SPARK)?;
    let spark_4 = Python::ready(workspace, python::SPARK_4)?;
    let testbed = Python::ready(workspace, python::TESTBED)?;
    let root = &workspace.root;
    let mut tests = spark.module("unittest");
    tests.current_dir(root).env("SENTISTACK_BIN", &tool);
    // In so many words, so that what is skipped says why.
    let everything =
        ["discover", "--verbose", "--start-directory", "emr/tests", "--top-level-directory", "."];
    tests.args(everything);
    let mut next = spark_4.module("unittest");
    next.current_dir(root).env("SENTISTACK_BIN", &tool).args(ON_SPARK_4);
    let mut jobs = testbed.module("unittest");
    jobs.current_dir(root).arg("testbed.tests.test_jobs");
    spark.lend_spark(&mut jobs);
    // A Spark that starts uses one core: the others run meanwhile, and say nothing unless they fail.
    std::thread::scope(|scope| {
        let others = scope.spawn(|| quiet(&mut next).and_then(|()| quiet(&mut jobs)));
        let shown = show(&mut tests);
        let others = others.join().unwrap_or_else(|_| Err(Error::new("the other tests of Spark broke down")));
        shown.and(others)
    })?;
    Ok(Done::Passed)
}
