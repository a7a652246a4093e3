//! What the engine tells while it works. `ui` draws it; nothing here prints.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The five stages, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    Ingest,
    Score,
    Transform,
    Load,
    Report,
}

impl Stage {
    pub const ALL: [Self; 5] = [Self::Ingest, Self::Score, Self::Transform, Self::Load, Self::Report];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Score => "score",
            Self::Transform => "transform",
            Self::Load => "load",
            Self::Report => "report",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Stage {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|stage| stage.as_str() == s)
            .ok_or_else(|| format!("{s:?} is not a stage; stages are ingest, score, transform, load, report"))
    }
}

/// One thing that happened, for whoever watches.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    RunStarted {
        run_id: String,
        run_dir: String,
        topic: String,
        source: String,
        model: String,
        resumed: bool,
    },
    StageStarted {
        stage: Stage,
    },
    /// `done` of `total` (where it is known) in the stage's unit: posts, or windows for transform.
    Progress {
        stage: Stage,
        done: u64,
        total: Option<u64>,
    },
    /// Already done; nothing to do.
    StageSkipped {
        stage: Stage,
    },
    StageFinished {
        stage: Stage,
        done: u64,
        seconds: f64,
    },
    Warning {
        message: String,
    },
    /// Something worth knowing, and no cause for concern.
    Note {
        message: String,
    },
    Stopping {
        signal: String,
    },
}

/// Where events go.
pub trait Events: Send + Sync {
    fn emit(&self, event: Event);
}

/// Nobody watches.
pub struct Silent;

impl Events for Silent {
    fn emit(&self, _event: Event) {}
}
