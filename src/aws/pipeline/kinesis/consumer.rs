//! Reads every shard from where the run began, or went on; the children of a shard that was split or merged after it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_sdk_kinesis::operation::get_records::GetRecordsOutput;
use aws_sdk_kinesis::types::ShardIteratorType;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::Shared;
use super::shards::{Listed, shards};
use crate::aws::error::Failure;
use crate::aws::send;
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use crate::model::Packet;

/// How a shard's reading ended.
enum End {
    /// It was closed by a reshard, and is read to its end.
    Closed(String),
    /// The stream is not there.
    Gone,
}

/// Runs until it is aborted, or a shard cannot be read.
pub async fn run(shared: Arc<Shared>, packets: mpsc::Sender<Packet>) {
    if let Err(error) = read(&shared, &packets).await {
        shared.fail(error);
    }
}

async fn read(shared: &Arc<Shared>, packets: &mpsc::Sender<Packet>) -> Result<()> {
    let mut readers: JoinSet<Result<End>> = JoinSet::new();
    let mut begun = BTreeSet::new();
    let mut done = BTreeSet::new();
    let mut first = true;
    let mut away: Option<Instant> = None;
    loop {
        match shards(shared).await {
            Ok(shards) => {
                away = None;
                let present: BTreeSet<&str> = shards.iter().map(|shard| shard.id.as_str()).collect();
                for Listed { id, parents, .. } in &shards {
                    let ready = parents.iter().all(|p| done.contains(p) || !present.contains(p.as_str()));
                    if ready && begun.insert(id.clone()) {
                        let (shared, packets) = (Arc::clone(shared), packets.clone());
                        let (id, from_start) = (id.clone(), !first || !parents.is_empty());
                        shared.state().idle.insert(id.clone(), false);
                        readers.spawn(async move { shard(&shared, &id, from_start, &packets).await });
                    }
                }
                first = false;
            }
            Err(failure) if failure.is_not_found() => {
                let since = *away.get_or_insert_with(Instant::now);
                let patience = Duration::from_secs(limits::STREAM_AWAY_SECONDS);
                if since.elapsed() > patience.mul_f64(shared.options.pace.max(0.1)) {
                    return Err(Error::new(
                        ErrorKind::Usage,
                        format!("there is no stream {}", shared.options.stream),
                    )
                    .hint("bring the stack up first: `sentistack stack up`"));
                }
                begun.clear();
                done.clear();
            }
            Err(failure) => return Err(failure.into()),
        }
        let ended = tokio::select! {
            Some(ended) = readers.join_next(), if !readers.is_empty() => ended,
            () = shared.wait(Duration::from_millis(limits::SHARDS_EVERY_MILLIS)) => continue,
        };
        match ended.map_err(|e| Error::failed("a shard's reader broke down").because(e))?? {
            End::Closed(id) => {
                shared.state().idle.remove(&id);
                done.insert(id);
            }
            End::Gone => {
                // Made anew, it begins from nothing.
                readers.abort_all();
                while readers.join_next().await.is_some() {}
                shared.state().idle.clear();
                begun.clear();
                done.clear();
                shared.wait(Duration::from_millis(500)).await;
            }
        }
    }
}

/// Reads one shard until it is closed and read to its end.
async fn shard(
    shared: &Arc<Shared>,
    id: &str,
    from_start: bool,
    packets: &mpsc::Sender<Packet>,
) -> Result<End> {
    let mut last = shared.options.checkpoints.get(id).cloned();
    let mut position: Option<String> = None;
    loop {
        let asked = Instant::now();
        let mut every = Duration::from_millis(limits::GET_EVERY_MILLIS);
        let at = match position.take() {
            Some(at) => at,
            None => match iterator(shared, id, last.as_deref(), from_start).await {
                Ok(Some(at)) => at,
                Ok(None) => return Ok(End::Closed(id.to_owned())),
                Err(failure) if failure.is_not_found() => return Ok(End::Gone),
                // The record is of a stream that is no more.
                Err(failure) if failure.is("InvalidArgumentException") && last.is_some() => {
                    last = None;
                    continue;
                }
                Err(failure) => return Err(failure.into()),
            },
        };
        let what = format!("read the shard {id}");
        match send!(shared.account, kinesis, &what, |c| c.get_records().shard_iterator(&at)) {
            Ok(answer) => {
                last = take(shared, id, &answer, packets).await.or(last);
                let behind = answer.millis_behind_latest().unwrap_or(0);
                if behind == 0 {
                    every = Duration::from_millis(limits::GET_AT_END_MILLIS);
                }
                shared.state().idle.insert(id.to_owned(), answer.records().is_empty() && behind == 0);
                position = answer.next_shard_iterator().map(str::to_owned);
                if position.is_none() {
                    return Ok(End::Closed(id.to_owned()));
                }
            }
            Err(failure) if failure.is("ExpiredIteratorException") => {}
            Err(failure) if failure.is_busy() => position = Some(at),
            Err(failure) if failure.is_not_found() => return Ok(End::Gone),
            Err(failure) => return Err(failure.into()),
        }
        tokio::time::sleep(every.saturating_sub(asked.elapsed())).await;
    }
}

async fn iterator(
    shared: &Shared,
    id: &str,
    last: Option<&str>,
    from_start: bool,
) -> Result<Option<String>, Failure> {
    let since = shared.options.since.as_second() - limits::CLOCK_SECONDS;
    let kind = match (last, from_start) {
        (Some(_), _) => ShardIteratorType::AfterSequenceNumber,
        (None, true) => ShardIteratorType::TrimHorizon,
        (None, false) => ShardIteratorType::AtTimestamp,
    };
    let at = (kind == ShardIteratorType::AtTimestamp).then(|| aws_smithy_types::DateTime::from_secs(since));
    let answer = send!(shared.account, kinesis, &format!("find the place in shard {id}"), |c| c
        .get_shard_iterator()
        .stream_name(&shared.options.stream)
        .shard_id(id)
        .shard_iterator_type(kind.clone())
        .set_starting_sequence_number(last.map(str::to_owned))
        .set_timestamp(at))?;
    Ok(answer.shard_iterator().map(str::to_owned))
}

/// Hands the run's packets on. Gives the last record's sequence number.
async fn take(
    shared: &Shared,
    id: &str,
    answer: &GetRecordsOutput,
    packets: &mpsc::Sender<Packet>,
) -> Option<String> {
    let mut last = None;
    for record in answer.records() {
        let sequence = record.sequence_number().to_owned();
        last = Some(sequence.clone());
        // Records of other runs share the stream, and anybody may put anything there.
        let Some(packet) = packet(record.data().as_ref()) else { continue };
        if packet.run_id != shared.options.run_id {
            continue;
        }
        {
            let mut state = shared.state();
            state.progress = Some(Instant::now());
            if !state.delivered.insert(packet.name.clone()) {
                continue;
            }
            let shard = state.shards.entry(id.to_owned()).or_default();
            shard.under_way.push_back((sequence, packet.name.clone()));
        }
        if packets.send(packet).await.is_err() {
            break;
        }
    }
    shared.changed.notify_waiters();
    last
}

/// The packet of a record, if it is one.
fn packet(data: &[u8]) -> Option<Packet> {
    // Looked at once as a whole: else each of its strings is, which takes longer.
    serde_json::from_str(std::str::from_utf8(data).ok()?).ok()
}
