//! The stack: CloudFormation, its deletion, what it may read.

/// Minutes after the expiry at which a stack's deletion begins: its meters are stopped first.
pub const TTL_STACK_AFTER_MINUTES: u32 = 5;

/// Minutes between two tries to delete what has expired.
pub const TTL_EVERY_MINUTES: u32 = 15;

/// Hours for which it is tried.
pub const TTL_TRIES_HOURS: u32 = 48;

/// Milliseconds between the first looks at what CloudFormation does; each next wait is longer by half.
pub const POLL_FIRST_MILLIS: u64 = 40;

/// Milliseconds between two looks at most: events come by the second, and CloudFormation throttles who asks more.
pub const POLL_LONGEST_MILLIS: u64 = 3_000;

/// Seconds that CloudFormation may take to work out a change set; it takes seconds.
pub const CHANGE_SET_WAIT_SECONDS: u64 = 10 * 60;

/// Seconds that one stack may be in progress before waiting ends with exit 4; a cluster takes about 15 minutes.
pub const STACK_WAIT_SECONDS: u64 = 90 * 60;

/// Times that a failed deletion is tried again.
pub const DELETE_TRIES: u32 = 4;

/// Seconds before a failed deletion is tried again; twice as many each time. Interfaces take minutes to go.
pub const DELETE_WAIT_SECONDS: u64 = 15;

/// Seconds to wait for clusters to end before their stack is deleted.
pub const METER_WAIT_SECONDS: u64 = 20 * 60;

/// Bytes that one query of Athena's may read: five cents at $5 a terabyte, and all columns of some 90 million posts
/// of the sample (111 bytes each). It must be 10 MB at least.
pub const ATHENA_SCAN_BYTES: u64 = 10_000_000_000;

/// Bytes of a template that CloudFormation takes inline.
pub const TEMPLATE_BYTES: usize = 51_200;

/// Bytes of a template that CloudFormation takes from a bucket.
pub const TEMPLATE_BUCKET_BYTES: usize = 1_048_576;

/// Resources of one stack that CloudFormation takes.
pub const STACK_RESOURCES: usize = 500;

/// Seconds for which new credentials are waited for when the old ones expire half-way.
pub const CREDENTIALS_WAIT_SECONDS: u64 = 15 * 60;

/// Seconds for which Grafana is waited for at the far end of its tunnel: its machine installs it when it first comes up.
pub const GRAFANA_SECONDS: u64 = 5 * 60;

/// Seconds after which that is said, and seconds for each try.
pub const GRAFANA_QUIET_SECONDS: u64 = 5;
pub const GRAFANA_TRY_SECONDS: u64 = 10;
