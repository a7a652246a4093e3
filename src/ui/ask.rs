//! Asks a person. Never a pipe: a program that waits for an answer that cannot come is worse than one that fails.

use std::io::{self, BufRead, IsTerminal, Write};

use crate::error::{Error, Result};

/// How questions are answered.
#[derive(Clone, Copy, Debug)]
pub struct Answers {
    /// Everything is confirmed beforehand.
    pub yes: bool,
    /// Nobody is there to ask.
    pub no_input: bool,
}

impl Answers {
    /// Whether the person says yes. `wants` is the flag that says it beforehand.
    ///
    /// # Errors
    /// Of kind `Usage` where nobody can be asked.
    pub fn confirm(self, question: &str, wants: &str) -> Result<bool> {
        if self.yes {
            return Ok(true);
        }
        let answer = self.read(&format!("{question} [y/N] "), wants)?;
        Ok(matches!(answer.to_ascii_lowercase().as_str(), "y" | "yes"))
    }

    /// Whether the person types exactly `word`.
    ///
    /// # Errors
    /// Of kind `Usage` where nobody can be asked.
    pub fn type_word(self, question: &str, word: &str, wants: &str) -> Result<bool> {
        Ok(self.read(&format!("{question} Type {word} to go on: "), wants)? == word)
    }

    fn read(self, prompt: &str, wants: &str) -> Result<String> {
        if self.no_input || !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            return Err(Error::usage("nobody can be asked here").hint(format!("say {wants}")));
        }
        let mut err = anstream::stderr().lock();
        let _ = write!(err, "{prompt}");
        let _ = err.flush();
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line).map_err(|e| Error::io("read from", "the terminal", &e))?;
        Ok(line.trim().to_owned())
    }
}
