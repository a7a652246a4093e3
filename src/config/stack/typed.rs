//! The sections `stack` and `live` as they are typed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::settings::{
    Architecture, Compression, Endpoint, Fallback, Include, Network, Package, Provision, StreamMode,
};
use crate::config::lenient;
use crate::config::section::section;

section! {
    /// What `stack up` provisions on AWS.
    StackTyped {
        /// Time until everything that bills is deleted by itself: 4h, 2d, or off. Default: 4h.
        ttl: String = "lenient::text",
        /// A folder of templates that take the place of the built-in ones, file by file.
        templates: String = "lenient::text",
        /// How it reaches the internet. Default: egress.
        network: Network = "lenient::choice",
        /// Spark: an EMR cluster, EMR Serverless, or none. Default: as `transform` says where it is given, else
        /// cluster.
        spark: Provision = "lenient::choice",
        /// The warehouse: a Redshift cluster, Redshift Serverless, or none. Default: as `warehouse` says where it
        /// is given, else cluster.
        redshift: Provision = "lenient::choice",
        /// The Kinesis stream: provisioned shards, on-demand, or none. Default: provisioned.
        stream_mode: StreamMode = "lenient::choice",
        /// Shards of a provisioned stream; each takes 1,000 records and 1 MB a second. Default: 1.
        stream_shards: u64 = "lenient::count",
        /// Hours that records stay in the stream, 24 to 8760. Default: 24.
        stream_hours: u64 = "lenient::count",
        /// EMR release label. Default: emr-7.13.0.
        emr_release: String = "lenient::text",
        /// Instance type of the primary node. Default: m6g.xlarge.
        emr_primary_type: String = "lenient::text",
        /// Instance type of the core nodes. Default: m6g.xlarge.
        emr_core_type: String = "lenient::text",
        /// Core nodes. Default: 1.
        emr_core_count: u64 = "lenient::count",
        /// Instance type of the task nodes. Default: m6g.xlarge.
        emr_task_type: String = "lenient::text",
        /// Task nodes. Default: 0.
        emr_task_count: u64 = "lenient::count",
        /// Whether task nodes are Spot instances. Default: true.
        emr_task_spot: bool = "lenient::flag",
        /// Idle time after which the cluster ends by itself, 1m to 7d. Default: 15m.
        emr_idle: String = "lenient::text",
        /// vCPU that EMR Serverless may use at once. Default: 16.
        emr_max_vcpu: u64 = "lenient::count",
        /// Memory in GB that EMR Serverless may use at once. Default: 64.
        emr_max_memory_gb: u64 = "lenient::count",
        /// Node type of the Redshift cluster. Default: ra3.large.
        redshift_node_type: String = "lenient::text",
        /// Nodes of the Redshift cluster. Default: 1.
        redshift_nodes: u64 = "lenient::count",
        /// Base capacity of Redshift Serverless in RPU: 4, or 8 to 512 in steps of 8. Default: 4.
        redshift_rpu: u64 = "lenient::count",
        /// Largest capacity of Redshift Serverless in RPU. Default: twice the base.
        redshift_max_rpu: u64 = "lenient::count",
        /// Whether there is a Grafana host. Default: true.
        grafana: bool = "lenient::flag",
        /// Instance type of the Grafana host. Default: t4g.small.
        grafana_type: String = "lenient::text",
        /// Instance type of a remote run's machine. Default: t3.medium, or t4g.medium for a program for Graviton.
        runner_type: String = "lenient::text",
        /// Whether there is a CloudWatch dashboard. Default: true.
        cloudwatch_dashboard: bool = "lenient::flag",
        /// Whether there are CloudWatch alarms. Default: true.
        alarms: bool = "lenient::flag",
        /// Whether Athena can read the tables of runs: a Glue database and a workgroup, which bill when asked. Default:
        /// true.
        athena: bool = "lenient::flag",
        /// Whether the bucket keeps old versions of objects. Default: false.
        versioning: bool = "lenient::flag",
        /// Days after which raw posts are deleted from the bucket; 0: never. Default: 30.
        raw_days: u64 = "lenient::count",
        /// Days that logs are kept. Default: 14.
        log_days: u64 = "lenient::count",
    }
}

section! {
    /// The live path: Firehose, a function with a model, delivery to the bucket.
    LiveTyped {
        /// Whether `stack up` brings it up too. Default: false.
        enabled: bool = "lenient::flag",
        /// How the function's code is packed. Default: zip.
        package: Package = "lenient::choice",
        /// The function's processor. Default: x86_64.
        architecture: Architecture = "lenient::choice",
        /// Memory of the function in MiB, 128 to 10240. Default: 512.
        function_mb: u64 = "lenient::count",
        /// What a delivered line has: row (the columns of the table `tweet`), or text-only (text, label and scores).
        /// Default: row.
        include: Include = "lenient::choice",
        /// How delivered objects are packed: none, gzip, or zstd, which Firehose cannot do and `live run --local` can.
        /// Default: none.
        compression: Compression = "lenient::choice",
        /// Who scores: none (the model inside the function) or ec2 (an HTTP endpoint of the stack). Default: none.
        endpoint: Endpoint = "lenient::choice",
        /// Who scores where the endpoint does not: none (the records fail, and can be sent again) or embedded (the
        /// model inside the function). Default: none.
        fallback: Fallback = "lenient::choice",
        /// Instance type of the endpoint. Default: c7g.large.
        endpoint_type: String = "lenient::text",
        /// Hosts of the endpoint, 1 to 10; with more than one, a network load balancer stands before them. Default: 1.
        endpoint_hosts: u64 = "lenient::count",
        /// Firehose delivers at this many MB, 1 to 128. Default: 1.
        buffer_mb: u64 = "lenient::count",
        /// Firehose delivers after this many seconds at the latest, 0 to 900. Default: 60.
        buffer_seconds: u64 = "lenient::count",
    }
}
