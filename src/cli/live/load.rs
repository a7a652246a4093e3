//! `live load`: brings what was delivered into the tables, where dashboards see live and batch alike.

use std::sync::Arc;

use clap::Args as ClapArgs;

use super::session::LiveRun;
use crate::cli::Global;
use crate::cli::backends::SystemClock;
use crate::cli::document::Outcome;
use crate::cli::pipeline::flags::RunName;
use crate::cli::pipeline::run as pipeline;
use crate::cli::pipeline::session::Session;
use crate::error::{Error, Result};
use crate::id;
use crate::live::bring::bring;
use crate::pipeline::context::{Context, Stop};
use crate::ui::Printer;

#[derive(Debug, ClapArgs)]
pub struct Args {
    #[command(flatten)]
    pub name: RunName,
}

/// The document is that of `pipeline run`: from here on it is a run like any other.
pub fn run(args: &Args, global: &Global, printer: Printer) -> Outcome {
    match bring_in(args, global, printer) {
        Ok(run) => pipeline::tables(&run.place, &run.manifest.run_id, printer),
        Err(error) => error.into(),
    }
}

fn bring_in(args: &Args, global: &Global, printer: Printer) -> Result<LiveRun> {
    let run = LiveRun::open(&args.name.root, args.name.run.as_deref(), global, printer)?;
    let mut rows = Vec::new();
    run.arrived(&mut |row| rows.push(row))?;
    if rows.is_empty() {
        return Err(Error::input(format!("nothing of run {} has been delivered", run.manifest.run_id))
            .hint("look at it with `sentistack live verify`: Firehose delivers a buffer at a time"));
    }
    let session = Session::open(&run.place, &run.manifest.run_id)?;
    let (_, stop) = Stop::new();
    let context = Context {
        manifest: session.manifest.clone(),
        layout: session.layout.clone(),
        store: Arc::clone(&session.store),
        journal: Arc::clone(&session.journal),
        clock: Arc::new(SystemClock),
        events: printer.events(),
        stop,
    };
    let model = id::model_folder(&run.manifest.settings.model);
    let gate = super::run::gate(&run.place, &run.manifest, None)?;
    run.place.wait(bring(&context, &model, gate, &run.note, rows))?;
    Ok(run)
}
