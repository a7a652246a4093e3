//! Works out the plan of a stack. It is handed the reading seam alone: it cannot change anything that lasts.

use jiff::Timestamp;

use super::change::{Change, ChangeAction, Desired, Replacement};
use super::grafana;
use super::names::{Names, Part};
use super::plan::{self, Action, Brought, Expiry, PartPlan, Plan, Variables};
use super::port::Observe;
use super::runner::{self, Runner};
use super::state::{Identity, Kind, Schedule, StackState};
use super::ttl;
use crate::config::StackSettings;
use crate::error::Result;

/// What the planner is told.
pub struct Wish<'a> {
    pub settings: &'a StackSettings,
    /// The parts that are meant, with their rendered templates, in the order in which they come up.
    pub templates: Vec<(Part, String)>,
    /// The time to live was asked for on the command line: it counts from now, also for a stack that exists.
    pub ttl_asked: bool,
    /// What goes with the stacks: the live function's code, the program of its endpoint.
    pub brought: Vec<Brought>,
}

/// Works out what would be done.
///
/// # Errors
/// Of kind `Failed` where a stack of the name is somebody else's, or cannot be updated; what the account says.
pub async fn plan(
    observe: &dyn Observe,
    wish: &Wish<'_>,
    identity: &Identity,
    now: Timestamp,
) -> Result<Plan> {
    let names = Names::of(wish.settings);
    let armed = armed(&observe.schedules(&names).await?, &names);
    let temporary = wish.templates.iter().any(|(part, _)| *part != Part::Storage);
    let expiry = match temporary {
        true => Expiry::decide(armed, wish.settings.ttl_seconds, wish.ttl_asked, now),
        // Storage is kept, and what is armed for the others is not touched.
        false => Expiry { at: None, kept: true },
    };
    let mut parts = Vec::new();
    for (part, template) in &wish.templates {
        parts.push(part_plan(observe, wish, *part, template, identity, expiry).await?);
    }
    Ok(Plan { names, account: identity.account.clone(), parts, expiry })
}

/// The moment for which the deletion of anything is armed.
fn armed(schedules: &[Schedule], names: &Names) -> Option<Timestamp> {
    ttl::first_expiry(names, &[Part::Batch, Part::Live], schedules)
}

async fn part_plan(
    observe: &dyn Observe,
    wish: &Wish<'_>,
    part: Part,
    template: &str,
    identity: &Identity,
    expiry: Expiry,
) -> Result<PartPlan> {
    let settings = wish.settings;
    let names = Names::of(settings);
    let existing = observe.stack(&names.stack(part)).await?;
    if let Some(stack) = &existing {
        plan::refuse_foreign(stack, &names)?;
    }
    let mut action = plan::action(existing.as_ref())?;
    let mut notes = Vec::new();
    let living = existing.as_ref().filter(|_| action == Action::Update);
    let variables = Variables {
        generation: generation(observe, living, &mut notes).await?,
        runner: runner_at_work(observe, &names, &identity.account, living, &mut notes).await?,
    };
    let mut desired =
        plan::desired(&names, part, template.to_owned(), &identity.account, expiry.at, living, &variables);
    plan::with_brought(&mut desired, living, &wish.brought);
    let changes = match &action {
        Action::Create => plan::additions(template)?,
        Action::Recreate { status } => {
            notes.push(format!("{} is in {status}: it is deleted and made again", desired.stack));
            plan::additions(template)?
        }
        Action::Update => observe.preview(&desired).await?,
        Action::Busy { status } => {
            notes.push(format!("{} is in {status}: `stack up` waits for it first", desired.stack));
            Vec::new()
        }
        Action::Unchanged => Vec::new(),
    };
    if action == Action::Update && changes.is_empty() {
        action = Action::Unchanged;
    }
    let lacks = match grafana::downloads_nothing(&desired.template) && changes.iter().any(makes_grafana) {
        true => lacks(observe, &desired).await?,
        false => Vec::new(),
    };
    Ok(PartPlan { part, action, desired, changes, notes, lacks })
}

/// Whether this makes a machine for Grafana, the first or another.
fn makes_grafana(change: &Change) -> bool {
    change.logical_id == grafana::HOST
        && match change.action {
            ChangeAction::Add => true,
            ChangeAction::Modify => change.replacement != Replacement::No,
            ChangeAction::Remove => false,
        }
}

