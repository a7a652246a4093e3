//! The stream between ingest and score, inside one process. It holds a few packets and makes ingest wait.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use tokio::sync::Notify;

use crate::error::{Error, Result};
use crate::limits::STREAM_PACKETS;
use crate::model::Packet;
use crate::pipeline::port::Stream;

/// A bounded queue for any number of publishers and consumers.
pub struct MemoryStream {
    state: Mutex<State>,
    capacity: usize,
    /// Woken when a packet came or the stream was closed.
    filled: Notify,
    /// Woken when there is room or the stream was closed.
    emptied: Notify,
}

#[derive(Default)]
struct State {
    packets: VecDeque<Packet>,
    closed: bool,
}

impl Default for MemoryStream {
    fn default() -> Self {
        Self::new(STREAM_PACKETS)
    }
}

impl MemoryStream {
    /// A stream that holds `capacity` packets (one at least).
    pub fn new(capacity: usize) -> Self {
        Self {
            state: Mutex::default(),
            capacity: capacity.max(1),
            filled: Notify::new(),
            emptied: Notify::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Stream for MemoryStream {
    async fn publish(&self, packet: Packet) -> Result<()> {
        let mut waiting = Some(packet);
        loop {
            // Asked for before looking, so that a wake-up in between is not lost.
            let emptied = self.emptied.notified();
            {
                let mut state = self.state();
                if state.closed {
                    return Err(Error::failed("the stream was closed while packets were still coming"));
                }
                if state.packets.len() < self.capacity {
                    state.packets.extend(waiting.take());
                    let room = state.packets.len() < self.capacity;
                    drop(state);
                    self.filled.notify_one();
                    if room {
                        // Passes the wake-up on: another publisher may wait for the room that is left.
                        self.emptied.notify_one();
                    }
                    return Ok(());
                }
            }
            emptied.await;
        }
    }

    async fn consume(&self) -> Result<Option<Packet>> {
        loop {
            let filled = self.filled.notified();
            {
                let mut state = self.state();
                if let Some(packet) = state.packets.pop_front() {
                    let more = !state.packets.is_empty() || state.closed;
                    drop(state);
                    self.emptied.notify_one();
                    if more {
                        self.filled.notify_one();
                    }
                    return Ok(Some(packet));
                }
                if state.closed {
                    drop(state);
                    self.filled.notify_one();
                    return Ok(None);
                }
            }
            filled.await;
        }
    }

    async fn close(&self) {
        self.state().closed = true;
        // One is enough for each side: who is woken passes it on. The permit stays for who comes later.
        self.filled.notify_one();
        self.emptied.notify_one();
        self.filled.notify_waiters();
        self.emptied.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{PacketName, Window};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    fn packet(n: u32) -> Packet {
        let name = PacketName::numbered(Window::from_unix(0), n);
        Packet { run_id: "r".into(), name, score: None, tweets: Vec::new() }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn every_packet_reaches_exactly_one_consumer() {
        let stream = Arc::new(MemoryStream::default());
        let seen = Arc::new(AtomicUsize::new(0));
        let consumers: Vec<_> = (0..5)
            .map(|_| {
                let (stream, seen) = (stream.clone(), seen.clone());
                tokio::spawn(async move {
                    while stream.consume().await.unwrap().is_some() {
                        seen.fetch_add(1, Ordering::Relaxed);
                        tokio::task::yield_now().await;
                    }
                })
            })
            .collect();
        let publishers: Vec<_> = (0..4)
            .map(|_| {
                let stream = stream.clone();
                tokio::spawn(async move {
                    for n in 0..500 {
                        stream.publish(packet(n)).await.unwrap();
                    }
                })
            })
            .collect();
        for publisher in publishers {
            publisher.await.unwrap();
        }
        stream.close().await;
        for consumer in consumers {
            tokio::time::timeout(Duration::from_secs(20), consumer).await.unwrap().unwrap();
        }
        assert_eq!(seen.load(Ordering::Relaxed), 2_000);
        assert_eq!(stream.consume().await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_full_stream_makes_the_publisher_wait_and_a_closed_one_refuses() {
        let stream = MemoryStream::new(2);
        stream.publish(packet(1)).await.unwrap();
        stream.publish(packet(2)).await.unwrap();
        let late = tokio::time::timeout(Duration::from_millis(20), stream.publish(packet(3))).await;
        assert!(late.is_err(), "it had no room");
        assert_eq!(stream.consume().await.unwrap(), Some(packet(1)));
        stream.publish(packet(4)).await.unwrap();
        stream.close().await;
        assert!(stream.publish(packet(5)).await.is_err());
        assert_eq!(stream.consume().await.unwrap(), Some(packet(2)));
        assert_eq!(stream.consume().await.unwrap(), Some(packet(4)));
        assert_eq!(stream.consume().await.unwrap(), None);
    }
}
