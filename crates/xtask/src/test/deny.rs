//! Licences and sources of all that is built in, by cargo-deny.

use std::path::PathBuf;

use super::{Context, Done};
use crate::cache;
use crate::error::Result;
use crate::process::{cargo, command, on_path, quiet, show};
use crate::workspace::Workspace;

/// What is built, once, where there is none on the PATH.
const VERSION: &str = "0.20.2";

pub fn run(context: &Context) -> Result<Done> {
    let workspace = &context.workspace;
    let mut deny = command(program(workspace)?);
    // Every member's dependencies, the live path's function among them. Two versions of one crate are a warning, and
    // there are a dozen: they are shown with what is wrong.
    deny.current_dir(&workspace.root).args(["--workspace", "--log-level", "warn"]);
    quiet(deny.args(["check", "bans", "licenses", "sources"]))?;
    Ok(Done::Passed)
}

fn program(workspace: &Workspace) -> Result<PathBuf> {
    if on_path("cargo-deny") {
        return Ok(PathBuf::from("cargo-deny"));
    }
    let dir = cache::entry(&workspace.cache.join("cargo-deny"), VERSION, |dir| {
        println!("building cargo-deny {VERSION} into {} (once)", dir.display());
        // In a folder of its own, which is not kept: the tests' would grow by its dependencies.
        let target = workspace.scratch("cargo-deny")?;
        let mut install = cargo(&workspace.root);
        install.args(["install", "--locked", "--quiet", "--no-track", "--version", VERSION, "cargo-deny"]);
        install.arg("--root").arg(dir).arg("--target-dir").arg(&target);
        // Optimised it would take twice as long to build, and here it runs for a second.
        let built = show(install.arg("--profile").arg("dev").env("CARGO_PROFILE_DEV_DEBUG", "0"));
        let _ = std::fs::remove_dir_all(&target);
        built.map_err(|error| error.hint("is crates.io reachable?"))
    })?;
    Ok(dir.join("bin").join(format!("cargo-deny{}", std::env::consts::EXE_SUFFIX)))
}