/// What such a machine would look for in the bucket and not find.
async fn lacks(observe: &dyn Observe, desired: &Desired) -> Result<Vec<String>> {
    let Some(bucket) = &desired.bucket else { return Ok(Vec::new()) };
    Ok(grafana::lacks(&observe.keys(bucket, grafana::PACKAGES).await?))
}

/// The plan that gives a stack which is up a machine for a remote run, and changes nothing else of it: neither its
/// template, whatever the settings say by now, nor its time to live.
///
/// # Errors
/// What the account says.
pub async fn with_runner(
    observe: &dyn Observe,
    names: &Names,
    identity: &Identity,
    (stack, template): (&StackState, String),
    runner: &Runner,
) -> Result<Plan> {
    let armed = observe.schedules(names).await?;
    let expiry = Expiry { at: ttl::expiry(names, Part::Batch, &armed), kept: true };
    let variables = Variables { generation: plan::generation(Some(stack)), runner: Some(runner.clone()) };
    let account = &identity.account;
    let mut desired =
        plan::desired(names, Part::Batch, template, account, expiry.at, Some(stack), &variables);
    plan::with_brought(&mut desired, Some(stack), &[]);
    let changes = observe.preview(&desired).await?;
    let action = if changes.is_empty() { Action::Unchanged } else { Action::Update };
    let part = PartPlan { part: Part::Batch, action, desired, changes, notes: Vec::new(), lacks: Vec::new() };
    Ok(Plan { names: names.clone(), account: account.clone(), parts: vec![part], expiry })
}

/// The machine of a remote run that the stack has, if it still works. One that has ended is taken out.
async fn runner_at_work(
    observe: &dyn Observe,
    names: &Names,
    account: &str,
    existing: Option<&StackState>,
    notes: &mut Vec<String>,
) -> Result<Option<Runner>> {
    let Some((stack, found)) = existing.and_then(|stack| Some((stack, Runner::of(stack)?))) else {
        return Ok(None);
    };
    let run_id = &found.run_id;
    if machine(observe, names, account, stack).await?.is_some_and(|(_, state)| runner::is_alive(&state)) {
        notes.push(format!("the run {run_id} is at work on a machine of the stack, which stays"));
        return Ok(Some(found));
    }
    notes.push(format!("the machine of the run {run_id} has ended: it is taken out of the stack"));
    Ok(None)
}

/// The instance of a remote run's machine, and its state as EC2 says it; `None`: EC2 does not know it any more.
pub async fn machine(
    observe: &dyn Observe,
    names: &Names,
    account: &str,
    stack: &StackState,
) -> Result<Option<(String, String)>> {
    let Some(id) = stack.outputs.get(runner::OUTPUT) else { return Ok(None) };
    let found = observe.find(Kind::Instance, names, account).await?;
    Ok(found.into_iter().find(|found| found.id == *id).map(|found| (found.id, found.state)))
}

/// The generation of the EMR cluster that there should be. A cluster that ended by itself leaves the template as it
/// was, and CloudFormation sees no change: EMR is asked, and the next generation takes its place.
async fn generation(
    observe: &dyn Observe,
    existing: Option<&StackState>,
    notes: &mut Vec<String>,
) -> Result<u32> {
    let current = plan::generation(existing);
    let Some(stack) = existing else { return Ok(current) };
    for resource in observe.resources(&stack.name).await? {
        if resource.kind != "AWS::EMR::Cluster" {
            continue;
        }
        let Some(id) = &resource.physical_id else { continue };
        let state = observe.emr_state(id).await?;
        if has_ended(state.as_deref()) {
            let state = state.as_deref().unwrap_or("gone");
            notes.push(format!("the EMR cluster {id} is {state}: a new one takes its place"));
            return Ok(current + 1);
        }
    }
    Ok(current)
}

/// Whether an EMR cluster in this state runs no more step; one that EMR does not know has ended long ago.
pub fn has_ended(state: Option<&str>) -> bool {
    match state {
        None => true,
        Some(state) => state.starts_with("TERMINAT"),
    }
}
