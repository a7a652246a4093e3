//! What a stack is made of, resolved: every choice present, every value checked.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether a service runs on machines of its own, by use, or not at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Provision {
    /// A small cluster that bills by the hour while it is there.
    #[default]
    Cluster,
    /// The service's serverless form, billed by use.
    Serverless,
    /// Not provisioned.
    None,
}

/// How the stack's network reaches the internet and the services.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Network {
    /// Public subnets, an internet gateway, no way in.
    #[default]
    Egress,
    /// Private subnets and interface endpoints; nothing reaches the internet.
    Private,
}

/// How the Kinesis stream is provisioned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StreamMode {
    /// A number of shards, each billed by the hour.
    #[default]
    Provisioned,
    /// Kinesis scales it, and bills by the stream-hour and the gigabyte.
    OnDemand,
    /// No stream.
    None,
}

/// How the live function's code is packed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Package {
    /// A zip file in the bucket.
    #[default]
    Zip,
    /// A container image in the stack's ECR repository.
    Image,
}

/// The function's processor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Architecture {
    /// Graviton: a fifth cheaper.
    Arm64,
    /// AMD or Intel.
    #[default]
    X86_64,
}

impl Architecture {
    /// The processor of an instance type: Graviton's families have a `g` right after their generation (`t4g`,
    /// `c7gn`, `m6gd`, `im4gn`); `a1` was the first of them. `g4dn` and the like are graphics, on Intel.
    pub fn of_instance(instance_type: &str) -> Self {
        let family = instance_type.split('.').next().unwrap_or_default();
        let attributes = family.trim_start_matches(|c: char| c.is_ascii_lowercase());
        let attributes = attributes.trim_start_matches(|c: char| c.is_ascii_digit());
        // `g5g` is graphics with a Graviton: the letter after the generation decides there too.
        if attributes.starts_with('g') || family == "a1" { Self::Arm64 } else { Self::X86_64 }
    }
}

/// Who scores posts on the live path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Endpoint {
    /// The model inside the function.
    #[default]
    None,
    /// An HTTP endpoint on an EC2 instance of the stack.
    Ec2,
}

/// Who scores where the endpoint does not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Fallback {
    /// Nobody: the records fail, and can be sent again.
    #[default]
    None,
    /// The model inside the function; the row says so.
    Embedded,
}

/// What a delivered line has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Include {
    /// The row of the table `tweet` and its number: every record can be accounted for.
    #[default]
    Row,
    /// Text, label and scores alone.
    TextOnly,
}

/// How delivered objects are packed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Compression {
    /// Plain lines.
    #[default]
    None,
    /// Each object is one gzip stream.
    Gzip,
    /// Each object is one zstd frame. Firehose cannot do this; `live run --local` can.
    Zstd,
}

/// The settings of the three stacks of one name. No secret is ever among them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StackSettings {
    /// Name of the stack; every resource's name starts with it.
    pub name: String,
    /// `us-east-1`.
    pub region: String,
    /// Seconds until everything that bills is deleted; `None`: never.
    pub ttl_seconds: Option<u64>,
    /// Dollars for the whole time to live, and a run.
    pub max_cost: f64,
    pub network: Network,
    pub storage: Storage,
    pub stream: Stream,
    pub spark: Provision,
    pub emr: Emr,
    pub emr_serverless: EmrServerless,
    pub redshift: Provision,
    pub redshift_cluster: RedshiftCluster,
    pub redshift_serverless: RedshiftServerless,
    /// Whether there is a Grafana host.
    pub grafana: bool,
    /// Instance type of the Grafana host.
    pub grafana_type: String,
    /// Instance type of a remote run's machine; `None`: a small one of the program's processor. A stack that was made
    /// before there were any has none.
    #[serde(default)]
    pub runner_type: Option<String>,
    /// Whether there is a CloudWatch dashboard.
    pub cloudwatch_dashboard: bool,
    /// Whether there are CloudWatch alarms.
    pub alarms: bool,
    pub live: Live,
    /// The function that scores the stream's packets, where there is one. A stack that was made before there was any has
    /// none.
    #[serde(default)]
    pub scorer: Option<Scorer>,
}

