//! The function's program. See the library.

use std::process::ExitCode;

use sentistack_live::runtime;

fn main() -> ExitCode {
    match runtime::run(|name| std::env::var(name).ok()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            runtime::complain(&message);
            ExitCode::FAILURE
        }
    }
}
