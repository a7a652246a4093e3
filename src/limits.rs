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

/// Milliseconds between two reads of a shard: Kinesis answers five times a second.
pub const GET_EVERY_MILLIS: u64 = 210;

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

/// Hours for which Jetstream's public instances keep events, at least: a stream cannot begin before.
pub const JETSTREAM_LOOKBACK_HOURS: i64 = 36;

/// Seconds by which the stream is rewound when it is taken up again. Each instance stamps events by its own clock.
pub const JETSTREAM_REWIND_SECONDS: i64 = 5;

/// Seconds between what a post says of its time and its coming by, at most: one that is later is dropped and
/// counted, so that windows can be closed. Devices that were offline and imports of old posts are.
pub const JETSTREAM_LATE_SECONDS: i64 = 5 * 60;

/// Seconds after the end for which the stream is read: a post of the last moment takes a while to come.
pub const JETSTREAM_GRACE_SECONDS: i64 = 5;

/// Seconds by which an event may be ahead of our clock; beyond that its time is not believed.
pub const JETSTREAM_AHEAD_SECONDS: i64 = 3600;

/// Posts, deletions and rejects of one batch at most.
pub const JETSTREAM_BATCH: usize = 500;

/// Milliseconds after which a batch is handed over, however small.
pub const JETSTREAM_FLUSH_MILLIS: u64 = 2_000;

/// Seconds after which a batch without posts is handed over, so that a resume need not read the quiet again.
pub const JETSTREAM_MARK_SECONDS: u64 = 30;

/// Seconds without an event after which a connection is given up. The whole of Bluesky is never silent for so long.
pub const JETSTREAM_SILENT_SECONDS: u64 = 30;

/// Seconds without an event after which, past the end, nothing is taken to be left.
pub const JETSTREAM_QUIET_SECONDS: u64 = 10;

/// Seconds that connecting may take.
pub const JETSTREAM_CONNECT_SECONDS: u64 = 15;

/// Bytes of a message at most. Records have 1 MiB at most, and JSON doubles some of their bytes.
pub const JETSTREAM_MESSAGE_BYTES: usize = 4 * 1024 * 1024;

/// Events that wait to be taken in: back-pressure on the stream.
pub const JETSTREAM_QUEUE: usize = 1_000;

/// Connections in a row that bring nothing new before reading ends with an error: about four minutes.
pub const JETSTREAM_TRIES: u32 = 14;

/// Milliseconds before the first of them is tried again; twice as many each time.
pub const JETSTREAM_WAIT_MILLIS: u64 = 250;

/// Milliseconds between two of them at most.
pub const JETSTREAM_WAIT_LONGEST_MILLIS: u64 = 30_000;

/// Posts of one request to an endpoint.
pub const ENDPOINT_BATCH: std::ops::RangeInclusive<u64> = 1..=1_000;

/// Requests to an endpoint at the same time.
pub const ENDPOINT_CONCURRENCY: std::ops::RangeInclusive<u64> = 1..=64;

/// Seconds that a request to an endpoint may take.
pub const ENDPOINT_TIMEOUT_SECONDS: std::ops::RangeInclusive<u64> = 1..=600;

/// Seconds that connecting to an endpoint may take.
pub const ENDPOINT_CONNECT_SECONDS: u64 = 10;

/// Bytes of an endpoint's answer at most, for each text that it was given.
pub const ENDPOINT_ANSWER_BYTES: usize = 4 * 1024;

/// Times that one request is tried before its failure is the run's: one that always fails while others pass is
/// not cured by waiting.
pub const ENDPOINT_TRIES: u32 = 8;

/// Failures in a row, over all requests, after which an endpoint is left alone for a while.
pub const ENDPOINT_FAILURES: u32 = 5;

/// Seconds for which it is left alone, before one request finds out whether it is back.
pub const ENDPOINT_REST_SECONDS: u64 = 15;

/// Seconds without one good answer after which waiting ends with exit 4.
pub const ENDPOINT_GIVE_UP_SECONDS: u64 = 5 * 60;

/// Milliseconds before a request is tried again; twice as many each time.
pub const ENDPOINT_WAIT_MILLIS: u64 = 250;

