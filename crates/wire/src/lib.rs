//! What goes between sentistack, its Lambda and their stores, as bytes: packets of posts and of scores, the lines of
//! the live path, the request and answer of a model endpoint, and the keys of what both write.
//!
//! The tool and the Lambda both write by this crate, so they cannot differ. It reads no file, clock or environment;
//! `docs/data-contract.md` says what it holds to.

pub mod answer;
pub mod keys;
pub mod limits;
mod lines;
pub mod live;
mod model;
mod packet;
mod text;

pub use keys::{is_valid_packet, is_valid_run_id};
pub use lines::{
    LineError, ScoreCountError, SentimentLine, StagingText, lines, sentiment_packet, write_sentiment_line,
    write_staging_line,
};
pub use model::{
    Packet, PacketName, PacketTweet, ReferenceKind, ScoreOrder, StagedPost, Window, WindowNameError,
};
pub use packet::write_packet;
pub use text::{cut, is_wanted, text};
