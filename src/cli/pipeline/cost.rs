//! What a run has cost beside the stack, from what it read and scored: estimates, since what AWS and X bill is known
//! to them alone.

use crate::cli::document::{Cost, CostItem};
use crate::config::settings::{Settings, SourceKind};
use crate::cost::{GLOBAL, Prices};
use crate::journal::format::IngestCounts;

/// Units of Comprehend that a post takes at least: three of 100 characters.
const COMPREHEND_UNITS: f64 = 3.0;

/// The cost of a run of which so much was read, and so many posts were scored by Comprehend (`None`: by others).
pub fn of_run(
    settings: &Settings,
    counts: &IngestCounts,
    comprehended: Option<u64>,
    prices: &Prices,
) -> Cost {
    let mut cost = Cost::default();
    let mut add = |name: &str, key: &str, quantity: f64| {
        // Both are the same in every region that the tool knows.
        let price = prices.find(key, GLOBAL).or_else(|| prices.find(key, "us-east-1"));
        if let (Some(price), true) = (price, quantity > 0.0) {
            let amount = price.usd * quantity;
            cost.estimated += amount;
            cost.items.push(CostItem { name: name.to_owned(), amount, measured: false });
        }
    };
    match settings.source {
        SourceKind::XSearch | SourceKind::XStream => {
            add("posts read from X, without what came beside them", "x/post", counts.read as f64)
        }
        SourceKind::Sample | SourceKind::Replay | SourceKind::Bluesky => {}
    }
    add("Comprehend, at least", "comprehend/unit", comprehended.unwrap_or(0) as f64 * COMPREHEND_UNITS);
    cost
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{File, Layers, resolve};

    fn settings(yaml: &str) -> Settings {
        let layers = Layers::of_flags(File::parse("flags", yaml).unwrap().typed);
        resolve(&layers, jiff::Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_hours(490_000))
            .unwrap()
            .settings
    }

    #[test]
    fn what_is_free_costs_nothing_and_what_is_paid_for_is_an_estimate() {
        let prices = Prices::built_in();
        let counts = IngestCounts { read: 1_000, ..IngestCounts::default() };
        assert_eq!(of_run(&settings(""), &counts, None, &prices), Cost::default());
        let x = settings("{source: x-search, query: q, duration: 1d}");
        let cost = of_run(&x, &counts, Some(100), &prices);
        assert!((cost.estimated - 5.03).abs() < 1e-9, "{cost:?}");
        assert_eq!((cost.measured, cost.items.len()), (0.0, 2));
        assert!(cost.items.iter().all(|item| !item.measured));
    }
}