/// The function that scores the stream's packets. Its code and processor are the live function's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scorer {
    /// Memory, MiB: 128 to 10,240.
    pub function_mb: u32,
    /// At once for each shard: 1 to 10.
    pub parallel: u32,
}

/// The bucket, the log groups, and what reads the bucket at no idle cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Storage {
    pub versioning: bool,
    /// Days after which raw posts (staging and scores) are deleted; 0: never.
    pub raw_days: u32,
    /// Days that logs are kept: one of CloudWatch's retention periods.
    pub log_days: u32,
    /// Whether there are a Glue database and an Athena workgroup over the tables of runs. A stack that was made
    /// before there were any has none.
    #[serde(default)]
    pub athena: bool,
}

/// The Kinesis stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stream {
    pub mode: StreamMode,
    pub shards: u32,
    /// Hours that records are kept: 24 to 8,760; more than 24 costs more.
    pub hours: u32,
}

/// The EMR cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Emr {
    /// `emr-7.13.0`.
    pub release: String,
    pub primary_type: String,
    pub core_type: String,
    pub core_count: u32,
    pub task_type: String,
    pub task_count: u32,
    /// Whether task nodes are Spot instances.
    pub task_spot: bool,
    /// Idle seconds after which the cluster ends by itself: 60 to 604,800.
    pub idle_seconds: u32,
}

/// The EMR Serverless application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmrServerless {
    /// vCPU that it may use at once.
    pub max_vcpu: u32,
    /// Memory that it may use at once, GB.
    pub max_memory_gb: u32,
}

/// The Redshift cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedshiftCluster {
    /// `ra3.large`.
    pub node_type: String,
    pub nodes: u32,
}

/// The Redshift Serverless workgroup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedshiftServerless {
    /// Base capacity, RPU: 4, or 8 to 512 in steps of 8.
    pub base_rpu: u32,
    /// Largest capacity, RPU.
    pub max_rpu: u32,
}

/// The live path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Live {
    pub enabled: bool,
    pub package: Package,
    pub architecture: Architecture,
    /// Memory of the function, MiB: 128 to 10,240.
    pub function_mb: u32,
    pub endpoint: Endpoint,
    /// Who scores where the endpoint does not.
    #[serde(default)]
    pub fallback: Fallback,
    /// What a delivered line has.
    #[serde(default)]
    pub include: Include,
    /// Languages that the function scores; empty: all. A stack that was made before it could be told scores English.
    #[serde(default = "english")]
    pub lang: Vec<String>,
    /// How delivered objects are packed.
    #[serde(default)]
    pub compression: Compression,
    /// Instance type of the endpoint.
    pub endpoint_type: String,
    /// Hosts of the endpoint: with more than one, a load balancer stands before them.
    #[serde(default = "one")]
    pub endpoint_hosts: u32,
    /// Firehose hands over what it has gathered at this size, MB: 1 to 128 ...
    pub buffer_mb: u32,
    /// ... or after this time, seconds: 0 to 900.
    pub buffer_seconds: u32,
}

/// A stack that was made before there could be several hosts has one.
fn one() -> u32 {
    1
}

fn english() -> Vec<String> {
    vec!["en".to_owned()]
}

impl Live {
    /// Hosts of the endpoint that there are.
    pub fn hosts(&self) -> u32 {
        match self.endpoint {
            Endpoint::None => 0,
            Endpoint::Ec2 => self.endpoint_hosts,
        }
    }

    /// Whether a load balancer stands before the endpoint's hosts.
    pub fn balanced(&self) -> bool {
        self.hosts() > 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn graviton_is_known_by_its_family() {
        for kind in [
            "t4g.small",
            "m6g.xlarge",
            "c7gn.large",
            "m6gd.xlarge",
            "im4gn.large",
            "a1.medium",
            "g5g.xlarge",
            "x2gd.large",
        ] {
            assert_eq!(Architecture::of_instance(kind), Architecture::Arm64, "{kind}");
        }
        for kind in
            ["t3.small", "m5.xlarge", "g4dn.xlarge", "c7i.large", "m7a.large", "g6.xlarge", "r5dn.large"]
        {
            assert_eq!(Architecture::of_instance(kind), Architecture::X86_64, "{kind}");
        }
    }
}
