//! `cargo xtask measure`: runs one command as the only child of a process of its own, so that what the system
//! knows of that process's children is that command's use.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::process;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where to write the report, a JSON document
    #[arg(long, value_name = "FILE")]
    report: PathBuf,
    /// The command
    #[arg(last = true, required = true)]
    command: Vec<String>,
}

/// What a command used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    /// Seconds of CPU in the program.
    pub user: f64,
    /// Seconds of CPU in the system for the program.
    pub system: f64,
    /// Seconds on the clock.
    pub wall: f64,
    /// Largest memory at any moment, in bytes.
    pub peak: u64,
}

impl Usage {
    /// Seconds of CPU, user and system.
    pub fn cpu(&self) -> f64 {
        self.user + self.system
    }
}

pub fn run(args: &Args) -> ExitCode {
    match measure(args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(args: &Args) -> Result<bool> {
    let (program, rest) = args.command.split_first().ok_or_else(|| Error::new("no command to measure"))?;
    let mut command = process::command(program);
    command.args(rest);
    let started = Instant::now();
    let status =
        command.status().map_err(|e| Error::new(format!("cannot run {}: {e}", process::line(&command))))?;
    let wall = started.elapsed().as_secs_f64();
    let used = getrusage(UsageWho::RUSAGE_CHILDREN)
        .map_err(|e| Error::new(format!("the system does not say what the command used: {e}")))?;
    let seconds = |time: nix::sys::time::TimeVal| time.num_microseconds() as f64 / 1e6;
    // Kilobytes everywhere but on Apple's systems.
    let unit = if cfg!(target_vendor = "apple") { 1 } else { 1024 };
    let usage = Usage {
        user: seconds(used.user_time()),
        system: seconds(used.system_time()),
        wall,
        peak: u64::try_from(used.max_rss()).unwrap_or(0) * unit,
    };
    let json = serde_json::to_string(&usage).map_err(|e| Error::new(e.to_string()))?;
    std::fs::write(&args.report, json).map_err(|e| Error::io("write", &args.report, &e))?;
    Ok(status.success())
}

/// Runs `command` under `cargo xtask measure`. Its standard output, and what it used.
pub fn of(command: &Command, scratch: &Path) -> Result<(String, Usage)> {
    let report = scratch.join("usage.json");
    let ourselves =
        std::env::current_exe().map_err(|e| Error::new(format!("cannot find this program: {e}")))?;
    let mut wrapped = process::command(ourselves);
    wrapped.arg("measure").arg("--report").arg(&report).arg("--");
    wrapped.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => wrapped.env(name, value),
            None => wrapped.env_remove(name),
        };
    }
    if let Some(dir) = command.get_current_dir() {
        wrapped.current_dir(dir);
    }
    let output = process::read(&mut wrapped)?;
    let json = std::fs::read_to_string(&report).map_err(|e| Error::io("read", &report, &e))?;
    let usage =
        serde_json::from_str(&json).map_err(|e| Error::new(format!("the report is not as expected: {e}")))?;
    Ok((output, usage))
}
