//! AWS's price lists as rows of our table. Reads both shapes: an offer file of the bulk API, and answers of
//! GetProducts. Whoever fetches them is elsewhere.
//!
//! A product is taken when it is one that the table has a key for; all others are passed over. Of a price with
//! tiers the first one counts, as it is the dearest. Prices of zero (free tiers, reserved capacity) are none.

use serde_json::Value;

use super::prices::{Price, Prices};
use crate::error::{Error, Result};

/// Where a bulk offer file lies, for the source of its prices.
const BULK: &str = "https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws";

/// The services whose offers hold prices of the table, by their code in the Price List API.
pub const SERVICES: [&str; 15] = [
    "AmazonEC2",
    "AmazonVPC",
    "ElasticMapReduce",
    "AmazonRedshift",
    "AmazonKinesis",
    "AmazonKinesisFirehose",
    "AmazonS3",
    "AmazonCloudWatch",
    "AWSELB",
    "AWSLambda",
    "AmazonECR",
    "AWSSecretsManager",
    "comprehend",
    "AWSQueueService",
    "awskms",
];

/// What is asked of GetProducts in one go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    pub service: &'static str,
    /// Attributes with the values that they must have.
    pub attributes: Vec<(String, String)>,
}

impl Query {
    fn of(service: &'static str, region: &str, more: &[(&str, &str)]) -> Self {
        let attributes = std::iter::once(("regionCode", region)).chain(more.iter().copied());
        let own = |(field, value): (&str, &str)| (field.to_owned(), value.to_owned());
        Self { service, attributes: attributes.map(own).collect() }
    }

    /// In words: the service, and the instance type where one is asked for.
    pub fn what(&self) -> String {
        let kind = self.attributes.iter().find(|(field, _)| field == "instanceType");
        kind.map_or_else(|| self.service.to_owned(), |(_, kind)| format!("{} {kind}", self.service))
    }
}

/// What to ask for the prices of a table in a region. EC2 alone has a hundred thousand products, so of it and of EMR
/// only the instance types of the table are asked for.
pub fn queries(table: &Prices, region: &str) -> Vec<Query> {
    let types = |prefix: &str| {
        let keys = table.iter().filter_map(|price| price.key.strip_prefix(prefix));
        keys.collect::<std::collections::BTreeSet<_>>()
    };
    let plain = [
        ("operatingSystem", "Linux"),
        ("tenancy", "Shared"),
        ("preInstalledSw", "NA"),
        ("capacitystatus", "Used"),
    ];
    let mut queries = Vec::new();
    for kind in types("ec2/") {
        queries.push(Query::of("AmazonEC2", region, &[&plain[..], &[("instanceType", kind)]].concat()));
    }
    queries.push(Query::of("AmazonEC2", region, &[("productFamily", "Storage"), ("volumeApiName", "gp3")]));
    for kind in types("emr/") {
        queries.push(Query::of("ElasticMapReduce", region, &[("instanceType", kind)]));
    }
    queries.push(Query::of("ElasticMapReduce", region, &[("productFamily", "EMR Serverless")]));
    let others = SERVICES.iter().filter(|service| !["AmazonEC2", "ElasticMapReduce"].contains(service));
    queries.extend(others.map(|service| Query::of(service, region, &[])));
    queries
}

/// Reads an offer file (`products` and `terms`), an answer of GetProducts (`PriceList`), or a list of such
/// products, each an object or the text of one. `today` dates prices of lists without a date of their own.
///
/// # Errors
/// Of kind `Input` when it is no JSON or has neither shape. Products of a shape that is not understood are passed
/// over.
pub fn parse(json: &str, today: &str) -> Result<Prices> {
    let list: Value = serde_json::from_str(json)
        .map_err(|e| Error::input("the price list is no JSON").because(e).hint("fetch it again"))?;
    let mut prices = Prices::default();
    if let (Some(products), Some(terms)) =
        (list.get("products").and_then(Value::as_object), list.get("terms"))
    {
        let service = text(&list, "offerCode");
        let date = day(text(&list, "publicationDate"), today);
        for (sku, product) in products {
            let terms = terms.get("OnDemand").and_then(|terms| terms.get(sku));
            take(&mut prices, service, product, terms, date);
        }
        return Ok(prices);
    }
    let products = list.get("PriceList").unwrap_or(&list).as_array().ok_or_else(|| {
        Error::input("the price list has neither products nor a PriceList")
            .hint("an offer file of the bulk API, or an answer of `aws pricing get-products`")
    })?;
    for product in products {
        let opened = match product {
            Value::String(text) => serde_json::from_str(text).unwrap_or(Value::Null),
            other => other.clone(),
        };
        let Some(inner) = opened.get("product") else { continue };
        let terms = opened.get("terms").and_then(|terms| terms.get("OnDemand"));
        let date = day(text(&opened, "publicationDate"), today);
        take(&mut prices, text(&opened, "serviceCode"), inner, terms, date);
    }
    Ok(prices)
}

