//! `stack up`: checks, plans, prices, asks, arms the time to live, applies, and shows what came of it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use clap::Args as ClapArgs;
use serde_json::{Map, Value};

use super::document::{StackOutcome, UpDocument};
use super::open::{Intent, Session};
use super::{StackFlags, plan, priced};
use crate::cli::Global;
use crate::cli::document::Outcome;
use crate::config::stack::settings::Provision;
use crate::config::{StackSettings, duration};
use crate::cost::{self, money, table};
use crate::error::{Error, Result};
use crate::stack::apply::{self, Applied, Options};
use crate::stack::change::OnFailure;
use crate::stack::names::Part;
use crate::stack::plan::Plan;
use crate::stack::ttl;
use crate::ui::Printer;

#[derive(Debug, ClapArgs)]
pub struct Args {
    #[command(flatten)]
    pub stack: StackFlags,
    /// Return as soon as everything has begun; `stack status` and `stack events --follow` show how it goes
    #[arg(long)]
    pub detach: bool,
    /// What becomes of a stack whose creation fails
    #[arg(long, value_enum, default_value_t = Failing::Rollback)]
    pub on_failure: Failing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Failing {
    /// Undo what was made; the events stay to be read
    Rollback,
    /// Undo it and delete the empty stack
    Delete,
    /// Leave everything as it is, billing, to be looked at
    Keep,
}

impl From<Failing> for OnFailure {
    fn from(failing: Failing) -> Self {
        match failing {
            Failing::Rollback => Self::Rollback,
            Failing::Delete => Self::Delete,
            Failing::Keep => Self::Keep,
        }
    }
}

pub async fn run(args: &Args, global: &Global, printer: Printer) -> Result<Outcome> {
    with_flags(Map::new(), args, global, printer).await
}

/// The same, with flags of another command's that say what the stack is to have.
pub async fn with_flags(
    flags: Map<String, Value>,
    args: &Args,
    global: &Global,
    printer: Printer,
) -> Result<Outcome> {
    let session = Session::open(args.stack.settings(flags), global, printer, Intent::Change).await?;
    let settings = &session.stack.settings;
    // Everything that can be known to be wrong is said before anything is looked at or changed.
    let templates = session.templates(&args.stack.parts())?;
    let meant: Vec<Part> = templates.iter().map(|(part, _)| *part).collect();
    let estimate = priced::estimate_of(settings, &meant);
    if let Err(refused) = cost::check_limit(&estimate, false) {
        // A type that the region lacks has no price either, and is the better thing to say.
        check_types(&session, settings).await?;
        return Err(refused);
    }
    let stacks: Vec<_> = templates.iter().map(|(part, _)| (*part, session.names.stack(*part))).collect();
    apply::wait_for_rest(session.seams(), &stacks).await?;
    let planned = plan::make(&session, templates, &args.stack).await?;
    planned.refuse_incomplete()?;
    if !planned.is_noop() {
        check_types(&session, settings).await?;
    }
    // A life that becomes longer or endless is a change, though no resource changes.
    if !planned.is_noop() || !planned.expiry.kept {
        printer.note(&plan::text(&planned, &session));
        let shown = priced::with_run(estimate.clone(), settings, &session.stack.layers);
        printer.note(&table::estimate(&shown, 80));
        confirm(&session, &planned)?;
        if let Some(warning) = session.check_credentials(Duration::from_secs(30 * 60)) {
            printer.note(&warning);
        }
    }
    let options = Options {
        on_failure: args.on_failure.into(),
        detach: args.detach,
        usage_limit_rpu_hours: estimate.usage_limit_rpu_hours,
    };
    let applied = apply::apply(session.seams(), &planned, options).await?;
    let document = document(&planned, &applied, &estimate.totals);
    let changed = applied.iter().any(|part| part.changed);
    let outcome = Outcome::ok(text(&planned, &document, args.detach), &document);
    Ok(if changed { outcome } else { outcome.unchanged() })
}

/// A stack that never ends by itself is worth a second thought.
fn confirm(session: &Session, planned: &Plan) -> Result<()> {
    let name = &planned.names.name;
    let agreed = match planned.expiry.at {
        None if !session.answers.yes && !planned.expiry.kept => session.answers.type_word(
            "It has no time to live, and bills until it is taken down.",
            name,
            "--yes, or give it a time to live: --ttl 4h",
        )?,
        _ => session.answers.confirm("Go on?", "--yes")?,
    };
    match agreed {
        true => Ok(()),
        false => {
            Err(Error::usage("nothing was changed").hint("`sentistack stack plan` shows the plan again"))
        }
    }
}

/// A type that the region lacks would fail a quarter of an hour later.
async fn check_types(session: &Session, settings: &StackSettings) -> Result<()> {
    let types = instance_types(settings);
    let Some(missing) = session.account.missing_types(&types).await? else { return Ok(()) };
    let Some(first) = missing.first() else { return Ok(()) };
    Err(Error::config(format!("the region {} has no instance type {first}", settings.region))
        .hint("choose another type (stack.emr_primary_type, stack.grafana_type, …), or another region")
        .resource(first))
}

/// EC2 instance types that the settings ask for.
pub fn instance_types(settings: &StackSettings) -> Vec<String> {
    let mut types = Vec::new();
    if settings.spark == Provision::Cluster {
        types.push(settings.emr.primary_type.clone());
        types.push(settings.emr.core_type.clone());
        if settings.emr.task_count > 0 {
            types.push(settings.emr.task_type.clone());
        }
    }
    if settings.grafana {
        types.push(settings.grafana_type.clone());
    }
    if settings.live.enabled && settings.live.endpoint == crate::config::stack::settings::Endpoint::Ec2 {
        types.push(settings.live.endpoint_type.clone());
    }
    types.sort();
    types.dedup();
    types
}

fn document(planned: &Plan, applied: &[Applied], totals: &cost::Totals) -> UpDocument {
    let mut outputs = BTreeMap::new();
    for part in applied {
        outputs.extend(part.state.iter().flat_map(|state| state.outputs.clone()));
    }
    UpDocument {
        name: planned.names.name.clone(),
        account: planned.account.clone(),
        region: planned.names.region.clone(),
        stacks: applied
            .iter()
            .map(|part| StackOutcome {
                name: part.stack.clone(),
                status: part.status.to_string(),
                changed: part.changed,
            })
            .collect(),
        outputs,
        usd_per_hour: totals.usd_per_hour,
        unknown: totals.unknown.clone(),
        expires_at: planned.expiry.at.map(|at| at.to_string()),
    }
}

fn text(planned: &Plan, document: &UpDocument, detached: bool) -> String {
    let mut out = String::new();
    for stack in &document.stacks {
        let what = if stack.changed { stack.status.as_str() } else { "nothing to change" };
        let _ = writeln!(out, "{:<32} {what}", stack.name);
    }
    for (key, value) in &document.outputs {
        let _ = writeln!(out, "  {key:<30} {value}");
    }
    let _ = writeln!(out, "{} while it is up", money::hourly(document.usd_per_hour));
    if let Some(at) = planned.expiry.at {
        let now = jiff::Timestamp::now();
        let left = u64::try_from(at.duration_since(now).as_secs()).unwrap_or(0) / 60 * 60;
        let left = duration::format_seconds(left);
        let _ = writeln!(out, "It is deleted by itself at {}, in {left}.", ttl::minute(at));
    }
    let next = match detached {
        true => "next: `sentistack stack events --follow`",
        false => "when you are done: `sentistack stack down`",
    };
    let _ = writeln!(out, "{next}");
    out
}
