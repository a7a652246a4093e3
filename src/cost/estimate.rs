//! Totals of a stack, what else it could be made of, and the cap on what is billed by use.

use schemars::JsonSchema;
use serde::Serialize;

use super::money::{HOURS_PER_MONTH, cents_up};
use super::prices::Prices;
use super::row::Row;
use super::rows::rows;
use super::run::RunCost;
use crate::config::StackSettings;
use crate::config::stack::settings::{Provision, StreamMode};

/// The price that Redshift Serverless is billed by.
const RPU_HOUR: &str = "redshift-serverless/rpu-hour";

/// What costs by being there, added up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Totals {
    /// US dollars of what is known.
    pub usd_per_hour: f64,
    pub usd_per_day: f64,
    /// Hours of the time to live; of a month when there is none.
    pub hours: f64,
    /// US dollars over those hours.
    pub usd_for_ttl: f64,
    /// Rows that cost by the hour or month and have no known price: not counted.
    pub unknown: Vec<String>,
    /// Rows billed by use that have no known price.
    pub unknown_by_use: Vec<String>,
    /// Rows whose price is from general knowledge, not found in a source.
    pub unchecked: usize,
}

/// Another way to provision one part.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Alternative {
    /// The setting that chooses it: `stack.redshift: serverless`.
    pub setting: String,
    /// US dollars an hour of the whole stack with it, idle; null: not all prices are known.
    pub usd_per_hour: Option<f64>,
    /// US dollars an hour more while it works, where that is billed by use.
    pub usd_per_busy_hour: Option<f64>,
}

/// A stack, priced.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    pub rows: Vec<Row>,
    pub totals: Totals,
    pub alternatives: Vec<Alternative>,
    /// The run that goes with it, if there is one.
    pub run: Option<RunCost>,
    /// RPU-hours that Redshift Serverless may use; `None`: there is none, or there is no money for one hour.
    pub usage_limit_rpu_hours: Option<u64>,
    /// Whether Redshift Serverless is part of the stack.
    pub capped: bool,
    /// US dollars that stack and run may cost.
    pub max_cost: f64,
    /// Whether the stack ends by itself.
    pub ends: bool,
    /// The cheaper ways, best first, for a message: setting, and US dollars an hour less.
    pub(super) cheaper: Vec<(String, f64)>,
}

impl Estimate {
    /// Prices the stack of `settings`, and a run beside it.
    pub fn of(settings: &StackSettings, table: &Prices, run: Option<RunCost>) -> Self {
        let mut rows = rows(settings, table);
        let totals = totals(&rows, hours(settings));
        let spent = run.as_ref().map_or(0.0, |run| run.usd_high);
        let limit = usage_limit_over(settings, table, spent, 1);
        cap(&mut rows, settings, limit);
        Self {
            cheaper: cheaper(settings, table, &totals),
            alternatives: alternatives(settings, table),
            usage_limit_rpu_hours: limit,
            capped: settings.redshift == Provision::Serverless,
            max_cost: settings.max_cost,
            ends: settings.ttl_seconds.is_some(),
            rows,
            totals,
            run,
        }
    }

    /// US dollars over the time to live, with the run at its dearest, without what a cap holds.
    pub fn usd(&self) -> f64 {
        self.totals.usd_for_ttl + self.run.as_ref().map_or(0.0, |run| run.usd_high)
    }
}

/// Says what holds the rows that are billed by use: the usage limit of Redshift Serverless, and the capacity that EMR
/// Serverless may have at once.
fn cap(rows: &mut [Row], settings: &StackSettings, rpu_hours: Option<u64>) {
    let most = &settings.emr_serverless;
    for row in rows {
        let units = match row.key.as_str() {
            RPU_HOUR => rpu_hours.map(|limit| limit as f64),
            "emr-serverless/x86-vcpu-hour" => Some(f64::from(most.max_vcpu) * hours(settings)),
            "emr-serverless/x86-gb-hour" => Some(f64::from(most.max_memory_gb) * hours(settings)),
            _ => None,
        };
        row.usd_cap = units.zip(row.usd_per_unit).map(|(units, usd)| units * usd);
    }
}

/// Hours that the stack is priced for: its time to live, or a month when it has none.
pub fn hours(settings: &StackSettings) -> f64 {
    settings.ttl_seconds.map_or(HOURS_PER_MONTH, |seconds| seconds as f64 / 3600.0)
}

/// Adds up what costs by being there.
pub fn totals(rows: &[Row], hours: f64) -> Totals {
    let usd_per_hour: f64 = rows.iter().filter_map(|row| row.usd_per_hour).sum();
    let unknown = |fixed: bool| -> Vec<String> {
        let without = rows.iter().filter(|row| row.is_unknown() && row.is_fixed() == fixed);
        without.map(|row| row.resource.clone()).collect()
    };
    Totals {
        usd_per_hour,
        usd_per_day: usd_per_hour * 24.0,
        hours,
        usd_for_ttl: usd_per_hour * hours,
        unknown: unknown(true),
        unknown_by_use: unknown(false),
        unchecked: rows.iter().filter(|row| !row.is_unknown() && !row.checked).count(),
    }
}

