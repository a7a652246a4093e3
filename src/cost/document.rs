//! The JSON of `stack cost`: the bill as a document. Field names are a contract.

use schemars::JsonSchema;
use serde::Serialize;

use super::estimate::{Alternative, Estimate};
use super::row::{Billed, Row};
use super::run::RunCost;

/// What a stack costs.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct CostDocument {
    /// Always `USD`.
    pub currency: String,
    pub region: String,
    /// What costs by being there, by resource.
    pub rows: Vec<Row>,
    /// US dollars of what is known; what is `unknown` comes on top.
    pub usd_per_hour: f64,
    pub usd_per_day: f64,
    /// US dollars over the time to live; null: it has none.
    pub usd_for_ttl: Option<f64>,
    /// Hours of the time to live; null: it has none.
    pub ttl_hours: Option<f64>,
    /// US dollars a month of those rows that are priced by the month, were they kept.
    pub usd_per_month_kept: f64,
    /// Resources without a known price: not counted anywhere.
    pub unknown: Vec<String>,
    /// How many rows have a price that was not found in a source.
    pub unchecked: usize,
    /// What is billed by use; costs nothing by being there.
    pub by_use: Vec<Row>,
    /// RPU-hours that Redshift Serverless may use; null: it is not part of the stack, or nothing is left for it.
    pub usage_limit_rpu_hours: Option<u64>,
    /// What other ways to provision it would cost.
    pub alternatives: Vec<Alternative>,
    /// What a run adds; null: none was given.
    pub run: Option<RunCost>,
    /// US dollars that stack and run may cost.
    pub max_cost: f64,
    /// US dollars that the stack has cost so far, from its real hours; null: it is not up, or was not asked.
    pub measured: Option<f64>,
}

impl CostDocument {
    /// The document of `estimate`. `measured` are US dollars that the stack has cost so far, where that is known.
    pub fn new(estimate: &Estimate, region: impl Into<String>, measured: Option<f64>) -> Self {
        let (rows, by_use): (Vec<Row>, Vec<Row>) = estimate.rows.iter().cloned().partition(Row::is_fixed);
        let totals = &estimate.totals;
        let monthly = rows.iter().filter(|row| row.billed == Billed::Monthly);
        Self {
            currency: "USD".to_owned(),
            region: region.into(),
            usd_per_month_kept: monthly.filter_map(Row::usd_per_month).sum(),
            rows,
            usd_per_hour: totals.usd_per_hour,
            usd_per_day: totals.usd_per_day,
            usd_for_ttl: estimate.ends.then_some(totals.usd_for_ttl),
            ttl_hours: estimate.ends.then_some(totals.hours),
            unknown: totals.unknown.iter().chain(&totals.unknown_by_use).cloned().collect(),
            unchecked: totals.unchecked,
            by_use,
            usage_limit_rpu_hours: estimate.usage_limit_rpu_hours,
            alternatives: estimate.alternatives.clone(),
            run: estimate.run.clone(),
            max_cost: estimate.max_cost,
            measured,
        }
    }
}
