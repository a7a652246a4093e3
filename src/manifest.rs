//! `manifest.json`: what a run was asked to do. Written before the first post is read; holds no secret.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::config::Settings;
use crate::error::{Error, Result};
use crate::model::Window;

/// Version of the data contract: of the manifest, of staging, sentiments and tables.
pub const SCHEMA_VERSION: u32 = 1;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    pub schema_version: u32,
    pub tool_version: String,
    pub run_id: String,
    pub topic: String,
    pub source: String,
    /// Posts written by a program. Said wherever results show.
    pub synthetic: bool,
    pub settings: Settings,
    /// The windows that this run will have rows for, if they are known before reading.
    pub planned: Option<Planned>,
    /// Tells whether the input is still what it was (files: names, sizes, times).
    pub input_fingerprint: Option<String>,
    pub started: Timestamp,
    pub finished: Option<Timestamp>,
}

/// The planned span: start included, end not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    pub start: Timestamp,
    pub end: Timestamp,
}

impl Planned {
    /// The windows of `seconds` length that the span touches, in order.
    pub fn windows(&self, seconds: u32) -> impl Iterator<Item = Window> + use<> {
        let step = i64::from(seconds.max(1));
        let first = Window::of(self.start, seconds).unix();
        let end = self.end;
        (0..).map(move |i| Window::from_unix(first + i * step)).take_while(move |window| window.start() < end)
    }
}

impl Manifest {
    /// Reads a manifest, refusing one of a newer version.
    pub fn parse(bytes: &[u8], whence: &str) -> Result<Self> {
        #[derive(Deserialize)]
        struct Version {
            schema_version: u32,
        }
        let broken = |e: serde_json::Error| {
            Error::input(format!("{whence} is not a manifest"))
                .because(e)
                .hint("the run's folder is damaged; start a new run")
                .resource(whence)
        };
        let version: Version = serde_json::from_slice(bytes).map_err(broken)?;
        if version.schema_version > SCHEMA_VERSION {
            return Err(Error::input(format!(
                "{whence} has schema_version {}, and this version of the tool knows {SCHEMA_VERSION} at most",
                version.schema_version
            ))
            .hint("use the version of sentistack that made the run, or a newer one")
            .resource(whence));
        }
        serde_json::from_slice(bytes).map_err(broken)
    }

    /// The manifest as it is stored.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut bytes = serde_json::to_vec_pretty(self)
            .map_err(|e| Error::failed("the manifest cannot be written as JSON").because(e))?;
        bytes.push(b'\n');
        Ok(bytes)
    }
}
