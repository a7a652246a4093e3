//! The systemd unit of the endpoint's hosts, as the template writes it: systemd knows every line of it, and what the
//! service may do is little.

use std::process::Command;

use sentistack::stack::names::Part;

use crate::render::{of, settings};
use crate::support;

/// The unit of a rendered template.
fn unit(text: &str) -> String {
    let template = &of(&settings(text))[&Part::Live];
    let (_, rest) = template.split_once("<<UNIT\n").unwrap();
    let (unit, _) = rest.split_once("\n          UNIT\n").unwrap();
    unit.lines().map(|line| line.strip_prefix("          ").unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

const ONE: &str = "live: { enabled: true, endpoint: ec2 }";
const MANY: &str = "live: { enabled: true, endpoint: ec2, endpoint_hosts: 2 }";

#[test]
fn the_unit_is_one_that_systemd_takes() {
    let there = Command::new("systemd-analyze").arg("--version").output();
    if !there.is_ok_and(|output| output.status.success()) {
        println!("skipped: there is no systemd-analyze here");
        return;
    }
    for text in [ONE, MANY] {
        let folder = support::folder();
        let path = folder.path().join("sentistack-endpoint.service");
        let program = env!("CARGO_BIN_EXE_sentistack");
        let unit = unit(text).replace("/usr/local/bin/sentistack", program).replace("$address", "10.43.0.7");
        std::fs::write(&path, format!("{unit}\n")).unwrap();
        let run = |args: &[&str]| Command::new("systemd-analyze").args(args).arg(&path).output().unwrap();
        let verified = run(&["verify", "--man=no", "--generators=no", "--recursive-errors=no"]);
        let said = String::from_utf8_lossy(&verified.stderr).into_owned();
        assert!(verified.status.success() && said.is_empty(), "{said}\n{unit}");
        // 0.0 is a service that may do nothing, 10.0 one that may do all.
        let exposed = run(&["security", "--offline=yes", "--threshold=15"]);
        let said = String::from_utf8_lossy(&exposed.stdout);
        assert!(exposed.status.success(), "{said}");
    }
}

#[test]
fn the_unit_starts_what_the_tool_has() {
    let folder = support::folder();
    let text = unit(MANY);
    let line =
        text.lines().find_map(|line| line.strip_prefix("ExecStart=/usr/local/bin/sentistack ")).unwrap();
    // Somebody else's address: everything but binding goes well.
    let line = line.replace("$address", "192.0.2.1");
    let mut tool = support::tool(folder.path());
    let (name, value) = text.lines().find_map(|l| l.strip_prefix("Environment=")?.split_once('=')).unwrap();
    support::finish(tool.args(line.split(' ')).env(name, value)).expect(4).says(&["192.0.2.1:8080"]);
    assert!(!unit(ONE).contains("Environment="), "nobody turns away where there is no balancer");
}
