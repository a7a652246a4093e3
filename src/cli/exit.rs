//! Exit codes: a contract with scripts. `101` is never among them: a panic is a bug.

use crate::error::ErrorKind;

/// Done, also when there was nothing to change.
pub const OK: u8 = 0;
/// The operation failed, or the input cannot be used.
pub const FAILED: u8 = 1;
/// Usage or configuration.
pub const USAGE: u8 = 2;
/// Differences found (`stack plan --exit-code`, `live verify`).
pub const DIFFERENCES: u8 = 3;
/// An outside cause that trying again can cure.
pub const OUTSIDE: u8 = 4;
/// Refused by a cost limit.
pub const COST: u8 = 5;
/// Leftovers that may bill.
pub const LEFTOVERS: u8 = 6;
/// Done, but more was rejected than allowed.
pub const REJECTED: u8 = 7;
/// SIGINT.
pub const INTERRUPTED: u8 = 130;
/// SIGTERM.
pub const TERMINATED: u8 = 143;

/// The exit code of an error.
pub fn code(kind: ErrorKind) -> u8 {
    match kind {
        ErrorKind::Failed | ErrorKind::Input => FAILED,
        ErrorKind::Usage | ErrorKind::Config => USAGE,
        ErrorKind::Outside => OUTSIDE,
        ErrorKind::CostLimit => COST,
        ErrorKind::Leftovers => LEFTOVERS,
        ErrorKind::Rejected => REJECTED,
        ErrorKind::Interrupted => INTERRUPTED,
        ErrorKind::Terminated => TERMINATED,
    }
}
