//! `stack extend`: a longer life, and what it adds to the bill.

use clap::Args as ClapArgs;
use jiff::{SignedDuration, Timestamp};
use serde_json::Map;

use super::document::ExtendDocument;
use super::open::{Intent, Session};
use super::priced;
use crate::cli::Global;
use crate::cli::document::Outcome;
use crate::config::duration;
use crate::cost::money;
use crate::error::{Error, ErrorKind, Result};
use crate::stack::names::Part;
use crate::stack::plan;
use crate::stack::port::{Observe, Operate, Pace};
use crate::stack::ttl;
use crate::ui::Printer;

#[derive(Debug, ClapArgs)]
pub struct Args {
    /// How much longer, from the expiry, or from now where that is past: 2h, 1d
    #[arg(value_name = "DURATION")]
    pub by: String,
    /// US dollars that the stack may cost over its whole life; more is refused with exit code 5
    #[arg(long, value_name = "USD")]
    pub max_cost: Option<String>,
}

pub async fn run(args: &Args, global: &Global, printer: Printer) -> Result<Outcome> {
    let by = duration::parse(&args.by)
        .map_err(|error| Error::usage(format!("{:?} {}", args.by, error.problem)).hint(error.hint))?;
    let mut flags = Map::new();
    if let Some(cost) = &args.max_cost {
        flags.insert("max_cost".to_owned(), cost.clone().into());
    }
    let session = Session::open(flags, global, printer, Intent::Change).await?;
    let names = &session.names;
    let now = session.pace.now();
    let mut living = Vec::new();
    let mut since = now;
    for part in [Part::Batch, Part::Live] {
        if let Some(state) = session.account.stack(&names.stack(part)).await? {
            plan::refuse_foreign(&state, names)?;
            living.push(part);
            since = since.min(state.created.unwrap_or(now));
        }
    }
    if living.is_empty() {
        return Err(Error::usage(format!("there is no stack of {} to extend", names.name))
            .hint("`sentistack stack up --ttl 8h` makes one with a longer life"));
    }
    let armed = session.account.schedules(names).await?;
    let Some(before) = ttl::first_expiry(names, &living, &armed) else {
        return Err(Error::usage(format!("{} has no time to live", names.name))
            .hint("give it one: `sentistack stack up --ttl 4h`"));
    };
    let after = later(before, now, by)?;
    let settings = priced::deployed(session.account.as_ref(), names).await?;
    let hourly = settings.map(|settings| {
        let estimate = priced::estimate(&settings);
        priced::hourly(&estimate, &living)
    });
    let adds = hourly.map(|usd| usd * priced::hours(before.max(now), after));
    check_limit(hourly.map(|usd| usd * priced::hours(since, after)), session.stack.settings.max_cost)?;
    let costs =
        adds.map_or_else(|| "an unknown amount".to_owned(), |usd| money::dollars(money::cents_up(usd)));
    let question = format!("Extend {} to {}, for {costs} more?", names.name, ttl::minute(after));
    if !session.answers.confirm(&question, "--yes")? {
        return Err(Error::usage("nothing was changed"));
    }
    for schedule in &armed {
        session.account.put_schedule(&ttl::moved(schedule, names, after)).await?;
    }
    let document = ExtendDocument {
        name: names.name.clone(),
        expires_at: after.to_string(),
        before: Some(before.to_string()),
        adds_usd: adds,
    };
    Ok(Outcome::ok(format!("deleted by itself at {}, for {costs} more\n", ttl::minute(after)), &document))
}

/// The whole life is held against the limit, not only what is added.
fn check_limit(whole: Option<f64>, limit: f64) -> Result<()> {
    let Some(usd) = whole.map(money::cents_up).filter(|usd| *usd > limit) else { return Ok(()) };
    Err(Error::new(
        ErrorKind::CostLimit,
        format!(
            "with that it costs {} over its life, and max_cost is {}",
            money::dollars(usd),
            money::dollars(limit)
        ),
    )
    .hint("extend it by less, or allow more: --max-cost"))
}

/// From the expiry, or from now where that is past.
fn later(before: Timestamp, now: Timestamp, by: std::time::Duration) -> Result<Timestamp> {
    SignedDuration::try_from(by)
        .ok()
        .and_then(|by| before.max(now).checked_add(by).ok())
        .ok_or_else(|| Error::usage("that is longer than time itself"))
}
