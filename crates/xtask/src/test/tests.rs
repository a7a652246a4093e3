//! The tests themselves.

use super::tally::Tally;
use super::{Context, Done};
use crate::error::{Error, Result};
use crate::process::{cargo, tee};

pub fn run(context: &Context) -> Result<Done> {
    let mut command = cargo(&context.workspace.root);
    command.args(["test", "--workspace", "--no-fail-fast"]);
    // One test asks scikit-learn; without an environment it says that it is skipped.
    if let Ok(python) = context.python() {
        command.env("PYTHON", python.interpreter());
    }
    if !context.test_filters.is_empty() {
        command.arg("--").args(&context.test_filters);
    }
    let mut tally = Tally::default();
    let good = tee(&mut command, |line| tally.add(line))?;
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
