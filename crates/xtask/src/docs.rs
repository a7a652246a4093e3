//! `cargo xtask docs`: writes the generated documents anew. The tests that hold each document to its source
//! also write it, when they are asked to.

use crate::error::Result;
use crate::process;
use crate::workspace::Workspace;

pub fn run() -> Result<()> {
    let workspace = Workspace::find()?;
    process::show(process::cargo(&workspace.root).env("UPDATE_DOCS", "1").args([
        "test",
        "--test",
        "it",
        "generated",
    ]))?;
    println!("written; see what changed: git diff --stat");
    Ok(())
}
