//! `stack plan`: what `stack up` would do, and what it would cost. It changes nothing that lasts.

use std::fmt::Write as _;

use clap::Args as ClapArgs;
use serde_json::Map;

use super::document::{PlanDocument, PlannedStack};
use super::open::{Intent, Session};
use super::{StackFlags, code, priced};
use crate::cli::document::Outcome;
use crate::cli::{Global, exit};
use crate::cost::{self, CostDocument, Estimate};
use crate::error::Result;
use crate::stack::change::{ChangeAction, Replacement};
use crate::stack::names::Part;
use crate::stack::plan::{Action, PartPlan, Plan};
use crate::stack::planner::{self, Wish};
use crate::stack::port::Pace;
use crate::stack::ttl;
use crate::ui::Printer;

#[derive(Debug, ClapArgs)]
pub struct Args {
    #[command(flatten)]
    pub stack: StackFlags,
    /// End with exit code 3 when anything would change
    #[arg(long)]
    pub exit_code: bool,
}

pub async fn run(args: &Args, global: &Global, printer: Printer) -> Result<Outcome> {
    let session = Session::open(args.stack.settings(Map::new()), global, printer, Intent::Look).await?;
    let templates = session.templates(&args.stack.parts())?;
    let planned = make(&session, templates, &args.stack).await?;
    let meant: Vec<_> = planned.parts.iter().map(|part| part.part).collect();
    let estimate = priced::estimate_of(&session.stack.settings, &meant);
    let refused = cost::check_limit(&estimate, false).err().or(planned.refuse_incomplete().err());
    let estimate = priced::with_run(estimate, &session.stack.settings, &session.stack.layers);
    let document = document(&planned, &estimate, &session);
    let mut text = text(&planned, &session);
    text.push('\n');
    text.push_str(&cost::table::estimate(&estimate, 80));
    if let Some(refused) = refused {
        let _ = writeln!(text, "\n`stack up` would refuse it: {refused}");
        if let Some(hint) = &refused.hint {
            let _ = writeln!(text, "{hint}");
        }
    }
    let mut outcome = Outcome::ok(text, &document);
    if planned.is_noop() {
        return Ok(outcome.unchanged());
    }
    if args.exit_code {
        outcome.exit = Some(exit::DIFFERENCES);
    }
    Ok(outcome)
}

/// Works the plan out.
pub async fn make(session: &Session, templates: Vec<(Part, String)>, flags: &StackFlags) -> Result<Plan> {
    let parts: Vec<Part> = templates.iter().map(|(part, _)| *part).collect();
    let brought = code::of(session, &parts, flags).await?;
    let wish = Wish { settings: &session.stack.settings, templates, ttl_asked: flags.ttl.is_some(), brought };
    planner::plan(session.account.as_ref(), &wish, &session.identity, session.pace.now()).await
}

pub fn document(plan: &Plan, estimate: &Estimate, session: &Session) -> PlanDocument {
    PlanDocument {
        name: plan.names.name.clone(),
        account: plan.account.clone(),
        region: plan.names.region.clone(),
        changes: !plan.is_noop(),
        stacks: plan.parts.iter().map(planned_stack).collect(),
        expires_at: plan.expiry.at.map(|at| at.to_string()),
        cost: Some(CostDocument::new(estimate, &session.names.region, None)),
    }
}

fn planned_stack(part: &PartPlan) -> PlannedStack {
    let mut notes = part.notes.clone();
    if !part.lacks.is_empty() {
        notes.push(format!("packages for Grafana are missing in the bucket: {}", part.lacks.join(", ")));
    }
    PlannedStack {
        name: part.desired.stack.clone(),
        action: verb(&part.action).to_owned(),
        changes: part.changes.iter().map(Into::into).collect(),
        notes,
    }
}

fn verb(action: &Action) -> &'static str {
    match action {
        Action::Create => "create",
        Action::Update => "update",
        Action::Unchanged => "unchanged",
        Action::Recreate { .. } => "recreate",
        Action::Busy { .. } => "busy",
    }
}

/// The plan for a person: a stack a heading, a resource a line.
pub fn text(plan: &Plan, session: &Session) -> String {
    let mut out = format!(
        "Stack {} in account {}, region {}\n",
        plan.names.name, session.identity.account, plan.names.region
    );
    for part in &plan.parts {
        let _ = writeln!(out, "\n{}: {}", part.desired.stack, heading(part));
        for note in &part.notes {
            let _ = writeln!(out, "  note: {note}");
        }
        for change in &part.changes {
            let mark = match (change.action, change.replacement) {
                (ChangeAction::Add, _) => "+",
                (ChangeAction::Remove, _) => "-",
                (ChangeAction::Modify, Replacement::No) => "~",
                (ChangeAction::Modify, Replacement::Maybe) => "±?",
                (ChangeAction::Modify, Replacement::Yes) => "±",
            };
            let replaced = match change.replacement {
                Replacement::Yes if change.action == ChangeAction::Modify => "  REPLACED",
                Replacement::Maybe if change.action == ChangeAction::Modify => "  may be replaced",
                _ => "",
            };
            let because = match change.because.is_empty() {
                true => String::new(),
                false => format!("  ({})", change.because.join(", ")),
            };
            let kind = change.kind.strip_prefix("AWS::").unwrap_or(&change.kind);
            let _ = writeln!(out, "  {mark} {:<28} {kind}{replaced}{because}", change.logical_id);
        }
    }
    let _ = match (plan.expiry.at, plan.expiry.kept) {
        (Some(at), true) => {
            writeln!(out, "\nIt is deleted by itself at {}, as armed before.", ttl::minute(at))
        }
        (Some(at), false) => writeln!(out, "\nIt is deleted by itself at {}.", ttl::minute(at)),
        (None, true) => writeln!(out, "\nStorage is kept: it does not expire."),
        (None, false) => writeln!(out, "\nIt has no time to live: it bills until `sentistack stack down`."),
    };
    out
}

fn heading(part: &PartPlan) -> String {
    let count = |action| part.changes.iter().filter(|change| change.action == action).count();
    match &part.action {
        Action::Create => format!("{} resources to create", part.changes.len()),
        Action::Recreate { status } => {
            format!("in {status}: to be deleted and made again, {} resources", part.changes.len())
        }
        Action::Unchanged => "nothing to change".to_owned(),
        Action::Busy { status } => format!("in {status}: an operation is under way"),
        Action::Update => format!(
            "{} to add, {} to change, {} to remove",
            count(ChangeAction::Add),
            count(ChangeAction::Modify),
            count(ChangeAction::Remove)
        ),
    }
}
