//! What reading a paid source would cost: asked before anything is read, shown, and held against the limit.

use crate::cli::pipeline::place::Place;
use crate::config::settings::Settings;
use crate::error::{Error, ErrorKind, Result};
use crate::pipeline::port::{Quote, Source};
use crate::ui::Printer;
use crate::ui::format::{count, plural};

/// Shows volume and price, and refuses what could cost more than `max_cost`. Free sources pass unasked. `machine`: US
/// dollars for a machine of the run's own.
pub fn within_limit(
    place: &Place,
    settings: &Settings,
    source: &mut dyn Source,
    machine: f64,
    printer: Printer,
) -> Result<()> {
    let quote = place.wait(source.quote())?;
    let (low, high) = quote.as_ref().map_or((0.0, 0.0), Quote::usd);
    if let Some(quote) = &quote {
        printer.note(&say(quote, low, high));
    }
    let Some(limit) = settings.max_cost else { return Ok(()) };
    let (low, high) = (low + machine, high + machine);
    if high <= limit || quote.is_none() && machine == 0.0 {
        return Ok(());
    }
    let what = match (quote.is_some(), machine > 0.0) {
        (true, true) => "reading these posts, on a machine of the stack,",
        (true, false) => "reading these posts",
        (false, _) => "the machine of this run",
    };
    let error = Error::new(
        ErrorKind::CostLimit,
        format!("{what} may cost {}, and max_cost is ${limit:.2}", range(low, high)),
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
