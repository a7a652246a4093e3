//! The tool, as its users see it: a command line and the JSON that it prints.

use std::path::PathBuf;
use std::process::Command;

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::process;

/// The fields that we read of what `pipeline run` prints.
#[derive(Clone, Debug, Deserialize)]
pub struct Run {
    pub run_id: String,
    pub run_dir: PathBuf,
    pub model: String,
    pub tweets: u64,
    pub windows: u64,
}

impl Run {
    pub fn parse(json: &str) -> Result<Self> {
        serde_json::from_str(json).map_err(|e| {
            Error::new(format!("`pipeline run --output json` printed something else: {e}\n{json}"))
        })
    }
}

/// `sentistack pipeline run --output json`, deaf to the user's own settings.
pub fn pipeline_run(binary: &std::path::Path) -> Command {
    let mut command = process::command(binary);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("SENTISTACK_") {
            command.env_remove(&name);
        }
    }
    command.args(["--output", "json", "--quiet", "pipeline", "run"]);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_read_from_its_document() {
        let run = Run::parse(
            r#"{"schema_version":1,"command":"pipeline run","status":"ok","error":null,"run_id":"r","run_dir":"/d/runs/r","model":"embedded","tweets":5,"windows":2,"labels":{}}"#,
        )
        .unwrap();
        assert_eq!((run.tweets, run.windows, run.model.as_str()), (5, 2, "embedded"));
        assert!(Run::parse("not json").is_err());
    }
}
