//! Settings: as typed, then resolved and checked. Pure: the edge brings the file's text and the environment.

pub mod settings;

pub use settings::Settings;
