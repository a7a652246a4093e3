//! `cargo xtask bench`: the tool and the references, side by side in one run on one machine, as a table.
//! Ratios are of seconds of CPU, user and system: those hardly move when the machine has other things to do.

use std::path::{Path, PathBuf};
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
mod serve;
mod stream;
mod table;

use table::grouped;

/// What is measured together, and stands in one table of `docs/performance.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Group {
    /// The pipeline, its parts and the scorers
    Pipeline,
    /// The model endpoint
    Serve,
    /// The live path's function
    Live,
    /// Reading from X, and the way through Kinesis
    Stream,
}

impl Group {
    /// The name of its marks in the document.
    fn mark(self) -> &'static str {
        match self {
            Self::Pipeline => "bench",
            Self::Serve => "bench-serve",
            Self::Live => "bench-live",
            Self::Stream => "bench-stream",
        }
    }

    const ALL: [Self; 4] = [Self::Pipeline, Self::Serve, Self::Live, Self::Stream];

    /// Whether the tool in release is needed for it; the stream's programs bring the AWS crates, and are built there.
    fn runs_the_tool(self) -> bool {
        match self {
            Self::Pipeline | Self::Serve | Self::Stream => true,
            Self::Live => false,
        }
    }
}

#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to measure [default: everything]
    #[arg(value_enum, value_name = "GROUP")]
    groups: Vec<Group>,
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
    let groups = match args.groups.as_slice() {
        [] => &Group::ALL[..],
        some => some,
    };
    let mut build = process::cargo(&workspace.root);
    build.args(["build", "--release"]);
    let tool = args.binary.is_none() && groups.iter().any(|group| group.runs_the_tool());
    let packages = [("xtask", groups.contains(&Group::Pipeline)), ("sentistack", tool)];
    for (package, _) in packages.iter().filter(|(_, wanted)| *wanted) {
        build.args(["--package", package]);
    }
    if packages.iter().any(|(_, wanted)| *wanted) {
        process::show(&mut build)?;
    }
    let wanted = !args.skip_python && groups.contains(&Group::Pipeline);
    let python = wanted.then(|| Python::ready(&workspace, python::BENCH)).transpose()?;
    let binary = match &args.binary {
        Some(path) => path.canonicalize().map_err(|e| Error::io("find", path, &e))?,
        None => workspace.binary("release", "sentistack"),
    };
    let scratch = workspace.scratch("bench")?;
    let session = Session { workspace, binary, python, scratch };
    let measured = groups.iter().try_for_each(|group| {
        let text = measure(&session, args, *group)?;
        println!("\n{text}");
        if args.write {
            document::write(&session.workspace.root.join("docs/performance.md"), group.mark(), &text)?;
        }
        Ok(())
    });
    let _ = std::fs::remove_dir_all(&session.scratch);
    measured
}

fn measure(session: &Session, args: &Args, group: Group) -> Result<String> {
    let head =
        format!("`{}` on {}.", typed(session, args, group), machine::describe(&session.workspace.root));
    match group {
        Group::Pipeline => posts(session, args, head),
        Group::Serve => Ok(format!("{head}\n\n{}", serve::table(session, args.skip_python)?)),
        Group::Live => Ok(format!("{head}\n\n{}", live::table(&session.workspace)?)),
        Group::Stream => Ok(format!("{head}\n\n{}", stream::table(session, args.skip_python)?)),
    }
}

/// The command, as one would type it for this group alone.
fn typed(session: &Session, args: &Args, group: Group) -> String {
    let mut command = "cargo xtask bench".to_owned();
    match group {
        Group::Pipeline => {}
        Group::Serve => command.push_str(" serve"),
        Group::Live => command.push_str(" live"),
        Group::Stream => command.push_str(" stream"),
    }
    if args.posts != 1_000_000 && group == Group::Pipeline {
        command.push_str(&format!(" --posts {}", args.posts));
    }
    if args.skip_python {
        command.push_str(" --skip-python");
    }
    if args.binary.is_some() {
        // As one would type it in the checkout: the table may go into a document, which no path of this machine may.
        let root = &session.workspace.root;
        let name = session.binary.file_name().map_or(session.binary.as_path(), Path::new);
        let shown = session.binary.strip_prefix(root).unwrap_or(name);
        command.push_str(&format!(" --binary {}", shown.display()));
    }
    command
}

fn posts(session: &Session, args: &Args, head: String) -> Result<String> {
    let mut parts = vec![head];
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
