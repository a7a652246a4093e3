//! What a run is made of, resolved: every choice present, every value checked. Written into the manifest.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use super::online::{BlueskySettings, EndpointSettings};
pub use super::score::{ScoreOn, ScoreSettings};
pub use super::x::XSettings;

/// Which posts a run reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SourceKind {
    /// Synthetic posts, made by this program.
    Sample,
    /// Posts that are already in files.
    Replay,
    /// X's recent search (paid for by the post).
    XSearch,
    /// X's filtered stream, for `live run` (paid for by the post).
    XStream,
    /// Bluesky's public stream.
    Bluesky,
}

impl SourceKind {
    pub const ALL: [Self; 5] = [Self::Sample, Self::Replay, Self::XSearch, Self::XStream, Self::Bluesky];

    /// Whether its posts cost money.
    pub fn is_paid(self) -> bool {
        match self {
            Self::XSearch | Self::XStream => true,
            Self::Sample | Self::Replay | Self::Bluesky => false,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sample => "sample",
            Self::Replay => "replay",
            Self::XSearch => "x-search",
            Self::XStream => "x-stream",
            Self::Bluesky => "bluesky",
        }
    }
}

/// What is kept of the people who wrote the posts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Privacy {
    /// author_id is an HMAC under a key of the run; username, name and location are not kept.
    #[default]
    Pseudonym,
    /// Everything the source says.
    Keep,
    /// As pseudonym, and the tweet table is dropped after load.
    Aggregate,
}

/// The format of the tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TableFormat {
    /// Parquet, Snappy-compressed.
    #[default]
    Parquet,
    /// CSV with a header line.
    Csv,
}

/// What joins posts and scores and adds up the windows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TransformKind {
    /// In this program.
    #[default]
    Embedded,
    /// Spark on an EMR cluster.
    Emr,
    /// Spark on EMR Serverless.
    EmrServerless,
}

/// Where the tables are loaded for SQL and dashboards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WarehouseKind {
    /// SQLite, a file under the root.
    #[default]
    Sqlite,
    /// A Redshift cluster.
    Redshift,
    /// Redshift Serverless.
    RedshiftServerless,
    /// None: the tables stay files.
    None,
}

/// What carries packets from ingest to score.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StreamKind {
    /// Memory of this program.
    #[default]
    Memory,
    /// A Kinesis data stream.
    Kinesis,
}

impl Settings {
    /// How the stack's function scores this model, if it does: it has the embedded one alone.
    pub fn function_scores(&self, model: &str) -> Option<&ScoreSettings> {
        self.score
            .as_ref()
            .filter(|score| score.on == ScoreOn::Lambda && model == super::score::defaults::MODEL)
    }

    /// Whether a backend of the run is in an AWS account.
    pub fn needs_account(&self) -> bool {
        let stream = match self.stream {
            StreamKind::Memory => false,
            StreamKind::Kinesis => true,
        };
        let transform = match self.transform {
            TransformKind::Embedded => false,
            TransformKind::Emr | TransformKind::EmrServerless => true,
        };
        let warehouse = match self.warehouse {
            WarehouseKind::Sqlite | WarehouseKind::None => false,
            WarehouseKind::Redshift | WarehouseKind::RedshiftServerless => true,
        };
        stream || transform || warehouse || self.model == "comprehend"
    }
}

/// The settings of one run. No secret is ever among them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    pub topic: String,
    pub source: SourceKind,
    pub query: Option<String>,
    pub input: Vec<String>,
    pub start: Option<Timestamp>,
    pub end: Option<Timestamp>,
    pub window_seconds: u32,
    pub max_per_window: Option<u64>,
    /// Languages that are scored; empty: all.
    pub lang: Vec<String>,
    pub limit: Option<u64>,
    pub seed: u64,
    /// `embedded`, `vader`, `comprehend`, `endpoint`, or the path of a model file.
    pub model: String,
    pub collapse_retweets: bool,
    pub privacy: Privacy,
    pub stream: StreamKind,
    pub transform: TransformKind,
    pub warehouse: WarehouseKind,
    pub table_format: TableFormat,
    /// Unreadable lines are fatal.
    pub strict: bool,
    /// Largest share of rejected lines, 0 to 1, with which a run still ends with exit 0.
    pub max_rejected: f64,
    /// Dollars a run may cost at most.
    pub max_cost: Option<f64>,
    /// Where Bluesky's stream is read, where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bluesky: Option<BlueskySettings>,
    /// The HTTP service of model endpoint, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<EndpointSettings>,
    /// How X is asked, where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x: Option<XSettings>,
    /// How another scores in this process's place, where one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<ScoreSettings>,
}
