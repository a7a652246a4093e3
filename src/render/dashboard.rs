//! The bodies of the CloudWatch dashboards: a widget for each thing that the settings choose.

use serde_json::{Value, json};

use crate::config::StackSettings;
use crate::config::stack::settings::{Endpoint, Provision, StreamMode};
use crate::stack::names::Names;

/// Widgets stand two in a row, each 12 of the dashboard's 24 columns wide.
const WIDTH: usize = 12;
const HEIGHT: usize = 6;

/// A chart: its title, what is made of the values of a minute, and its metrics.
type Chart<'a> = (&'a str, &'a str, Vec<Value>);

/// The dashboard of the live path.
pub(super) fn live(settings: &StackSettings, names: &Names) -> Value {
    let stream = ("DeliveryStreamName", names.plain());
    let function = names.function();
    let function = ("FunctionName", function.as_str());
    let mut charts: Vec<Chart<'_>> = vec![
        (
            "Records into Firehose, and those that it did not take",
            "Sum",
            metrics("AWS/Firehose", &["IncomingRecords", "ThrottledRecords"], stream),
        ),
        (
            "Age of the oldest record that is not delivered (s)",
            "Maximum",
            metrics("AWS/Firehose", &["DeliveryToS3.DataFreshness"], stream),
        ),
        (
            "Records into the bucket",
            "Sum",
            metrics("AWS/Firehose", &["DeliveryToS3.Records", "SucceedProcessing.Records"], stream),
        ),
        (
            "Deliveries and calls that succeed (share)",
            "Average",
            metrics("AWS/Firehose", &["DeliveryToS3.Success", "ExecuteProcessing.Success"], stream),
        ),
        ("The function's time for a batch (ms)", "Average", metrics("AWS/Lambda", &["Duration"], function)),
        (
            "The function's calls, errors and throttles",
            "Sum",
            metrics("AWS/Lambda", &["Invocations", "Errors", "Throttles"], function),
        ),
    ];
    if settings.live.endpoint == Endpoint::Ec2 {
        charts.push((
            "Endpoint host",
            "Average",
            metrics("AWS/EC2", &["CPUUtilization", "StatusCheckFailed"], ("InstanceId", "${EndpointHost}")),
        ));
    }
    body(charts)
}

/// The dashboard of the batch stack, with CloudFormation's placeholders (`${EmrCluster}`) where an id is not known before.
pub(super) fn batch(settings: &StackSettings, names: &Names) -> Value {
    let name = names.plain();
    let mut charts: Vec<Chart<'_>> = Vec::new();
    if settings.stream.mode != StreamMode::None {
        charts.push((
            "Records into the stream",
            "Sum",
            metrics(
                "AWS/Kinesis",
                &["IncomingRecords", "GetRecords.Records", "WriteProvisionedThroughputExceeded"],
                ("StreamName", name),
            ),
        ));
        charts.push((
            "Age of the oldest record that was read (ms)",
            "Maximum",
            metrics("AWS/Kinesis", &["GetRecords.IteratorAgeMilliseconds"], ("StreamName", name)),
        ));
    }
    if settings.scorer.is_some() {
        charts.push((
            "The function that scores: calls, errors, calls that had to wait",
            "Sum",
            metrics("AWS/Lambda", &["Invocations", "Errors", "Throttles"], ("FunctionName", &names.scorer())),
        ));
    }
    match settings.spark {
        Provision::Cluster => charts.push((
            "Spark: the cluster",
            "Average",
            metrics(
                "AWS/ElasticMapReduce",
                &["IsIdle", "AppsRunning", "YARNMemoryAvailablePercentage"],
                ("JobFlowId", "${EmrCluster}"),
            ),
        )),
        Provision::Serverless => charts.push((
            "Spark: workers",
            "Average",
            metrics(
                "AWS/EMRServerless",
                &["RunningWorkerCount", "CPUAllocated", "MemoryAllocated"],
                ("ApplicationId", "${EmrApplication}"),
            ),
        )),
        Provision::None => {}
    }
    match settings.redshift {
        Provision::Cluster => charts.push((
            "Warehouse",
            "Average",
            metrics(
                "AWS/Redshift",
                &["CPUUtilization", "PercentageDiskSpaceUsed", "HealthStatus"],
                ("ClusterIdentifier", name),
            ),
        )),
        Provision::Serverless => charts.push((
            "Warehouse: capacity that bills (RPU seconds)",
            "Sum",
            metrics("AWS/Redshift-Serverless", &["ComputeSeconds"], ("Workgroup", name)),
        )),
        Provision::None => {}
    }
    if settings.grafana {
        charts.push((
            "Grafana host",
            "Average",
            metrics("AWS/EC2", &["CPUUtilization", "StatusCheckFailed"], ("InstanceId", "${GrafanaHost}")),
        ));
    }
    charts.push((
        "Deletions that failed at the end of the time to live",
        "Maximum",
        metrics("AWS/SQS", &["ApproximateNumberOfMessagesVisible"], ("QueueName", &names.dead_letters())),
    ));
    body(charts)
}

fn body(charts: Vec<Chart<'_>>) -> Value {
    let widgets: Vec<Value> = charts
        .into_iter()
        .enumerate()
        .map(|(at, (title, stat, metrics))| widget(at, title, stat, &metrics))
        .collect();
    json!({ "widgets": widgets })
}

fn metrics(namespace: &str, names: &[&str], dimension: (&str, &str)) -> Vec<Value> {
    names.iter().map(|name| json!([namespace, name, dimension.0, dimension.1])).collect()
}

fn widget(at: usize, title: &str, stat: &str, metrics: &[Value]) -> Value {
    json!({
        "type": "metric",
        "x": at % 2 * WIDTH,
        "y": at / 2 * HEIGHT,
        "width": WIDTH,
        "height": HEIGHT,
        "properties": {
            "title": title,
            "view": "timeSeries",
            "region": "${AWS::Region}",
            "stat": stat,
            "period": 60,
            "metrics": metrics,
        }
    })
}
