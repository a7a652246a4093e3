//! What is billed by use: nothing of it costs while nothing is done.

use super::assume;
use super::row::{Billed, Item, Rows};
use super::rows::EXTENDED_STREAM_HOURS;
use crate::config::StackSettings;
use crate::config::stack::settings::{Architecture, Network, Package, Provision, StreamMode};
use crate::stack::names::Part;

pub(super) fn add(settings: &StackSettings, rows: &mut Rows<'_>) {
    serverless_spark(settings, rows);
    warehouse(settings, rows);
    stream(settings, rows);
    if settings.network == Network::Private && !assume::interface_endpoints(settings).is_empty() {
        rows.by_use(Part::Batch, "Interface endpoints, data", "vpc/endpoint-gb", "GB");
    }
    scorer(settings, rows);
    live(settings, rows);
    storage(settings, rows);
}

fn noted(rows: &mut Rows<'_>, resource: &str, key: &str, unit: &str, note: String) {
    rows.add(Item {
        part: Part::Batch,
        resource: resource.to_owned(),
        key,
        unit,
        quantity: 1.0,
        billed: Billed::ByUse,
        note: Some(note),
    });
}

fn serverless_spark(settings: &StackSettings, rows: &mut Rows<'_>) {
    if settings.spark != Provision::Serverless {
        return;
    }
    let most = &settings.emr_serverless;
    noted(
        rows,
        "EMR Serverless, vCPU",
        "emr-serverless/x86-vcpu-hour",
        "vCPU-hour",
        format!("{} at once at most", most.max_vcpu),
    );
    noted(
        rows,
        "EMR Serverless, memory",
        "emr-serverless/x86-gb-hour",
        "GB-hour",
        format!("{} GB at once at most", most.max_memory_gb),
    );
    rows.by_use(Part::Batch, "EMR Serverless, disks", "emr-serverless/storage-gb-hour", "GB-hour");
}

fn warehouse(settings: &StackSettings, rows: &mut Rows<'_>) {
    if settings.redshift == Provision::Serverless {
        let rpu = settings.redshift_serverless.base_rpu;
        noted(
            rows,
            "Redshift Serverless",
            "redshift-serverless/rpu-hour",
            "RPU-hour",
            format!("{rpu} RPU while anything asks, a minute at least; an open dashboard asks all the time"),
        );
    }
    if settings.redshift != Provision::None {
        rows.by_use(Part::Batch, "Redshift managed storage", "redshift/managed-gb-month", "GB-month");
    }
}

fn stream(settings: &StackSettings, rows: &mut Rows<'_>) {
    match settings.stream.mode {
        StreamMode::Provisioned => {
            rows.by_use(Part::Batch, "Kinesis, records put", "kinesis/put-unit", "PUT unit of 25 KB");
        }
        StreamMode::OnDemand => {
            rows.by_use(Part::Batch, "Kinesis, data in", "kinesis/in-gb", "GB");
            rows.by_use(Part::Batch, "Kinesis, data out", "kinesis/out-gb", "GB");
        }
        StreamMode::None => return,
    }
    if settings.stream.hours > EXTENDED_STREAM_HOURS {
        let key = "kinesis/long-gb-month";
        rows.by_use(Part::Batch, "Kinesis, kept beyond 7 days", key, "GB-month");
    }
}

/// Billed like the live path's function, which it shares code and processor with.
fn scorer(settings: &StackSettings, rows: &mut Rows<'_>) {
    if settings.scorer.is_none() {
        return;
    }
    rows.by_use(Part::Batch, "Scoring function, time", function_key(settings), "GB-second");
    rows.by_use(Part::Batch, "Scoring function, calls", "lambda/request", "request");
}

fn function_key(settings: &StackSettings) -> &'static str {
    match settings.live.architecture {
        Architecture::Arm64 => "lambda/arm-gb-second",
        Architecture::X86_64 => "lambda/x86-gb-second",
    }
}

fn live(settings: &StackSettings, rows: &mut Rows<'_>) {
    if !settings.live.enabled {
        return;
    }
    rows.by_use(Part::Live, "Firehose, data in", "firehose/in-gb", "GB");
    rows.by_use(Part::Live, "Function, time", function_key(settings), "GB-second");
    rows.by_use(Part::Live, "Function, calls", "lambda/request", "request");
    if settings.live.balanced() {
        rows.by_use(Part::Live, "Network load balancer, load", "elb/network-lcu-hour", "NLCU-hour");
    }
    if settings.live.package == Package::Image {
        rows.by_use(Part::Storage, "ECR images", "ecr/gb-month", "GB-month");
    }
}

fn storage(settings: &StackSettings, rows: &mut Rows<'_>) {
    rows.by_use(Part::Storage, "Bucket", "s3/gb-month", "GB-month");
    rows.by_use(Part::Storage, "Bucket, writes", "s3/put", "PUT request");
    rows.by_use(Part::Storage, "Bucket, reads", "s3/get", "GET request");
    if settings.storage.athena {
        rows.by_use(Part::Storage, "Athena, read by queries", "athena/scanned-tb", "TB");
    }
    rows.by_use(Part::Storage, "Logs, written", "logs/in-gb", "GB");
    rows.by_use(Part::Storage, "Logs, kept", "logs/gb-month", "GB-month");
    if settings.ttl_seconds.is_some() {
        rows.by_use(Part::Storage, "Schedules of the TTL", "scheduler/invocation", "invocation");
        rows.by_use(Part::Storage, "Queue of failed schedules", "sqs/request", "request");
    }
}
