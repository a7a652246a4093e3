//! A request's body: read whole up to a limit, or thrown away.

use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes, HttpBody};
use futures_util::StreamExt;

use super::refusal::Refusal;
use crate::limits;

pub struct Incoming {
    pieces: BodyDataStream,
    /// Bytes that the request says it has; 0 where it does not.
    told: usize,
    /// Whether its sender waits for a word before it sends.
    waits: bool,
}

impl Incoming {
    pub fn new(body: Body, waits: bool) -> Self {
        let told = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
        Self { pieces: body.into_data_stream(), told, waits }
    }

    /// All of it, if that is `most` bytes or less.
    pub async fn whole(&mut self, most: usize) -> Result<Bytes, Refusal> {
        if self.told > most {
            return Err(Refusal::too_large(most));
        }
        self.waits = false;
        let Some(first) = self.next().await? else { return Ok(Bytes::new()) };
        // The most come in one piece.
        if first.len() == self.told {
            return Ok(first);
        }
        let mut whole = Vec::with_capacity(self.told.max(first.len()));
        let mut piece = Some(first);
        while let Some(bytes) = piece {
            if whole.len() + bytes.len() > most {
                return Err(Refusal::too_large(most));
            }
            whole.extend_from_slice(&bytes);
            piece = self.next().await?;
        }
        Ok(whole.into())
    }

    /// Reads on to the end and keeps nothing, for a while: who is cut off while it sends may never read the answer.
    pub async fn discard(mut self) {
        // Told no, it does not send at all.
        if self.waits {
            return;
        }
        let rest = async {
            let mut bytes = 0;
            while let Ok(Some(piece)) = self.next().await {
                bytes += piece.len();
                if bytes > limits::SERVE_DISCARD_BYTES {
                    return;
                }
            }
        };
        let _ = tokio::time::timeout(Duration::from_secs(limits::SERVE_DISCARD_SECONDS), rest).await;
    }

    async fn next(&mut self) -> Result<Option<Bytes>, Refusal> {
        self.pieces.next().await.transpose().map_err(|_| Refusal::cut())
    }
}
