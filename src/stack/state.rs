//! What is there: stacks, their resources and events, schedules, leftovers. Plain values, as the account gave them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::names::{Part, tag};
use super::status::{ResourceStatus, StackStatus};

/// Who the credentials belong to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// 12 digits.
    pub account: String,
    pub arn: String,
    /// When the credentials end; `None`: they do not, or nobody says.
    pub expires: Option<Timestamp>,
}

/// A CloudFormation stack.
#[derive(Clone, Debug, PartialEq)]
pub struct StackState {
    pub name: String,
    /// Its ARN: it names the stack also when it is deleted.
    pub id: String,
    pub status: StackStatus,
    pub reason: Option<String>,
    pub created: Option<Timestamp>,
    pub tags: BTreeMap<String, String>,
    pub parameters: BTreeMap<String, String>,
    pub outputs: BTreeMap<String, String>,
}

impl StackState {
    /// The sentistack name that it belongs to; `None`: somebody else made it.
    pub fn owner(&self) -> Option<&str> {
        self.tags.get(tag::NAME).map(String::as_str)
    }

    pub fn part(&self) -> Option<Part> {
        let part = self.tags.get(tag::PART)?;
        Part::ALL.into_iter().find(|known| known.as_str() == part)
    }
}

/// A resource of a stack.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Resource {
    pub logical_id: String,
    pub physical_id: Option<String>,
    #[serde(rename = "type")]
    pub kind: String,
    pub status: ResourceStatus,
    pub reason: Option<String>,
}

/// One line of a stack's history.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StackEvent {
    pub id: String,
    pub at: Timestamp,
    pub stack: String,
    pub logical_id: String,
    pub physical_id: Option<String>,
    #[serde(rename = "type")]
    pub kind: String,
    pub status: ResourceStatus,
    pub reason: Option<String>,
}

impl StackEvent {
    /// Whether it speaks of the stack as a whole.
    pub fn is_of_stack(&self) -> bool {
        self.kind == "AWS::CloudFormation::Stack"
    }
}

/// Kinds of things that are looked for beside the stacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    EmrCluster,
    EmrServerless,
    RedshiftCluster,
    RedshiftWorkgroup,
    RedshiftNamespace,
    RedshiftSnapshot,
    Instance,
    Volume,
    Snapshot,
    Address,
    NetworkInterface,
    VpcEndpoint,
    NatGateway,
    Stream,
    LogGroup,
    Schedule,
    Bucket,
}

impl Kind {
    /// As a person says it.
    pub fn words(self) -> &'static str {
        match self {
            Self::EmrCluster => "EMR cluster",
            Self::EmrServerless => "EMR Serverless application",
            Self::RedshiftCluster => "Redshift cluster",
            Self::RedshiftWorkgroup => "Redshift workgroup",
            Self::RedshiftNamespace => "Redshift namespace",
            Self::RedshiftSnapshot => "Redshift snapshot",
            Self::Instance => "EC2 instance",
            Self::Volume => "EBS volume",
            Self::Snapshot => "EBS snapshot",
            Self::Address => "Elastic IP address",
            Self::NetworkInterface => "network interface",
            Self::VpcEndpoint => "VPC endpoint",
            Self::NatGateway => "NAT gateway",
            Self::Stream => "Kinesis stream",
            Self::LogGroup => "log group",
            Self::Schedule => "schedule",
            Self::Bucket => "bucket",
        }
    }

    /// Whether it costs money by being there. A log group and a network interface may, or hold what does.
    pub fn bills(self) -> bool {
        match self {
            Self::EmrCluster
            | Self::EmrServerless
            | Self::RedshiftCluster
            | Self::RedshiftWorkgroup
            | Self::RedshiftSnapshot
            | Self::Instance
            | Self::Volume
            | Self::Snapshot
            | Self::Address
            | Self::VpcEndpoint
            | Self::NatGateway
            | Self::Stream
            | Self::LogGroup
            | Self::Bucket => true,
            Self::RedshiftNamespace | Self::NetworkInterface | Self::Schedule => false,
        }
    }
}

/// Something of ours, by name or by tag, that a service says is there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Found {
    pub kind: Kind,
    pub id: String,
    pub name: String,
    /// As the service says it: `running`, `available`.
    pub state: String,
    /// The part of the stack it says it belongs to.
    pub part: Option<String>,
    /// The sentistack name on its tag.
    pub owner: Option<String>,
    /// What it is a part of and goes away with: a volume's instance, an instance's cluster.
    pub belongs_to: Option<String>,
}

/// A schedule of the time to live.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Schedule {
    pub name: String,
    pub group: String,
    /// The first moment at which it acts.
    pub start: Timestamp,
    /// From here on it does nothing.
    pub end: Timestamp,
    /// Minutes between two tries.
    pub every_minutes: u32,
    /// `cloudformation:deleteStack`.
    pub action: String,
    /// What is handed to the action, JSON.
    pub input: String,
    pub role_arn: String,
    pub dead_letter_arn: String,
}

/// What a bucket holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BucketContents {
    /// Objects, old versions and delete markers counted too.
    pub objects: u64,
    pub bytes: u64,
    pub runs: u64,
    /// Staging packets: what was read and would have to be read again.
    pub staging_packets: u64,
}
