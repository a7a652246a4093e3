//! First Ctrl-C or SIGTERM: stop in order. Second: exit at once.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use crate::cli::exit;
use crate::error::{Error, ErrorKind, Result};

/// Raises `stop` on the first signal, telling its name, and leaves the process on the second. Needs a runtime.
pub fn watch(stop: watch::Sender<Option<ErrorKind>>, tell: impl Fn(&str) + Send + 'static) -> Result<()> {
    let mut interrupt = listen(SignalKind::interrupt())?;
    let mut terminate = listen(SignalKind::terminate())?;
    tokio::spawn(async move {
        loop {
            let (kind, name, code) = tokio::select! {
                _ = interrupt.recv() => (ErrorKind::Interrupted, "Ctrl-C", exit::INTERRUPTED),
                _ = terminate.recv() => (ErrorKind::Terminated, "SIGTERM", exit::TERMINATED),
            };
            let asked_before = stop.borrow().is_some();
            if asked_before {
                leave(code);
            }
            tell(name);
            stop.send_replace(Some(kind));
        }
    });
    Ok(())
}

fn listen(kind: SignalKind) -> Result<Signal> {
    signal(kind).map_err(|e| Error::failed("cannot listen for signals").because(e))
}

#[allow(clippy::exit)]
fn leave(code: u8) -> ! {
    std::process::exit(i32::from(code))
}
