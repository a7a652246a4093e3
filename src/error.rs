//! The one error that crosses module borders: what kind it is, what happened, why, and what to do next.
//! It knows nothing of exit codes (`cli` maps the kinds) nor of printing.

use std::fmt;
use std::io;

use serde::Serialize;

/// Result with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of thing went wrong. Each kind has one exit code (see `cli::exit`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The operation failed for a reason that trying again will not cure.
    Failed,
    /// The input cannot be used: empty, corrupt, of another shape.
    Input,
    /// The command line is wrong.
    Usage,
    /// A setting is wrong.
    Config,
    /// An outside cause that trying again can cure: disk, network, credentials, quota, rate.
    Outside,
    /// A cost limit refused it.
    CostLimit,
    /// Something that may bill is left.
    Leftovers,
    /// Done, but more was rejected than allowed.
    Rejected,
    /// Stopped by Ctrl-C (SIGINT).
    Interrupted,
    /// Stopped by SIGTERM.
    Terminated,
}

/// An error for a person to read: message, causes outermost first, a hint that says what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Error {
    pub kind: ErrorKind,
    pub message: String,
    pub causes: Vec<String>,
    pub hint: Option<String>,
    pub resource: Option<String>,
}

impl Error {
    /// An error of `kind` that says `message`.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), causes: Vec::new(), hint: None, resource: None }
    }

    /// Input that cannot be used.
    pub fn input(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Input, message)
    }

    /// A wrong command line.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Usage, message)
    }

    /// A wrong setting.
    pub fn config(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Config, message)
    }

    /// A failure that trying again will not cure.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Failed, message)
    }

    /// An input or output error on `path` while doing `what` ("write", "read", …).
    ///
    /// A full disk, missing rights and a read-only file system are outside causes; a path that is
    /// not there is an unusable input; the rest is taken to be curable by trying again.
    pub fn io(what: &str, path: impl fmt::Display, error: &io::Error) -> Self {
        use io::ErrorKind as K;
        let (kind, hint) = match error.kind() {
            K::StorageFull | K::QuotaExceeded | K::FileTooLarge => {
                (ErrorKind::Outside, "free some space (or choose another --root), then resume")
            }
            K::ReadOnlyFilesystem | K::PermissionDenied => {
                (ErrorKind::Outside, "make the folder writable (or choose another --root), then try again")
            }
            K::NotFound => (ErrorKind::Input, "check the path"),
            K::IsADirectory | K::NotADirectory => {
                (ErrorKind::Input, "check the path: a file and a folder are mixed up")
            }
            _ => (ErrorKind::Outside, "try again"),
        };
        Self::new(kind, format!("cannot {what} {path}")).because(error).hint(hint).resource(path)
    }

    /// Adds a cause below those already named.
    #[must_use]
    pub fn because(mut self, cause: impl fmt::Display) -> Self {
        self.causes.push(cause.to_string());
        self
    }

    /// Says what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Names the file, key or cloud resource it happened to.
    #[must_use]
    pub fn resource(mut self, resource: impl fmt::Display) -> Self {
        self.resource = Some(resource.to_string());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        for cause in &self.causes {
            write!(f, ": {cause}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}
