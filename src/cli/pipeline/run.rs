//! `pipeline run`, `pipeline resume` and `pipeline score`: they differ in what they plan.

use std::sync::Arc;

use crate::cli::backends::{self, SystemClock};
use crate::cli::document::Outcome;
use crate::cli::pipeline::flags::{ResumeArgs, RunArgs, ScoreArgs};
use crate::cli::pipeline::place::Place;
use crate::cli::pipeline::session::Session;
use crate::cli::pipeline::{open, quote, summary};
use crate::cli::{Global, settings, signals};
use crate::config::settings::Settings;
use crate::error::{Error, ErrorKind, Result};
use crate::id;
use crate::journal::format::{Entry, JOURNAL_VERSION, Record};
use crate::manifest::{Manifest, Planned, SCHEMA_VERSION};
use crate::pipeline::context::{Context, Stop};
use crate::pipeline::event::{Event, Events, Stage};
use crate::pipeline::plan::{Asked, RunPlan};
use crate::pipeline::port::{Clock, SourceInfo};
use crate::pipeline::run as engine;
use crate::ui::Printer;

/// `pipeline run`.
pub fn run(args: &RunArgs, global: &Global, printer: Printer) -> Outcome {
    #[cfg(feature = "aws")]
    if args.remote.remote {
        return crate::cli::pipeline::remote::run(args, global, printer);
    }
    #[cfg(feature = "aws")]
    if args.ephemeral {
        return crate::cli::pipeline::ephemeral::ephemeral(args, global, printer);
    }
    once(args, global, printer)
}

/// A run on whatever is there.
pub fn once(args: &RunArgs, global: &Global, printer: Printer) -> Outcome {
    let asked = Asked { from: args.from_stage, to: args.to_stage };
    let resolved = match settings::for_run(args, global) {
        Ok(resolved) => resolved,
        Err(error) => return error.into(),
    };
    let start = || {
        let place = open::for_run(&resolved.root, &resolved.settings, global, printer)?;
        let Some(run_id) = existing(args, &place)? else {
            return begin(&place, args.run_id.as_deref(), resolved.settings.clone(), asked, printer);
        };
        take_up(&place, &run_id, printer.events(), |session| {
            settings::agree(args, &session.manifest.settings)?;
            RunPlan::new(&session.progress, &primary(session), asked)
        })
    };
    start().map_or_else(Outcome::from, drive)
}

/// `pipeline resume`.
pub fn resume(args: &ResumeArgs, global: &Global, printer: Printer) -> Outcome {
    #[cfg(feature = "aws")]
    if args.remote.remote {
        return crate::cli::pipeline::remote::resume(args, global, printer);
    }
    let name = &args.name;
    let started = settings::root(&name.root, global).and_then(|root| {
        let (place, run_id) = of_run(&root, name.run.as_deref(), None, global, printer)?;
        take_up(&place, &run_id, printer.events(), |session| {
            RunPlan::new(&session.progress, &primary(session), Asked::default())
        })
    });
    started.map_or_else(Outcome::from, drive)
}

/// Tables, load and report of a run whose packets and scores were brought by other hands.
#[cfg(feature = "stack")]
pub fn tables(place: &Arc<Place>, run_id: &str, printer: Printer) -> Outcome {
    let asked = Asked { from: Some(Stage::Transform), to: None };
    take_up(place, run_id, printer.events(), |session| {
        RunPlan::new(&session.progress, &primary(session), asked)
    })
    .map_or_else(Outcome::from, drive)
}

/// `pipeline score`.
pub fn score(args: &ScoreArgs, global: &Global, printer: Printer) -> Outcome {
    let started = settings::root(&args.root, global).and_then(|root| {
        let model = settings::absolute_model(&args.model)?;
        let (place, run_id) = of_run(&root, args.run.as_deref(), Some(&model), global, printer)?;
        let mut started = take_up(&place, &run_id, printer.events(), |session| {
            if !session.progress.ingested {
                return Err(Error::usage(format!("run {run_id} has not read all its posts yet"))
                    .hint(format!("finish it first: sentistack pipeline resume {run_id}")));
            }
            RunPlan::new(&session.progress, &id::model_folder(&model), Asked::default())
        })?;
        started.model = model;
        Ok(started)
    });
    started.map_or_else(Outcome::from, drive)
}

