//! Which IAM actions CloudFormation's handlers need for each type of resource that we use, and which ones the
//! schedules of the time to live call. From the handlers' own schemas (CloudFormation's registry, 2026-11; EMR's
//! cluster has none there, so its list is from EMR's documentation of the calls), without what only properties
//! need that we do not set. A test holds the roles against it.

mod catalog;
mod network;
mod warehouse;
mod work;

pub use catalog::CATALOG_NEEDS;

/// What is needed for one type of resource.
#[derive(Clone, Copy, Debug)]
pub struct Needs {
    pub resource_type: &'static str,
    /// The resources of the calls, with `{name}`, `{region}`, `{account}`, `{database}` and `{balancer}` in them; `*` for calls that IAM
    /// knows no resources for.
    pub on: &'static [(&'static str, &'static [&'static str])],
}

/// Calls that IAM knows no resources for.
const ANY: &str = "*";

/// What is needed for every type that the stacks batch and live have.
pub fn needs() -> impl Iterator<Item = &'static Needs> {
    network::NEEDS.iter().chain(work::NEEDS).chain(warehouse::NEEDS)
}

/// What the schedules of the time to live call, and on what. The engine that arms them must not call more.
pub const TTL_CALLS: &[(&str, &str)] = &[
    ("cloudformation:DeleteStack", "arn:aws:cloudformation:{region}:{account}:stack/{name}-batch/1"),
    ("cloudformation:DeleteStack", "arn:aws:cloudformation:{region}:{account}:stack/{name}-live/1"),
    ("iam:PassRole", "arn:aws:iam::{account}:role/{name}-deploy-{region}"),
    ("elasticmapreduce:TerminateJobFlows", "arn:aws:elasticmapreduce:{region}:{account}:cluster/j-1"),
    ("emr-serverless:StopApplication", "arn:aws:emr-serverless:{region}:{account}:/applications/1"),
    ("redshift:DeleteCluster", "arn:aws:redshift:{region}:{account}:cluster:{name}"),
    ("redshift-serverless:DeleteWorkgroup", "arn:aws:redshift-serverless:{region}:{account}:workgroup/1"),
    ("redshift-serverless:DeleteNamespace", "arn:aws:redshift-serverless:{region}:{account}:namespace/1"),
    ("ec2:TerminateInstances", "arn:aws:ec2:{region}:{account}:instance/i-1"),
    ("kinesis:DeleteStream", "arn:aws:kinesis:{region}:{account}:stream/{name}"),
    ("sqs:SendMessage", "arn:aws:sqs:{region}:{account}:{name}-ttl-failed"),
];

/// What the storage stack, which lasts, must never let the schedules do.
pub const TTL_NEVER: &[(&str, &str)] = &[
    ("cloudformation:DeleteStack", "arn:aws:cloudformation:{region}:{account}:stack/{name}-storage/1"),
    ("cloudformation:DeleteStack", "arn:aws:cloudformation:{region}:{account}:stack/other-batch/1"),
    ("redshift:DeleteCluster", "arn:aws:redshift:{region}:{account}:cluster:other"),
    ("kinesis:DeleteStream", "arn:aws:kinesis:{region}:{account}:stream/other"),
    ("iam:PassRole", "arn:aws:iam::{account}:role/other"),
    ("s3:DeleteObject", "arn:aws:s3:::{name}-{account}-{region}/runs/x"),
];
