//! Brings a plan about. It takes the plan, not the settings: what is done is what was shown.
//!
//! Safe to be killed anywhere: CloudFormation is the journal. Running it again finds what is there, waits for what
//! moves, deletes shells, and goes on.

use std::time::Duration;

use super::change::{Change, OnFailure};
use super::event::{Doing, Event, Events};
use super::names::Part;
use super::plan::{Action, PartPlan, Plan};
use super::port::{Operate, Pace};
use super::runner;
use super::state::{Found, Kind, StackEvent, StackState};
use super::status::{Outlook, StackStatus};
use super::watch::{self, From};
use super::{reason, teardown, ttl};
use crate::error::{Error, ErrorKind, Result};

/// How a plan is brought about.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    pub on_failure: OnFailure,
    /// Return as soon as everything has begun.
    pub detach: bool,
    /// RPU-hours a month after which Redshift Serverless stops: what `max_cost` leaves for it.
    pub usage_limit_rpu_hours: Option<u64>,
}

/// What became of one part.
#[derive(Clone, Debug, PartialEq)]
pub struct Applied {
    pub part: Part,
    pub stack: String,
    pub status: StackStatus,
    pub changed: bool,
    pub state: Option<StackState>,
}

/// The seams that the engine works through.
#[derive(Clone, Copy)]
pub struct Seams<'a> {
    pub operate: &'a dyn Operate,
    pub pace: &'a dyn Pace,
    pub events: &'a dyn Events,
}

/// Waits until nothing of the parts is in progress any more, so that they can be planned.
pub async fn wait_for_rest(seams: Seams<'_>, parts: &[(Part, String)]) -> Result<()> {
    for (part, stack) in parts {
        let Some(found) = seams.operate.stack(stack).await? else { continue };
        if found.status.is_settled() {
            continue;
        }
        let id = found.id;
        // The order matters: an end between the two calls must not be missed.
        let since = watch::last_event(seams.operate, &id).await?;
        let Some(state) = seams.operate.stack(stack).await? else { continue };
        if state.status.is_settled() {
            continue;
        }
        seams.events.emit(Event::PartStarted { part: *part, stack: stack.clone(), what: Doing::Wait });
        watch::settle(seams.operate, seams.pace, seams.events, &From { part: *part, stack_id: id, since })
            .await?;
    }
    Ok(())
}

/// Applies the plan, part by part. The time to live is armed before anything that bills is begun.
pub async fn apply(seams: Seams<'_>, plan: &Plan, options: Options) -> Result<Vec<Applied>> {
    let mut applied = Vec::new();
    let last = plan.parts.last().map(|part| part.part);
    for part in &plan.parts {
        // What comes after a part needs it to be there: only the last one is not waited for.
        let options = Options { detach: options.detach && Some(part.part) == last, ..options };
        if part.part != Part::Storage {
            arm(seams, plan, part.part).await?;
        }
        applied.push(apply_part(seams, plan, part, options).await?);
        if part.part == Part::Batch && !options.detach {
            arm_meters(seams, plan).await?;
            if let Some(hours) = options.usage_limit_rpu_hours {
                cap(seams, plan, hours).await?;
            }
        }
    }
    Ok(applied)
}

/// Arms the deletion of a part, or takes it back where it is to live for ever.
async fn arm(seams: Seams<'_>, plan: &Plan, part: Part) -> Result<()> {
    let Some(expires) = plan.expiry.at else {
        let armed = seams.operate.schedules(&plan.names).await?;
        for schedule in armed.iter().filter(|schedule| ttl::ends(&plan.names, part, schedule)) {
            seams.operate.delete_schedule(schedule).await?;
            seams.events.emit(Event::Note { text: format!("{} is disarmed", schedule.name) });
        }
        return Ok(());
    };
    let schedule = ttl::stack_schedule(&plan.names, part, &plan.account, expires);
    let armed = seams.operate.schedules(&plan.names).await?;
    // Those of a stack that was here before name a warehouse as the new one is named: they would end it.
    for old in armed.iter().filter(|old| old.name != schedule.name && ttl::ends(&plan.names, part, old)) {
        let moved = ttl::moved(old, &plan.names, expires);
        if moved != *old {
            seams.operate.put_schedule(&moved).await?;
        }
    }
    if armed.contains(&schedule) {
        return Ok(());
    }
    // A role made a moment ago is not known everywhere at once.
    patiently(seams.pace, || seams.operate.put_schedule(&schedule)).await?;
    seams.events.emit(Event::Armed { expires_at: expires });
    Ok(())
}

/// Arms what stops the meters: their ids are known only now.
async fn arm_meters(seams: Seams<'_>, plan: &Plan) -> Result<()> {
    let Some(expires) = plan.expiry.at else { return Ok(()) };
    let meters = meters(seams, plan).await?;
    let armed = seams.operate.schedules(&plan.names).await?;
    let wanted = ttl::meter_schedules(&plan.names, &plan.account, expires, &meters);
    for schedule in wanted.iter().filter(|schedule| !armed.contains(schedule)) {
        patiently(seams.pace, || seams.operate.put_schedule(schedule)).await?;
    }
    Ok(())
}

/// The hard cap on Redshift Serverless. CloudFormation has no type for it.
async fn cap(seams: Seams<'_>, plan: &Plan, rpu_hours: u64) -> Result<()> {
    let capped = meters(seams, plan).await?.into_iter().find(|found| found.kind == Kind::RedshiftWorkgroup);
    let Some(workgroup) = capped else { return Ok(()) };
    if seams.operate.cap_usage(&workgroup.id, rpu_hours).await? {
        let text = format!("Redshift Serverless stops by itself after {rpu_hours} RPU-hours a month");
        seams.events.emit(Event::Note { text });
    }
    Ok(())
}

