//! The script of EMR on real Spark: its functions, its tables against those of the embedded engine, and jobs of the
//! local AWS, which run it through S3.

use super::{Context, Done};
use crate::error::Result;
use crate::process::{cargo, show};
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
    let mut tests = spark.module("unittest");
    tests.current_dir(&workspace.root).env("SENTISTACK_BIN", &tool);
    // In so many words, so that what is skipped says why.
    show(tests.args([
        "discover",
        "--verbose",
        "--start-directory",
        "emr/tests",
        "--top-level-directory",
        ".",
    ]))?;
    let mut tests = Python::ready(workspace, python::SPARK_4)?.module("unittest");
    show(tests.current_dir(&workspace.root).env("SENTISTACK_BIN", &tool).args(ON_SPARK_4))?;
    let mut tests = Python::ready(workspace, python::TESTBED)?.module("unittest");
    tests.current_dir(&workspace.root).arg("testbed.tests.test_jobs");
    spark.lend_spark(&mut tests);
    show(&mut tests)?;
    Ok(Done::Passed)
}
