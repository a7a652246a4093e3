//! What one run adds to the bill: posts that are paid for, scoring, stream, bucket, serverless Spark. Ranges, as a
//! run's length is known only when it is over; limits take the high end.

use schemars::JsonSchema;
use serde::Serialize;

use super::assume;
use super::money::HOURS_PER_MONTH;
use super::prices::Prices;
use crate::config::StackSettings;
use crate::config::settings::SourceKind;
use crate::config::stack::defaults;
use crate::config::stack::settings::{Network, Provision, StreamMode};

/// Bytes of one post in the stream: from a short text to one of some length with its escapes.
const POST_BYTES: (f64, f64) = (200.0, 1_500.0);

/// Bytes of a Kinesis PUT unit. Each record is counted in whole units.
const PUT_UNIT_BYTES: f64 = 25.0 * 1024.0;

/// Posts of a packet: a full page of X search, and its smallest one.
const POSTS_PER_PACKET: (f64, f64) = (100.0, 10.0);

/// Comprehend's units of one post: three at least; only the first 500 characters are read.
const COMPREHEND_UNITS: (f64, f64) = (3.0, 5.0);

/// The smallest job on EMR Serverless: minutes, vCPU, GB.
const SMALLEST_JOB: (f64, f64, f64) = (2.0, 4.0, 16.0);

const GB: f64 = 1024.0 * 1024.0 * 1024.0;

/// A run to be priced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunUse {
    /// Posts read from the source at most.
    pub posts: u64,
    pub source: SourceKind,
    /// Whether Amazon Comprehend scores them.
    pub comprehend: bool,
    /// Minutes of Spark on EMR Serverless at most, at its largest capacity.
    pub spark_minutes: u32,
}

impl RunUse {
    /// A run that is scored by a model of its own and gives Spark a quarter of an hour.
    pub fn new(posts: u64, source: SourceKind) -> Self {
        Self { posts, source, comprehend: false, spark_minutes: 15 }
    }
}

/// One thing that a run uses.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct RunItem {
    pub resource: String,
    /// Its key in the price table.
    pub key: String,
    pub unit: String,
    /// Units at least and at most.
    pub low: f64,
    pub high: f64,
    /// US dollars at least and at most; null: unknown.
    pub usd_low: Option<f64>,
    pub usd_high: Option<f64>,
    pub source: Option<String>,
    pub as_of: Option<String>,
    pub checked: bool,
}

/// What a run costs beside the stack.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct RunCost {
    pub posts: u64,
    pub items: Vec<RunItem>,
    /// US dollars of what is known, at least and at most.
    pub usd_low: f64,
    pub usd_high: f64,
    /// What has no known price, and is not counted.
    pub unknown: Vec<String>,
}

