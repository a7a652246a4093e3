//! What everything of a stack is called. Names are a function of the stack's name, the account and the region, so
//! that stacks find each other without exports, and leftovers are found without a record of what was made.

use sha2::{Digest, Sha256};

use crate::config::StackSettings;

/// Characters of a load balancer's name at most.
const BALANCER_CHARS: usize = 32;

/// What the scorer's log group ends in.
pub const SCORER_LOG: &str = "scorer";

/// One of the three CloudFormation stacks of one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The bucket, the roles, the schedule group, the log groups: cheap, and kept.
    Storage,
    /// Network, stream, Spark, warehouse, Grafana: dear, and short-lived.
    Batch,
    /// Firehose and its function.
    Live,
}

impl Part {
    /// In the order in which they come up.
    pub const ALL: [Self; 3] = [Self::Storage, Self::Batch, Self::Live];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Storage => "storage",
            Self::Batch => "batch",
            Self::Live => "live",
        }
    }
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// Tags that every resource of ours carries.
pub mod tag {
    /// The stack's name. What carries it with another value, or not at all, is not ours to touch.
    pub const NAME: &str = "sentistack:name";
    /// `storage`, `batch` or `live`.
    pub const PART: &str = "sentistack:part";
    /// When it was to be deleted, as it was planned at creation: RFC 3339, or `never`. `stack extend` moves the
    /// schedules, not this.
    pub const EXPIRES: &str = "sentistack:expires";
    /// The version of the tool that created it.
    pub const VERSION: &str = "sentistack:version";
    /// What EMR's managed policy wants on networks and groups that it works in.
    pub const EMR: &str = "for-use-with-amazon-emr-managed-policies";
}

/// The names of one stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    pub name: String,
    pub region: String,
}

impl Names {
    pub fn new(name: impl Into<String>, region: impl Into<String>) -> Self {
        Self { name: name.into(), region: region.into() }
    }

    pub fn of(settings: &StackSettings) -> Self {
        Self::new(settings.name.clone(), settings.region.clone())
    }

    /// The CloudFormation stack: `sentistack-batch`.
    pub fn stack(&self, part: Part) -> String {
        format!("{}-{part}", self.name)
    }

    /// The bucket: `sentistack-123456789012-us-east-1`.
    pub fn bucket(&self, account: &str) -> String {
        format!("{}-{account}-{}", self.name, self.region)
    }

    /// Roles are global to an account, so theirs has the region in it: `sentistack-ttl-us-east-1`.
    pub fn role(&self, what: Role) -> String {
        format!("{}-{}-{}", self.name, what.as_str(), self.region)
    }

    /// The role's ARN.
    pub fn role_arn(&self, what: Role, account: &str) -> String {
        format!("arn:aws:iam::{account}:role/{}", self.role(what))
    }

    /// The Kinesis stream, the schedule group, the Redshift cluster or workgroup and its namespace, the EMR
    /// Serverless application, the Firehose stream, the ECR repository, the CloudWatch dashboard, the Athena
    /// workgroup: the name itself.
    pub fn plain(&self) -> &str {
        &self.name
    }

    /// The EMR cluster's name; the generation is raised to replace a cluster that has ended.
    pub fn emr_cluster(&self, generation: u32) -> String {
        format!("{}-{generation}", self.name)
    }

    /// The database of Glue's catalog: names there have no dashes, and nobody's name has an underscore.
    pub fn database(&self) -> String {
        self.name.replace('-', "_")
    }

    /// The load balancer before the endpoint's hosts, and its target group. Their names have 32 characters at most, and
    /// must not start with `internal-`; a longer one is shortened, with a hash that keeps it apart from its like.
    pub fn balancer(&self) -> String {
        if self.name.len() <= BALANCER_CHARS && !self.name.starts_with("internal-") {
            return self.name.clone();
        }
        let hash = Sha256::digest(self.name.as_bytes());
        let hash: String = hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        let start: String = self.name.chars().take(BALANCER_CHARS - "nlb--".len() - hash.len()).collect();
        format!("nlb-{}-{hash}", start.trim_end_matches('-'))
    }

    /// The queue of deletions that EventBridge Scheduler could not do.
    pub fn dead_letters(&self) -> String {
        format!("{}-ttl-failed", self.name)
    }

    /// The function of the live path.
    pub fn function(&self) -> String {
        format!("{}-sentiment", self.name)
    }

    /// The function that scores the stream's packets.
    pub fn scorer(&self) -> String {
        format!("{}-scorer", self.name)
    }

    /// The queue of what that function could not score.
    pub fn scorer_failed(&self) -> String {
        format!("{}-scorer-failed", self.name)
    }

    /// What the names of all log groups start with, followed by `/` and `emr`, `firehose`, `function`, `grafana`,
    /// `scorer`.
    pub fn log_prefix(&self) -> String {
        format!("/sentistack/{}", self.name)
    }

    /// A log group.
    pub fn log_group(&self, what: &str) -> String {
        format!("{}/{what}", self.log_prefix())
    }

    /// A schedule of the time to live: `sentistack-ttl-batch`, `sentistack-ttl-emr`.
    pub fn schedule(&self, what: &str) -> String {
        format!("{}-ttl-{what}", self.name)
    }
}

/// Roles of the storage stack; they outlive the others, which need them to be deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// CloudFormation's, for batch and live.
    Deploy,
    /// EventBridge Scheduler's, for the time to live.
    Ttl,
    /// EMR's own.
    EmrService,
    /// The EMR cluster's nodes.
    EmrNodes,
    /// A job's on EMR Serverless.
    EmrJob,
    /// Redshift's, for COPY.
    Redshift,
    /// The Grafana host's.
    Grafana,
    /// That of a remote run's machine.
    Runner,
    /// The live function's.
    Function,
    /// That of the function which scores the stream's packets.
    Scorer,
    /// Firehose's.
    Firehose,
    /// The model endpoint's.
    Endpoint,
}

impl Role {
    pub const ALL: [Self; 12] = [
        Self::Deploy,
        Self::Ttl,
        Self::EmrService,
        Self::EmrNodes,
        Self::EmrJob,
        Self::Redshift,
        Self::Grafana,
        Self::Runner,
        Self::Function,
        Self::Scorer,
        Self::Firehose,
        Self::Endpoint,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deploy => "deploy",
            Self::Ttl => "ttl",
            Self::EmrService => "emr",
            Self::EmrNodes => "emr-nodes",
            Self::EmrJob => "emr-job",
            Self::Redshift => "redshift",
            Self::Grafana => "grafana",
            Self::Runner => "runner",
            Self::Function => "function",
            Self::Scorer => "scorer",
            Self::Firehose => "firehose",
            Self::Endpoint => "endpoint",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_balancers_name_is_short_and_its_own() {
        let of = |name: &str| Names::new(name, "us-east-1").balancer();
        assert_eq!(of("sentistack"), "sentistack");
        assert_eq!(of("a-name-of-thirty-two-characters1"), "a-name-of-thirty-two-characters1");
        let long =
            ["a-name-of-thirty-three-characters", "a-name-of-thirty-three-characterz", "internal-x"].map(of);
        for name in &long {
            assert!(name.len() <= 32 && name.starts_with("nlb-") && !name.contains("--"), "{name}");
        }
        assert!(long[0] != long[1], "{long:?}");
    }
}