fn take(prices: &mut Prices, service: &str, product: &Value, terms: Option<&Value>, date: &str) {
    let Some(attributes) = product.get("attributes") else { return };
    let family = text(product, "productFamily");
    let region = text(attributes, "regionCode");
    if region.is_empty() {
        return;
    }
    let Some((key, unit)) = key_of(service, family, attributes) else { return };
    let Some(usd) = terms.and_then(first_price) else { return };
    // Several products may carry one key (a tier, a reservation): the dearer one is the safe one.
    if prices.find(&key, region).is_some_and(|known| known.usd >= usd) {
        return;
    }
    prices.insert(Price {
        key,
        region: region.to_owned(),
        unit: unit.to_owned(),
        usd,
        source: format!("{BULK}/{service}/current/{region}/index.json"),
        as_of: date.to_owned(),
        checked: true,
        note: String::new(),
    });
}

/// The price in dollars over all on-demand terms and tiers of a product: the dearest, which is the first tier that is
/// not free.
fn first_price(terms: &Value) -> Option<f64> {
    let dimensions = terms.as_object()?.values().filter_map(|term| term.get("priceDimensions")?.as_object());
    let prices = dimensions
        .flat_map(|dimensions| dimensions.values())
        .filter_map(|dimension| dimension.get("pricePerUnit")?.get("USD")?.as_str()?.parse::<f64>().ok());
    prices.filter(|usd| usd.is_finite() && *usd > 0.0).max_by(f64::total_cmp)
}

/// The key of the table that a product is, and its unit.
fn key_of(service: &str, family: &str, attributes: &Value) -> Option<(String, &'static str)> {
    let usage = usage_type(text(attributes, "usagetype"), text(attributes, "regionCode"));
    let kind = text(attributes, "instanceType");
    let fixed = |key: &str, unit: &'static str| Some((key.to_owned(), unit));
    match service {
        "AmazonEC2" => ec2(family, attributes, usage, kind),
        "AmazonVPC" => match usage {
            "VpcEndpoint-Hours" => fixed("vpc/endpoint-hour", "endpoint-hour"),
            "VpcEndpoint-Bytes" => fixed("vpc/endpoint-gb", "GB"),
            "PublicIPv4:InUseAddress" => fixed("vpc/ipv4-hour", "address-hour"),
            _ => None,
        },
        "AWSELB" if family == "Load Balancer-Network" => match usage {
            "LoadBalancerUsage" => fixed("elb/network-hour", "balancer-hour"),
            "LCUUsage" => fixed("elb/network-lcu-hour", "NLCU-hour"),
            _ => None,
        },
        "ElasticMapReduce" => emr(attributes, usage, kind),
        "AmazonRedshift" => {
            if let Some(node) = usage.strip_prefix("Node:").filter(|node| !node.is_empty()) {
                return Some((format!("redshift/{node}"), "node-hour"));
            }
            match usage {
                "Redshift:ServerlessUsage" => fixed("redshift-serverless/rpu-hour", "RPU-hour"),
                _ if usage.starts_with("RMS:") => fixed("redshift/managed-gb-month", "GB-month"),
                _ => None,
            }
        }
        "AmazonKinesis" => match usage {
            "Storage-ShardHour" => fixed("kinesis/shard-hour", "shard-hour"),
            "PutRequestPayloadUnits" => fixed("kinesis/put-unit", "PUT unit of 25 KB"),
            "Extended-ShardHour" => fixed("kinesis/extended-shard-hour", "shard-hour"),
            "OnDemand-StreamHour" => fixed("kinesis/stream-hour", "stream-hour"),
            "OnDemand-BilledIncomingBytes" => fixed("kinesis/in-gb", "GB"),
            "OnDemand-BilledOutgoingBytes" => fixed("kinesis/out-gb", "GB"),
            _ => None,
        },
        _ => small(service, usage, attributes),
    }
}

