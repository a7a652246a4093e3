//! The body of the CloudWatch dashboard: a widget for each thing that the settings choose.

use serde_json::{Value, json};

use crate::config::StackSettings;
use crate::config::stack::settings::{Provision, StreamMode};
use crate::stack::names::Names;

/// Widgets stand two in a row, each 12 of the dashboard's 24 columns wide.
const WIDTH: usize = 12;
const HEIGHT: usize = 6;

/// The dashboard, with CloudFormation's placeholders (`${EmrCluster}`) where an id is not known before.
pub(super) fn body(settings: &StackSettings, names: &Names) -> Value {
    let name = names.plain();
    let mut charts: Vec<(&str, &str, Vec<Value>)> = Vec::new();
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
