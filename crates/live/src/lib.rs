//! The Lambda of the live path, as a library: what comes in by event shape, what goes out. The handlers know no network,
//! no clock and no environment; [`runtime`] brings those and is the program (feature `runtime`, on by default).
//!
//! | event | answer |
//! |---|---|
//! | Firehose's transformation: `records[]` | every record's verdict, in order: [`firehose`] |
//! | a batch of a Kinesis stream: `Records[]` | what could not be written, to be brought again: [`kinesis`] |
//! | `{"text": …}` or `{"texts": […]}` | the scores, as `docs/endpoint.md` has them: [`direct`] |
//!
//! No text of a post gets into a log or an error.

pub mod checks;
pub mod direct;
pub mod event;
pub mod firehose;
pub mod function;
pub mod kinesis;
pub mod limits;
#[cfg(feature = "runtime")]
pub mod runtime;
pub mod scorer;
pub mod settings;

pub use event::{Event, EventError};
pub use function::{Answer, Function};
pub use scorer::{Embedded, Judge, Scored, Scorer};
pub use settings::Settings;
