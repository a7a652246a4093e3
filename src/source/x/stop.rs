//! The sign to ask for nothing more.

use tokio::sync::watch;

/// Raises the sign.
#[derive(Clone)]
pub struct Raise(watch::Sender<bool>);

/// Sees the sign.
#[derive(Clone)]
pub struct Stop(watch::Receiver<bool>);

pub fn stop() -> (Raise, Stop) {
    let (raise, stop) = watch::channel(false);
    (Raise(raise), Stop(stop))
}

impl Raise {
    pub fn raise(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    pub fn is_raised(&self) -> bool {
        *self.0.borrow()
    }

    /// Comes back when the sign is raised; also when nobody is there any more who could.
    pub async fn raised(&mut self) {
        let _ = self.0.wait_for(|raised| *raised).await;
    }
}
