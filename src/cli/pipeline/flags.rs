//! The flags of the pipeline's commands.

use std::path::PathBuf;

use clap::Args;

use crate::pipeline::event::Stage;

/// Where runs are.
#[derive(Clone, Debug, Default, Args)]
pub struct Root {
    /// Folder of all runs, or s3://bucket/prefix [default: ./sentistack-data]
    #[arg(long, value_name = "DIR|URI")]
    pub root: Option<PathBuf>,
    /// Where the stages run, and with `aws` where the runs are: the stack's bucket
    #[arg(long, value_name = "local|aws", help_heading = "Where")]
    pub on: Option<String>,
}

/// A run, by default the newest.
#[derive(Clone, Debug, Args)]
pub struct RunName {
    /// Run id [default: the newest run]
    #[arg(value_name = "RUN")]
    pub run: Option<String>,
    #[command(flatten)]
    pub root: Root,
}

/// Whether a machine of the stack works on the run.
#[cfg(feature = "aws")]
#[derive(Clone, Debug, Default, Args)]
pub struct RemoteFlags {
    /// Let a small machine of the stack work on the run, and return at once
    #[arg(long, help_heading = "Where")]
    pub remote: bool,
    /// With --remote: the program for it, built for Linux [default: this one, where it fits]
    #[arg(long, value_name = "PATH", requires = "remote", help_heading = "Where")]
    pub binary: Option<PathBuf>,
}

#[derive(Clone, Debug, Args)]
pub struct ResumeArgs {
    #[command(flatten)]
    pub name: RunName,
    #[cfg(feature = "aws")]
    #[command(flatten)]
    pub remote: RemoteFlags,
}

#[derive(Clone, Debug, Args)]
pub struct StatusArgs {
    #[command(flatten)]
    pub name: RunName,
    /// Keep watching until the run ends
    #[arg(long)]
    pub follow: bool,
}

#[derive(Clone, Debug, Args)]
pub struct ScoreArgs {
    /// Run id [default: the newest run]
    #[arg(value_name = "RUN")]
    pub run: Option<String>,
    #[command(flatten)]
    pub root: Root,
    /// embedded, vader, or a model file
    #[arg(long, value_name = "MODEL")]
    pub model: String,
}

/// What to read, how to window it, and where to put it.
#[derive(Clone, Debug, Default, Args)]
pub struct RunArgs {
    #[command(flatten)]
    pub root: Root,
    /// sample, replay, x-search or bluesky [default: replay with --input, else sample]
    #[arg(long, value_name = "SOURCE", help_heading = "Posts")]
    pub source: Option<String>,
    /// Files, folders or globs to replay; - is standard input
    #[arg(long, value_name = "PATH", num_args = 1.., help_heading = "Posts")]
    pub input: Vec<String>,
    /// What to search for
    #[arg(long, help_heading = "Posts")]
    pub query: Option<String>,
    /// First moment: RFC 3339, a date, or -3d
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, help_heading = "Posts")]
    pub start: Option<String>,
    /// Moment after the last
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, help_heading = "Posts")]
    pub end: Option<String>,
    /// Length, beside --start or --end: 4d, 12h
    #[arg(long, value_name = "D", help_heading = "Posts")]
    pub duration: Option<String>,
    /// Posts to read at most
    #[arg(long, value_name = "N", help_heading = "Posts")]
    pub limit: Option<String>,
    /// Seed of the sample
    #[arg(long, value_name = "N", help_heading = "Posts")]
    pub seed: Option<String>,
    /// Length of a window [default: 15m]
    #[arg(long, value_name = "D", help_heading = "Windows")]
    pub window: Option<String>,
    /// Keep at most so many posts of a window, spread evenly over it
    #[arg(long, value_name = "N", help_heading = "Windows")]
    pub max_per_window: Option<String>,
    /// Languages to score; `all` for every one [default: en]
    #[arg(long, value_name = "LANG", value_delimiter = ',', help_heading = "Scoring")]
    pub lang: Vec<String>,
    /// embedded, vader, comprehend, endpoint, or a model file
    #[arg(long, value_name = "MODEL", help_heading = "Scoring")]
    pub model: Option<String>,
    /// Who scores, with --stream kinesis: this process, or the stack's function
    #[arg(long, value_name = "here|lambda", help_heading = "Scoring")]
    pub score_on: Option<String>,
    /// Name of the topic in the tables [default: from the query or the file]
    #[arg(long, help_heading = "Tables")]
    pub topic: Option<String>,
    /// parquet or csv
    #[arg(long, value_name = "FORMAT", help_heading = "Tables")]
    pub table_format: Option<String>,
    /// sqlite, redshift, redshift-serverless or none
    #[arg(long, value_name = "WAREHOUSE", help_heading = "Where")]
    pub warehouse: Option<String>,
    /// embedded, emr or emr-serverless
    #[arg(long, value_name = "ENGINE", help_heading = "Where")]
    pub transform: Option<String>,
    /// memory or kinesis
    #[arg(long, value_name = "STREAM", help_heading = "Where")]
    pub stream: Option<String>,
    /// pseudonym, keep or aggregate: what is kept of the authors
    #[arg(long, value_name = "PRIVACY", help_heading = "Posts")]
    pub privacy: Option<String>,
    /// Name of the run [default: time and six random digits]
    #[arg(long, value_name = "RUN", help_heading = "Run")]
    pub run_id: Option<String>,
    /// Redo this stage and all later ones of a run that exists
    #[arg(long, value_name = "STAGE", help_heading = "Run")]
    #[cfg_attr(feature = "aws", arg(conflicts_with = "remote"))]
    pub from_stage: Option<Stage>,
    /// Stop after this stage
    #[arg(long, value_name = "STAGE", help_heading = "Run")]
    #[cfg_attr(feature = "aws", arg(conflicts_with = "remote"))]
    pub to_stage: Option<Stage>,
    /// The first line that cannot be read ends the run
    #[arg(long, help_heading = "Limits")]
    pub strict: bool,
    /// Largest share of rejected lines that still ends with exit 0 [default: 1%]
    #[arg(long, value_name = "SHARE", help_heading = "Limits")]
    pub max_rejected: Option<String>,
    #[cfg(feature = "aws")]
    #[command(flatten)]
    pub remote: RemoteFlags,
    /// Bring the stack up, run, and take it down again, whatever happens
    #[cfg(feature = "aws")]
    #[arg(long, help_heading = "Where", conflicts_with = "remote")]
    pub ephemeral: bool,
    /// With --ephemeral: leave the stack up when the run fails
    #[cfg(feature = "aws")]
    #[arg(long, requires = "ephemeral", help_heading = "Where")]
    pub keep_on_failure: bool,
    /// Dollars that the run may cost at most
    #[arg(long, value_name = "USD", help_heading = "Limits")]
    pub max_cost: Option<String>,
}
