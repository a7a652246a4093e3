//! Sources over the network: X, Bluesky, HTTP.

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
