//! What answers over HTTP: a model endpoint, as client and as server, and the local page.

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
