//! Holding an estimate against `max_cost`. What cannot be shown to stay below the limit is refused.

use super::estimate::Estimate;
use super::money::{cents_up, dollars, hourly};
use crate::config::duration;
use crate::error::{Error, ErrorKind, Result};

/// Minutes that a suggested time to live is a multiple of, and the shortest one.
const TTL_STEP_MINUTES: f64 = 30.0;

/// Whether stack and run stay within `max_cost`.
///
/// What costs by the hour and has no known price makes the limit impossible to prove, so that is refused too,
/// unless `allow_unknown`: then only what is known is held against the limit. Amounts are rounded up. A stack
/// without a time to live is held against the cost of a month.
///
/// # Errors
/// Of kind `CostLimit`: by how much, what is dearest (as resource), and the smallest change that helps (as hint).
pub fn check_limit(estimate: &Estimate, allow_unknown: bool) -> Result<()> {
    if !allow_unknown {
        unknown(estimate)?;
    }
    let total = cents_up(estimate.usd());
    let over = total - estimate.max_cost;
    if over > 1e-9 {
        return Err(too_dear(estimate, total, over));
    }
    if estimate.capped && estimate.usage_limit_rpu_hours.is_none() && !allow_unknown {
        let left = (estimate.max_cost - total).max(0.0);
        return Err(Error::new(
            ErrorKind::CostLimit,
            format!(
                "max_cost {} leaves {} for Redshift Serverless, less than one RPU-hour costs",
                dollars(estimate.max_cost),
                dollars(left)
            ),
        )
        .resource("Redshift Serverless")
        .hint(raise(estimate, total + 1.0)));
    }
    Ok(())
}

fn unknown(estimate: &Estimate) -> Result<()> {
    let mut names: Vec<&str> = estimate.totals.unknown.iter().map(String::as_str).collect();
    // A cap in RPU-hours needs the price of one.
    let serverless = |name: &&String| estimate.capped && name.as_str() == "Redshift Serverless";
    names.extend(estimate.totals.unknown_by_use.iter().filter(serverless).map(String::as_str));
    names.extend(estimate.run.iter().flat_map(|run| run.unknown.iter().map(String::as_str)));
    let Some(first) = names.first() else { return Ok(()) };
    let error = Error::new(
        ErrorKind::CostLimit,
        format!(
            "max_cost {} cannot be held: no price is known for {}",
            dollars(estimate.max_cost),
            listed(&names)
        ),
    );
    Err(error.resource(first).hint("choose a type or a region that has prices: docs/prices.md lists them"))
}

/// The first three names, and how many more there are.
fn listed(names: &[&str]) -> String {
    let shown = names.iter().take(3).copied().collect::<Vec<_>>().join("; ");
    match names.len().saturating_sub(3) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

fn too_dear(estimate: &Estimate, total: f64, over: f64) -> Error {
    let run = estimate.run.as_ref().map_or(0.0, |run| run.usd_high);
    let span = if estimate.ends {
        format!("over {} h", trimmed(estimate.totals.hours))
    } else {
        "a month, as it has no ttl".to_owned()
    };
    let of_run = if run > 0.0 { format!(", {} of it for the run", dollars(run)) } else { String::new() };
    let message = format!(
        "it would cost up to {}{of_run} {span}: {} more than max_cost {}",
        dollars(total),
        dollars(over),
        dollars(estimate.max_cost)
    );
    let error = Error::new(ErrorKind::CostLimit, message).hint(remedy(estimate, total, run));
    match dearest(estimate) {
        Some((name, what)) => error.because(format!("dearest is {name}: {what}")).resource(name),
        None => error,
    }
}

/// The resource or the part of the run that costs most.
fn dearest(estimate: &Estimate) -> Option<(String, String)> {
    let rows = estimate.rows.iter().filter_map(|row| {
        let usd = row.usd_per_hour?;
        Some((usd * estimate.totals.hours, row.resource.clone(), hourly(usd)))
    });
    let items = estimate.run.iter().flat_map(|run| &run.items).filter_map(|item| {
        let usd = item.usd_high?;
        Some((usd, item.resource.clone(), format!("up to {}", dollars(usd))))
    });
    rows.chain(items).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name, what)| (name, what))
}

/// The smallest change that brings it below the limit.
fn remedy(estimate: &Estimate, total: f64, run: f64) -> String {
    let left = estimate.max_cost - cents_up(run);
    if left <= 0.0 {
        return format!("read fewer posts (--limit or --max-per-window); {}", raise(estimate, total));
    }
    let minutes = left / estimate.totals.usd_per_hour * 60.0;
    let minutes = (minutes / TTL_STEP_MINUTES).floor() * TTL_STEP_MINUTES;
    let mut ways = Vec::new();
    if minutes >= TTL_STEP_MINUTES && minutes < estimate.totals.hours * 60.0 {
        ways.push(format!("--ttl {}", duration::format_seconds(minutes as u64 * 60)));
    }
    let enough = |saved: f64| cents_up(total - saved * estimate.totals.hours) <= estimate.max_cost;
    // The least that is enough: the last of those that are, as the greatest saving is first.
    if let Some((setting, saved)) = estimate.cheaper.iter().rev().find(|(_, saved)| enough(*saved)) {
        ways.push(format!("{setting} (saves {})", hourly(*saved)));
    } else if let Some((setting, saved)) = estimate.cheaper.first() {
        ways.push(format!("{setting} (saves {}, not enough by itself)", hourly(*saved)));
    }
    ways.push(raise(estimate, total));
    ways.join("; or ")
}

fn raise(estimate: &Estimate, total: f64) -> String {
    let room = if estimate.capped { 1.0 } else { 0.0 };
    format!("allow it with --max-cost {:.2}", cents_up(total + room))
}

/// `4`, `0.5`.
fn trimmed(hours: f64) -> String {
    let text = format!("{hours:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
