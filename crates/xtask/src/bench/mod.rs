//! `cargo xtask bench`: the tool and the references, side by side in one run on one machine, as a table.
//! Ratios are of seconds of CPU, user and system: those hardly move when the machine has other things to do.

use std::path::PathBuf;
use std::process::Command;

use crate::error::{Error, Result};
use crate::process;
use crate::python::{self, Python};
use crate::workspace::Workspace;

mod document;
mod live;
mod machine;
mod pipeline;
mod scorers;
mod table;

use table::grouped;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Measure this alone
    #[arg(value_enum)]
    group: Option<Group>,
    /// Posts of the whole pipeline; scaling goes from a tenth of it to three times it
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1000..))]
    posts: u64,
    /// Measure the tool alone
    #[arg(long)]
    skip_python: bool,
    /// Measure this build of the tool, rather than that of the checkout
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
    /// Put the table into docs/performance.md
    #[arg(long)]
    write: bool,
}

/// What can be measured alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Group {
    /// The pipeline, transform, scaling and the scorers, beside the references
    Pipeline,
    /// The live path's function
    Live,
}

/// What all measurements share.
pub struct Session {
    workspace: Workspace,
    /// The tool, in release.
    binary: PathBuf,
    python: Option<Python>,
    scratch: PathBuf,
}

impl Session {
    /// A reference that stands beside the checkout, or else ours.
    fn reference(&self, shared: &str, ours: &str) -> Option<Command> {
        let python = self.python.as_ref()?;
        let path = self.workspace.shared_file(shared).unwrap_or_else(|| self.workspace.root.join(ours));
        Some(python.script(path))
    }
}

pub fn run(args: &Args) -> Result<()> {
    let workspace = Workspace::find()?;
    if args.group != Some(Group::Live) {
        pipeline_and_scorers(args, workspace.clone())?;
    }
    if args.group != Some(Group::Pipeline) {
        say("the live path's function");
        let table = live::table(&workspace)?;
        let text = format!("`cargo xtask bench live` on {}.\n\n{table}", machine::describe(&workspace.root));
        println!("\n{text}");
        if args.write {
            document::write(&workspace.root.join("docs/performance.md"), "bench:live", &text)?;
        }
    }
    Ok(())
}

fn pipeline_and_scorers(args: &Args, workspace: Workspace) -> Result<()> {
    let mut build = process::cargo(&workspace.root);
    build.args(["build", "--release", "--package", "xtask"]);
    if args.binary.is_none() {
        build.args(["--package", "sentistack"]);
    }
    process::show(&mut build)?;
    let python = if args.skip_python { None } else { Some(Python::ready(&workspace, python::BENCH)?) };
    let binary = match &args.binary {
        Some(path) => path.canonicalize().map_err(|e| Error::io("find", path, &e))?,
        None => workspace.binary("release", "sentistack"),
    };
    let scratch = workspace.scratch("bench")?;
    let session = Session { workspace, binary, python, scratch };
    let measured = measure(&session, args);
    let _ = std::fs::remove_dir_all(&session.scratch);
    let text = measured?;
    println!("\n{text}");
    if args.write {
        document::write(&session.workspace.root.join("docs/performance.md"), "bench", &text)?;
    }
    Ok(())
}

fn measure(session: &Session, args: &Args) -> Result<String> {
    let mut command = "cargo xtask bench".to_owned();
    if args.posts != 1_000_000 {
        command.push_str(&format!(" --posts {}", args.posts));
    }
    if args.skip_python {
        command.push_str(" --skip-python");
    }
    if let Some(binary) = &args.binary {
        // As one would type it in the checkout: the table may go into a document.
        let root = &session.workspace.root;
        let shown = session.binary.strip_prefix(root).unwrap_or(binary);
        command.push_str(&format!(" --binary {}", shown.display()));
    }
    let mut parts = vec![format!("`{command}` on {}.", machine::describe(&session.workspace.root))];
    say(&format!("the whole pipeline on {} posts", grouped(args.posts)));
    let whole = pipeline::whole(session, args.posts)?;
    parts.push(whole.table(args.posts));
    say("transform alone");
    parts.push(pipeline::transform(session, &whole)?);
    whole.remove();
    say("scaling");
    parts.push(pipeline::scaling(session, args.posts, &whole)?);
    say("scorers");
    parts.push(scorers::table(session)?);
    Ok(parts.join("\n\n"))
}

/// Progress, beside the table on standard output.
fn say(what: &str) {
    eprintln!("measuring {what}");
}

/// The environment of a measured reference: nothing runs on more threads than it would by itself, but
/// libraries do not warm up pools that the work does not use.
fn one_core(command: &mut Command) -> &mut Command {
    command.env("OMP_NUM_THREADS", "1").env("OPENBLAS_NUM_THREADS", "1")
}

/// A JSON document that a measured program printed.
fn parse<T: serde::de::DeserializeOwned>(json: &str) -> Result<T> {
    serde_json::from_str(json.trim()).map_err(|e| {
        Error::new(format!("a measured program printed something else than its figures: {e}\n{json}"))
    })
}
