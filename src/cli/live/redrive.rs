//! `live redrive`: sends again what the function could not score.

use clap::Args as ClapArgs;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::delivery::{self, Opened};
use super::session::LiveRun;
use crate::cli::document::Outcome;
use crate::cli::pipeline::flags::RunName;
use crate::cli::{Global, signals};
use crate::error::Result;
use crate::live::put;
use crate::pipeline::context::Stop;
use crate::pipeline::event::Event;
use crate::ui::Printer;
use crate::ui::format::{count, plural};

#[derive(Debug, ClapArgs)]
pub struct Args {
    #[command(flatten)]
    pub name: RunName,
}

/// What `live redrive` prints.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct RedriveDocument {
    pub run_id: String,
    /// The delivery stream, or where else the records went.
    pub to: String,
    /// Records that had failed, had not come by another way since, and were sent again.
    pub sent: u64,
    /// How often one of them had to be put again.
    pub again: u64,
}

pub fn run(args: &Args, global: &Global, printer: Printer) -> Outcome {
    redrive(args, global, printer).unwrap_or_else(Outcome::from)
}

fn redrive(args: &Args, global: &Global, printer: Printer) -> Result<Outcome> {
    let run = LiveRun::open(&args.name.root, args.name.run.as_deref(), global, printer)?;
    let run_id = run.manifest.run_id.clone();
    let failed = run.failed()?;
    if failed.is_empty() {
        let document = RedriveDocument { run_id, to: run.note.to.clone(), ..RedriveDocument::default() };
        return Ok(Outcome::ok("nothing has failed\n".to_owned(), &document));
    }
    let (sender, stop) = Stop::new();
    let sent = failed.len() as u64;
    let name = format!("{run_id}-again-{}", Timestamp::now().strftime("%Y%m%dT%H%M%SZ"));
    let here = run.place.path().is_some();
    let Opened { delivery, .. } = delivery::open(here, &run.place, &run.manifest, &name, global)?;
    let events = printer.events();
    let again = run.place.wait(async {
        signals::watch(sender, move |signal| events.emit(Event::Stopping { signal: signal.to_owned() }))?;
        let put = put::put_all(&*delivery, failed.into_values().collect(), &stop).await;
        // What was put before it broke goes on its way, too.
        let closed = delivery.close().await;
        put.and_then(|again| closed.map(|()| again))
    })?;
    let text = format!(
        "{} of run {run_id} sent again to {}, {} put more than once\n\
         `sentistack live verify {run_id} --wait 5m` shows what became of them\n",
        plural(sent, "record", "records"),
        delivery.name(),
        count(again),
    );
    let document = RedriveDocument { run_id, to: delivery.name(), sent, again };
    Ok(Outcome::ok(text, &document))
}
