//! `cargo xtask testbed`: the local AWS, in the foreground or around a command.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::Stdio;

use crate::error::{Error, Result};
use crate::process::line;
use crate::python::{self, Python};
use crate::workspace::Workspace;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print the Python interpreter that starts it, and end
    #[arg(long, hide = true, conflicts_with = "command")]
    python: bool,
    /// Give it a Spark, so that steps of EMR really run (needs Java 17; half a gigabyte of downloads at the first use)
    #[arg(long)]
    spark: bool,
    /// A command to run inside; its exit code is ours. Without one, what to export is printed
    #[arg(value_name = "COMMAND", last = true)]
    command: Vec<OsString>,
}

pub fn run(args: &Args) -> Result<()> {
    let workspace = Workspace::find()?;
    if args.python {
        // Nothing else may be on standard output: a test reads it.
        println!("{}", Python::ready_quietly(&workspace, python::TESTBED)?.interpreter().display());
        return Ok(());
    }
    let python = Python::ready_quietly(&workspace, python::TESTBED)?;
    let mut command = python.script(workspace.root.join("testbed"));
    command.stdin(Stdio::inherit());
    let spark = if args.spark {
        Some(Python::ready_quietly(&workspace, python::SPARK)?)
    } else {
        Python::existing(&workspace, python::SPARK)
    };
    if let Some(spark) = spark {
        spark.lend_spark(&mut command);
    }
    if !args.command.is_empty() {
        command.arg("--").args(&args.command);
    }
    // It takes our place, so that signals and the exit code need no one in between.
    let cause = command.exec();
    Err(Error::new(format!("cannot run {}: {cause}", line(&command))))
}