/// A run that is about to work.
struct Started {
    session: Session,
    plan: RunPlan,
    /// As the user names it: a built-in's name, or a path.
    model: String,
    resumed: bool,
    opened: Option<backends::Opened>,
    /// One display for the whole command.
    events: Arc<dyn Events>,
}

/// The folder name of the run's own model.
fn primary(session: &Session) -> String {
    id::model_folder(&session.manifest.settings.model)
}

/// The root of a run that exists, with the account where the run's own settings (or another model) want one.
fn of_run(
    root: &settings::RootSpec,
    named: Option<&str>,
    model: Option<&str>,
    global: &Global,
    printer: Printer,
) -> Result<(Arc<Place>, String)> {
    let place = open::looking(root, global, printer)?;
    let run_id = place.choose(named)?;
    let settings = place.manifest(&run_id)?.settings;
    let wanted = Settings { model: model.map_or(settings.model.clone(), str::to_owned), ..settings };
    // A bucket's account is open already.
    if wanted.needs_account() && place.path().is_some() {
        return Ok((open::for_run(root, &wanted, global, printer)?, run_id));
    }
    Ok((place, run_id))
}

/// Which run that exists is meant, if any.
pub(in crate::cli) fn existing(args: &RunArgs, place: &Place) -> Result<Option<String>> {
    let Some(stage) = args.from_stage else {
        let Some(run_id) = args.run_id.as_deref() else { return Ok(None) };
        let run_id = place.choose(Some(run_id))?;
        return match place.manifest(&run_id) {
            Ok(_) => Err(Error::usage(format!("run {run_id} exists already"))
                .hint(format!(
                    "go on with it: sentistack pipeline resume {run_id}; redo it: --from-stage ingest; or choose another --run-id"
                ))),
            Err(error) if error.kind == ErrorKind::Usage => Ok(None),
            Err(error) => Err(error),
        };
    };
    let run_id = place.choose(args.run_id.as_deref())?;
    match place.manifest(&run_id) {
        Ok(_) => Ok(Some(run_id)),
        // A new run may as well be asked to start at its start.
        Err(error) if error.kind == ErrorKind::Usage && stage == Stage::Ingest => Ok(None),
        Err(error) => Err(error),
    }
}

/// Opens a run that exists. Whatever it lacks of its posts will be read again.
fn take_up(
    place: &Arc<Place>,
    run_id: &str,
    events: Arc<dyn Events>,
    plan: impl FnOnce(&Session) -> Result<RunPlan>,
) -> Result<Started> {
    let session = Session::open(place, run_id)?;
    let plan = plan(&session)?;
    let opened = if plan.does(Stage::Ingest) {
        refuse_live(&session)?;
        let mut opened = backends::source(place, &session.manifest.settings, Arc::clone(&events))?;
        if opened.source.info().keeps_pages {
            // What it says of the windows is part of the tables; the limit was held when the run began.
            place.wait(opened.source.quote())?;
        }
        let recorded = &session.manifest.input_fingerprint;
        if plan.redo != Some(Stage::Ingest) && opened.fingerprint != *recorded {
            return Err(Error::input("the input is not what it was when the run began")
                .hint(format!(
                    "put the files back, or read them anew: sentistack pipeline run --run-id {run_id} --from-stage ingest"
                )));
        }
        Some(opened)
    } else {
        None
    };
    let model = session.manifest.settings.model.clone();
    Ok(Started { session, plan, model, resumed: true, opened, events })
}

/// What a live run read went to the function: it is not read a second time.
fn refuse_live(session: &Session) -> Result<()> {
    let run_id = &session.manifest.run_id;
    match session.place.wait(session.store.get(&session.layout.live_note()))? {
        None => Ok(()),
        Some(_) => Err(Error::usage(format!(
            "run {run_id} is a live run: its posts were sent, and are not read again"
        ))
        .hint(format!("bring in what was delivered: sentistack live load {run_id}"))),
    }
}

