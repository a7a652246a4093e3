//! The live path: a stream of posts through a function that scores them.
//!
//! `send` puts what passes the gate where the function takes it up (`put`), and notes how far it came; `delivered` reads what
//! came out at the other end; `account` holds the two against each other; `bring` makes a run's packets of it, so that
//! tables, SQL and reports see live posts as any others.

pub mod account;
#[cfg(feature = "local")]
pub mod bring;
pub mod delivered;
pub mod log;
pub mod note;
pub mod package;
#[cfg(feature = "local")]
pub mod picture;
pub mod port;
pub mod put;
pub mod send;
