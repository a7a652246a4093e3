//! The settings of the stack: the sections `stack` and `live` of `app.yaml`, and what they resolve to.

pub mod region;
mod resolve;
pub mod settings;
pub mod typed;

pub use resolve::{defaults, resolve_stack};
pub use settings::StackSettings;

#[cfg(test)]
mod tests;
