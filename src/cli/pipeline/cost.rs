//! What a run has cost beside the stack, from what it read and scored: estimates, since what AWS and X bill is known
//! to them alone.

use std::collections::BTreeMap;

use crate::cli::document::{Cost, CostItem};
use crate::config::settings::Settings;
use crate::journal::resume::Progress;
use crate::pipeline::event::Stage;

/// What a run that has come so far has cost for a model.
pub fn of_run(settings: &Settings, progress: &Progress, model: &str) -> Cost {
    let mut cost = Cost::default();
    for (_, item) in items(settings, progress, model) {
        *(if item.measured { &mut cost.measured } else { &mut cost.estimated }) += item.amount;
        cost.items.push(item);
    }
    cost
}

/// The same in dollars by stage.
pub fn by_stage(settings: &Settings, progress: &Progress, model: &str) -> BTreeMap<Stage, f64> {
    let mut stages = BTreeMap::new();
    for (stage, item) in items(settings, progress, model) {
        *stages.entry(stage).or_default() += item.amount;
    }
    stages
}

/// Nothing that a run of this build can use is paid for.
#[cfg(not(feature = "stack"))]
fn items(_: &Settings, _: &Progress, _: &str) -> Vec<(Stage, CostItem)> {
    Vec::new()
}

#[cfg(feature = "stack")]
fn items(settings: &Settings, progress: &Progress, model: &str) -> Vec<(Stage, CostItem)> {
    priced::items(settings, progress, model)
}

#[cfg(feature = "stack")]
mod priced {
    use crate::cli::document::CostItem;
    use crate::config::settings::{Settings, SourceKind};
    use crate::cost::{GLOBAL, Prices};
    use crate::journal::resume::Progress;
    use crate::pipeline::context::transform_counts;
    use crate::pipeline::event::Stage;

    /// Units of Comprehend that a post takes at least: three of 100 characters.
    const COMPREHEND_UNITS: f64 = 3.0;

    pub fn items(settings: &Settings, progress: &Progress, model: &str) -> Vec<(Stage, CostItem)> {
        let prices = Prices::built_in();
        let mut items = Vec::new();
        let mut add = |stage, name: &str, key: &str, region: &str, quantity: f64| {
            // In a region whose price nobody knows it is not free: that of the first one is near.
            let price = prices.find(key, region).or_else(|| prices.find(key, "us-east-1"));
            if let (Some(price), true) = (price, quantity > 0.0) {
                // What a service says that it bills is measured; what was sent to one is reckoned.
                let measured = stage == Stage::Transform;
                items.push((
                    stage,
                    CostItem { name: name.to_owned(), amount: price.usd * quantity, measured },
                ));
            }
        };
        match settings.source {
            SourceKind::XSearch | SourceKind::XStream => {
                let read = progress.counts.as_ref().map_or(0, |counts| counts.read);
                let name = "posts read from X, without what came beside them";
                add(Stage::Ingest, name, "x/post", GLOBAL, read as f64);
            }
            SourceKind::Sample | SourceKind::Replay | SourceKind::Bluesky => {}
        }
        let Some(made) = transform_counts(progress, model) else { return items };
        if model == "comprehend" {
            let fallback = progress.models.get(model).map_or(0, |of_model| of_model.fallback());
            let units = made.scored.saturating_sub(fallback) as f64 * COMPREHEND_UNITS;
            // The same in every region that the tool knows.
            add(Stage::Score, "Comprehend, at least", "comprehend/unit", "us-east-1", units);
        }
        if let Some(billed) = &made.billed {
            for (name, key, quantity) in [
                ("EMR Serverless, vCPU", "emr-serverless/x86-vcpu-hour", billed.vcpu_hours),
                ("EMR Serverless, memory", "emr-serverless/x86-gb-hour", billed.memory_gb_hours),
                ("EMR Serverless, disks", "emr-serverless/storage-gb-hour", billed.storage_gb_hours),
            ] {
                add(Stage::Transform, name, key, &billed.region, quantity);
            }
        }
        items
    }
}

#[cfg(test)]
#[cfg(feature = "stack")]
mod tests {
    use super::*;
    use crate::config::{File, Layers, resolve};
    use crate::journal::format::{Billed, IngestCounts, StageResult, TransformCounts};

    fn settings(yaml: &str) -> Settings {
        let layers = Layers::of_flags(File::parse("flags", yaml).unwrap().typed);
        resolve(&layers, jiff::Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_hours(490_000))
            .unwrap()
            .settings
    }

    #[test]
    fn what_is_free_costs_nothing_and_what_is_paid_for_is_an_estimate_or_what_was_billed() {
        let mut progress = Progress {
            counts: Some(IngestCounts { read: 1_000, ..IngestCounts::default() }),
            ..Progress::default()
        };
        let billed = Billed {
            region: "us-east-1".to_owned(),
            vcpu_hours: 2.0,
            memory_gb_hours: 10.0,
            storage_gb_hours: 0.0,
        };
        let made = TransformCounts { scored: 100, billed: Some(billed), ..TransformCounts::default() };
        let of_model = progress.models.entry("comprehend".to_owned()).or_default();
        of_model.results.push((Stage::Transform, StageResult::Transform(made)));
        assert_eq!(of_run(&settings(""), &progress, "embedded"), Cost::default());
        let x = settings("{source: x-search, query: q, duration: 1d}");
        let cost = of_run(&x, &progress, "comprehend");
        let spark = 2.0 * 0.052624 + 10.0 * 0.0057785;
        assert!((cost.estimated - 5.03).abs() < 1e-9, "{cost:?}");
        assert!((cost.measured - spark).abs() < 1e-9, "{cost:?}");
        assert_eq!(cost.items.len(), 4);
        let stages = by_stage(&x, &progress, "comprehend");
        assert_eq!(
            stages.keys().copied().collect::<Vec<_>>(),
            [Stage::Ingest, Stage::Score, Stage::Transform]
        );
        assert!((stages[&Stage::Transform] - spark).abs() < 1e-9, "{stages:?}");
        assert_eq!(by_stage(&x, &progress, "embedded").len(), 1);
    }
}
