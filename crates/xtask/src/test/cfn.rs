//! Renders every settings file of the tests with the built tool, and holds the templates against the linters.

use std::path::{Path, PathBuf};

use super::{Context, Done};
use crate::error::{Error, Result};
use crate::process::{cargo, command, quiet, show};

const SETTINGS: &str = "tests/it/settings";
const LINT: &str = "crates/xtask/cfn/lint.py";

/// The storage stacks differ in these settings files alone (a test of `tests/it/render.rs` holds that), and the
/// linters take their time.
const STORAGE_OF: [&str; 4] = ["defaults", "flipped", "longest-names", "on-demand-stream"];

pub fn run(context: &Context) -> Result<Done> {
    let workspace = &context.workspace;
    // Nothing is left to do when the step `build` ran before, and nothing to say then.
    show(cargo(&workspace.root).args(["test", "--workspace", "--no-run", "--quiet"]))?;
    let scratch = workspace.scratch("cfn")?;
    let templates = scratch.join("templates");
    for settings in settings(&workspace.root.join(SETTINGS))? {
        let name = settings.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let folder = templates.join(&name);
        let mut tool = command(workspace.binary("debug", "sentistack"));
        // The caller's own settings are not the test's.
        tool.env_clear().args(["stack", "render", "--config"]).arg(&settings).arg("--dir").arg(&folder);
        quiet(&mut tool)?;
        if !STORAGE_OF.contains(&name.as_str()) {
            let path = folder.join("storage.yaml");
            std::fs::remove_file(&path).map_err(|e| Error::io("remove", &path, &e))?;
        }
    }
    let python = context.python()?;
    show(python.script(workspace.root.join(LINT)).arg(&templates).arg(&scratch)).map_err(|error| {
        error.hint("mend the templates, or explain it in crates/xtask/cfn/explained.txt and docs/security.md")
    })?;
    // What is left on a failure helps to find its cause.
    let _ = std::fs::remove_dir_all(&scratch);
    Ok(Done::Passed)
}

fn settings(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).map_err(|e| Error::io("read", folder, &e))?;
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(|e| Error::io("read", folder, &e))?.path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
