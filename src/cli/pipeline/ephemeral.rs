//! `pipeline run --ephemeral`: the stack up, the run, the stack down again, whatever happened between. Should this
//! process die, the stack's time to live takes its place.

use serde_json::{Map, Value};

use crate::cli::Global;
use crate::cli::cloud::Cloud;
use crate::cli::document::Outcome;
use crate::cli::pipeline::flags::RunArgs;
use crate::cli::pipeline::{run, small_runtime};
use crate::cli::settings;
use crate::cli::stack::account::open::Intent;
use crate::cli::stack::account::{StackFlags, down, up};
use crate::error::{Error, Result};
use crate::stack::names::Part;
use crate::stack::port::Observe;
use crate::ui::Printer;

pub fn ephemeral(args: &RunArgs, global: &Global, printer: Printer) -> Outcome {
    if let Err(error) = check(args, global, printer) {
        return error.into();
    }
    let brought = small_runtime().and_then(|runtime| runtime.block_on(bring_up(args, global, printer)));
    let outcome = match brought {
        Ok(_) => run::once(args, global, printer),
        Err(error) => Outcome::from(error),
    };
    if outcome.error.is_some() && args.keep_on_failure {
        printer
            .note("the stack is left as it is, and bills until `sentistack stack down` or its time to live");
        return outcome;
    }
    let taken = small_runtime().and_then(|runtime| runtime.block_on(take_down(global, printer)));
    with_down(outcome, taken.unwrap_or_else(Outcome::from))
}

/// Nothing is brought up for a run that cannot begin, and no stack is taken down that was there before.
fn check(args: &RunArgs, global: &Global, printer: Printer) -> Result<()> {
    let resolved = settings::for_run(args, global)?;
    if !resolved.settings.needs_account() {
        return Err(Error::usage("--ephemeral brings a stack up, and nothing of this run works on one")
            .hint("add --on aws, or leave --ephemeral out"));
    }
    let exists = small_runtime()?.block_on(async {
        let cloud = Cloud::open(global, printer, Intent::Look).await?;
        cloud.account.stack(&cloud.names.stack(Part::Batch)).await
    })?;
    match exists {
        None => Ok(()),
        Some(_) => Err(Error::usage("the stack is up already, and --ephemeral would take it down")
            .hint("leave --ephemeral out, or use another stack: --stack NAME")),
    }
}

async fn bring_up(args: &RunArgs, global: &Global, printer: Printer) -> Result<Outcome> {
    let stack = StackFlags { max_cost: args.max_cost.clone(), ..StackFlags::default() };
    let up = up::Args { stack, detach: false, on_failure: up::Failing::Delete };
    let mut flags = Map::new();
    for (key, value) in [
        ("on", &args.root.on),
        ("stream", &args.stream),
        ("transform", &args.transform),
        ("warehouse", &args.warehouse),
    ] {
        if let Some(value) = value {
            flags.insert(key.to_owned(), Value::from(value.clone()));
        }
    }
    if let Some(on) = &args.score_on {
        flags.insert("score".to_owned(), Value::from(Map::from_iter([("on".to_owned(), on.clone().into())])));
    }
    up::with_flags(flags, &up, global, printer).await
}

async fn take_down(global: &Global, printer: Printer) -> Result<Outcome> {
    let down = down::Args { only: Vec::new(), purge: false, confirm: None, force: false };
    // It was agreed to when the run was started.
    let agreed = Global { yes: true, ..global.clone() };
    down::run(&down, &agreed, printer).await
}

/// The run's outcome, with what became of the stack. The run's own failure is told first.
fn with_down(mut outcome: Outcome, down: Outcome) -> Outcome {
    outcome.text.push('\n');
    outcome.text.push_str(&down.text);
    outcome.body.insert("stack".to_owned(), Value::Object(down.body));
    match (&mut outcome.error, down.error) {
        (_, None) => outcome,
        (Some(error), Some(left)) => {
            error.causes.push(format!("and the stack is not down: {left}"));
            outcome
        }
        (None, Some(left)) => Outcome { error: Some(left), status: down.status, ..outcome },
    }
}
