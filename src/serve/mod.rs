//! The model endpoint: a scorer behind HTTP, in the shape that `docs/endpoint.md` has and the model `endpoint` asks
//! for. It knows no command line and prints nothing; no text that it is sent is kept, logged or counted by content.

mod answer;
mod app;
mod body;
mod metrics;
mod openapi;
mod refusal;
mod scoring;
mod texts;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::response::IntoResponse;
use sentistack_sentiment::Scorer;
use tokio::net::TcpListener;

use crate::config::ServeSettings;
use crate::error::{Error, ErrorKind, Result};
use crate::listen::{self, Bounds, House};

use app::App;
use refusal::Refusal;

pub use openapi::YAML as OPENAPI;

/// An endpoint that has its address and takes no connection yet.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    app: Arc<App>,
}

/// What an endpoint did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Served {
    /// Requests to `/predict` that were answered with scores.
    pub answered: u64,
    /// Requests to `/predict` that were answered with an error.
    pub refused: u64,
    /// Texts scored.
    pub texts: u64,
    /// Connections that were closed before their request was answered, since stopping took too long.
    pub cut: u64,
}

impl Server {
    /// Takes the address of `settings`. Needs a runtime.
    ///
    /// # Errors
    /// Of kind `Outside` where the address is taken or is not this machine's.
    pub async fn bind(settings: &ServeSettings, scorer: &'static dyn Scorer) -> Result<Self> {
        let listener = TcpListener::bind(settings.address).await.map_err(|e| not_bound(settings, &e))?;
        let address = listener.local_addr().map_err(|e| not_bound(settings, &e))?;
        let app = Arc::new(App::new(settings, scorer)?);
        Ok(Self { listener, address, app })
    }

    /// Where it listens: with the port that it was given where any was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until `stop` is there; then what is under way, and nothing new.
    pub async fn run(self, stop: impl Future<Output = ()>) -> Served {
        let settings = &self.app.settings;
        let house = House {
            router: self.app.router(),
            bounds: Bounds {
                connections: settings.connections,
                longest: Duration::from_secs(settings.timeout_seconds),
                drain: Duration::from_secs(settings.drain_seconds),
            },
            watcher: Arc::clone(&self.app),
            crowded: || Refusal::crowded().into_response(),
        };
        let cut = listen::serve(self.listener, house, stop).await;
        Served { cut, ..self.app.metrics.served() }
    }
}

fn not_bound(settings: &ServeSettings, error: &std::io::Error) -> Error {
    use std::io::ErrorKind as K;
    let hint = match error.kind() {
        K::AddrInUse => "something listens there already: choose another --port (0: any that is free)",
        K::AddrNotAvailable => "--host is an address of this machine, or 127.0.0.1",
        K::PermissionDenied => "ports below 1024 are the system's: choose another --port",
        _ => "choose another --host or --port",
    };
    Error::new(ErrorKind::Outside, format!("cannot listen on {}", settings.address))
        .because(error)
        .hint(hint)
        .resource(settings.address)
}
