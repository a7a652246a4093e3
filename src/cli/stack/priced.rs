//! Prices for the commands: the table, what a stack costs now, and what it has cost.

use crate::config::StackSettings;
use crate::config::stack::settings::{Provision, StreamMode};
use crate::cost::{Estimate, Prices};
use crate::error::Result;
use crate::render;
use crate::stack::names::{Names, Part};
use crate::stack::port::Observe;

/// The prices that are known here.
pub fn table() -> Prices {
    Prices::built_in()
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
    }
    meant.live.enabled = parts.contains(&Part::Live);
    estimate(&meant)
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

/// US dollars an hour of one part, as far as prices are known. The sum of nothing is minus zero: hence the zero.
pub fn hourly(estimate: &Estimate, part: Part) -> f64 {
    estimate.rows.iter().filter(|row| row.part == part).filter_map(|row| row.usd_per_hour).sum::<f64>() + 0.0
}

/// US dollars a month for a gigabyte in the bucket.
pub fn storage_gb_month(region: &str) -> Option<f64> {
    table().find("s3/gb-month", region).map(|price| price.usd)
}
