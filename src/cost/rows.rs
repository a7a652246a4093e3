//! The rows of a stack: everything that its settings choose and that AWS bills.

use super::assume;
use super::by_use;
use super::prices::Prices;
use super::row::{Billed, Item, Row, Rows};
use crate::config::StackSettings;
use crate::config::stack::settings::{Endpoint, Network, Provision, StreamMode};
use crate::stack::names::Part;

/// Hours of records that a stream keeps at no extra cost.
pub(super) const FREE_STREAM_HOURS: u32 = 24;

/// Hours of records that the extended retention's price covers.
pub(super) const EXTENDED_STREAM_HOURS: u32 = 168;

/// All rows: what costs by being there first, then what is billed by use. The live path is among them when
/// `live.enabled` is set.
pub fn rows(settings: &StackSettings, table: &Prices) -> Vec<Row> {
    let mut rows = Rows { region: &settings.region, table, rows: Vec::new() };
    spark(settings, &mut rows);
    warehouse(settings, &mut rows);
    stream(settings, &mut rows);
    hosts(settings, &mut rows);
    network(settings, &mut rows);
    watch(settings, &mut rows);
    by_use::add(settings, &mut rows);
    rows.rows
}

fn spark(settings: &StackSettings, rows: &mut Rows<'_>) {
    if settings.spark != Provision::Cluster {
        return;
    }
    let emr = &settings.emr;
    let groups = [
        ("primary", &emr.primary_type, 1, false),
        ("core", &emr.core_type, emr.core_count, false),
        ("task", &emr.task_type, emr.task_count, emr.task_spot),
    ];
    let mut nodes = 0;
    for (name, kind, count, spot) in groups {
        if count == 0 {
            continue;
        }
        nodes += count;
        let plural = if count == 1 { "node" } else { "nodes" };
        let (low, high) = assume::SPOT_SHARE;
        let note =
            format!("Spot: usually {:.0}-{:.0} % of this, at most all of it", low * 100.0, high * 100.0);
        rows.add(Item {
            part: Part::Batch,
            resource: format!("EMR {name} {plural} ({kind})"),
            key: &format!("ec2/{kind}"),
            unit: "instance-hour",
            quantity: f64::from(count),
            billed: Billed::Hourly,
            note: spot.then_some(note),
        });
        let charge = format!("EMR's charge, {name} ({kind})");
        rows.hourly(Part::Batch, charge, &format!("emr/{kind}"), "instance-hour", count);
    }
    disk(rows, Part::Batch, "EMR disks (gp3)", nodes * assume::EMR_NODE_GB);
    rows.monthly(Part::Batch, "EMR disks' key", "kms/key-month", "key-month", 1);
    if settings.network == Network::Egress {
        rows.hourly(Part::Batch, "EMR public IPv4", "vpc/ipv4-hour", "address-hour", nodes);
    }
}

fn warehouse(settings: &StackSettings, rows: &mut Rows<'_>) {
    if settings.redshift == Provision::Cluster {
        let cluster = &settings.redshift_cluster;
        let key = format!("redshift/{}", cluster.node_type);
        let nodes = if cluster.nodes == 1 { "node" } else { "nodes" };
        let resource = format!("Redshift {nodes} ({})", cluster.node_type);
        rows.hourly(Part::Batch, resource, &key, "node-hour", cluster.nodes);
    }
    if settings.redshift != Provision::None {
        rows.monthly(Part::Batch, "Redshift's managed secret", "secrets/secret-month", "secret-month", 1);
    }
}

fn stream(settings: &StackSettings, rows: &mut Rows<'_>) {
    let stream = &settings.stream;
    match stream.mode {
        StreamMode::Provisioned => {
            let shards = if stream.shards == 1 { "shard" } else { "shards" };
            let resource = format!("Kinesis {shards}");
            rows.hourly(Part::Batch, resource, "kinesis/shard-hour", "shard-hour", stream.shards);
            if stream.hours > FREE_STREAM_HOURS {
                let resource = format!("Kinesis retention of {} h", stream.hours.min(EXTENDED_STREAM_HOURS));
                rows.hourly(
                    Part::Batch,
                    resource,
                    "kinesis/extended-shard-hour",
                    "shard-hour",
                    stream.shards,
                );
            }
        }
        StreamMode::OnDemand => {
            rows.hourly(Part::Batch, "Kinesis stream, on demand", "kinesis/stream-hour", "stream-hour", 1);
        }
        StreamMode::None => {}
    }
}

fn hosts(settings: &StackSettings, rows: &mut Rows<'_>) {
    if settings.grafana {
        let name = "Grafana host";
        host(settings, rows, (Part::Batch, name, 1), &settings.grafana_type, assume::GRAFANA_GB);
        rows.monthly(Part::Batch, "Grafana's password", "secrets/secret-month", "secret-month", 1);
    }
    let live = &settings.live;
    if live.enabled && live.endpoint == Endpoint::Ec2 {
        let hosts = (Part::Live, "Model endpoint", live.hosts());
        host(settings, rows, hosts, &live.endpoint_type, assume::ENDPOINT_GB);
    }
    if live.enabled && live.balanced() {
        rows.hourly(Part::Live, "Network load balancer", "elb/network-hour", "balancer-hour", 1);
    }
}

/// So many machines of a name, each with a disk of `gb` and, where there is a way out, an address.
fn host(settings: &StackSettings, rows: &mut Rows<'_>, hosts: (Part, &str, u32), kind: &str, gb: u32) {
    let (part, name, count) = hosts;
    rows.hourly(part, format!("{name} ({kind})"), &format!("ec2/{kind}"), "instance-hour", count);
    disk(rows, part, &format!("{name}'s disk (gp3)"), gb * count);
    if settings.network == Network::Egress {
        rows.hourly(part, format!("{name}'s public IPv4"), "vpc/ipv4-hour", "address-hour", count);
    }
}

fn disk(rows: &mut Rows<'_>, part: Part, name: &str, gb: u32) {
    rows.monthly(part, name, "ebs/gp3-gb-month", "GB-month", gb);
}

fn network(settings: &StackSettings, rows: &mut Rows<'_>) {
    let endpoints = u32::try_from(assume::interface_endpoints(settings).len()).unwrap_or(u32::MAX);
    if endpoints > 0 {
        let quantity = endpoints.saturating_mul(assume::ENDPOINT_ZONES);
        rows.hourly(Part::Batch, "Interface endpoints", "vpc/endpoint-hour", "endpoint-hour", quantity);
    }
}

fn watch(settings: &StackSettings, rows: &mut Rows<'_>) {
    if settings.cloudwatch_dashboard {
        let key = "cloudwatch/dashboard-month";
        rows.monthly(Part::Batch, "CloudWatch dashboard", key, "dashboard-month", 1);
    }
    if settings.alarms {
        let key = "cloudwatch/alarm-month";
        rows.monthly(Part::Batch, "CloudWatch alarms", key, "alarm-month", assume::ALARMS);
    }
}
