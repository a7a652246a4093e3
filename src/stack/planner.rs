//! Works out the plan of a stack. It is handed the reading seam alone: it cannot change anything that lasts.

use jiff::Timestamp;

use super::names::{Names, Part};
use super::plan::{self, Action, Code, Expiry, PartPlan, Plan};
use super::port::Observe;
use super::state::{Identity, Schedule, StackState};
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
    /// The live function's code; without any, what is deployed stays.
    pub code: Code,
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
    let generation = generation(observe, living, &mut notes).await?;
    let mut desired =
        plan::desired(settings, part, template.to_owned(), &identity.account, expiry.at, living, generation);
    plan::with_code(&mut desired, living, &wish.code);
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
    Ok(PartPlan { part, action, desired, changes, notes })
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
