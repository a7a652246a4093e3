//! A listener whose connections can be made to break, after a number of bytes.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// Connections that can be made to break.
pub(crate) struct Brittle(pub(crate) TcpListener);

/// A connection's handle: how many more bytes go out before it breaks.
#[derive(Clone, Default)]
pub(crate) struct Wire {
    broken: Arc<AtomicBool>,
    left: Arc<AtomicUsize>,
}

impl Wire {
    pub(crate) fn cut_after(&self, bytes: usize) {
        self.left.store(bytes, Ordering::SeqCst);
        self.broken.store(true, Ordering::SeqCst);
    }
}

pub(crate) struct Connection {
    stream: TcpStream,
    wire: Wire,
}

impl Listener for Brittle {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        loop {
            if let Ok((stream, address)) = TcpListener::accept(&self.0).await {
                let _ = stream.set_nodelay(true);
                return (Connection { stream, wire: Wire::default() }, address);
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, Brittle>> for Wire {
    fn connect_info(stream: IncomingStream<'_, Brittle>) -> Self {
        stream.io().wire.clone()
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, into)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if !self.wire.broken.load(Ordering::SeqCst) {
            return Pin::new(&mut self.stream).poll_write(cx, bytes);
        }
        let left = self.wire.left.load(Ordering::SeqCst);
        if left == 0 {
            // Unread and unsent bytes go with it: the other side sees a reset.
            let _ = self.stream.set_zero_linger();
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        let some = &bytes[..bytes.len().min(left)];
        let sent = Pin::new(&mut self.stream).poll_write(cx, some);
        if let Poll::Ready(Ok(count)) = &sent {
            self.wire.left.store(left - count, Ordering::SeqCst);
        }
        sent
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
