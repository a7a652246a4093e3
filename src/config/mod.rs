//! Settings: as typed, then resolved and checked. Pure: the edge brings the file's text and the environment.

pub mod choice;
pub mod duration;
pub mod env;
pub mod file;
mod lenient;
pub mod moment;
pub mod schema;
pub mod settings;
mod suggest;
pub mod typed;

pub use choice::{Choice, On};
pub use file::File;
pub use schema::schema;
pub use settings::Settings;
pub use typed::Typed;
