//! Every limit of the Lambda, with its unit and its reason.

/// Bytes of an answer at most. Lambda takes 6 MB, and Firehose refuses the whole batch beyond it.
pub const ANSWER_BYTES: usize = 6_000_000;

/// Texts of one direct invocation at most: the `maxItems` of `docs/endpoint.md`.
pub const DIRECT_TEXTS: usize = 1_000;

/// Texts of one request to an endpoint at most, and bytes of them.
pub const ENDPOINT_TEXTS: usize = 100;
pub const ENDPOINT_BYTES: usize = 512 * 1024;

/// Bytes of an endpoint's answer at most, for each text that it was given, as the tool has it.
pub const ENDPOINT_ANSWER_BYTES: usize = 4 * 1024;

/// Milliseconds to connect to an endpoint, and for its answer. Both are in one network.
pub const ENDPOINT_CONNECT_MILLIS: u64 = 1_000;
pub const ENDPOINT_ANSWER_MILLIS: u64 = 5_000;

/// Times that a request to an endpoint is tried.
pub const ENDPOINT_TRIES: u32 = 3;

/// Milliseconds before the second try; twice as many each time.
pub const ENDPOINT_WAIT_MILLIS: u64 = 100;

/// Milliseconds to connect to S3, and for its answer.
pub const S3_CONNECT_MILLIS: u64 = 2_000;
pub const S3_ANSWER_MILLIS: u64 = 10_000;

/// Times that an object is written before the record is given back.
pub const S3_TRIES: u32 = 4;

/// Milliseconds before the second try; twice as many each time.
pub const S3_WAIT_MILLIS: u64 = 100;

/// Milliseconds before Lambda's deadline at which nothing is waited for any more: the answer has to be made and sent.
pub const DEADLINE_SPARE_MILLIS: u64 = 1_500;

/// Milliseconds that an invocation may wait for others where Lambda told no deadline.
pub const NO_DEADLINE_MILLIS: u64 = 30_000;

/// Bytes of a body that the Runtime API may hand over: an event has 6 MB at most.
pub const EVENT_BYTES: usize = 16 * 1024 * 1024;
