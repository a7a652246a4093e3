//! Measures how long posts take to come: `ingest TOOL` has the tool read 385 windows (four days and a bit) from an X on
//! loopback that takes 300 ms for each answer. `cargo xtask bench stream` runs it.

#[allow(dead_code, clippy::unwrap_used, reason = "the tests' own X, of which this needs a part")]
#[path = "../tests/it/x/server.rs"]
mod server;

use std::process::Command;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use server::{Behaviour, TOKEN, XServer, generated};

const WINDOWS: i64 = 385;
const LATENCY: Duration = Duration::from_millis(300);

#[allow(clippy::print_stdout, reason = "a program for developers")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let tool = std::env::args().nth(1).ok_or("ingest TOOL")?;
    let end = Timestamp::from_second((Timestamp::now().as_second() - 3_600).div_euclid(900) * 900)?;
    let start = end - SignedDuration::from_secs(WINDOWS * 900);
    let behaviour = Behaviour { latency: LATENCY, limit: None, ..Behaviour::default() };
    let server = XServer::start(generated(start, end, 2), behaviour);
    let here = tempfile::tempdir()?;
    let began = Instant::now();
    let output = Command::new(tool)
        .current_dir(here.path())
        .env("SENTISTACK_X_BASE_URL", &server.base_url)
        .env("X_BEARER_TOKEN", TOKEN)
        .args(["pipeline", "run", "--source", "x-search", "--query", "tea", "--max-cost", "1000", "--yes"])
        .args([
            "--start",
            &start.to_string(),
            "--end",
            &end.to_string(),
            "--to-stage",
            "ingest",
            "-o",
            "json",
        ])
        .output()?;
    let seconds = began.elapsed().as_secs_f64();
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    let (searches, counts) = (server.searches(), server.counts());
    println!(
        "{{\"searches\": {searches}, \"counts\": {counts}, \"at_once\": {}, \"latency\": {}, \"seconds\": {seconds:.2}}}",
        server.most_at_once(),
        LATENCY.as_secs_f64(),
    );
    Ok(())
}