/// Makes a new run. Every check comes before the first file is written.
fn begin(
    place: &Arc<Place>,
    run_id: Option<&str>,
    settings: Settings,
    asked: Asked,
    printer: Printer,
) -> Result<Started> {
    let model = settings.model.clone();
    backends::check(place, &settings)?;
    let events = printer.events();
    let mut opened = backends::source(place, &settings, Arc::clone(&events))?;
    quote::within_limit(place, &settings, opened.source.as_mut(), 0.0, printer)?;
    let plan = RunPlan::new(&Default::default(), &id::model_folder(&model), asked)?;
    let manifest = manifest(run_id, settings, &opened)?;
    place.create(&manifest)?;
    let session = Session::with(place, manifest)?;
    Ok(Started { session, plan, model, resumed: false, opened: Some(opened), events })
}

/// The manifest of a run that begins now.
pub(in crate::cli) fn manifest(
    run_id: Option<&str>,
    settings: Settings,
    opened: &backends::Opened,
) -> Result<Manifest> {
    let now = SystemClock.now();
    let run_id = match run_id {
        Some(run_id) => run_id.to_owned(),
        None => id::run_id(now, backends::random()?),
    };
    let info = opened.source.info();
    Ok(Manifest {
        schema_version: SCHEMA_VERSION,
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        run_id,
        topic: settings.topic.clone(),
        source: settings.source.as_str().to_owned(),
        synthetic: info.synthetic,
        planned: planned(&settings, &info),
        settings,
        input_fingerprint: opened.fingerprint.clone(),
        started: now,
        finished: None,
    })
}

fn planned(settings: &Settings, info: &SourceInfo) -> Option<Planned> {
    match (settings.start, settings.end, info.planned) {
        (Some(start), Some(end), _) => Some(Planned { start, end }),
        (_, _, Some((start, end))) => Some(Planned { start, end }),
        _ => None,
    }
}

/// Does what is planned and says what came of it.
fn drive(started: Started) -> Outcome {
    let Started { session, plan, model, resumed, opened, events } = started;
    if plan.is_noop() {
        return summary::outcome(&session, &plan.model, Ok(())).unchanged();
    }
    events.emit(Event::RunStarted {
        run_id: session.manifest.run_id.clone(),
        run_dir: session.store.uri(session.layout.dir()),
        topic: session.manifest.topic.clone(),
        source: session.manifest.source.clone(),
        model: plan.model.clone(),
        resumed,
    });
    for message in opened.iter().flat_map(|opened| &opened.notes) {
        events.emit(Event::Warning { message: message.clone() });
    }
    let source = opened.map(|opened| opened.source);
    let worked = work(&session, &plan, &model, resumed, source, events);
    summary::outcome(&session, &plan.model, worked)
}

fn work(
    session: &Session,
    plan: &RunPlan,
    model: &str,
    resumed: bool,
    source: Option<Box<dyn crate::pipeline::port::Source>>,
    events: Arc<dyn Events>,
) -> Result<()> {
    let _inside = session.place.runtime.enter();
    let backends = backends::build(session, model, plan, source)?;
    let (sender, stop) = Stop::new();
    let context = Arc::new(Context {
        manifest: session.manifest.clone(),
        layout: session.layout.clone(),
        store: Arc::clone(&session.store),
        journal: Arc::clone(&session.journal),
        clock: Arc::new(SystemClock),
        events: Arc::clone(&events),
        stop,
    });
    let opened = Entry::Opened { tool_version: env!("CARGO_PKG_VERSION").to_owned(), resumed };
    session.journal.append(&Record { v: JOURNAL_VERSION, at: SystemClock.now(), entry: opened })?;
    session.place.wait(async {
        signals::watch(sender, move |signal| events.emit(Event::Stopping { signal: signal.to_owned() }))?;
        engine::run(context, backends, plan).await.map(|_| ())
    })
}
