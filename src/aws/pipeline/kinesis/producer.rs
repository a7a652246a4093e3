//! Puts packets on the stream: full calls, several at once and as fast as the shards take them, and of a call only the
//! failed records again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_sdk_kinesis::client::customize::CustomizableOperation;
use aws_sdk_kinesis::operation::put_records::builders::PutRecordsFluentBuilder;
use aws_sdk_kinesis::operation::put_records::{PutRecordsError, PutRecordsOutput};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::Shared;
use super::batch::{Batch, Entry, Filling};
use super::pace::Pace;
use super::shards::shards;
use crate::aws::send;
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use crate::model::Packet;

/// Runs until nobody publishes any more, and everything is there.
pub async fn run(shared: Arc<Shared>, mut packets: mpsc::Receiver<Packet>) {
    let pace = Arc::new(Pace::new());
    let mut counted: Option<Instant> = None;
    let mut calls: JoinSet<Result<()>> = JoinSet::new();
    let mut ended = Ok(());
    let mut held: Option<Packet> = None;
    while ended.is_ok() {
        let first = match held.take() {
            Some(packet) => packet,
            None => match packets.recv().await {
                Some(packet) => packet,
                None => break,
            },
        };
        let every = Duration::from_millis(limits::SHARDS_EVERY_MILLIS);
        if counted.is_none_or(|at| at.elapsed() >= every) {
            counted = Some(Instant::now());
            pace.set_shards(open_shards(&shared).await);
        }
        let batch = fill(&shared, pace.call(), first, &mut packets, &mut held).await;
        while calls.len() >= limits::PUT_CALLS_AT_ONCE {
            ended = joined(calls.join_next().await);
        }
        match batch {
            Ok(batch) => {
                shared.wait(pace.take(batch.len(), batch.bytes())).await;
                calls.spawn(put(Arc::clone(&shared), Arc::clone(&pace), batch));
            }
            Err(error) => ended = Err(error),
        }
    }
    while !calls.is_empty() {
        let one = joined(calls.join_next().await);
        ended = ended.and(one);
    }
    match ended {
        Ok(()) => {
            let mut state = shared.state();
            state.all_put = true;
            state.progress = Some(Instant::now());
            drop(state);
            shared.changed.notify_waiters();
        }
        Err(error) => shared.fail(error),
    }
}

fn joined(ended: Option<Result<Result<()>, tokio::task::JoinError>>) -> Result<()> {
    match ended {
        None => Ok(()),
        Some(Ok(ended)) => ended,
        Some(Err(e)) => Err(Error::failed("a task that puts records broke down").because(e)),
    }
}

/// How many shards take records; none where it cannot be said. Whether the stream is there is for the calls to find out.
async fn open_shards(shared: &Shared) -> usize {
    shards(shared).await.map_or(0, |all| all.iter().filter(|shard| shard.is_open).count())
}

/// As many packets as one call takes, of those that are there or come within a moment.
async fn fill(
    shared: &Shared,
    (most_records, most_bytes): (usize, usize),
    first: Packet,
    packets: &mut mpsc::Receiver<Packet>,
    held: &mut Option<Packet>,
) -> Result<Batch> {
    let mut batch = Filling::new(&shared.options.stream, most_bytes);
    batch.push(&Entry::of(&first)?);
    while batch.len() < most_records {
        let linger = shared.wait(Duration::from_millis(limits::PUT_LINGER_MILLIS));
        let next = tokio::select! {
            biased;
            next = packets.recv() => next,
            () = linger => None,
        };
        let Some(packet) = next else { break };
        let entry = Entry::of(&packet)?;
        if batch.bytes() + entry.bytes() > most_bytes {
            *held = Some(packet);
            break;
        }
        batch.push(&entry);
    }
    Ok(batch.close())
}

/// Puts a batch that has its turn, and again what of it failed, until all is there.
async fn put(shared: Arc<Shared>, pace: Arc<Pace>, mut batch: Batch) -> Result<()> {
    let stream = &shared.options.stream;
    let what = format!("put records on the stream {stream}");
    let began = Instant::now();
    let mut wait = Duration::from_millis(50);
    loop {
        let answer = send!(shared.account, kinesis, &what, |c| with_body(
            c.put_records().stream_name(stream).set_records(Some(Vec::new())),
            &batch
        ));
        let why = match answer {
            Ok(answer) => {
                let why = answer.records().iter().find_map(|r| r.error_code()).map(str::to_owned);
                let left = batch.failed(answer.records().iter().map(|r| r.error_code().is_some()));
                if left.len() < batch.len() {
                    shared.state().progress = Some(Instant::now());
                }
                batch = left;
                match why {
                    None => return Ok(()),
                    Some(why) => why,
                }
            }
            // A stream that is made anew comes back; one that is busy as well.
            Err(failure) if failure.is_not_found() || failure.is_busy() => failure.message.clone(),
            Err(failure) => return Err(failure.into()),
        };
        let patience = Duration::from_secs(limits::STREAM_AWAY_SECONDS).mul_f64(shared.options.pace.max(0.1));
        if began.elapsed() > patience {
            return Err(Error::new(ErrorKind::Outside, format!("cannot {what}")).because(why).hint(
                "bring the stack up, or give the stream more shards (`stack.stream_shards`), then resume",
            ));
        }
        pace.give_back(batch.len(), batch.bytes());
        let jitter = f64::from(getrandom::u32().unwrap_or(0)) / f64::from(u32::MAX);
        shared.wait(wait.mul_f64(0.5 + jitter)).await;
        wait = (wait * 2).min(Duration::from_secs(2));
        shared.wait(pace.take(batch.len(), batch.bytes())).await;
    }
}

/// The request with the batch's body in the place of the one that the SDK would write.
fn with_body(
    request: PutRecordsFluentBuilder,
    batch: &Batch,
) -> CustomizableOperation<PutRecordsOutput, PutRecordsError, PutRecordsFluentBuilder> {
    let body = batch.body();
    request.customize().mutate_request(move |request| {
        let Some(body) = body.try_clone() else { return };
        let length = body.content_length().unwrap_or_default();
        request.headers_mut().insert("content-length", length.to_string());
        *request.body_mut() = body;
    })
}
