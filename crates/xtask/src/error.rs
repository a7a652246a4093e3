//! One error for all developer commands: what went wrong, and what to do about it.

use std::fmt;

pub type Result<T> = std::result::Result<T, Error>;

/// A failure, with what to do next where that is known.
#[derive(Debug)]
pub struct Error {
    message: String,
    hint: Option<String>,
}

impl Error {
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None }
    }

    /// Something that the system refused to do with `path`.
    pub fn io(verb: &str, path: impl AsRef<std::path::Path>, cause: &std::io::Error) -> Self {
        Self::new(format!("cannot {verb} {}: {cause}", path.as_ref().display()))
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "\n  {hint}"),
            None => Ok(()),
        }
    }
}
