//! The local page as people have it: the real tool, real runs, a real browser. Pictures of it are left in
//! `target/page` for people to look at.

use super::{Context, Done};
use crate::error::Result;
use crate::process::{cargo, show};
use crate::python::{self, Python};

pub fn run(context: &Context) -> Result<Done> {
    let workspace = &context.workspace;
    // Nothing is left to do when the step `build` ran before, and nothing to say then.
    show(cargo(&workspace.root).args(["test", "--workspace", "--no-run", "--quiet"]))?;
    let python = Python::ready(workspace, python::PAGE)?;
    let mut tests = python.module("unittest");
    tests.current_dir(&workspace.root);
    tests.env("SENTISTACK_TEST_TOOL", workspace.binary("debug", "sentistack"));
    tests.env("SENTISTACK_TEST_PICTURES", workspace.target.join("page"));
    show(tests.args(["discover", "--start-directory", "tests/page", "--top-level-directory", "tests"]))?;
    Ok(Done::Passed)
}
