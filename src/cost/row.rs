//! A row of the bill: one resource, how much of it, and what that costs.

use schemars::JsonSchema;
use serde::Serialize;

use super::money::HOURS_PER_MONTH;
use super::prices::Prices;
use crate::stack::names::Part;

/// How a resource is billed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Billed {
    /// By the hour, while it is there.
    Hourly,
    /// By the month, and for a part of one in proportion.
    Monthly,
    /// By what is done with it; quantity is 1.
    ByUse,
}

/// One resource.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Row {
    /// What it is, in words: `EMR primary node (m6g.xlarge)`.
    pub resource: String,
    /// Which of the three stacks it belongs to: `storage`, `batch` or `live`.
    #[schemars(with = "String")]
    pub part: Part,
    pub billed: Billed,
    /// Its key in the price table: `ec2/m6g.xlarge`.
    pub key: String,
    /// `instance-hour`, `GB-month`.
    pub unit: String,
    /// Units an hour (hourly), or units (monthly, by use).
    pub quantity: f64,
    /// US dollars for one unit; null: unknown.
    pub usd_per_unit: Option<f64>,
    /// US dollars an hour while the stack is up; null: unknown, or billed by use.
    pub usd_per_hour: Option<f64>,
    /// US dollars that it can cost at most over the time to live, where something holds it; null: nothing does.
    pub usd_cap: Option<f64>,
    /// Address of the page or file that states the price.
    pub source: Option<String>,
    /// Its date: a year, a month or a day.
    pub as_of: Option<String>,
    /// Whether the price was found there; false: from general knowledge, or unknown.
    pub checked: bool,
    pub note: Option<String>,
}

impl Row {
    /// Whether its price is not known.
    pub fn is_unknown(&self) -> bool {
        self.usd_per_unit.is_none()
    }

    /// Whether it costs something by being there.
    pub fn is_fixed(&self) -> bool {
        self.billed != Billed::ByUse
    }

    /// US dollars a month of [`HOURS_PER_MONTH`] hours; `None`: unknown, or billed by use.
    pub fn usd_per_month(&self) -> Option<f64> {
        self.usd_per_hour.map(|usd| usd * HOURS_PER_MONTH)
    }
}

/// Gathers the rows of one region.
pub(super) struct Rows<'a> {
    pub region: &'a str,
    pub table: &'a Prices,
    pub rows: Vec<Row>,
}

/// A row before it has its price.
pub(super) struct Item<'a> {
    pub part: Part,
    pub resource: String,
    pub key: &'a str,
    pub unit: &'a str,
    pub quantity: f64,
    pub billed: Billed,
    pub note: Option<String>,
}

impl Rows<'_> {
    pub fn hourly(&mut self, part: Part, resource: impl Into<String>, key: &str, unit: &str, quantity: u32) {
        self.add(Item {
            part,
            resource: resource.into(),
            key,
            unit,
            quantity: f64::from(quantity),
            billed: Billed::Hourly,
            note: None,
        });
    }

    pub fn monthly(&mut self, part: Part, resource: impl Into<String>, key: &str, unit: &str, quantity: u32) {
        self.add(Item {
            part,
            resource: resource.into(),
            key,
            unit,
            quantity: f64::from(quantity),
            billed: Billed::Monthly,
            note: None,
        });
    }

    pub fn by_use(&mut self, part: Part, resource: impl Into<String>, key: &str, unit: &str) {
        self.add(Item {
            part,
            resource: resource.into(),
            key,
            unit,
            quantity: 1.0,
            billed: Billed::ByUse,
            note: None,
        });
    }

    pub fn add(&mut self, item: Item<'_>) {
        let price = self.table.find(item.key, self.region);
        let usd = price.map(|price| price.usd);
        let said = price.map(|price| price.note.clone()).filter(|note| !note.is_empty());
        let note = match (item.note, said) {
            (Some(own), Some(said)) => Some(format!("{own}; {said}")),
            (own, said) => own.or(said),
        };
        self.rows.push(Row {
            resource: item.resource,
            part: item.part,
            billed: item.billed,
            key: item.key.to_owned(),
            unit: item.unit.to_owned(),
            quantity: item.quantity,
            usd_per_unit: usd,
            usd_per_hour: match item.billed {
                Billed::Hourly => usd.map(|usd| usd * item.quantity),
                Billed::Monthly => usd.map(|usd| usd * item.quantity / HOURS_PER_MONTH),
                Billed::ByUse => None,
            },
            usd_cap: None,
            source: price.map(|price| price.source.clone()),
            as_of: price.map(|price| price.as_of.clone()),
            checked: price.is_some_and(|price| price.checked),
            note,
        });
    }
}
