//! The local page: what the tables say, as pictures, for a browser on this machine alone. It asks a [`port::Desk`] for
//! rows of the panels that Grafana has too, and for how far a run has come. It knows no command line, no store and no
//! warehouse; it prints nothing, and logs nothing of what it is asked or answers.

mod app;
mod ask;
mod assets;
mod cache;
mod follow;
mod guard;
pub mod port;
mod refusal;

use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::response::IntoResponse;
use tokio::net::TcpListener;

use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use crate::listen::{self, Bounds, House};

use app::App;
use port::Desk;
use refusal::Refusal;

pub use app::Start;

/// A page that has its address and takes no connection yet.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    app: Arc<App>,
}

impl Server {
    /// Takes `port` of this machine's loopback; 0: any that is free. Needs a runtime.
    ///
    /// # Errors
    /// Of kind `Outside` where the port is taken or the system's.
    pub async fn bind(port: u16, desk: Arc<dyn Desk>, start: Start) -> Result<Self> {
        let wanted = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let listener = TcpListener::bind(wanted).await.map_err(|e| not_bound(wanted, &e))?;
        let address = listener.local_addr().map_err(|e| not_bound(wanted, &e))?;
        let app = Arc::new(App::new(desk, address.port(), start)?);
        Ok(Self { listener, address, app })
    }

    /// Where it listens: with the port that it was given where any was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until `stop` is there; then what is under way, and nothing new.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let house = House {
            router: self.app.router(),
            bounds: Bounds {
                connections: limits::DASHBOARD_CONNECTIONS,
                longest: Duration::from_secs(limits::DASHBOARD_STOP_SECONDS),
                drain: Duration::ZERO,
            },
            watcher: Arc::clone(&self.app),
            crowded: || Refusal::crowded().into_response(),
        };
        listen::serve(self.listener, house, stop).await;
    }
}

fn not_bound(address: SocketAddr, error: &std::io::Error) -> Error {
    use std::io::ErrorKind as K;
    let hint = match error.kind() {
        K::AddrInUse => "something listens there already: choose another --port (0: any that is free)",
        K::PermissionDenied => "ports below 1024 are the system's: choose another --port",
        _ => "choose another --port",
    };
    Error::new(ErrorKind::Outside, format!("cannot listen on {address}"))
        .because(error)
        .hint(hint)
        .resource(address)
}