/// Seconds between two tries at most, whatever `Retry-After` asks for.
pub const ENDPOINT_WAIT_LONGEST_SECONDS: u64 = 60;

/// Seconds back from now that X's recent search reaches: seven days.
pub const X_REACH_SECONDS: i64 = 7 * 86_400;

/// Seconds around the end of X's reach: a start that lies so near to it is moved up by as much, since `--duration 7d`
/// is told from a moment that has passed when X is asked.
pub const X_REACH_SLACK_SECONDS: i64 = 60;

/// Seconds by which the end of what X is asked for must lie in the past, as X demands; one more for the way.
pub const X_SETTLE_SECONDS: i64 = 11;

/// Characters of a query that X's recent search takes.
pub const X_QUERY_CHARS: usize = 512;

/// Characters of a rule that X's filtered stream takes of anybody; of who pays by use it takes 1,024, and says so.
pub const X_RULE_CHARS: usize = 2_048;

/// Posts of one request to X, at least and at most.
pub const X_PAGE_POSTS: std::ops::RangeInclusive<u32> = 10..=100;

/// Parts of a window that `x.sample: spread` asks one by one at most.
pub const X_PARTS: u32 = 10;

/// Requests to X on their way, and pages that nobody has taken yet, at once: what a kill can cost. 385 requests that
/// take 300 ms each are done in 4 s.
pub const X_IN_FLIGHT: usize = 32;

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

/// Seconds without a byte after which X's stream is taken to be dead: one and a half of its heartbeats of 20 s.
pub const X_STREAM_SILENT_SECONDS: u64 = 30;

/// Milliseconds by which the wait for a new connection grows with each that fails on the network, and the longest
/// wait; as X asks for.
pub const X_STREAM_NETWORK_WAIT_MILLIS: u64 = 250;
pub const X_STREAM_NETWORK_LONGEST_MILLIS: u64 = 16_000;

/// Seconds of the first wait after X answers with an error, twice as long each time, and the longest; as X asks for.
pub const X_STREAM_ERROR_WAIT_SECONDS: u64 = 5;
pub const X_STREAM_ERROR_LONGEST_SECONDS: u64 = 320;

/// Seconds of the first wait after a 429 that does not say when to come back, twice as long each time; as X asks for.
pub const X_STREAM_RATE_WAIT_SECONDS: u64 = 60;

/// Seconds without a connection after which reading ends: a whole span of X's rate limit of 15 minutes, and some.
pub const X_STREAM_PATIENCE_SECONDS: u64 = 20 * 60;

/// Seconds that a connection must have stood, so that the next one is made at once when it breaks.
pub const X_STREAM_STOOD_SECONDS: u64 = 5;

/// Posts of a batch of X's stream at most, and milliseconds for which the first of them waits for others.
pub const X_STREAM_BATCH: usize = 500;
pub const X_STREAM_FLUSH_MILLIS: u64 = 500;

/// Posts that were read from X's stream and that nobody has taken yet: some seconds of its 250 a second. When they
/// are not taken, X is not read, and breaks off.
pub const X_STREAM_QUEUE: usize = 2_000;

/// Seconds for taking the rule away when reading ends.
pub const X_STREAM_FAREWELL_SECONDS: u64 = 8;

/// Posts in `includes` of one line of X's stream at most: what it quotes and what it answers.
pub const X_STREAM_BESIDE: u32 = 2;

/// Seconds to connect to a server.
pub const HTTP_CONNECT_SECONDS: u64 = 10;

/// Seconds for a whole answer.
pub const HTTP_ANSWER_SECONDS: u64 = 60;

/// Seconds between two pieces of an answer.
pub const HTTP_READ_SECONDS: u64 = 30;

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

/// Bytes of a request to `serve`, at least and at most.
pub const SERVE_BODY_BYTES: std::ops::RangeInclusive<u64> = 1_024..=64 * 1024 * 1024;

/// Texts of a request to `serve`, at least and at most.
pub const SERVE_TEXTS: std::ops::RangeInclusive<u64> = 1..=100_000;