fn ec2(family: &str, attributes: &Value, usage: &str, kind: &str) -> Option<(String, &'static str)> {
    let says = |name: &str, value: &str| text(attributes, name) == value;
    if usage == "EBS:VolumeUsage.gp3" {
        return Some(("ebs/gp3-gb-month".to_owned(), "GB-month"));
    }
    let plain = family.starts_with("Compute Instance")
        && says("operatingSystem", "Linux")
        && says("tenancy", "Shared")
        && says("preInstalledSw", "NA")
        && says("capacitystatus", "Used")
        && usage.starts_with("BoxUsage");
    (plain && !kind.is_empty()).then(|| (format!("ec2/{kind}"), "instance-hour"))
}

fn emr(attributes: &Value, usage: &str, kind: &str) -> Option<(String, &'static str)> {
    let arm = usage.to_ascii_uppercase().contains("ARM");
    if usage.to_ascii_uppercase().contains("SERVERLESS") {
        let processor = if arm { "arm" } else { "x86" };
        return match usage {
            _ if usage.ends_with("vCPUHours") => {
                Some((format!("emr-serverless/{processor}-vcpu-hour"), "vCPU-hour"))
            }
            _ if usage.ends_with("MemoryGBHours") => {
                Some((format!("emr-serverless/{processor}-gb-hour"), "GB-hour"))
            }
            _ if usage.ends_with("StorageGBHours") => {
                Some(("emr-serverless/storage-gb-hour".to_owned(), "GB-hour"))
            }
            _ => None,
        };
    }
    let ours = text(attributes, "softwareType") == "EMR" && usage.starts_with("BoxUsage");
    (ours && !kind.is_empty()).then(|| (format!("emr/{kind}"), "instance-hour"))
}

/// Services of which the table has one or two prices.
fn small(service: &str, usage: &str, attributes: &Value) -> Option<(String, &'static str)> {
    let (key, unit) = match (service, usage) {
        ("AmazonKinesisFirehose", "BilledBytes") => ("firehose/in-gb", "GB"),
        ("AmazonS3", "TimedStorage-ByteHrs") => ("s3/gb-month", "GB-month"),
        ("AmazonS3", "Requests-Tier1") => ("s3/put", "PUT request"),
        ("AmazonS3", "Requests-Tier2") => ("s3/get", "GET request"),
        ("AmazonCloudWatch", "DataProcessing-Bytes") => ("logs/in-gb", "GB"),
        ("AmazonCloudWatch", "TimedStorage-ByteHrs") => ("logs/gb-month", "GB-month"),
        ("AmazonCloudWatch", "CW:AlarmMonitorUsage") => ("cloudwatch/alarm-month", "alarm-month"),
        ("AWSLambda", "Lambda-GB-Second") => ("lambda/x86-gb-second", "GB-second"),
        ("AWSLambda", "Lambda-GB-Second-ARM") => ("lambda/arm-gb-second", "GB-second"),
        ("AWSLambda", "Request") => ("lambda/request", "request"),
        ("AmazonECR", "TimedStorage-ByteHrs") => ("ecr/gb-month", "GB-month"),
        ("AWSSecretsManager", "AWSSecretsManager-Secrets") => ("secrets/secret-month", "secret-month"),
        ("AWSQueueService", "Requests") if text(attributes, "queueType") == "Standard" => {
            ("sqs/request", "request")
        }
        ("comprehend", "DetectSentiment") => ("comprehend/unit", "unit of 100 characters"),
        ("awskms", "KMS-Requests") => ("kms/request", "request"),
        _ => return None,
    };
    Some((key.to_owned(), unit))
}

/// `EUW1-BoxUsage:m5.xlarge` as `BoxUsage:m5.xlarge`: without the region that most usage types start with, in AWS's
/// short spelling or in full.
fn usage_type<'a>(usage: &'a str, region: &str) -> &'a str {
    if let Some(rest) = usage.strip_prefix(region).and_then(|rest| rest.strip_prefix('-')) {
        return rest;
    }
    let short = |prefix: &str| {
        let capitals = prefix.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        prefix == "EU" || (capitals && prefix.bytes().any(|b| b.is_ascii_digit()))
    };
    usage.split_once('-').filter(|(prefix, _)| short(prefix)).map_or(usage, |(_, rest)| rest)
}

/// The day of a time, `2026-11-20T…` as `2026-11-20`.
fn day<'a>(published: &'a str, today: &'a str) -> &'a str {
    published.get(..10).unwrap_or(today)
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
#[path = "refresh_tests.rs"]
mod tests;
