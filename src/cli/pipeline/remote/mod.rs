//! `pipeline run --remote` and `pipeline resume --remote`: everything is checked here, the run's manifest and the
//! program go into the bucket, and the stack gets a machine that takes the run up. This machine is not needed then.

mod check;

use std::path::Path;
use std::sync::Arc;

use super::place::Place;
use super::run as here;
use super::{open, quote};
use crate::cli::cloud::Cloud;
use crate::cli::document::{Outcome, RunDocument};
use crate::cli::pipeline::flags::{RemoteFlags, ResumeArgs, RunArgs};
use crate::cli::program::Program;
use crate::cli::stack::account::priced;
use crate::cli::{Global, backends, settings};
use crate::config::settings::Settings;
use crate::cost::{self, money};
use crate::error::{Error, ErrorKind, Result};
use crate::journal::resume::Progress;
use crate::layout::RunLayout;
use crate::limits;
use crate::manifest::Manifest;
use crate::pipeline::plan::time_needed;
use crate::stack::names::Part;
use crate::stack::port::Observe;
use crate::stack::runner::{self, Runner};
use crate::stack::state::StackState;
use crate::stack::{apply, planner};
use crate::ui::Printer;

/// `pipeline run --remote`.
pub fn run(args: &RunArgs, global: &Global, printer: Printer) -> Outcome {
    begin(args, global, printer).unwrap_or_else(Outcome::from)
}

/// `pipeline resume --remote`.
pub fn resume(args: &ResumeArgs, global: &Global, printer: Printer) -> Outcome {
    again(args, global, printer).unwrap_or_else(Outcome::from)
}

fn begin(args: &RunArgs, global: &Global, printer: Printer) -> Result<Outcome> {
    let resolved = settings::for_run(args, global)?;
    let settings = resolved.settings;
    check::settings(&settings, &resolved.root)?;
    let program = program(&args.remote)?;
    let place = open::for_run(&resolved.root, &settings, global, printer)?;
    let cloud = cloud(&place)?;
    check::tokens(&settings, &cloud.names.name, false)?;
    check::root(&resolved.root, &cloud.bucket())?;
    here::existing(args, &place)?;
    backends::check(&place, &settings)?;
    let machine = place.wait(Machine::of(cloud, &program, &settings))?;
    place.wait(free(cloud, &place))?;
    let mut opened = backends::source(&place, &settings, printer.events())?;
    let price = machine.price(cloud, &settings, printer)?;
    quote::within_limit(&place, &settings, opened.source.as_mut(), price, printer)?;
    let manifest = here::manifest(args.run_id.as_deref(), settings, &opened)?;
    place.wait(upload(cloud, &program, printer))?;
    place.create(&manifest)?;
    hand_over(&place, cloud, &machine, &program, &manifest)
}

fn again(args: &ResumeArgs, global: &Global, printer: Printer) -> Result<Outcome> {
    let root = settings::root(&args.name.root, global)?;
    check::bucket(&root)?;
    let program = program(&args.remote)?;
    let place = open::changing(&root, global, printer)?;
    let cloud = cloud(&place)?;
    check::root(&root, &cloud.bucket())?;
    let run_id = place.choose(args.name.run.as_deref())?;
    let manifest = place.manifest(&run_id)?;
    check::settings(&manifest.settings, &root)?;
    check::tokens(&manifest.settings, &cloud.names.name, true)?;
    let progress = Progress::of(&place.records(&run_id)?);
    if progress.next_stage(&crate::id::model_folder(&manifest.settings.model)).is_none() {
        let text = format!("{run_id} has ended: nothing is left to do\n");
        return Ok(Outcome::ok(text, &document(&place, &manifest, None)).unchanged());
    }
    place.wait(free(cloud, &place))?;
    if place.is_held(&run_id) {
        return Err(Error::new(ErrorKind::Outside, "another process works on this run")
            .hint("wait for it to end, or stop it; `sentistack pipeline status` shows how far it is")
            .resource(place.store.uri(RunLayout::new(&run_id).dir())));
    }
    backends::check(&place, &manifest.settings)?;
    let machine = place.wait(Machine::of(cloud, &program, &manifest.settings))?;
    machine.price(cloud, &manifest.settings, printer)?;
    place.wait(upload(cloud, &program, printer))?;
    hand_over(&place, cloud, &machine, &program, &manifest)
}

fn program(flags: &RemoteFlags) -> Result<Program> {
    Program::load(flags.binary.as_deref().map(Path::new))
}

fn cloud(place: &Place) -> Result<&Arc<Cloud>> {
    place.cloud.as_ref().ok_or_else(|| Error::failed("no account was opened"))
}

/// The machine that is to be made, and the stack that it is to be part of.
struct Machine {
    instance_type: String,
    image: String,
    stack: StackState,
    template: String,
}

