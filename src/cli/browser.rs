//! Opens an address in the browser that a person has chosen.

use std::process::{Command, Stdio};

/// Programs that do so, by system.
const OPENERS: [&str; 3] = ["xdg-open", "open", "wslview"];

/// Opens the address. Where there is no browser nothing happens: whoever calls this has printed it.
pub fn open(url: &str) {
    let opened = OPENERS.iter().find_map(|opener| {
        let mut command = Command::new(opener);
        command.arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()
    });
    // It ends at once, having told the browser; whoever waits for it keeps it from staying as a dead process.
    if let Some(mut child) = opened {
        std::thread::spawn(move || child.wait());
    }
}
