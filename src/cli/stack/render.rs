//! `stack render`: the templates as files, or on stdout. Needs no account and touches none.

use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;
use schemars::JsonSchema;
use serde::Serialize;

use crate::cli::Global;
use crate::cli::document::Outcome;
use crate::cli::settings::{self, ForStack};
use crate::error::{Error, ErrorKind, Result};
use crate::render::{self, Rendered};
use crate::stack::names::{Names, Part};
use crate::ui::{OutputFormat, Printer};

#[derive(Debug, ClapArgs)]
pub struct Args {
    /// Folder for storage.yaml, batch.yaml and live.yaml
    #[arg(long, value_name = "DIR", default_value = "rendered", conflicts_with = "stdout")]
    pub dir: PathBuf,
    /// Print them instead, one YAML document each
    #[arg(long)]
    pub stdout: bool,
    /// These stacks alone: storage, batch, live [default: those that the settings choose]
    #[arg(long, value_name = "STACKS", value_delimiter = ',')]
    pub only: Vec<Only>,
}

/// A stack, as it is named on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Only {
    Storage,
    Batch,
    Live,
}

impl Only {
    pub fn part(self) -> Part {
        match self {
            Self::Storage => Part::Storage,
            Self::Batch => Part::Batch,
            Self::Live => Part::Live,
        }
    }
}

/// What `stack render` prints.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct RenderDocument {
    /// The stack's name.
    pub name: String,
    pub region: String,
    pub files: Vec<RenderedFile>,
}

/// One template.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RenderedFile {
    /// `storage`, `batch` or `live`.
    pub stack: String,
    /// The CloudFormation stack that it is for.
    pub stack_name: String,
    /// Where it was written, absolute; `null` with `--stdout`.
    pub path: Option<String>,
    pub bytes: usize,
    pub resources: usize,
    /// Whether it is too large for CloudFormation's call itself, and goes through the bucket.
    pub through_bucket: bool,
    /// What must not be sent as it is.
    pub findings: Vec<String>,
}

pub fn run(args: &Args, global: &Global, printer: Printer) -> Outcome {
    rendered(args, global, printer).unwrap_or_else(Outcome::from)
}

fn rendered(args: &Args, global: &Global, printer: Printer) -> Result<Outcome> {
    let stack = settings::for_stack(global)?;
    let parts = chosen(args, &stack);
    let mut document = RenderDocument {
        name: stack.settings.name.clone(),
        region: stack.settings.region.clone(),
        files: Vec::new(),
    };
    let mut texts = Vec::new();
    for (file, text) in at_once(&parts, &stack, printer.format != OutputFormat::Text)? {
        document.files.push(file);
        texts.push(text);
    }
    let text = if args.stdout { texts.join("---\n") } else { write_all(&args.dir, &mut document, &texts)? };
    let found: Vec<&String> = document.files.iter().flat_map(|file| &file.findings).collect();
    let Some((first, rest)) = found.split_first() else {
        return Ok(Outcome::ok(text, &document));
    };
    let error = Error::config(format!("the templates cannot be used as they are: {first}"))
        .hint("correct them in the folder that `stack.templates` names");
    let error = rest.iter().fold(error, |error, finding| error.because(format!("also: {finding}")));
    Ok(Outcome::failed(error, text, &document))
}

/// Each in a thread of its own: most of the time goes into compiling and reading back.
fn at_once(parts: &[Part], stack: &ForStack, documented: bool) -> Result<Vec<(RenderedFile, String)>> {
    let one = |part: Part| {
        let rendered = render::rendered(part, &stack.settings, &|path| stack.template(path))?;
        Ok((described(stack, &rendered, documented), rendered.text))
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = parts.iter().map(|part| scope.spawn(move || one(*part))).collect();
        let ended = |thread: std::thread::ScopedJoinHandle<'_, _>| {
            thread.join().unwrap_or_else(|_| Err(Error::failed("a template could not be rendered")))
        };
        threads.into_iter().map(ended).collect()
    })
}

/// Writes them, and says so.
fn write_all(folder: &Path, document: &mut RenderDocument, texts: &[String]) -> Result<String> {
    let folder = std::path::absolute(folder).map_err(|e| Error::io("find", folder.display(), &e))?;
    let mut said = String::new();
    for (file, text) in document.files.iter_mut().zip(texts) {
        let path = write(&folder, &file.stack, text)?;
        said.push_str(&format!("wrote {path} ({} resources, {} bytes)\n", file.resources, file.bytes));
        file.path = Some(path);
    }
    Ok(said)
}

fn chosen(args: &Args, stack: &ForStack) -> Vec<Part> {
    if args.only.is_empty() {
        return render::parts(&stack.settings);
    }
    Part::ALL.into_iter().filter(|part| args.only.iter().any(|only| only.part() == *part)).collect()
}

fn described(stack: &ForStack, rendered: &Rendered, documented: bool) -> RenderedFile {
    let part = rendered.part;
    RenderedFile {
        stack: part.to_string(),
        stack_name: Names::of(&stack.settings).stack(part),
        path: None,
        bytes: rendered.text.len(),
        resources: rendered.resources(),
        // Only the document tells it, and it takes as long as all the rest: a long template is read back for it.
        through_bucket: documented && rendered.through_bucket(&stack.settings),
        findings: rendered
            .findings()
            .into_iter()
            .map(|finding| format!("{part}.yaml, {}: {}", finding.place, finding.message))
            .collect(),
    }
}

/// Its own output may be overwritten: it is made from the settings, and the same settings give the same bytes.
/// Whole or not at all, so that a reader never sees half of it.
fn write(folder: &Path, part: &str, text: &str) -> Result<String> {
    std::fs::create_dir_all(folder).map_err(|e| Error::io("create", folder.display(), &e))?;
    let path = folder.join(format!("{part}.yaml"));
    let half = folder.join(format!(".{part}.yaml.part"));
    std::fs::write(&half, text)
        .and_then(|()| std::fs::rename(&half, &path))
        .map_err(|e| Error { kind: ErrorKind::Outside, ..Error::io("write", path.display(), &e) })?;
    Ok(path.display().to_string())
}
