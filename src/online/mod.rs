//! What is reached over the network and is no source: a model (texts go out, scores come back), a registry of images.
//! They know nothing of runs, packets and languages.

mod circuit;
pub mod endpoint;
#[cfg(feature = "stack")]
pub mod registry;

pub use endpoint::Endpoint;
