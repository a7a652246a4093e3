//! The live path: the function, its images, Firehose, and what is delivered.

/// Bytes of the live function's program at most: what Lambda takes of a zip, unpacked (of an image, 10 GB).
pub const FUNCTION_BYTES: u64 = 250 * 1024 * 1024;

/// Times that a registry is asked for one thing: with the waits below, a quarter of a minute of one that is not there.
pub const REGISTRY_TRIES: u32 = 6;

/// Milliseconds before a registry is asked again; twice as many each time.
pub const REGISTRY_WAIT_MILLIS: u64 = 500;

/// Seconds between two tries at most, whatever `Retry-After` asks for.
pub const REGISTRY_WAIT_LONGEST_SECONDS: u64 = 20;

/// Bytes a second of the slowest line over which an image is uploaded.
pub const REGISTRY_SLOWEST_BYTES: u64 = 32 * 1024;

/// Bytes of a registry's answer at most: a token, an error, a manifest.
pub const REGISTRY_ANSWER_BYTES: usize = 1024 * 1024;

/// Records and bytes of one PutRecordBatch: Firehose takes 500 and 4 MiB.
pub const FIREHOSE_RECORDS: usize = 500;
pub const FIREHOSE_BYTES: usize = 4_000_000;

/// Lines that `live logs` reads of one group, the newest: a page of them is for a person.
pub const LOG_EVENTS: usize = 10_000;

/// Seconds between two looks at the logs, and how much later than its time an event may be found there.
pub const LOG_LOOK_SECONDS: u64 = 3;
pub const LOG_LATE_SECONDS: i64 = 60;

/// Milliseconds for which the first record of a batch waits for others.
pub const LIVE_LINGER_MILLIS: u64 = 1_000;

/// Seconds between two notes of what was sent: what a producer that is killed does not know of itself.
pub const LIVE_NOTE_SECONDS: u64 = 5;

/// Milliseconds before records that were not taken are put again; twice as many each time.
pub const LIVE_WAIT_MILLIS: u64 = 100;
pub const LIVE_WAIT_LONGEST_MILLIS: u64 = 10_000;

/// Seconds for which records that are not taken are put again.
pub const LIVE_PATIENCE_SECONDS: u64 = 300;

/// Seconds for which they are once somebody has stopped it.
pub const LIVE_STOP_SECONDS: u64 = 10;

/// Seconds for which what a source has on its way is waited for when reading is over.
pub const LIVE_DRAIN_SECONDS: u64 = 12;

/// Bytes of an object that was delivered, unpacked, at most: Firehose's largest buffer is 128 MiB.
pub const DELIVERED_BYTES: u64 = 1024 * 1024 * 1024;

/// Bytes of records in one event of the function: Firehose is told so, since the answer is larger and may have 6 MB.
pub const TRANSFORM_BYTES: usize = 1024 * 1024;
