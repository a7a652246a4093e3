//! Takes a stack down: stops the meters, loosens what holds its network, deletes, tries again what failed with what
//! is known to help, and then asks every service what is left.

use std::time::Duration;

use jiff::Timestamp;

use super::apply::Seams;
use super::event::{Doing, Event};
use super::names::{Names, Part, Role};
use super::state::{BucketContents, Found, Kind, StackState};
use super::status::{Footing, StackStatus};
use super::watch::{self, From};
use super::{planner, reason, sweep};
use crate::error::{Error, ErrorKind, Result};
use crate::limits;

/// What is to go.
#[derive(Clone, Debug)]
pub struct Wish {
    pub parts: Vec<Part>,
    /// The storage stack too, with all that its bucket holds.
    pub purge: bool,
    /// End a stuck deletion by leaving out what cannot be deleted, and delete that by itself.
    pub force: bool,
}

/// What went, and what is left.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Stacks that were deleted.
    pub deleted: Vec<String>,
    /// For each part: since when it was there.
    pub since: Vec<(Part, Timestamp)>,
    pub leftovers: Vec<Found>,
    /// The bucket, if it stays.
    pub kept: Option<BucketContents>,
}

/// Takes down what the wish names.
pub async fn down(seams: Seams<'_>, names: &Names, account: &str, wish: &Wish) -> Result<Report> {
    let mut report = Report::default();
    let states = ours(seams, names, &wish.parts).await?;
    let temporary = wish.parts.iter().any(|part| *part != Part::Storage);
    if temporary {
        stop_meters(seams, names, account).await?;
    }
    // The reverse of the order in which they came up.
    for part in Part::ALL.into_iter().rev().filter(|part| wish.parts.contains(part)) {
        let Some(state) = states.iter().find(|state| state.name == names.stack(part)) else { continue };
        if let Some(created) = state.created {
            report.since.push((part, created));
        }
        if part == Part::Storage {
            continue;
        }
        delete_part(seams, names, account, part, wish.force).await?;
        report.deleted.push(state.name.clone());
    }
    let whole = [Part::Batch, Part::Live].iter().all(|part| wish.parts.contains(part));
    if whole {
        disarm(seams, names, wish).await?;
    }
    if wish.purge && wish.parts.contains(&Part::Storage) {
        purge(seams, names, account, &mut report, wish.force).await?;
    } else {
        report.kept = seams.operate.bucket(&names.bucket(account)).await?;
    }
    report.leftovers = settled_leftovers(seams, names, account).await?;
    Ok(report)
}

/// The stacks of these parts. One that somebody else made refuses the whole.
async fn ours(seams: Seams<'_>, names: &Names, parts: &[Part]) -> Result<Vec<StackState>> {
    let mut states = Vec::new();
    for part in parts {
        let Some(state) = seams.operate.stack(&names.stack(*part)).await? else { continue };
        super::plan::refuse_foreign(&state, names)?;
        states.push(state);
    }
    Ok(states)
}

/// Ends what bills by the hour and takes its time to end, and waits for the clusters: their groups cannot be deleted
/// before.
async fn stop_meters(seams: Seams<'_>, names: &Names, account: &str) -> Result<()> {
    let mut clusters = Vec::new();
    for kind in [Kind::EmrCluster, Kind::EmrServerless] {
        for found in seams.operate.find(kind, names, account).await? {
            seams.events.emit(Event::Stopping { what: format!("{} {}", kind.words(), found.id) });
            seams.operate.stop_meter(&found).await?;
            if kind == Kind::EmrCluster {
                clusters.push(found.id);
            }
        }
    }
    let mut wait = Duration::from_millis(limits::POLL_FIRST_MILLIS);
    let started = seams.pace.now();
    for id in clusters {
        while !is_gone(seams.operate.emr_state(&id).await?.as_deref()) {
            if seams.pace.now().duration_since(started).as_secs() > i64_of(limits::METER_WAIT_SECONDS) {
                seams
                    .events
                    .emit(Event::Note { text: format!("{id} has not ended yet: going on without it") });
                return Ok(());
            }
            seams.pace.sleep(wait).await?;
            wait = (wait * 3 / 2).min(Duration::from_millis(limits::POLL_LONGEST_MILLIS));
        }
    }
    Ok(())
}

fn is_gone(state: Option<&str>) -> bool {
    planner::has_ended(state) && state != Some("TERMINATING")
}

