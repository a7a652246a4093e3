//! The description of the endpoint: `openapi.yaml` beside this file, the one source of what is served and of what
//! `docs/endpoint.md` shows.

use crate::error::{Error, Result};

pub const YAML: &str = include_str!("openapi.yaml");

/// The description as JSON.
pub fn json() -> Result<String> {
    let failed =
        |e: &dyn std::fmt::Display| Error::failed("the endpoint's description cannot be read").because(e);
    let value: serde_json::Value = serde_yaml::from_str(YAML).map_err(|e| failed(&e))?;
    serde_json::to_string(&value).map_err(|e| failed(&e))
}
