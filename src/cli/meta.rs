//! Commands about the command line itself: completions, man pages, schemas.

use std::path::PathBuf;

use clap::Args;

use crate::cli::document::{self, Outcome};
use crate::error::{Error, Result};

#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// bash, zsh, fish, elvish or powershell
    pub shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub struct ManArgs {
    /// Folder for the pages
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub dir: PathBuf,
}

#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// What to describe
    #[arg(value_enum, default_value_t = What::Config)]
    pub what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum What {
    /// app.yaml
    Config,
    /// pipeline run, resume and score
    Run,
    /// pipeline list and status
    Runs,
    /// pipeline compare
    Compare,
    /// sql
    Sql,
    /// model eval
    Eval,
    /// serve
    #[cfg(feature = "serve")]
    Serve,
    /// dashboard
    #[cfg(feature = "serve")]
    Dashboard,
    /// stack render
    #[cfg(feature = "stack")]
    Render,
    /// live package
    #[cfg(feature = "stack")]
    Package,
    /// live run
    #[cfg(feature = "stack")]
    LiveRun,
    /// live verify
    #[cfg(feature = "stack")]
    #[value(name = "live-verify")]
    Verify,
    /// live redrive
    #[cfg(feature = "stack")]
    #[value(name = "live-redrive")]
    Redrive,
    /// live logs
    #[cfg(feature = "aws")]
    #[value(name = "live-logs")]
    Logs,
    /// grafana open and grafana url
    #[cfg(feature = "aws")]
    Grafana,
    /// stack plan
    #[cfg(feature = "aws")]
    Plan,
    /// stack up
    #[cfg(feature = "aws")]
    Up,
    /// stack status
    #[cfg(feature = "aws")]
    Status,
    /// stack events
    #[cfg(feature = "aws")]
    Events,
    /// stack explain
    #[cfg(feature = "aws")]
    Explain,
    /// stack extend
    #[cfg(feature = "aws")]
    Extend,
    /// stack list
    #[cfg(feature = "aws")]
    List,
    /// stack down and sweep
    #[cfg(feature = "aws")]
    Down,
    /// stack cost
    #[cfg(feature = "aws")]
    Cost,
    /// doctor
    #[cfg(feature = "aws")]
    Doctor,
}

#[derive(serde::Serialize)]
struct Nothing {}

pub fn completions(args: &CompletionsArgs) -> Outcome {
    let mut out = Vec::new();
    clap_complete::generate(args.shell, &mut crate::cli::tree(), "sentistack", &mut out);
    Outcome::ok(String::from_utf8_lossy(&out), &Nothing {})
}

pub fn man(args: &ManArgs) -> Outcome {
    match write_man(args) {
        Ok(()) => Outcome::ok(format!("man pages are in {}\n", args.dir.display()), &Nothing {}),
        Err(error) => error.into(),
    }
}

fn write_man(args: &ManArgs) -> Result<()> {
    std::fs::create_dir_all(&args.dir).map_err(|e| Error::io("create", args.dir.display(), &e))?;
    clap_mangen::generate_to(crate::cli::tree(), &args.dir)
        .map_err(|e| Error::io("write man pages to", args.dir.display(), &e))
}

pub fn schema(args: &SchemaArgs) -> Outcome {
    let schema = schema_of(args.what);
    match serde_json::to_string_pretty(&schema) {
        Ok(text) => Outcome::ok(format!("{text}\n"), &schema),
        Err(e) => Error::failed("the schema cannot be written").because(e).into(),
    }
}

/// The JSON Schema of one thing.
pub fn schema_of(what: What) -> serde_json::Value {
    match what {
        What::Config => crate::config::schema::schema(),
        What::Run => of::<document::RunDocument>(),
        What::Runs => of::<document::RunsDocument>(),
        What::Compare => of::<crate::cli::pipeline::compare::CompareDocument>(),
        What::Sql => of::<document::SqlDocument>(),
        What::Eval => of::<crate::cli::model::EvalDocument>(),
        #[cfg(feature = "serve")]
        What::Serve => of::<crate::cli::serve::ServeDocument>(),
        #[cfg(feature = "serve")]
        What::Dashboard => of::<crate::cli::dashboard::DashboardDocument>(),
        #[cfg(feature = "stack")]
        What::Render => of::<crate::cli::stack::render::RenderDocument>(),
        #[cfg(feature = "stack")]
        What::Package => of::<crate::cli::live::package::PackageDocument>(),
        #[cfg(feature = "stack")]
        What::LiveRun => of::<crate::cli::live::run::LiveRunDocument>(),
        #[cfg(feature = "stack")]
        What::Verify => of::<crate::cli::live::verify::VerifyDocument>(),
        #[cfg(feature = "stack")]
        What::Redrive => of::<crate::cli::live::redrive::RedriveDocument>(),
        #[cfg(feature = "aws")]
        What::Logs => of::<crate::cli::live::logs::LogsDocument>(),
        #[cfg(feature = "aws")]
        What::Grafana => of::<crate::cli::grafana::GrafanaDocument>(),
        #[cfg(feature = "aws")]
        What::Plan => of::<crate::cli::stack::account::document::PlanDocument>(),
        #[cfg(feature = "aws")]
        What::Up => of::<crate::cli::stack::account::document::UpDocument>(),
        #[cfg(feature = "aws")]
        What::Status => of::<crate::cli::stack::account::document::StatusDocument>(),
        #[cfg(feature = "aws")]
        What::Events => of::<crate::cli::stack::account::document::EventsDocument>(),
        #[cfg(feature = "aws")]
        What::Explain => of::<crate::cli::stack::account::document::ExplainDocument>(),
        #[cfg(feature = "aws")]
        What::Extend => of::<crate::cli::stack::account::document::ExtendDocument>(),
        #[cfg(feature = "aws")]
        What::List => of::<crate::cli::stack::account::document::ListDocument>(),
        #[cfg(feature = "aws")]
        What::Down => of::<crate::cli::stack::account::document::DownDocument>(),
        #[cfg(feature = "aws")]
        What::Cost => of::<crate::cost::CostDocument>(),
        #[cfg(feature = "aws")]
        What::Doctor => of::<crate::cli::doctor::DoctorDocument>(),
    }
}

fn of<T: schemars::JsonSchema>() -> serde_json::Value {
    schemars::schema_for!(T).to_value()
}
