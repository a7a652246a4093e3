//! A way to a port of a machine that has none open: Session Manager's.

use super::{Account, missing, send};
use crate::config::secret::Secret;
use crate::error::{Error, Result};

/// The document of Session Manager that forwards a port.
pub const DOCUMENT: &str = "AWS-StartPortForwardingSession";

/// A session that was begun; whoever has its token is let through.
#[derive(Debug)]
pub struct PortSession {
    pub id: String,
    pub url: String,
    pub token: Secret,
}

impl Account {
    /// Begins a session to a port of an instance, for whoever listens at `here` on this machine.
    ///
    /// # Errors
    /// Of kind `Outside` where the machine's agent has not reported yet.
    pub async fn open_port(&self, instance: &str, port: u16, here: u16) -> Result<PortSession> {
        let what = format!("begin a session with {instance}");
        let answer = send!(self, ssm, &what, |c| c
            .start_session()
            .target(instance)
            .document_name(DOCUMENT)
            .parameters("portNumber", vec![port.to_string()])
            .parameters("localPortNumber", vec![here.to_string()]))
        .map_err(|failure| {
            let unknown = failure.is("TargetNotConnected");
            let error = Error::from(failure);
            match unknown {
                true => Error { kind: crate::error::ErrorKind::Outside, ..error }
                    .hint("its agent reports some minutes after the start: try again"),
                false => error,
            }
        })?;
        let (Some(id), Some(url), Some(token)) =
            (answer.session_id(), answer.stream_url(), answer.token_value())
        else {
            return Err(missing("the session's address"));
        };
        Ok(PortSession { id: id.to_owned(), url: url.to_owned(), token: Secret::new(token) })
    }

    /// Ends a session.
    ///
    /// # Errors
    /// What the account says.
    pub async fn close_port(&self, session: &PortSession) -> Result<()> {
        send!(self, ssm, "end the session", |c| c.terminate_session().session_id(&session.id))?;
        Ok(())
    }
}
