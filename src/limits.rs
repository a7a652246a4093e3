//! Every limit of the tool, named, with its unit and the reason for its value.

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

/// Bytes of one post's text at most. X's long posts have 25,000 characters, of up to four bytes each.
pub const TEXT_BYTES: usize = 256 * 1024;

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

/// Bytes of `VARCHAR` columns in the tables (Redshift counts bytes, not characters).
pub mod width {
    pub const TOPIC: usize = 64;
    pub const TWEET_ID: usize = 256;
    pub const AUTHOR_ID: usize = 128;
    pub const NAME: usize = 1024;
    pub const LANG: usize = 16;
    pub const POST_URL: usize = 512;
    pub const TEXT: usize = 65_535;
}

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

/// Bytes of a template that CloudFormation takes inline.
pub const TEMPLATE_BYTES: usize = 51_200;

/// Bytes of a template that CloudFormation takes from a bucket.
pub const TEMPLATE_BUCKET_BYTES: usize = 1_048_576;

/// Resources of one stack that CloudFormation takes.
pub const STACK_RESOURCES: usize = 500;

/// Seconds for which new credentials are waited for when the old ones expire half-way.
pub const CREDENTIALS_WAIT_SECONDS: u64 = 15 * 60;

/// Seconds back from now that X's recent search reaches: seven days.
pub const X_REACH_SECONDS: i64 = 7 * 86_400;

/// Seconds around the end of X's reach: a start that lies so near to it is moved up by as much, since `--duration 7d`
/// is told from a moment that has passed when X is asked.
pub const X_REACH_SLACK_SECONDS: i64 = 60;

/// Seconds by which the end of what X is asked for must lie in the past, as X demands; one more for the way.
pub const X_SETTLE_SECONDS: i64 = 11;

/// Characters of a query that X's recent search takes.
pub const X_QUERY_CHARS: usize = 512;

/// Posts of one request to X, at least and at most.
pub const X_PAGE_POSTS: std::ops::RangeInclusive<u32> = 10..=100;

/// Parts of a window that `x.sample: spread` asks one by one at most.
pub const X_PARTS: u32 = 10;

/// Requests to X on their way, and pages that nobody has taken yet, at once: what a kill can cost. 385 requests that
/// take 300 ms each are done in 5 s.
pub const X_IN_FLIGHT: usize = 24;

/// Tries of a request that brought no answer: with the waits below, about two minutes of an X that is not there.
pub const X_TRIES: u32 = 8;

/// Times that one request is told to come back when the rate limit starts anew. Another user of the same app may be
/// quicker each time.
pub const X_RATE_WAITS: u32 = 8;

/// Milliseconds before a request is tried again; twice as many each time, a random half of it less.
pub const X_WAIT_FIRST_MILLIS: u64 = 1_000;

/// Milliseconds between two tries at most.
pub const X_WAIT_LONGEST_MILLIS: u64 = 60_000;

/// Pages of one window without a post, one after another, that have a next page all the same.
pub const X_EMPTY_PAGES: u32 = 5;

/// Pages of counts at most: the seven days by the minute are a few.
pub const X_COUNT_PAGES: u32 = 64;

/// Seconds to connect to a server.
pub const HTTP_CONNECT_SECONDS: u64 = 10;

/// Seconds for a whole answer.
pub const HTTP_ANSWER_SECONDS: u64 = 60;

/// Seconds between two pieces of an answer.
pub const HTTP_READ_SECONDS: u64 = 30;
