//! The tests of the local AWS: it must be as strict and as slow as AWS, or what is tested with it is worth little.

use super::{Context, Done};
use crate::error::Result;
use crate::process::show;
use crate::python::{self, Python};

pub fn run(context: &Context) -> Result<Done> {
    let python = Python::ready(&context.workspace, python::TESTBED)?;
    let mut tests = python.module("unittest");
    tests.current_dir(&context.workspace.root);
    // Tables that the tool writes are loaded, too, once the step `build` has made one; without it that test is skipped.
    let tool = context.workspace.binary("debug", "sentistack");
    if tool.is_file() {
        tests.env("SENTISTACK_TEST_TOOL", tool);
    }
    show(tests.args(["discover", "--start-directory", "testbed/tests", "--top-level-directory", "."]))?;
    Ok(Done::Passed)
}
