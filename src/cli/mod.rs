//! The edge: parses the command line, reads the environment, builds backends, runs a command, prints
//! its outcome and gives the exit code. Nothing below knows of any of this.

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use crate::cli::document::{Document, Outcome, SCHEMA_VERSION};
use crate::error::Error;
use crate::ui::{Color, OutputFormat, Printer, Verbosity};

pub mod backends;
#[cfg(any(feature = "aws", feature = "serve"))]
pub mod browser;
#[cfg(feature = "aws")]
pub mod cloud;
#[cfg(feature = "serve")]
pub mod dashboard;
#[cfg(feature = "aws")]
pub mod doctor;
pub mod document;
pub mod exit;
#[cfg(feature = "aws")]
pub mod folders;
#[cfg(feature = "aws")]
pub mod grafana;
pub mod init;
#[cfg(feature = "stack")]
pub mod live;
pub mod meta;
pub mod model;
pub mod pipeline;
#[cfg(feature = "aws")]
pub mod program;
#[cfg(feature = "online")]
pub mod secret;
#[cfg(feature = "serve")]
pub mod serve;
pub mod settings;
pub mod signals;
pub mod sql;
#[cfg(feature = "stack")]
pub mod stack;

/// What people say about a topic over some days: posts in, sentiment by window out.
#[derive(Debug, Parser)]
#[command(name = "sentistack", version, propagate_version = true, arg_required_else_help = true)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// Flags that every command takes.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Everywhere")]
pub struct Global {
    /// Settings file [default: ./app.yaml where it exists, then built-in defaults]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<std::path::PathBuf>,
    /// Form of what goes to stdout; progress goes to stderr
    #[arg(short, long, global = true, value_enum, default_value_t = Output::Text)]
    pub output: Output,
    /// Say more on stderr
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub verbose: bool,
    /// Say nothing on stderr but errors
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Colours [NO_COLOR is obeyed]
    #[arg(long, global = true, value_enum, default_value_t = When::Auto)]
    pub color: When,
    /// Answer yes to every question
    #[arg(short, long, global = true)]
    pub yes: bool,
    /// Fail instead of asking
    #[arg(long, global = true)]
    pub no_input: bool,
    /// Profile of ~/.aws whose credentials are used
    #[arg(long, global = true, value_name = "NAME", help_heading = "AWS")]
    pub profile: Option<String>,
    /// AWS region [default: as settings, environment and profile say, else us-east-1]
    #[arg(long, global = true, value_name = "REGION", help_heading = "AWS")]
    pub region: Option<String>,
    /// Name of the stack (the setting `name`) [default: sentistack]
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        env = "SENTISTACK_STACK",
        hide_env_values = true,
        help_heading = "AWS"
    )]
    pub stack: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Output {
    Text,
    Json,
    Ndjson,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum When {
    Auto,
    Always,
    Never,
}

impl Global {
    fn printer(&self) -> Printer {
        let format = match self.output {
            Output::Text => OutputFormat::Text,
            Output::Json => OutputFormat::Json,
            Output::Ndjson => OutputFormat::Ndjson,
        };
        let color = match self.color {
            When::Auto => Color::Auto,
            When::Always => Color::Always,
            When::Never => Color::Never,
        };
        let verbosity = match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (_, true) => Verbosity::Verbose,
            _ => Verbosity::Normal,
        };
        Printer::new(format, color, verbosity)
    }
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write a commented app.yaml here
    Init(init::Args),
    /// Check the account and this machine, or print the policy that a caller needs
    #[cfg(feature = "aws")]
    Doctor(doctor::Args),
    /// Run the pipeline: ingest, score, transform, load, report
    #[command(subcommand)]
    Pipeline(pipeline::Command),
    /// Ask the tables of all runs with SQL, read-only
    Sql(sql::Args),
    /// Train, evaluate and use sentiment models
    #[command(subcommand)]
    Model(model::Command),
    /// Answer with a model's scores over HTTP
    #[cfg(feature = "serve")]
    Serve(serve::Args),
    /// Show what the tables say as a page for a browser on this machine
    #[cfg(feature = "serve")]
    Dashboard(dashboard::Args),
    /// The stack on AWS, by CloudFormation
    #[cfg(feature = "stack")]
    #[command(subcommand)]
    Stack(stack::Command),
    /// The live path: a stream of posts through a function that scores them
    #[cfg(feature = "stack")]
    #[command(subcommand)]
    Live(live::Command),
    /// The Grafana of the stack
    #[cfg(feature = "aws")]
    #[command(subcommand)]
    Grafana(grafana::Action),
    /// Print a shell's completions
    Completions(meta::CompletionsArgs),
    /// Write man pages
    Man(meta::ManArgs),
    /// Print a JSON Schema: of app.yaml, or of a document
    Schema(meta::SchemaArgs),
}