/// What bills by the hour in the batch stack, as CloudFormation knows it.
async fn meters(seams: Seams<'_>, plan: &Plan) -> Result<Vec<Found>> {
    let stack = plan.names.stack(Part::Batch);
    let resources = seams.operate.resources(&stack).await?;
    Ok(resources
        .into_iter()
        .filter_map(|resource| {
            let kind = match resource.kind.as_str() {
                "AWS::EMR::Cluster" => Kind::EmrCluster,
                "AWS::Redshift::Cluster" => Kind::RedshiftCluster,
                "AWS::RedshiftServerless::Workgroup" => Kind::RedshiftWorkgroup,
                // A remote run's machine ends by itself, and with the stack: an id that EC2 has forgotten would
                // spoil the call that ends the others.
                "AWS::EC2::Instance" if resource.logical_id != runner::LOGICAL_ID => Kind::Instance,
                _ => return None,
            };
            Some(Found {
                kind,
                id: resource.physical_id?,
                name: resource.logical_id,
                state: String::new(),
                part: Some(Part::Batch.to_string()),
                owner: Some(plan.names.name.clone()),
                belongs_to: None,
            })
        })
        .collect())
}

async fn apply_part(seams: Seams<'_>, plan: &Plan, part: &PartPlan, options: Options) -> Result<Applied> {
    let stack = part.desired.stack.clone();
    let started = seams.pace.now();
    let changed = match &part.action {
        Action::Unchanged => false,
        Action::Busy { status } => {
            return Err(Error::new(ErrorKind::Outside, format!("{stack} is in {status}"))
                .hint("run `sentistack stack up` again: it waits for it first")
                .resource(stack));
        }
        Action::Recreate { status } => {
            seams
                .events
                .emit(Event::Healed { what: format!("{stack} was in {status}: deleted, made again") });
            teardown::delete_part(seams, &plan.names, &plan.account, part.part, false).await?;
            execute(seams, part, Doing::Create, options).await?;
            true
        }
        Action::Create => {
            execute(seams, part, Doing::Create, options).await?;
            true
        }
        Action::Update => {
            execute(seams, part, Doing::Update, options).await?;
            true
        }
    };
    let state = seams.operate.stack(&stack).await?;
    let status = state.as_ref().map_or(StackStatus::DeleteComplete, |state| state.status.clone());
    let seconds = seams.pace.now().duration_since(started).as_secs_f64();
    seams.events.emit(Event::PartFinished { part: part.part, status: status.to_string(), changed, seconds });
    Ok(Applied { part: part.part, stack, status, changed, state })
}

async fn execute(seams: Seams<'_>, part: &PartPlan, what: Doing, options: Options) -> Result<()> {
    let desired = &part.desired;
    seams.events.emit(Event::PartStarted { part: part.part, stack: desired.stack.clone(), what });
    let set = patiently(seams.pace, || seams.operate.create_change_set(desired, options.on_failure)).await?;
    if what == Doing::Update && !same(&set.changes, &part.changes) {
        seams.operate.delete_change_set(&set).await?;
        return Err(Error::new(
            ErrorKind::Outside,
            format!("{} changed since it was planned", desired.stack),
        )
        .hint("somebody else works on it: look at `sentistack stack plan`, then run the command again")
        .resource(&desired.stack));
    }
    let since = watch::last_event(seams.operate, &set.stack_id).await?;
    seams.operate.execute(&set).await?;
    if options.detach {
        return Ok(());
    }
    let from = From { part: part.part, stack_id: set.stack_id.clone(), since };
    let settled = watch::settle(seams.operate, seams.pace, seams.events, &from).await?;
    let good = settled.as_ref().is_some_and(|state| {
        state.status.outlook() == Outlook::Good && state.status != StackStatus::DeleteComplete
    });
    if good {
        return Ok(());
    }
    let history = seams.operate.events(&set.stack_id, None).await?;
    Err(failure(&desired.stack, settled.as_ref(), &history))
}

/// Whether two lists of changes name the same ones, in whatever order.
fn same(a: &[Change], b: &[Change]) -> bool {
    let keys = |changes: &[Change]| {
        let mut keys: Vec<_> =
            changes.iter().map(|change| (change.logical_id.clone(), change.action)).collect();
        keys.sort();
        keys
    };
    keys(a) == keys(b)
}

/// Why it failed, in one line, and how the stack was left.
fn failure(stack: &str, settled: Option<&StackState>, history: &[StackEvent]) -> Error {
    let status = settled.map_or("gone", |state| state.status.as_str());
    let error = match reason::root_cause(history) {
        Some(cause) => cause.error(),
        None => Error::failed(format!("{stack} ended in {status}"))
            .hint("see `sentistack stack events`")
            .resource(stack),
    };
    error.because(format!("{stack} is {status}"))
}

/// Tries again while a role that was made a moment ago is not known everywhere: up to a minute.
async fn patiently<T, F>(pace: &dyn Pace, mut attempt: impl FnMut() -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    let mut wait = Duration::from_secs(1);
    for _ in 0..6 {
        match attempt().await {
            Err(error) if is_role_not_ready(&error) => pace.sleep(wait).await?,
            other => return other,
        }
        wait *= 2;
    }
    attempt().await
}

fn is_role_not_ready(error: &Error) -> bool {
    let text = error.to_string().to_ascii_lowercase();
    text.contains("role")
        && (text.contains("cannot be assumed")
            || text.contains("to assume the role")
            || text.contains("is invalid or cannot"))
}
