//! The bill as text: plain, no colours, as wide as it is told.

use std::fmt::Write as _;

use super::estimate::{Alternative, Estimate, Totals};
use super::money::{dollars, grouped, hourly, unit_price};
use super::row::{Billed, Row};
use super::run::RunCost;

/// Columns that text has at least and at most.
const WIDTH: std::ops::RangeInclusive<usize> = 60..=120;

/// Columns of an amount.
const AMOUNT: usize = 12;

/// Columns of quantity and unit.
const QUANTITY: usize = 20;

/// The whole bill: rows, totals, what is billed by use, the alternatives and the run.
pub fn estimate(estimate: &Estimate, width: usize) -> String {
    let mut out = text(&estimate.rows, &estimate.totals, width);
    if !estimate.ends {
        out.push_str("It has no ttl: it costs this until `stack down`.\n");
    }
    if let Some(hours) = estimate.usage_limit_rpu_hours {
        let _ = writeln!(out, "Redshift Serverless stops at {hours} RPU-hours, so that max_cost holds.");
    }
    out.push_str(&others(&estimate.alternatives, width));
    if let Some(run) = &estimate.run {
        out.push_str(&of_run(run, width));
    }
    out
}

/// Rows and totals: first what costs by being there, then what is billed by use.
pub fn text(rows: &[Row], totals: &Totals, width: usize) -> String {
    let width = width.clamp(*WIDTH.start(), *WIDTH.end());
    let mut out = String::new();
    line(&mut out, width, "While it is up", "", "$/hour");
    for row in rows.iter().filter(|row| row.is_fixed()) {
        let amount = row.usd_per_hour.map_or_else(|| "unknown".to_owned(), |usd| format!("{usd:.4}"));
        line(&mut out, width, &marked(row), &quantity(row), &amount);
    }
    let least = if totals.unknown.is_empty() { "" } else { ", at least" };
    line(&mut out, width, &format!("Together{least}"), "", &hourly(totals.usd_per_hour));
    let hours = format!("{:.2}", totals.hours);
    let hours = hours.trim_end_matches('0').trim_end_matches('.');
    let (day, ttl) = (dollars(totals.usd_per_day), dollars(totals.usd_for_ttl));
    let _ = writeln!(out, "  {day} a day, {ttl} for {hours} h{least}");
    let by_use: Vec<&Row> = rows.iter().filter(|row| !row.is_fixed()).collect();
    if !by_use.is_empty() {
        out.push('\n');
        line(&mut out, width, "Billed by use", "unit", "$");
        for row in by_use {
            let amount = row.usd_per_unit.map_or_else(|| "unknown".to_owned(), unit_price);
            line(&mut out, width, &marked(row), &row.unit, amount.trim_start_matches('$'));
        }
    }
    out.push('\n');
    if totals.unchecked > 0 {
        out.push_str("* unchecked: from general knowledge (docs/prices.md)\n");
    }
    let unknown: Vec<&str> =
        totals.unknown.iter().chain(&totals.unknown_by_use).map(String::as_str).collect();
    if !unknown.is_empty() {
        let said = format!("No price is known for {}: not counted above.", unknown.join("; "));
        out.push_str(&wrapped(&said, width));
    }
    out
}

/// What other settings would cost.
fn others(alternatives: &[Alternative], width: usize) -> String {
    let mut out = String::new();
    if alternatives.is_empty() {
        return out;
    }
    out.push('\n');
    line(&mut out, width, "It could also be", "busy, $/hour more", "$/hour");
    for other in alternatives {
        let amount = other.usd_per_hour.map_or_else(|| "unknown".to_owned(), |usd| format!("{usd:.4}"));
        let busy = other.usd_per_busy_hour.map_or_else(String::new, |usd| format!("{usd:.4}"));
        line(&mut out, width, &other.setting, &busy, &amount);
    }
    out
}

/// What a run adds.
fn of_run(run: &RunCost, width: usize) -> String {
    let mut out = String::new();
    out.push('\n');
    line(&mut out, width, &format!("A run of {} posts adds", grouped(run.posts)), "from $", "up to $");
    for item in &run.items {
        let said = |usd: Option<f64>| usd.map_or_else(|| "unknown".to_owned(), dollars);
        let (low, high) = (said(item.usd_low), said(item.usd_high));
        let mark = if item.checked || item.usd_high.is_none() { "" } else { " *" };
        line(&mut out, width, &format!("{}{mark}", item.resource), bare(&low), bare(&high));
    }
    line(&mut out, width, "Together", bare(&dollars(run.usd_low)), bare(&dollars(run.usd_high)));
    out
}

fn bare(amount: &str) -> &str {
    amount.trim_start_matches('$')
}

fn marked(row: &Row) -> String {
    let mark = if row.checked || row.is_unknown() { "" } else { " *" };
    format!("{}{mark}", row.resource)
}

fn quantity(row: &Row) -> String {
    let unit = match row.billed {
        Billed::Hourly => row.unit.trim_end_matches("-hour"),
        Billed::Monthly | Billed::ByUse => row.unit.as_str(),
    };
    format!("{} {unit}", row.quantity)
}

/// One line of three columns; what is too long for its column is cut.
fn line(out: &mut String, width: usize, name: &str, middle: &str, amount: &str) {
    let room = width.clamp(*WIDTH.start(), *WIDTH.end()) - AMOUNT - QUANTITY - 2;
    let name = cut(name, room);
    let middle = cut(middle, QUANTITY);
    let whole = format!("{name:<room$} {middle:>QUANTITY$} {amount:>AMOUNT$}");
    let _ = writeln!(out, "{}", whole.trim_end());
}

fn cut(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(room.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// Words in lines of `width` columns at most, where they fit.
fn wrapped(text: &str, width: usize) -> String {
    let mut out = String::new();
    let mut used = 0;
    for word in text.split_whitespace() {
        let long = word.chars().count();
        if used > 0 && used + 1 + long > width {
            out.push('\n');
            used = 0;
        } else if used > 0 {
            out.push(' ');
            used += 1;
        }
        out.push_str(word);
        used += long;
    }
    out.push('\n');
    out
}