impl Machine {
    /// Whether the stack can have one that runs the program; changes nothing.
    async fn of(cloud: &Cloud, program: &Program, settings: &Settings) -> Result<Self> {
        // It says what to do about a stack that is not there, or not ready.
        cloud.outputs().await?;
        let name = cloud.names.stack(Part::Batch);
        let gone = || Error::new(ErrorKind::Outside, format!("the stack {name} is being taken down"));
        let stack = cloud.account.stack(&name).await?.ok_or_else(gone)?;
        let template = cloud.account.template(&name).await?.ok_or_else(gone)?;
        if !runner::is_possible(&template) {
            return Err(Error::usage(format!("the stack {name} has no place for a remote run's machine"))
                .because("with network: private it has no way to the source, and older versions made none")
                .hint(
                    "bring it up to date with network: egress (`sentistack stack up`), or leave --remote out",
                ));
        }
        let wanted = &cloud.stack.settings.runner_type;
        let instance_type =
            wanted.clone().unwrap_or_else(|| runner::default_type(program.architecture).into());
        if let Err(wrong) = crate::stack::program::runs_on(&instance_type, program.architecture) {
            return Err(Error::config(wrong).hint(format!(
                "leave stack.runner_type out ({} is taken then), or name another program: --binary",
                runner::default_type(program.architecture)
            )));
        }
        let missing = cloud.account.missing_types(std::slice::from_ref(&instance_type)).await?;
        if missing.is_some_and(|missing| !missing.is_empty()) {
            return Err(Error::config(format!("the region {} has no {instance_type}", cloud.names.region))
                .hint("choose another one: stack.runner_type"));
        }
        let start = jiff::SignedDuration::from_mins(limits::RUNNER_START_MINUTES);
        cloud.check_expiry(time_needed(settings, jiff::Timestamp::now()) + start).await?;
        let image = cloud.account.image(&runner::image_parameter(program.architecture)).await?;
        Ok(Self { instance_type, image, stack, template })
    }

    /// US dollars for the time that the run is thought to take; says what an hour costs.
    fn price(&self, cloud: &Cloud, settings: &Settings, printer: Printer) -> Result<f64> {
        let hourly = cost::runner_usd_per_hour(&self.instance_type, &cloud.names.region, &priced::table());
        let Some(hourly) = hourly else {
            let said = format!("no price is known for {}", self.instance_type);
            if settings.max_cost.is_some() {
                return Err(Error::new(ErrorKind::CostLimit, format!("{said}: max_cost cannot be held"))
                    .hint("choose another stack.runner_type, or leave max_cost out"));
            }
            printer.note(&said);
            return Ok(0.0);
        };
        printer.note(&format!(
            "its machine ({}) costs {} while it works, and ends with the run",
            self.instance_type,
            money::hourly(hourly)
        ));
        let time = time_needed(settings, jiff::Timestamp::now());
        Ok(hourly * (time.as_secs_f64() / 3600.0))
    }
}

/// Refuses where a remote run is under way: the stack has one machine.
async fn free(cloud: &Cloud, place: &Place) -> Result<()> {
    let Some(at_work) = cloud.runner().await?.filter(|found| found.is_alive()) else { return Ok(()) };
    let run_id = &at_work.run_id;
    let key = RunLayout::new(run_id).manifest();
    let manifest = place.store.get(&key).await?.and_then(|bytes| Manifest::parse(&bytes, &key).ok());
    if manifest.is_some_and(|manifest| manifest.finished.is_some()) {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Outside, format!("the stack's machine works on the run {run_id}"))
        .hint(format!("follow it: {}", follow(run_id)))
        .resource(at_work.instance))
}

fn follow(run_id: &str) -> String {
    format!("sentistack pipeline status {run_id} --on aws --follow")
}

async fn upload(cloud: &Cloud, program: &Program, printer: Printer) -> Result<()> {
    let bucket = cloud.bucket();
    if cloud.account.has_object(&bucket, &program.key).await? {
        return Ok(());
    }
    let megabytes = program.bytes.len().div_ceil(1_000_000);
    printer.note(&format!("putting the program into the bucket ({megabytes} MB)"));
    cloud.account.put_large(&bucket, &program.key, &program.bytes).await
}

/// Gives the stack a machine for the run.
fn hand_over(
    place: &Place,
    cloud: &Cloud,
    machine: &Machine,
    program: &Program,
    manifest: &Manifest,
) -> Result<Outcome> {
    let run_id = &manifest.run_id;
    let runner = Runner {
        run_id: run_id.clone(),
        program: program.key.clone(),
        attempt: runner::attempt(&machine.stack).wrapping_add(1),
        instance_type: machine.instance_type.clone(),
        image: machine.image.clone(),
    };
    let made = place.wait(async {
        let stack = (&machine.stack, machine.template.clone());
        let account = cloud.account.as_ref();
        let planned = planner::with_runner(account, &cloud.names, &cloud.identity, stack, &runner).await?;
        apply::apply(cloud.seams(), &planned, apply::Options::default()).await
    });
    // The run is in the bucket by now, and lost nothing.
    let hint = |error: Error| {
        let first = error.hint.clone().map(|hint| format!("{hint}; then ")).unwrap_or_default();
        error.hint(format!("{first}take it up: sentistack pipeline resume {run_id} --on aws --remote"))
    };
    let made = made.map_err(hint)?;
    let state = made.into_iter().find_map(|part| part.state);
    let instance = state.and_then(|state| state.outputs.get(runner::OUTPUT).cloned());
    let shown = instance.as_deref().unwrap_or("a machine of the stack");
    let text = format!(
        "The run {run_id} works on {shown} ({}); this machine may be switched off.\nfollow it: {}\n",
        machine.instance_type,
        follow(run_id)
    );
    Ok(Outcome::ok(text, &document(place, manifest, instance)))
}

fn document(place: &Place, manifest: &Manifest, instance: Option<String>) -> RunDocument {
    RunDocument {
        run_id: manifest.run_id.clone(),
        run_dir: place.store.uri(RunLayout::new(&manifest.run_id).dir()),
        topic: manifest.topic.clone(),
        source: manifest.source.clone(),
        model: crate::id::model_folder(&manifest.settings.model),
        synthetic: manifest.synthetic,
        remote: true,
        instance,
        ..RunDocument::default()
    }
}