/// Deletes the stack of a part, trying again what fails. A stack that is not there is done.
pub async fn delete_part(
    seams: Seams<'_>,
    names: &Names,
    account: &str,
    part: Part,
    force: bool,
) -> Result<()> {
    let stack = names.stack(part);
    let started = seams.pace.now();
    let role = (part != Part::Storage).then(|| names.role_arn(Role::Deploy, account));
    let mut told = false;
    let mut retain = Vec::new();
    for attempt in 1..=limits::DELETE_TRIES {
        let Some(state) = seams.operate.stack(&stack).await? else { return Ok(()) };
        if !told {
            told = true;
            seams.events.emit(Event::PartStarted { part, stack: stack.clone(), what: Doing::Delete });
        }
        if part == Part::Batch {
            loosen(seams, names).await?;
        }
        let state = rest(seams, part, state).await?;
        let since = watch::last_event(seams.operate, &state.id).await?;
        if state.status != StackStatus::DeleteInProgress {
            // The role went with an older storage stack: then the caller's own rights must do.
            let role = role.as_deref().filter(|_| state.status != StackStatus::ReviewInProgress);
            seams.operate.delete_stack(&stack, role, &retain).await?;
        }
        let from = From { part, stack_id: state.id.clone(), since };
        let settled = watch::settle(seams.operate, seams.pace, seams.events, &from).await?;
        let Some(left) = settled.filter(|state| state.status != StackStatus::DeleteComplete) else {
            let seconds = seams.pace.now().duration_since(started).as_secs_f64();
            let status = StackStatus::DeleteComplete.to_string();
            seams.events.emit(Event::PartFinished { part, status, changed: true, seconds });
            return Ok(());
        };
        let history = seams.operate.events(&left.id, None).await?;
        let causes = reason::causes(&history);
        let first = causes.first();
        if attempt == limits::DELETE_TRIES {
            return Err(first.map_or_else(
                || Error::failed(format!("{stack} ended in {}", left.status)).resource(&stack),
                reason::Cause::error,
            ));
        }
        if let Some(cause) = first {
            seams.events.emit(Event::Healed { what: format!("{}: trying again", cause.line()) });
        }
        if force && attempt + 1 == limits::DELETE_TRIES {
            retain = causes.iter().map(|cause| cause.resource.clone()).collect();
        }
        seams.pace.sleep(Duration::from_millis(250 << attempt)).await?;
    }
    Ok(())
}

/// An update cannot be interrupted by a deletion: it is waited for. A creation can.
async fn rest(seams: Seams<'_>, part: Part, state: StackState) -> Result<StackState> {
    let interruptible = matches!(state.status, StackStatus::CreateInProgress | StackStatus::DeleteInProgress);
    if state.status.footing() != Footing::Moving || interruptible {
        return Ok(state);
    }
    let since = watch::last_event(seams.operate, &state.id).await?;
    let now = seams.operate.stack(&state.id).await?;
    if now.as_ref().is_none_or(|now| now.status.is_settled()) {
        return Ok(now.unwrap_or(state));
    }
    let from = From { part, stack_id: state.id.clone(), since };
    Ok(watch::settle(seams.operate, seams.pace, seams.events, &from).await?.unwrap_or(state))
}

/// Takes back what holds security groups and subnets.
async fn loosen(seams: Seams<'_>, names: &Names) -> Result<()> {
    for what in seams.operate.loosen_network(names).await? {
        seams.events.emit(Event::Note { text: what });
    }
    Ok(())
}

/// The schedules go last, and only when what they would delete is gone.
async fn disarm(seams: Seams<'_>, names: &Names, wish: &Wish) -> Result<()> {
    for part in [Part::Batch, Part::Live] {
        let there = seams.operate.stack(&names.stack(part)).await?;
        if wish.parts.contains(&part)
            && there.is_some_and(|state| state.status != StackStatus::DeleteComplete)
        {
            return Ok(());
        }
    }
    for schedule in seams.operate.schedules(names).await? {
        seams.operate.delete_schedule(&schedule).await?;
    }
    Ok(())
}

/// Empties the bucket and deletes the storage stack.
async fn purge(
    seams: Seams<'_>,
    names: &Names,
    account: &str,
    report: &mut Report,
    force: bool,
) -> Result<()> {
    let stack = names.stack(Part::Storage);
    let Some(state) = seams.operate.stack(&stack).await? else { return Ok(()) };
    let other = [Part::Batch, Part::Live].map(|part| names.stack(part));
    for other in &other {
        let living = seams.operate.stack(other).await?.filter(|s| s.status != StackStatus::DeleteComplete);
        if living.is_some() {
            return Err(Error::failed(format!("{other} is there and needs the roles of {stack}"))
                .hint("take it down first: `sentistack stack down`"));
        }
    }
    if let Some(created) = state.created
        && !report.since.iter().any(|(part, _)| *part == Part::Storage)
    {
        report.since.push((Part::Storage, created));
    }
    let bucket = names.bucket(account);
    if seams.operate.bucket(&bucket).await?.is_some() {
        let events = seams.events;
        let gone = move |n: u64| events.emit(Event::Note { text: format!("{n} objects deleted") });
        seams.operate.empty_bucket(&bucket, &gone).await?;
    }
    delete_part(seams, names, account, Part::Storage, force).await?;
    report.deleted.push(stack);
    Ok(())
}

/// What is left, once what is on its way out is out: services take a while to forget.
async fn settled_leftovers(seams: Seams<'_>, names: &Names, account: &str) -> Result<Vec<Found>> {
    let mut wait = Duration::from_millis(500);
    for _ in 0..6 {
        let left = sweep::leftovers(seams.operate, names, account).await?;
        if !left.iter().any(is_leaving) {
            return Ok(left);
        }
        seams.pace.sleep(wait).await?;
        wait *= 2;
    }
    sweep::leftovers(seams.operate, names, account).await
}

/// On its way out by itself.
fn is_leaving(found: &Found) -> bool {
    let state = found.state.to_ascii_lowercase();
    state.contains("deleting") || state.contains("terminating") || state.contains("shutting")
}

/// The error that tells of leftovers; `None`: nothing is left.
pub fn leftover_error(left: &[Found]) -> Option<Error> {
    let first = left.first()?;
    let count = left.len();
    let plural = if count == 1 { "thing is" } else { "things are" };
    let error = Error::new(ErrorKind::Leftovers, format!("{count} {plural} left that may bill"))
        .hint("`sentistack stack sweep --yes` deletes them; it shows them first without --yes")
        .resource(&first.id);
    Some(left.iter().fold(error, |error, found| {
        error.because(format!("{} {} ({})", found.kind.words(), found.id, found.state))
    }))
}

fn i64_of(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
