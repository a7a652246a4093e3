//! Where output goes and in which form.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use crate::error::Error;
use crate::pipeline::event::{Event, Events, Silent};
use crate::ui::bars::Bars;
use crate::ui::lines::Lines;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OutputFormat {
    #[default]
    Text,
    Json,
    Ndjson,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

/// How much is said on stderr.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    Quiet,
    #[default]
    Normal,
    Verbose,
}

/// Prints documents, progress and errors.
#[derive(Clone, Copy, Debug)]
pub struct Printer {
    pub format: OutputFormat,
    pub verbosity: Verbosity,
    /// Whether stderr shows bars that move.
    pub moving: bool,
}

impl Printer {
    /// Sets up colour for the whole process and looks whether stderr is a terminal.
    pub fn new(format: OutputFormat, color: Color, verbosity: Verbosity) -> Self {
        let choice = match color {
            Color::Auto => anstream::ColorChoice::Auto,
            Color::Always => anstream::ColorChoice::Always,
            Color::Never => anstream::ColorChoice::Never,
        };
        choice.write_global();
        let moving = io::stderr().is_terminal() && verbosity > Verbosity::Quiet;
        Self { format, verbosity, moving }
    }

    /// A command's result: text for people, or its document.
    pub fn document<D: Serialize>(&self, text: &str, document: &D) -> io::Result<()> {
        match self.format {
            OutputFormat::Text => self.text(text),
            OutputFormat::Json => self.json(document, true),
            OutputFormat::Ndjson => self.json(document, false),
        }
    }

    /// Text on stdout, as it is.
    pub fn text(&self, text: &str) -> io::Result<()> {
        let mut out = anstream::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()
    }

    fn json<D: Serialize>(&self, document: &D, pretty: bool) -> io::Result<()> {
        let mut out = io::stdout().lock();
        if pretty {
            serde_json::to_writer_pretty(&mut out, document)?;
        } else {
            serde_json::to_writer(&mut out, document)?;
        }
        out.write_all(b"\n")?;
        out.flush()
    }

    /// An error for a person, on stderr.
    pub fn error(&self, error: &Error) {
        let red = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
        let mut err = anstream::stderr().lock();
        // There is nowhere left to complain when stderr itself is broken.
        let _ = writeln!(err, "{red}error{red:#}: {}", error.message);
        for cause in &error.causes {
            let _ = writeln!(err, "  because {cause}");
        }
        if let Some(hint) = &error.hint {
            let _ = writeln!(err, "  {}", bold(&format!("hint: {hint}")));
        }
    }

    /// A remark on stderr, unless quiet.
    pub fn note(&self, text: &str) {
        if self.verbosity > Verbosity::Quiet {
            let _ = writeln!(anstream::stderr().lock(), "{text}");
        }
    }

    /// An event as a line on stdout, where those were asked for.
    pub fn event<E: Serialize>(&self, event: &E) {
        if self.format == OutputFormat::Ndjson {
            let _ = self.json(event, false);
        }
    }

    /// Who watches a run: bars on a terminal, lines elsewhere, and with ndjson each event on stdout.
    pub fn events(&self) -> Arc<dyn Events> {
        match (self.format, self.verbosity, self.moving) {
            (OutputFormat::Ndjson, _, _) => Arc::new(EventLines),
            (_, Verbosity::Quiet, _) => Arc::new(Silent),
            (_, _, true) => Arc::new(Bars::new()),
            (_, verbosity, false) => Arc::new(Lines::new(verbosity)),
        }
    }
}

#[cfg(feature = "aws")]
impl Printer {
    /// Who watches a stack: a tree that moves on a terminal, lines elsewhere, and with ndjson each event on stdout.
    pub fn stack_events(&self) -> Arc<dyn crate::stack::event::Events> {
        use crate::ui::stack::{StackJson, StackLines, StackTree};
        match (self.format, self.verbosity, self.moving) {
            (OutputFormat::Ndjson, _, _) => Arc::new(StackJson),
            (_, Verbosity::Quiet, _) => Arc::new(crate::stack::event::Silence),
            (_, _, true) => Arc::new(StackTree::new()),
            (_, verbosity, false) => Arc::new(StackLines::new(verbosity > Verbosity::Normal)),
        }
    }
}

/// `text` in bold where colours are on.
pub fn bold(text: &str) -> String {
    let style = Style::new().bold();
    format!("{style}{text}{style:#}")
}

/// `text` dimmed where colours are on.
pub fn dim(text: &str) -> String {
    let style = Style::new().dimmed();
    format!("{style}{text}{style:#}")
}

/// One JSON line on stdout for each event.
struct EventLines;

impl Events for EventLines {
    fn emit(&self, event: Event) {
        let mut out = io::stdout().lock();
        if serde_json::to_writer(&mut out, &event).is_ok() {
            let _ = out.write_all(b"\n");
        }
    }
}
