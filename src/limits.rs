//! Every limit of the tool, named, with its unit and the reason for its value. Those of a run on one machine stand here.

mod aws;
mod live;
mod serving;
mod sources;
mod stack;

pub use self::aws::*;
pub use self::live::*;
pub use self::serving::*;
pub use self::sources::*;
pub use self::stack::*;

/// Bytes of a staging packet at most. One packet is one stream record, and a Kinesis record may have
/// 1 MiB with its partition key; the record drops columns that staging has, so this leaves room.
pub const PACKET_BYTES: usize = 900 * 1024;

/// Posts of a staging packet at most, so that one packet is never a long job.
pub const PACKET_POSTS: usize = 10_000;

/// Bytes of posts that ingest holds in memory, over all open windows, before it spills some to disk.
pub const GATE_BYTES: usize = 64 * 1024 * 1024;

/// Posts that a source hands over at a time.
pub const SOURCE_BATCH: usize = 1_000;

/// Bytes of one input line at most. X's largest page of 100 posts with all expansions is below 1.5 MB.
pub const LINE_BYTES: usize = 8 * 1024 * 1024;

/// Bytes of one JSON value at most that is written over several lines, or in an array. It is held whole.
pub const DOCUMENT_BYTES: usize = 64 * 1024 * 1024;

// Bytes of one post's text at most, on the live path too.
pub use sentistack_wire::limits::TEXT_BYTES;

/// Packets that wait between ingest and score: back-pressure on ingest.
pub const STREAM_PACKETS: usize = 16;

/// Rows of a Parquet row group at most: with [`ROW_GROUP_BYTES`] what transform holds in memory.
pub const ROW_GROUP_ROWS: usize = 64 * 1024;

/// Bytes of a Parquet row group at most, before compression.
pub const ROW_GROUP_BYTES: usize = 16 * 1024 * 1024;

/// Bytes of one file of a table at most; beyond that the day goes on in another part.
pub const TABLE_FILE_BYTES: usize = 128 * 1024 * 1024;

/// Rows that one query may give. More is a mistake more often than a wish, and has to fit in memory.
pub const QUERY_ROWS: usize = 100_000;

/// Rejected lines written to `rejected.jsonl` at most; beyond that they are only counted.
pub const REJECTED_LINES: u64 = 100_000;

/// The first moment that a post may carry, as RFC 3339. There were no posts before.
pub const FIRST_POST: &str = "1990-01-01T00:00:00Z";

/// The first moment that a post may no longer carry, as RFC 3339.
pub const LAST_POST: &str = "2100-01-01T00:00:00Z";

/// Seconds of a window at least and at most.
pub const WINDOW_SECONDS: std::ops::RangeInclusive<u32> = 1..=31 * 86_400;

/// Windows of one planned run at most: ten years of 15 minutes.
pub const PLANNED_WINDOWS: u64 = 400_000;

// Bytes of `VARCHAR` columns in the tables: the Lambda cuts to them as well.
pub use sentistack_wire::limits::width;