/// The hard cap of Redshift Serverless in RPU-hours: what `max_cost` leaves after everything that costs by being
/// there, whole hours only. `None`: it is not part of the stack, its price or another one is unknown, or not even
/// one RPU-hour is left.
pub fn usage_limit_rpu_hours(settings: &StackSettings, table: &Prices) -> Option<u64> {
    usage_limit_over(settings, table, 0.0, 1)
}

/// As [`usage_limit_rpu_hours`], with `spent` US dollars set aside for a run, for a limit that starts anew
/// `periods - 1` times while the stack is up: AWS counts by day, week or month, in UTC.
pub fn usage_limit_over(settings: &StackSettings, table: &Prices, spent: f64, periods: u64) -> Option<u64> {
    if settings.redshift != Provision::Serverless {
        return None;
    }
    let price = table.find(RPU_HOUR, &settings.region)?.usd;
    let totals = totals(&rows(settings, table), hours(settings));
    if !totals.unknown.is_empty() {
        return None;
    }
    let left = settings.max_cost - cents_up(totals.usd_for_ttl) - cents_up(spent);
    let whole = (left / price / periods.max(1) as f64).floor();
    (whole >= 1.0).then_some(whole as u64)
}

/// What the other way to run Spark, the warehouse and the stream would cost, for the plan to name.
pub fn alternatives(settings: &StackSettings, table: &Prices) -> Vec<Alternative> {
    let mut found = Vec::new();
    let flipped = |now: Provision| match now {
        Provision::Cluster => Some(Provision::Serverless),
        Provision::Serverless => Some(Provision::Cluster),
        Provision::None => None,
    };
    if let Some(spark) = flipped(settings.spark) {
        let other = StackSettings { spark, ..settings.clone() };
        found.push(alternative("stack.spark", spark, &other, table, spark_busy));
    }
    if let Some(redshift) = flipped(settings.redshift) {
        let other = StackSettings { redshift, ..settings.clone() };
        found.push(alternative("stack.redshift", redshift, &other, table, redshift_busy));
    }
    let mode = match settings.stream.mode {
        StreamMode::Provisioned => Some(StreamMode::OnDemand),
        StreamMode::OnDemand => Some(StreamMode::Provisioned),
        StreamMode::None => None,
    };
    if let Some(mode) = mode {
        let mut other = settings.clone();
        other.stream.mode = mode;
        found.push(alternative("stack.stream_mode", mode, &other, table, |_, _| None));
    }
    found
}

fn alternative(
    setting: &str,
    value: impl Serialize,
    other: &StackSettings,
    table: &Prices,
    busy: impl Fn(&StackSettings, &Prices) -> Option<f64>,
) -> Alternative {
    let value = serde_json::to_value(value).ok();
    let value = value.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    let totals = totals(&rows(other, table), hours(other));
    Alternative {
        setting: format!("{setting}: {value}"),
        usd_per_hour: totals.unknown.is_empty().then_some(totals.usd_per_hour),
        usd_per_busy_hour: busy(other, table),
    }
}

/// US dollars an hour of EMR Serverless at its largest capacity.
fn spark_busy(settings: &StackSettings, table: &Prices) -> Option<f64> {
    let price = |key: &str| table.find(key, &settings.region).map(|price| price.usd);
    let most = &settings.emr_serverless;
    let vcpu = price("emr-serverless/x86-vcpu-hour")? * f64::from(most.max_vcpu);
    let memory = price("emr-serverless/x86-gb-hour")? * f64::from(most.max_memory_gb);
    (settings.spark == Provision::Serverless).then_some(vcpu + memory)
}

/// US dollars an hour of Redshift Serverless at its base capacity: what an open dashboard costs.
fn redshift_busy(settings: &StackSettings, table: &Prices) -> Option<f64> {
    let price = table.find(RPU_HOUR, &settings.region)?.usd;
    let base = f64::from(settings.redshift_serverless.base_rpu);
    (settings.redshift == Provision::Serverless).then_some(price * base)
}

/// Changes of one setting that make the stack cheaper by the hour, the greatest saving first.
fn cheaper(settings: &StackSettings, table: &Prices, now: &Totals) -> Vec<(String, f64)> {
    let mut found: Vec<(String, f64)> = alternatives(settings, table)
        .into_iter()
        .filter_map(|other| Some((other.setting, now.usd_per_hour - other.usd_per_hour?)))
        .collect();
    let mut consider = |setting: &str, other: StackSettings| {
        let then = totals(&rows(&other, table), hours(&other));
        found.push((setting.to_owned(), now.usd_per_hour - then.usd_per_hour));
    };
    if settings.grafana {
        consider("stack.grafana: false", StackSettings { grafana: false, ..settings.clone() });
    }
    if settings.spark == Provision::Cluster && settings.emr.core_count > 1 {
        let mut other = settings.clone();
        other.emr.core_count = 1;
        consider("stack.emr_core_count: 1", other);
    }
    if settings.spark == Provision::Cluster && settings.emr.task_count > 0 {
        let mut other = settings.clone();
        other.emr.task_count = 0;
        consider("stack.emr_task_count: 0", other);
    }
    found.retain(|(_, saved)| *saved > 0.0);
    found.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    found
}
