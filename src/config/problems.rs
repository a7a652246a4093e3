//! Everything that is wrong with the settings, gathered, so that a person repairs it in one go.

use crate::error::{Error, Result};

#[derive(Clone, Debug, Default)]
pub struct Problems(Vec<(String, String)>);

impl Problems {
    /// Notes what is wrong and what to do about it.
    pub fn add(&mut self, message: impl Into<String>, hint: impl Into<String>) {
        self.0.push((message.into(), hint.into()));
    }

    /// An error with the first problem as its message and hint, and the others as causes, if there is any.
    pub fn into_result(self) -> Result<()> {
        let mut problems = self.0.into_iter();
        let Some((message, hint)) = problems.next() else { return Ok(()) };
        let error = Error::config(message).hint(hint);
        Err(problems.fold(error, |error, (message, hint)| error.because(format!("also: {message} ({hint})"))))
    }
}
