//! `pipeline pull`: a run from a bucket into a folder, with everything that the commands of a folder need.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args as ClapArgs;

use crate::cli::Global;
use crate::cli::document::Outcome;
use crate::cli::pipeline::flags::Root;
use crate::cli::pipeline::open;
use crate::cli::pipeline::place::Place;
use crate::cli::pipeline::session::Session;
use crate::cli::pipeline::summary;
use crate::cli::sql;
use crate::config::resolve::defaults;
use crate::error::{Error, Result};
use crate::journal::format::Record;
use crate::journal::resume::Progress;
use crate::layout::{self, RunLayout};
use crate::local::files::Files;
use crate::local::{keys, mirror};
use crate::manifest::Manifest;
use crate::pipeline::event::Stage;
use crate::pipeline::port::Durability;
use crate::ui::Printer;
use crate::ui::format::plural;
use crate::wire;

#[derive(Debug, ClapArgs)]
pub struct Args {
    /// Run id [default: the newest run]
    #[arg(value_name = "RUN")]
    pub run: Option<String>,
    #[command(flatten)]
    pub root: Root,
    /// Folder of all runs that it is brought into
    #[arg(long, value_name = "DIR", default_value = defaults::ROOT)]
    pub to: PathBuf,
}

pub fn run(args: &Args, global: &Global, printer: Printer) -> Result<Outcome> {
    let from = open::place(&bucket_by_default(&args.root), global, printer)?;
    if from.path().is_some() {
        return Err(Error::usage(format!("{} is a folder: there is nothing to bring", from.name()))
            .hint("name the bucket: --root s3://bucket/prefix, or leave --root out for the stack's own"));
    }
    let run_id = from.choose(args.run.as_deref())?;
    let manifest = from.manifest(&run_id)?;
    if from.is_held(&run_id) {
        printer.note(&format!("a process still works on {run_id}: what it has not written is not brought"));
    }
    let to = std::path::absolute(&args.to).map_err(|e| Error::io("find", args.to.display(), &e))?;
    let files = Files::new(&to);
    let layout = RunLayout::new(&run_id);
    let journal = from.records(&run_id)?;
    let brought = from.wait(mirror::fetch(&from.store, layout.dir(), &files))?;
    let place = Arc::new(Place::folder(to.clone())?);
    put_journal(&place, &layout, &journal)?;
    if let Some(key) = from.wait(from.store.get(&format!("{}/{run_id}.key", layout::KEYS)))? {
        keys::keep(&to, &run_id, &key)?;
    }
    load(&place, &journal, &manifest)?;
    printer.note(&format!(
        "{} brought from {}",
        plural(brought.len() as u64, "object", "objects"),
        from.name()
    ));
    let session = Session::open(&place, &run_id)?;
    Ok(summary::outcome(&session, &crate::id::model_folder(&manifest.settings.model), Ok(())))
}

/// Without a root the stack's own bucket is meant: a folder has nothing to bring.
fn bucket_by_default(root: &Root) -> Root {
    match root.root {
        Some(_) => root.clone(),
        None => Root { root: None, on: Some("aws".to_owned()) },
    }
}

/// In a bucket the journal is in pieces; in a folder it is one file.
fn put_journal(place: &Place, layout: &RunLayout, records: &[Record]) -> Result<()> {
    let lines = wire::json_lines(records)?;
    place.wait(async {
        place.store.put(&layout.journal(), lines, Durability::Power).await?;
        place.store.delete_prefix(&layout.journal_parts()).await
    })
}

/// Into the embedded warehouse, so that `sql` sees the run.
fn load(place: &Place, records: &[Record], manifest: &Manifest) -> Result<()> {
    let (warehouse, _) = place.warehouse()?;
    for (name, of_model) in &Progress::of(records).models {
        if of_model.done.contains(&Stage::Transform) {
            sql::load(place, warehouse.as_ref(), manifest, records, name)?;
        }
    }
    Ok(())
}
