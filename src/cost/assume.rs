//! What the price of a stack takes for granted about its templates: sizes and counts that no setting gives. The
//! templates and these constants must say the same.

use crate::config::StackSettings;
use crate::config::stack::settings::{Endpoint, Network, Provision, StreamMode};

/// Disk of each EMR node in GB: a root volume of 20 and 64 of HDFS and scratch space, gp3.
pub const EMR_NODE_GB: u32 = 84;

/// Disk of the Grafana host in GB, gp3.
pub const GRAFANA_GB: u32 = 20;

/// Disk of a remote run's machine in GB, gp3.
pub const RUNNER_GB: u32 = 20;

/// Disk of the model endpoint in GB, gp3.
pub const ENDPOINT_GB: u32 = 10;

/// CloudWatch alarms at most.
pub const ALARMS: u32 = 6;

/// Zones that an interface endpoint stands in. Each zone is billed by itself.
pub const ENDPOINT_ZONES: u32 = 1;

/// Share of the on-demand price that a Spot instance usually costs. Never counted on: the limit takes the whole
/// price, which is the most that one can cost, as EMR asks for no more than on-demand.
pub const SPOT_SHARE: (f64, f64) = (0.3, 0.7);

/// The interface endpoints of a private network, by the service's name in the endpoint (`com.amazonaws.<region>.…`).
/// S3's gateway endpoint costs nothing.
pub fn interface_endpoints(settings: &StackSettings) -> Vec<&'static str> {
    if settings.network != Network::Private {
        return Vec::new();
    }
    let spark = settings.spark != Provision::None;
    let warehouse = settings.redshift != Provision::None;
    let hosts = settings.grafana || (settings.live.enabled && settings.live.endpoint == Endpoint::Ec2);
    [
        ("logs", spark || hosts),
        ("kinesis-streams", settings.stream.mode != StreamMode::None),
        ("elasticmapreduce", settings.spark == Provision::Cluster),
        ("redshift-data", warehouse && settings.grafana),
        ("redshift", settings.redshift == Provision::Cluster && settings.grafana),
        ("redshift-serverless", settings.redshift == Provision::Serverless && settings.grafana),
        ("secretsmanager", settings.grafana),
        ("ssm", hosts),
        ("ssmmessages", hosts),
        ("sts", hosts),
    ]
    .into_iter()
    .filter_map(|(service, needed)| needed.then_some(service))
    .collect()
}
