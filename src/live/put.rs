//! Puts lines where the function takes them up. Of a batch only what was not taken is put again.

use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use crate::live::port::Delivery;
use crate::pipeline::context::Stop;

/// Puts a batch until all of it is taken. Gives how often a record had to be put again.
///
/// # Errors
/// Those of the delivery; `Outside` where records are not taken for minutes.
pub async fn put(delivery: &dyn Delivery, mut lines: Vec<Vec<u8>>, stop: &Stop) -> Result<u64> {
    let began = Instant::now();
    let mut wait = Duration::from_millis(limits::LIVE_WAIT_MILLIS);
    let mut again = 0;
    loop {
        let left = delivery.put(&lines).await?;
        let Some(first) = left.first() else { return Ok(again) };
        // Who stops it does not wait for minutes; the note says how far it came.
        let patience = match stop.check() {
            Ok(()) => limits::LIVE_PATIENCE_SECONDS,
            Err(_) => limits::LIVE_STOP_SECONDS,
        };
        if began.elapsed().as_secs() >= patience {
            return Err(Error::new(
                ErrorKind::Outside,
                format!("{} did not take {} records", delivery.name(), left.len()),
            )
            .because(&first.why)
            .hint("look at the metrics of the delivery stream, or send fewer a second with --rate"));
        }
        again += left.len() as u64;
        let places: Vec<usize> = left.iter().map(|not_taken| not_taken.at).collect();
        lines = places.into_iter().filter_map(|at| lines.get_mut(at).map(std::mem::take)).collect();
        let jitter = f64::from(getrandom::u32().unwrap_or(0)) / f64::from(u32::MAX);
        tokio::time::sleep(wait.mul_f64(0.5 + jitter)).await;
        wait = (wait * 2).min(Duration::from_millis(limits::LIVE_WAIT_LONGEST_MILLIS));
    }
}

/// Puts any number of lines, in batches as full as a delivery takes them. Gives how often a record had to be put again.
///
/// # Errors
/// As [`put`]; and when a stop is asked for, between two batches.
pub async fn put_all(delivery: &dyn Delivery, lines: Vec<Vec<u8>>, stop: &Stop) -> Result<u64> {
    let (mut batch, mut bytes, mut again) = (Vec::new(), 0, 0);
    for line in lines {
        if batch.len() == limits::FIREHOSE_RECORDS || bytes + line.len() > limits::FIREHOSE_BYTES {
            stop.check()?;
            again += put(delivery, std::mem::take(&mut batch), stop).await?;
            bytes = 0;
        }
        bytes += line.len();
        batch.push(line);
    }
    if !batch.is_empty() {
        stop.check()?;
        again += put(delivery, batch, stop).await?;
    }
    Ok(again)
}
