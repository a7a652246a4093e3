//! Steps over the Rust code that are no tests.

use super::{Context, Done};
use crate::error::{Error, Result};
use crate::function::{self, Arch};
use crate::process::{self, cargo, command, quiet, show, succeeds};

/// How the tool is built for someone's first run.
const LOCAL: [&str; 5] = ["-p", "sentistack", "--no-default-features", "--features", "local"];

pub fn fmt(context: &Context) -> Result<Done> {
    // The names of the files alone: what to change is for `cargo fmt` to know.
    quiet(cargo(&context.workspace.root).args(["fmt", "--all", "--check", "--", "--files-with-diff"]))
        .map_err(|error| error.hint("format it: cargo fmt --all"))?;
    Ok(Done::Passed)
}

pub fn clippy(context: &Context) -> Result<Done> {
    show(cargo(&context.workspace.root).args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]))?;
    Ok(Done::Passed)
}

pub fn clippy_local(context: &Context) -> Result<Done> {
    let mut clippy = cargo(&context.workspace.root);
    show(clippy.arg("clippy").args(LOCAL).args(["--all-targets", "--", "-D", "warnings"]))?;
    Ok(Done::Passed)
}

/// A newcomer's first build must not wait for the AWS SDK.
pub fn no_aws(context: &Context) -> Result<Done> {
    let mut tree = cargo(&context.workspace.root);
    tree.arg("tree").args(LOCAL).args(["--edges", "normal,build", "--prefix", "none", "--format", "{p}"]);
    let tree = process::read(&mut tree)?;
    let found = aws_crates(&tree);
    if found.is_empty() {
        return Ok(Done::Passed);
    }
    Err(Error::new(format!("the local build holds {}", found.join(", ")))
        .hint("make them optional, under the feature `aws`"))
}

fn aws_crates(tree: &str) -> Vec<&str> {
    let mut found: Vec<&str> = tree
        .lines()
        .filter_map(|line| line.split(' ').next())
        .filter(|name| name.starts_with("aws"))
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// Builds the tests and, for the tests that run it, the tool. Together: each of them alone would have other
/// features of the same dependencies, and build those twice.
pub fn build(context: &Context) -> Result<Done> {
    show(cargo(&context.workspace.root).args(["test", "--workspace", "--no-run"]))?;
    Ok(Done::Passed)
}

/// The live path's function as it is deployed: tests look at what came of it.
pub fn function(context: &Context) -> Result<Done> {
    let arch = if cfg!(target_arch = "aarch64") { Arch::Arm64 } else { Arch::X86_64 };
    function::build(&context.workspace, arch)?;
    Ok(Done::Passed)
}

pub fn fuzz(context: &Context) -> Result<Done> {
    let manifest = context.workspace.root.join("fuzz/Cargo.toml");
    if !manifest.is_file() {
        return Ok(Done::Skipped("there are no fuzz targets".to_owned()));
    }
    let nightly = |args: &[&str]| {
        let mut rustup = command("rustup");
        rustup.args(["run", "nightly", "cargo"]).args(args).env_remove("RUSTUP_TOOLCHAIN");
        // Set by cargo for its own children: they would make nightly's cargo call this toolchain's compiler.
        for name in ["CARGO", "RUSTC", "RUSTDOC"] {
            rustup.env_remove(name);
        }
        rustup
    };
    if !succeeds(&mut nightly(&["--version"])) {
        return Ok(Done::Skipped("no nightly toolchain (rustup toolchain install nightly)".to_owned()));
    }
    let mut check = nightly(&["check", "--manifest-path"]);
    check.arg(&manifest).env("CARGO_TARGET_DIR", context.workspace.target.join("fuzz"));
    show(&mut check)?;
    Ok(Done::Passed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aws_crates_are_found_by_name() {
        let tree = "sentistack v0.1.0 (/x/aws)\nclap v4.6.7\naws-config v1.2.0\naws-sdk-s3 v1\naws-config v1.2.0 (*)\n\n";
        assert_eq!(aws_crates(tree), ["aws-config", "aws-sdk-s3"]);
        assert!(aws_crates("sentistack v0.1.0 (/x/aws)\nserde v1\n").is_empty());
    }
}
