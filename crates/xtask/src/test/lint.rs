//! Steps over what is not Rust.

use super::{Context, Done};
use crate::error::Result;
use crate::process::{command, read, show};

/// Errors, names that are never used, likely bugs.
const RULES: &str = "E4,E7,E9,F,B";

pub fn python(context: &Context) -> Result<Done> {
    let mut ruff = context.python()?.program("ruff");
    ruff.current_dir(&context.workspace.root);
    show(ruff.args([
        "check",
        "--isolated",
        "--no-cache",
        "--quiet",
        "--select",
        RULES,
        "--target-version=py311",
        ".",
    ]))
    .map_err(|error| error.hint("much of it mends itself: see `ruff check --fix`"))?;
    Ok(Done::Passed)
}

pub fn shell(context: &Context) -> Result<Done> {
    let scripts = scripts(context);
    if scripts.is_empty() {
        return Ok(Done::Skipped("there are no shell scripts".to_owned()));
    }
    let mut shellcheck = context.python()?.program("shellcheck");
    show(shellcheck.current_dir(&context.workspace.root).args(&scripts))?;
    Ok(Done::Passed)
}

/// Placeholders of statements, and macros of panels, are filled in by sqlfluff itself, with the samples of the folder's
/// `.sqlfluff`.
pub fn sql(context: &Context) -> Result<Done> {
    for folder in ["redshift", "grafana"] {
        let mut sqlfluff = context.python()?.program("sqlfluff");
        // It takes its settings from where it is started.
        sqlfluff.current_dir(context.workspace.root.join(folder));
        show(sqlfluff.args(["lint", "--dialect", "redshift", "--disable-progress-bar", "."]))
            .map_err(|error| error.hint(format!("in {folder}/: sqlfluff fix")))?;
    }
    Ok(Done::Passed)
}

/// Shell scripts of the checkout; outside a git checkout, the one that is always there.
fn scripts(context: &Context) -> Vec<String> {
    let mut git = command("git");
    git.current_dir(&context.workspace.root).args(["ls-files", "--", ".ci/run", "*.sh"]);
    let listed = read(git.stderr(std::process::Stdio::null())).unwrap_or_else(|_| ".ci/run".to_owned());
    let exists = |name: &&str| context.workspace.root.join(name).is_file();
    listed.lines().filter(exists).map(str::to_owned).collect()
}
