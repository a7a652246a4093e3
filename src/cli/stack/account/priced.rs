//! Prices for the commands: the table, what a stack costs now, and what it has cost.

use std::path::PathBuf;

use jiff::Timestamp;

use crate::cli::folders;
use crate::config::settings::SourceKind;
use crate::config::stack::settings::{Provision, StreamMode};
use crate::config::{Layers, StackSettings};
use crate::cost::{Estimate, Prices, RunUse, run_cost};
use crate::error::Result;
use crate::render;
use crate::stack::names::{Names, Part};
use crate::stack::port::Observe;

/// Posts of a run whose settings do not say how many: four days of a topic at 100 each quarter of an hour, about.
const USUAL_POSTS: u64 = 33_000;

/// The prices that are known here: those of the tool, and in their place those that were read from AWS.
pub fn table() -> Prices {
    let read = own_prices().and_then(|path| std::fs::read_to_string(path).ok());
    // A file that cannot be read is as good as none: `stack prices --refresh` writes it anew.
    read.and_then(|text| Prices::built_in().with(&text).ok()).unwrap_or_else(Prices::built_in)
}

/// Where the prices are that were read from AWS: in the cache, since they can be read again.
pub fn own_prices() -> Option<PathBuf> {
    Some(folders::cache()?.join("prices.csv"))
}

/// The stack of these settings, priced, without a run.
pub fn estimate(settings: &StackSettings) -> Estimate {
    Estimate::of(settings, &table(), None)
}

/// The stack of these settings, of which only `parts` are meant.
pub fn estimate_of(settings: &StackSettings, parts: &[Part]) -> Estimate {
    let mut meant = settings.clone();
    if !parts.contains(&Part::Batch) {
        meant.spark = Provision::None;
        meant.redshift = Provision::None;
        meant.stream.mode = StreamMode::None;
        meant.grafana = false;
        meant.cloudwatch_dashboard = false;
        meant.alarms = false;
        meant.scorer = None;
    }
    meant.live.enabled = parts.contains(&Part::Live);
    estimate(&meant)
}

/// What the run that the settings describe adds: shown beside the stack's own price. It is not held against the
/// stack's limit, since a paid run asks for its own price and has a limit of its own.
pub fn with_run(mut estimate: Estimate, settings: &StackSettings, layers: &Layers) -> Estimate {
    let typed = layers.merged();
    let source = match (typed.source, typed.input.as_ref().is_some_and(|input| !input.is_empty())) {
        (Some(source), _) => source,
        (None, true) => SourceKind::Replay,
        (None, false) => SourceKind::Sample,
    };
    let mut run = RunUse::new(typed.limit.unwrap_or(USUAL_POSTS), source);
    run.comprehend = typed.model.as_deref() == Some("comprehend");
    estimate.run = Some(run_cost(&run, settings, &table()));
    estimate
}

/// The settings that the deployed stack was made from.
pub async fn deployed(observe: &dyn Observe, names: &Names) -> Result<Option<StackSettings>> {
    for part in [Part::Batch, Part::Live, Part::Storage] {
        if let Some(template) = observe.template(&names.stack(part)).await?
            && let Some(settings) = render::settings_of(&template)
        {
            return Ok(Some(settings));
        }
    }
    Ok(None)
}

/// US dollars an hour of these parts together, as far as prices are known.
pub fn hourly(estimate: &Estimate, parts: &[Part]) -> f64 {
    let rows = estimate.rows.iter().filter(|row| parts.contains(&row.part));
    // A sum of nothing is -0.0.
    rows.filter_map(|row| row.usd_per_hour).sum::<f64>() + 0.0
}

/// Hours from one moment to a later one; 0 where it is not later.
pub fn hours(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64().max(0.0) / 3600.0
}

/// US dollars a month for a gigabyte in the bucket.
pub fn storage_gb_month(region: &str) -> Option<f64> {
    table().find("s3/gb-month", region).map(|price| price.usd)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::resolve_stack;

    #[test]
    fn the_parts_together_cost_what_the_stack_costs() {
        let settings = resolve_stack(&Layers::default()).unwrap();
        let whole = estimate(&settings);
        let parts: f64 = Part::ALL.iter().map(|part| hourly(&whole, &[*part])).sum();
        assert!((parts - whole.totals.usd_per_hour).abs() < 1e-9);
        assert!((hourly(&whole, &Part::ALL) - parts).abs() < 1e-9);
        let storage = estimate_of(&settings, &[Part::Storage]);
        assert!(storage.totals.usd_per_hour < 0.01, "{}", storage.totals.usd_per_hour);
    }

    #[test]
    fn a_sum_of_nothing_is_no_minus_zero() {
        let whole = estimate(&resolve_stack(&Layers::default()).unwrap());
        assert!(hourly(&whole, &[]).is_sign_positive());
        let (early, late) =
            (Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_mins(90));
        assert_eq!((hours(early, late), hours(late, early)), (1.5, 0.0));
    }
}
