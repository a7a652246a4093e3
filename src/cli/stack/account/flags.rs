//! Flags that `plan` and `up` share.

use std::path::PathBuf;

use serde_json::{Map, Value};

use crate::cli::stack::render::Only;
use crate::stack::names::Part;

#[derive(Debug, Default, clap::Args)]
pub struct StackFlags {
    /// These stacks alone: batch, live; storage goes with them [default: those that the settings choose]
    #[arg(long, value_name = "STACKS", value_delimiter = ',')]
    pub only: Vec<Only>,
    /// Time until everything that bills is deleted by itself: 4h, 2d, or off
    #[arg(long, value_name = "DURATION")]
    pub ttl: Option<String>,
    /// US dollars that the stack may cost over its time to live; more is refused with exit code 5
    #[arg(long, value_name = "USD")]
    pub max_cost: Option<String>,
    /// The live function's program [default: sentistack-live beside this program]
    #[arg(long, value_name = "PATH")]
    pub function: Option<PathBuf>,
    /// With live.package: image, the function's image as `live package --push` named it, with its digest
    #[arg(long, value_name = "URI")]
    pub image: Option<String>,
    /// With live.endpoint: ec2, a Linux build of this tool for the endpoint's hosts [default: this program]
    #[arg(long, value_name = "PATH")]
    pub binary: Option<PathBuf>,
}

impl StackFlags {
    /// The parts that `--only` names; none: those that the settings choose.
    pub fn parts(&self) -> Vec<Part> {
        self.only.iter().map(|only| only.part()).collect()
    }

    /// As a layer of settings over `flags`.
    pub fn settings(&self, mut flags: Map<String, Value>) -> Map<String, Value> {
        if let Some(ttl) = &self.ttl {
            flags.insert("stack".to_owned(), serde_json::json!({ "ttl": ttl }));
        }
        if let Some(cost) = &self.max_cost {
            flags.insert("max_cost".to_owned(), cost.clone().into());
        }
        if self.only.contains(&Only::Live) {
            flags.insert("live".to_owned(), serde_json::json!({ "enabled": true }));
        }
        flags
    }
}
