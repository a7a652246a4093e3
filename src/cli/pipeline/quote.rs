//! What reading a paid source would cost: asked before anything is read, shown, and held against the limit.

use crate::cli::pipeline::place::Place;
use crate::config::settings::Settings;
use crate::error::{Error, ErrorKind, Result};
use crate::pipeline::port::{Quote, Source};
use crate::ui::Printer;
use crate::ui::format::{count, plural};

/// Shows volume and price, and refuses what could cost more than `max_cost`. Free sources pass unasked.
pub fn within_limit(
    place: &Place,
    settings: &Settings,
    source: &mut dyn Source,
    printer: Printer,
) -> Result<()> {
    let Some(quote) = place.wait(source.quote())? else { return Ok(()) };
    let (low, high) = quote.usd();
    printer.note(&say(&quote, low, high));
    let Some(limit) = settings.max_cost else { return Ok(()) };
    if high <= limit {
        return Ok(());
    }
    let error = Error::new(
        ErrorKind::CostLimit,
        format!("reading these posts may cost {}, and max_cost is ${limit:.2}", range(low, high)),
    );
    // A yes on the command line is none to a bill: the limit is lifted by its own flag.
    Err(error.hint(format!(
        "read less (--max-per-window, a shorter span, x.expand: none), or allow it: --max-cost {}",
        high.ceil()
    )))
}

fn say(quote: &Quote, low: f64, high: f64) -> String {
    let available =
        quote.available.map(|n| format!("{} match, ", plural(n, "post", "posts"))).unwrap_or_default();
    format!("{available}{} to read: {}", count(quote.posts), range(low, high))
}

fn range(low: f64, high: f64) -> String {
    if (high - low).abs() < 0.005 { format!("${high:.2}") } else { format!("${low:.2} to ${high:.2}") }
}