/// Seconds that reading and answering a request to `serve` may take.
pub const SERVE_TIMEOUT_SECONDS: std::ops::RangeInclusive<u64> = 1..=600;

/// Requests that `serve` works on at the same time. With the largest body it is what they hold in memory.
pub const SERVE_CONCURRENCY: std::ops::RangeInclusive<u64> = 1..=10_000;

/// Connections that `serve` has open at the same time.
pub const SERVE_CONNECTIONS: std::ops::RangeInclusive<u64> = 1..=100_000;

/// Seconds for which `serve` still answers after it was told to stop, at most.
pub const SERVE_DRAIN_SECONDS: u64 = 600;

/// Seconds that a request's head may take, and that a connection may be idle.
pub const SERVE_HEAD_SECONDS: u64 = 15;

/// Bytes of a request's head at most.
pub const SERVE_HEAD_BYTES: usize = 16 * 1024;

/// Connections beyond the limit that are told so (503) at the same time; further ones are closed without a word.
pub const SERVE_TURNED_AWAY: usize = 64;

/// Seconds that being told so may take.
pub const SERVE_TURNED_AWAY_SECONDS: u64 = 2;

/// Seconds for which a refused request's body is still read and thrown away, and bytes of it: a connection that is
/// closed with unread bytes in it loses the answer.
pub const SERVE_DISCARD_SECONDS: u64 = 2;
pub const SERVE_DISCARD_BYTES: usize = 16 * 1024 * 1024;

/// Bytes of text that are scored before others have their turn: about a millisecond.
pub const SERVE_TURN_BYTES: usize = 16 * 1024;

/// Seconds after which a client that is told 503 may come back.
pub const SERVE_RETRY_SECONDS: u64 = 1;

/// Milliseconds for a request whose head is half there when the service stops.
pub const SERVE_STOP_MILLIS: u64 = 1_000;

/// Milliseconds before connections are taken again when the system has no file descriptors left.
pub const SERVE_EXHAUSTED_MILLIS: u64 = 100;

/// Connections to the local page at the same time: a browser opens six, and each tab keeps one more.
pub const DASHBOARD_CONNECTIONS: usize = 256;

/// Queries of the local page at the same time. Each has a connection to the warehouse with memory of its own.
pub const DASHBOARD_QUERIES: usize = 4;

/// Seconds that one of them may take, waiting for its turn included.
pub const DASHBOARD_QUERY_SECONDS: u64 = 60;

/// Bytes of answers that the local page keeps.
pub const DASHBOARD_CACHE_BYTES: usize = 16 * 1024 * 1024;

/// Rows of one panel at most: half a year of windows of 15 minutes. A chart of more says nothing more.
pub const DASHBOARD_ROWS: usize = 20_000;

/// Bytes of the values of one filter at most, and how many of them.
pub const DASHBOARD_FILTER_BYTES: usize = 1_024;
pub const DASHBOARD_FILTERS: usize = 32;

/// Tabs that follow a run at the same time.
pub const DASHBOARD_FOLLOWERS: usize = 32;

/// Milliseconds between two looks at a run in a folder: what a tab is told comes once a second at most.
pub const DASHBOARD_LOOK_MILLIS: u64 = 1_000;

/// Milliseconds between two looks at a run in a bucket that is going on, and at one that is not. A look is a few
/// requests, $0.005 for a thousand of the dearest.
pub const DASHBOARD_BUCKET_LOOK_MILLIS: u64 = 5_000;
pub const DASHBOARD_BUCKET_REST_MILLIS: u64 = 60_000;

/// Seconds after which a tab that is told nothing new is told that the server is there.
pub const DASHBOARD_ALIVE_SECONDS: u64 = 15;

/// Seconds for a request to end when the local page's server does.
pub const DASHBOARD_STOP_SECONDS: u64 = 5;

/// Records and bytes of one PutRecordBatch: Firehose takes 500 and 4 MiB.
pub const FIREHOSE_RECORDS: usize = 500;
pub const FIREHOSE_BYTES: usize = 4_000_000;

/// Seconds that a tunnel to Grafana may take to come up.
pub const TUNNEL_SECONDS: u64 = 60;

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