impl Command {
    /// Its name in documents.
    fn name(&self) -> &'static str {
        match self {
            Self::Init(_) => "init",
            #[cfg(feature = "aws")]
            Self::Doctor(_) => "doctor",
            Self::Pipeline(command) => command.name(),
            Self::Sql(_) => "sql",
            Self::Model(command) => command.name(),
            #[cfg(feature = "serve")]
            Self::Serve(_) => "serve",
            #[cfg(feature = "serve")]
            Self::Dashboard(_) => "dashboard",
            #[cfg(feature = "stack")]
            Self::Stack(command) => command.name(),
            #[cfg(feature = "stack")]
            Self::Live(command) => command.name(),
            #[cfg(feature = "aws")]
            Self::Grafana(action) => action.name(),
            Self::Completions(_) => "completions",
            Self::Man(_) => "man",
            Self::Schema(_) => "schema",
        }
    }
}

/// The whole program.
pub fn main() -> ExitCode {
    let args: Vec<std::ffi::OsString> = std::env::args_os().collect();
    match Cli::try_parse_from(&args) {
        Ok(cli) => {
            let printer = cli.global.printer();
            let name = cli.command.name();
            let outcome = run(cli, printer);
            show(&printer, name, &outcome)
        }
        Err(error) => usage(&error, &args),
    }
}

fn run(cli: Cli, printer: Printer) -> Outcome {
    let global = cli.global;
    match cli.command {
        Command::Init(args) => init::run(&args),
        #[cfg(feature = "aws")]
        Command::Doctor(args) => doctor::run(&args, &global, printer),
        Command::Pipeline(command) => pipeline::run(command, &global, printer),
        Command::Sql(args) => sql::run(args, &global, printer),
        Command::Model(command) => model::run(command, printer),
        #[cfg(feature = "serve")]
        Command::Serve(args) => serve::run(&args, &global, printer),
        #[cfg(feature = "serve")]
        Command::Dashboard(args) => dashboard::run(&args, &global, printer),
        #[cfg(feature = "stack")]
        Command::Stack(command) => stack::run(command, &global, printer),
        #[cfg(feature = "stack")]
        Command::Live(command) => live::run(&command, &global, printer),
        #[cfg(feature = "aws")]
        Command::Grafana(action) => grafana::run(&action, &global, printer),
        Command::Completions(args) => meta::completions(&args),
        Command::Man(args) => meta::man(&args),
        Command::Schema(args) => meta::schema(&args),
    }
}

/// Prints an outcome. A closed pipe on stdout (`| head`) is no failure.
fn show(printer: &Printer, name: &str, outcome: &Outcome) -> ExitCode {
    let document = Document {
        schema_version: SCHEMA_VERSION,
        command: name,
        status: outcome.status,
        error: outcome.error.as_ref(),
        body: &outcome.body,
    };
    let printed = printer.document(&outcome.text, &document);
    if let Some(error) = &outcome.error {
        printer.error(error);
    }
    match printed {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => {
            printer.error(&Error::io("write to", "stdout", &e));
            ExitCode::from(exit::OUTSIDE)
        }
        _ => ExitCode::from(outcome.exit_code()),
    }
}

/// Help and version are no errors; the rest is exit 2, with a document where one was asked for.
fn usage(error: &clap::Error, args: &[std::ffi::OsString]) -> ExitCode {
    use clap::error::ErrorKind as K;
    if matches!(error.kind(), K::DisplayHelp | K::DisplayVersion) {
        let _ = error.print();
        return ExitCode::from(exit::OK);
    }
    let wants_json = args.iter().any(|a| {
        matches!(
            a.to_str(),
            Some("json" | "ndjson" | "--output=json" | "--output=ndjson" | "-ojson" | "-ondjson")
        )
    });
    if wants_json {
        let text = error.to_string();
        let message = text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
        let outcome = Outcome::from(Error::usage(message).hint("see sentistack --help"));
        let printer = Printer::new(OutputFormat::Json, Color::Auto, Verbosity::Normal);
        return show(&printer, "", &outcome);
    }
    let _ = error.print();
    ExitCode::from(exit::USAGE)
}

/// The command tree, for completions and man pages.
pub fn tree() -> clap::Command {
    Cli::command()
}
