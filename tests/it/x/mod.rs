//! X's recent search, by the whole tool against a server on loopback.

pub mod flow;
pub mod recorded;
pub mod server;

use std::path::Path;

use jiff::{SignedDuration, Timestamp};

use self::server::{Behaviour, TOKEN, World, XServer, generated, start_x_server};
use crate::support::{Ran, finish, folder, tool};

/// Two hours that are aligned, and inside the seven days.
pub fn span() -> (Timestamp, Timestamp) {
    let end = (Timestamp::now().as_second() - 3_600).div_euclid(900) * 900;
    let end = Timestamp::from_second(end).unwrap();
    (end - SignedDuration::from_hours(2), end)
}

/// A search over `span`; `flags` are given in place of those that are there already.
fn search(here: &Path, server: &XServer, span: (Timestamp, Timestamp), flags: &[(&str, &str)]) -> Ran {
    let (start, end) = (span.0.to_string(), span.1.to_string());
    let mut given =
        std::collections::BTreeMap::from([("--query", "tea"), ("--start", &start), ("--end", &end)]);
    given.extend(flags.iter().copied());
    let mut command = tool(here);
    command
        .env("SENTISTACK_X_BASE_URL", &server.base_url)
        .env("X_BEARER_TOKEN", TOKEN)
        .args(["pipeline", "run", "--source", "x-search", "--yes", "-o", "json"])
        .args(given.into_iter().flat_map(|(flag, value)| [flag, value]));
    finish(&mut command)
}

#[test]
fn posts_are_searched_scored_and_reported() {
    let (here, span) = (folder(), span());
    let world = generated(span.0, span.1, 2);
    let server = start_x_server(world.posts.clone());
    let doc = search(here.path(), &server, span, &[]).expect(0).json();
    assert_eq!(doc["tweets"], world.posts.len() as u64);
    assert_eq!((doc["windows"].as_u64(), server.sales().len()), (Some(8), 8));
    assert_eq!(server.sold_twice(), vec![]);
    let run_dir = Path::new(doc["run_dir"].as_str().unwrap());
    for (name, bytes) in crate::support::tree(run_dir) {
        assert!(!String::from_utf8_lossy(&bytes).contains(TOKEN), "the token stands in {name}");
    }
    let manifest: serde_json::Value =
        serde_json::from_slice(&std::fs::read(run_dir.join("manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest["settings"]["x"]["token"], "env:X_BEARER_TOKEN");
    assert_eq!(manifest["settings"]["x"]["expand"], "references");
}

#[test]
fn what_x_or_we_refuse_is_one_clear_line_with_its_exit_code() {
    let (here, span) = (folder(), span());
    let server = XServer::start(World::default(), Behaviour::default());
    let long = "tea ".repeat(200);
    for (flag, code, says) in [
        (("--query", "tea ("), 2, "missing ')'"),
        (("--query", long.as_str()), 2, "is too long for x-search"),
        (("--start", "-9d"), 2, "seven days back"),
        (("--limit", "7"), 2, "--limit 80"),
    ] {
        search(here.path(), &server, span, &[flag]).expect(code).says(&[says]);
    }
    assert_eq!(server.sales(), vec![]);
}

#[test]
fn a_token_is_needed_and_never_shown() {
    let (here, span) = (folder(), span());
    let server = XServer::start(World::default(), Behaviour::default());
    let (start, end) = (span.0.to_string(), span.1.to_string());
    let literal = "AAAAAAAAAAAAAAAAAAAAAMLheAAAAAAA0%2BuSeid";
    for (variables, code, says) in [
        (vec![], 4, "the environment variable X_BEARER_TOKEN is not set"),
        (vec![("X_BEARER_TOKEN", literal)], 4, "X does not accept the token"),
        (vec![("SENTISTACK_X_TOKEN", literal)], 2, "SENTISTACK_X_TOKEN does not say where the secret is"),
        (vec![("SENTISTACK_X_TOKEN", "file:/nowhere/token")], 4, "cannot read the secret in /nowhere/token"),
    ] {
        let mut command = tool(here.path());
        command.env("SENTISTACK_X_BASE_URL", &server.base_url).envs(variables);
        command.args([
            "pipeline", "run", "--source", "x-search", "--query", "tea", "--start", &start, "--end", &end,
        ]);
        let ran = finish(command.arg("--yes")).expect(code).says(&[says]);
        assert!(!ran.stderr.contains(literal) && !ran.stdout.contains(literal), "{}", ran.stderr);
    }
    assert_eq!(server.sales(), vec![]);
}

#[test]
fn what_was_bought_before_a_stop_or_a_storm_is_not_bought_again() {
    let (here, span) = (folder(), span());
    let world = generated(span.0, span.1, 30);
    let posts = world.posts.len() as u64;
    // Windows of 450 posts, five pages each: the stop comes between pages of all of them.
    let behaviour = Behaviour { latency: std::time::Duration::from_millis(120), ..Behaviour::default() };
    let server = XServer::start(world.clone(), behaviour);
    let (start, end) = (span.0.to_string(), span.1.to_string());
    let mut command = tool(here.path());
    command.env("SENTISTACK_X_BASE_URL", &server.base_url).env("X_BEARER_TOKEN", TOKEN).args([
        "pipeline",
        "run",
        "--source",
        "x-search",
        "--query",
        "tea",
        "--start",
        &start,
        "--end",
        &end,
        "--max-per-window",
        "500",
        "--max-cost",
        "100",
        "--run-id",
        "stopped",
    ]);
    let mut child = command.spawn().unwrap();
    while server.sales().len() < 12 {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it could be stopped");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let stopped =
        std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(stopped.success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let bought = server.sales().len();
    assert!(bought < 40, "it was stopped after everything was bought");

    let mut resume = tool(here.path());
    resume.env("SENTISTACK_X_BASE_URL", &server.base_url).env("X_BEARER_TOKEN", TOKEN);
    let done = finish(resume.args(["pipeline", "resume", "stopped", "-o", "json"])).expect(0);
    assert!(done.stderr.contains("are not asked for again"), "{}", done.stderr);
    assert_eq!(done.json()["tweets"], posts);
    assert_eq!(server.sold_twice(), vec![]);
    let left = here.path().join("sentistack-data/runs/stopped/spool");
    assert!(
        !left.exists() || crate::support::tree(&left).is_empty(),
        "pages stay no longer than they are needed"
    );
}