/// The cost of a run on the stack of `settings`. Of Redshift Serverless only a dashboard that stays open is in it: its
/// usage limit caps the rest.
pub fn run_cost(run: &RunUse, settings: &StackSettings, table: &Prices) -> RunCost {
    let mut cost = Cost { region: &settings.region, table, items: Vec::new() };
    let posts = run.posts as f64;
    let packets = ((posts / POSTS_PER_PACKET.0).ceil(), (posts / POSTS_PER_PACKET.1).ceil());
    if run.source.is_paid() {
        // A post that another one repeats or quotes is handed over with it; whether it and the authors are billed
        // is not settled.
        cost.add("Posts read from X", "x/post", "post", (posts, posts * 2.0));
        cost.add("Authors read from X", "x/user", "user", (0.0, posts));
    }
    if run.comprehend {
        let units = (posts * COMPREHEND_UNITS.0, posts * COMPREHEND_UNITS.1);
        cost.add("Comprehend", "comprehend/unit", "unit of 100 characters", units);
    }
    let bytes = (posts * POST_BYTES.0, posts * POST_BYTES.1);
    match settings.stream.mode {
        StreamMode::Provisioned => {
            let units = ((bytes.0 / PUT_UNIT_BYTES).ceil(), (bytes.1 / PUT_UNIT_BYTES).ceil() + packets.1);
            cost.add("Kinesis, records put", "kinesis/put-unit", "PUT unit of 25 KB", units);
        }
        StreamMode::OnDemand => {
            cost.add("Kinesis, data in", "kinesis/in-gb", "GB", (bytes.0 / GB, bytes.1 / GB));
            cost.add("Kinesis, data out", "kinesis/out-gb", "GB", (bytes.0 / GB, bytes.1 * 2.0 / GB));
        }
        StreamMode::None => {}
    }
    // A packet and its scores, written once; at most written again after a stop, with the tables beside them.
    cost.add("Bucket, writes", "s3/put", "PUT request", (packets.0 * 2.0, packets.1 * 4.0 + 100.0));
    cost.add("Bucket, reads", "s3/get", "GET request", (packets.0 * 2.0, packets.1 * 8.0 + 1_000.0));
    if settings.spark == Provision::Serverless {
        let most = &settings.emr_serverless;
        let hours = (SMALLEST_JOB.0 / 60.0, f64::from(run.spark_minutes) / 60.0);
        let vcpu = (SMALLEST_JOB.1 * hours.0, f64::from(most.max_vcpu) * hours.1);
        let gb = (SMALLEST_JOB.2 * hours.0, f64::from(most.max_memory_gb) * hours.1);
        cost.add("EMR Serverless, vCPU", "emr-serverless/x86-vcpu-hour", "vCPU-hour", vcpu);
        cost.add("EMR Serverless, memory", "emr-serverless/x86-gb-hour", "GB-hour", gb);
    }
    if settings.network == Network::Egress {
        let kind = settings.runner_type.as_deref().unwrap_or(defaults::RUNNER_TYPE);
        let resource = format!("A remote run's machine ({kind}), each hour");
        cost.add(&resource, &format!("ec2/{kind}"), "instance-hour", (0.0, 1.0));
        cost.add("… its disk", "ebs/gp3-gb-month", "GB-month", (0.0, gb_months(1.0)));
        cost.add("… its public IPv4", "vpc/ipv4-hour", "address-hour", (0.0, 1.0));
    }
    if settings.redshift == Provision::Serverless {
        // A page that refreshes keeps the workgroup awake; closed, it costs nothing.
        let rpu = f64::from(settings.redshift_serverless.base_rpu);
        cost.add("An open dashboard, each hour", "redshift-serverless/rpu-hour", "RPU-hour", (0.0, rpu));
    }
    cost.finish(run.posts)
}

/// US dollars an hour of a remote run's machine, with its disk and its address; `None`: no price is known.
pub fn runner_usd_per_hour(instance_type: &str, region: &str, table: &Prices) -> Option<f64> {
    let price = |key: &str| table.find(key, region).map(|price| price.usd);
    let disk = price("ebs/gp3-gb-month")? * gb_months(1.0);
    Some(price(&format!("ec2/{instance_type}"))? + disk + price("vpc/ipv4-hour")?)
}

/// GB-months of the machine's disk in so many hours.
fn gb_months(hours: f64) -> f64 {
    f64::from(assume::RUNNER_GB) * hours / HOURS_PER_MONTH
}

struct Cost<'a> {
    region: &'a str,
    table: &'a Prices,
    items: Vec<RunItem>,
}

impl Cost<'_> {
    fn add(&mut self, resource: &str, key: &str, unit: &str, (low, high): (f64, f64)) {
        let price = self.table.find(key, self.region);
        let high = high.max(low);
        self.items.push(RunItem {
            resource: resource.to_owned(),
            key: key.to_owned(),
            unit: unit.to_owned(),
            low,
            high,
            usd_low: price.map(|price| price.usd * low),
            usd_high: price.map(|price| price.usd * high),
            source: price.map(|price| price.source.clone()),
            as_of: price.map(|price| price.as_of.clone()),
            checked: price.is_some_and(|price| price.checked),
        });
    }

    fn finish(self, posts: u64) -> RunCost {
        let unknown = self.items.iter().filter(|item| item.usd_high.is_none());
        RunCost {
            posts,
            usd_low: self.items.iter().filter_map(|item| item.usd_low).sum(),
            usd_high: self.items.iter().filter_map(|item| item.usd_high).sum(),
            unknown: unknown.map(|item| item.resource.clone()).collect(),
            items: self.items,
        }
    }
}
