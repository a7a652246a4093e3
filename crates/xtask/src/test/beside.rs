//! A step that runs beside the one after it, as a process of its own. What it prints is kept until it is over, so that
//! the words of two steps do not stand between each other's.

use std::fs::File;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::steps::Step;
use super::{Context, Done};
use crate::error::{Error, Result};
use crate::process::command;

/// A step that was started and is waited for later.
pub struct Beside {
    pub step: &'static Step,
    said: PathBuf,
    /// How long it took and how its process ended, once that is known.
    ended: JoinHandle<(Duration, std::io::Result<ExitStatus>)>,
}

impl Beside {
    pub fn start(context: &Context, step: &'static Step) -> Result<Self> {
        let said = context.workspace.scratch(step.name)?.join("said");
        let file = File::create(&said).map_err(|e| Error::io("create", &said, &e))?;
        let again = file.try_clone().map_err(|e| Error::io("share", &said, &e))?;
        let started = Instant::now();
        let mut child = command(&context.program)
            .args(["test", "--alone", step.name])
            .current_dir(&context.workspace.root)
            .stdout(Stdio::from(file))
            .stderr(Stdio::from(again))
            .spawn()
            .map_err(|e| Error::new(format!("cannot start the step {}: {e}", step.name)))?;
        let ended = std::thread::spawn(move || {
            let status = child.wait();
            (started.elapsed(), status)
        });
        Ok(Self { step, said, ended })
    }

    /// Waits for it and prints what it said; how long it took, and how it ended.
    pub fn end(self) -> (Duration, Result<Done>) {
        let lost = |_| (Duration::ZERO, Err(std::io::Error::other("nobody waited for it")));
        let (took, status) = self.ended.join().unwrap_or_else(lost);
        let said = std::fs::read(&self.said).unwrap_or_default();
        print!("{}", String::from_utf8_lossy(&said));
        if let Some(scratch) = self.said.parent() {
            let _ = std::fs::remove_dir_all(scratch);
        }
        let done = match status {
            Ok(status) if status.success() => Ok(Done::Passed),
            Ok(status) => Err(Error::new(format!("it ended with {status}"))),
            Err(cause) => Err(Error::new(format!("it could not be waited for: {cause}"))),
        };
        (took, done)
    }
}
