//! What a stack costs: a price table in which each price has a source and a date, rows by resource, and the limit
//! that they are held against. Pure: it asks no service and reads no clock.
//!
//! A price that is not in the table is *unknown*: it is named, and never counted as zero.

pub mod assume;
mod by_use;
pub mod docs;
pub mod document;
mod estimate;
mod limit;
pub mod money;
mod prices;
pub mod refresh;
mod row;
mod rows;
mod run;
pub mod table;
#[cfg(test)]
mod tests;

pub use document::CostDocument;
pub use estimate::{
    Alternative, Estimate, Totals, alternatives, hours, totals, usage_limit_over, usage_limit_rpu_hours,
};
pub use limit::check_limit;
pub use prices::{GLOBAL, Price, Prices};
pub use row::{Billed, Row};
pub use rows::rows;
pub use run::{RunCost, RunItem, RunUse, run_cost, runner_usd_per_hour};
