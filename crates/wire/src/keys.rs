//! Keys that both the tool and its Lambda write to. They use `/` on disk and in S3.

use crate::limits::width;
use crate::model::PacketName;

/// The folder of all runs.
pub const RUNS: &str = "runs";

/// The tag that packets of posts and scores carry in a bucket, as the header `x-amz-tagging` has it: the bucket's
/// lifecycle deletes what has it after some days.
pub const RAW_TAG: &str = "sentistack%3Akind=raw";

/// The folder of one run, under the root.
pub fn run_folder(run_id: &str) -> String {
    format!("{RUNS}/{run_id}")
}

/// Where a packet's scores by `model` are, in the folder of its run.
pub fn sentiment_packet(run_folder: &str, model: &str, name: &PacketName) -> String {
    format!("{run_folder}/sentiments/{model}/{name}.jsonl")
}

/// Whether `id` may name a folder: letters, digits, `.`, `_`, `-`; 64 at most; not starting with a dot or dash.
pub fn is_valid_run_id(id: &str) -> bool {
    !id.is_empty()
        && id.len() <= width::TOPIC
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
        && !id.starts_with(['.', '-'])
}

/// Whether `packet` may name a file: the digits that packets are numbered with. What came over a stream is not
/// believed to be.
pub fn is_valid_packet(packet: &str) -> bool {
    (6..=10).contains(&packet.len()) && packet.bytes().all(|b| b.is_ascii_digit())
}
