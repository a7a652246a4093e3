//! Settings: as typed, then resolved and checked. Pure: the edge brings the file's text and the environment.
//!
//! `File::parse` and `env::read` give [`Typed`] layers, the command line gives another; [`resolve`] puts them
//! together.

mod available;
pub mod choice;
mod conflict;
pub mod duration;
pub mod env;
pub mod file;
pub mod layers;
mod lenient;
mod model;
pub mod moment;
pub mod number;
pub mod online;
mod place;
pub mod plan;
mod problems;
pub mod resolve;
pub mod schema;
pub mod score;
pub mod secret;
mod section;
pub mod serve;
pub mod settings;
pub mod stack;
pub mod suggest;
pub mod template;
mod topic;
pub mod typed;
pub mod url;
pub mod x;

pub use choice::{Choice, On};
pub use conflict::{conflicts, refuse_conflicts};
pub use file::File;
pub use layers::Layers;
pub use resolve::{Resolved, resolve};
pub use schema::schema;
pub use serve::{ServeSettings, resolve_serve};
pub use settings::Settings;
pub use stack::{StackSettings, resolve_stack};
pub use template::app_yaml;
pub use typed::Typed;
