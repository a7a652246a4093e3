//! A run on AWS: the bucket, the stream, the services that score, transform and load, and a machine of its own.

/// Bytes of a part of what is put into a bucket in parts: S3 takes 5 MiB at least, and a slow line has a minute for one.
pub const UPLOAD_PART_BYTES: usize = 8 * 1024 * 1024;

/// Parts on their way at once.
pub const UPLOAD_PARTS_AT_ONCE: usize = 4;

/// Bytes of a program for a remote run's machine at most; it is read whole.
pub const PROGRAM_BYTES: u64 = 1024 * 1024 * 1024;

/// glibc of Amazon Linux 2023: major, minor.
pub const AL2023_GLIBC: (u32, u32) = (2, 34);

/// Minutes from asking for a machine to its work.
pub const RUNNER_START_MINUTES: i64 = 5;

/// Lines of a remote run's log that are shown.
pub const REMOTE_LOG_LINES: usize = 12;

/// Objects of a bucket that are read or written at the same time: S3 answers in some hundredths of a second.
pub const OBJECTS_AT_ONCE: usize = 32;

/// Times that an object is read whose body breaks off.
pub const BODY_TRIES: u32 = 5;

/// Seconds for which a process has a run in a bucket; it says so again after half of them.
pub const LEASE_SECONDS: u64 = 60;

/// Records of one PutRecords call at most, and bytes of their data and keys: Kinesis takes 500 and 10 MiB, and the
/// request has some more in it.
pub const PUT_RECORDS: usize = 500;
pub const PUT_BYTES: usize = 9 * 1024 * 1024;

/// PutRecords calls under way at once.
pub const PUT_CALLS_AT_ONCE: usize = 4;

/// Bytes and records that an open shard takes in a second.
pub const SHARD_BYTES: usize = 1_000_000;
pub const SHARD_RECORDS: usize = 1_000;

/// Milliseconds that a call waits for more records to fill it.
pub const PUT_LINGER_MILLIS: u64 = 20;

/// Milliseconds between two reads of a shard that has more: Kinesis answers five times a second, all readers together.
pub const GET_EVERY_MILLIS: u64 = 210;

/// Milliseconds until a shard is read again that was read to its end: there is room for another reader beside this one.
pub const GET_AT_END_MILLIS: u64 = 2 * GET_EVERY_MILLIS;

/// Milliseconds between two looks for new shards.
pub const SHARDS_EVERY_MILLIS: u64 = 10_000;

/// Seconds for which a stream that is away, or takes nothing, is waited for.
pub const STREAM_AWAY_SECONDS: u64 = 180;

/// Seconds without a record, at the end of every shard, after which what is missing is taken to be lost.
pub const STREAM_IDLE_SECONDS: u64 = 5;

/// Seconds without a record after which what is missing is taken to be lost, wherever the readers are.
pub const STREAM_STALL_SECONDS: u64 = 120;

/// Seconds by which the clocks of this machine and of Kinesis may differ.
pub const CLOCK_SECONDS: i64 = 120;

/// Seconds between two checkpoints of a shard in the journal.
pub const CHECKPOINT_SECONDS: u64 = 2;

/// Seconds for which nothing may come of the function that scores, at least and at most.
pub const SCORE_WAIT_SECONDS: std::ops::RangeInclusive<u64> = 10..=86_400;

/// Milliseconds between two looks for the function's scores at least: a look lists a thousand packets a request, at
/// half a cent for a thousand of those.
pub const SCORED_EVERY_MILLIS: u64 = 2_000;

/// A look's own time is waited for so many times before the next one, so that looking is a small part of a long run ...
pub const SCORED_REST: u32 = 9;

/// ... and so many milliseconds at most.
pub const SCORED_LONGEST_MILLIS: u64 = 60_000;

/// Packets of one call of the function that scores: with S3's answers to each, some seconds of its minute.
pub const SCORER_BATCH: u32 = 100;

/// Times that a packet which fails by itself is given to the function again, before it is left aside.
pub const SCORER_RETRIES: u32 = 3;

/// Seconds after which Lambda leaves a record aside: a week, the most that it takes.
pub const SCORER_AGE_SECONDS: u32 = 604_800;

/// Texts of one call to Comprehend at most.
pub const COMPREHEND_TEXTS: usize = 25;

/// Characters of a text that Comprehend reads, and bytes that it takes.
pub const COMPREHEND_CHARS: usize = 500;
pub const COMPREHEND_BYTES: usize = 5_000;

/// Calls to Comprehend under way at once: an account has some tens of them a second.
pub const COMPREHEND_CALLS_AT_ONCE: usize = 8;

/// Times that a document is tried that Comprehend failed at.
pub const COMPREHEND_TRIES: u32 = 3;

/// Seconds between two looks at a Spark step.
pub const STEP_EVERY_SECONDS: u64 = 5;

/// Times that a Spark step is submitted before its failure is the run's.
pub const STEP_TRIES: u32 = 2;

/// Times that a failed step's log is looked for, two seconds apart.
pub const LOG_TRIES: u32 = 5;

/// Statements of one batch that Redshift's Data API takes; they are one transaction.
pub const DATA_API_STATEMENTS: usize = 40;

/// Bytes of one statement that Redshift's Data API takes.
pub const DATA_API_STATEMENT_BYTES: usize = 100_000;

/// Times that a batch is sent to Redshift whose failure passes by itself.
pub const BATCH_TRIES: u32 = 4;
