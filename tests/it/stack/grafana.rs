//! `grafana url` and `open`: what is asked of AWS, and what its plugin is given. The plugin is AWS's: a small program
//! stands in its place, and answers at the port as the far end would.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};

use super::bed::{Bed, bed};
use crate::support::finish;

const SETTINGS: &str =
    "name: g\nmax_cost: 50\nstack: {spark: none, redshift: none, stream_mode: none, alarms: false}\n";

/// Says its version; else writes down what it was given, and listens where it was told to.
const PLUGIN: &str = r#"#!/usr/bin/env python3
import json, os, socket, sys
if sys.argv[1:] == ["--version"]:
    print(os.environ["PLUGIN_VERSION"])
    sys.exit(0)
asked = json.loads(sys.argv[5])
with open(os.environ["PLUGIN_SAID"] + ".part", "w") as file:
    json.dump({"argv": sys.argv[1:], "session": json.loads(os.environ[sys.argv[1]])}, file)
os.rename(file.name, os.environ["PLUGIN_SAID"])
server = socket.create_server(("127.0.0.1", int(asked["Parameters"]["localPortNumber"][0])))
while True:
    connection = server.accept()[0]
    # As Grafana says that it is well, once it is there.
    if connection.recv(65536).startswith(b"GET /api/health ") and "GRAFANA_ANSWERS" in os.environ:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
    connection.close()
"#;

fn command(bed: &Bed, version: &str, args: &[&str]) -> std::process::Command {
    let folder = bed.path().join("programs");
    std::fs::create_dir_all(&folder).unwrap();
    let plugin = folder.join("session-manager-plugin");
    std::fs::write(&plugin, PLUGIN).unwrap();
    std::fs::set_permissions(&plugin, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = bed.tool();
    command.args(args);
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{}:{path}", folder.display())).env("PLUGIN_VERSION", version);
    command.env("PLUGIN_SAID", said(bed));
    command
}

fn said(bed: &Bed) -> std::path::PathBuf {
    bed.path().join("said.json")
}

fn free_port() -> String {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string()
}

fn sessions(bed: &Bed) -> Vec<String> {
    let calls = bed.get("/calls");
    let names = calls.as_array().unwrap().iter().filter_map(|call| call["action"].as_str());
    names.filter(|name| name.starts_with("ssm:") && name.ends_with("Session")).map(str::to_owned).collect()
}

#[test]
fn the_tunnel_is_made_without_showing_its_token_and_ends_with_ctrl_c() {
    let Some(bed) = bed() else { return };
    bed.settings(SETTINGS);
    bed.run(&["grafana", "url"]).expect(2).says(&["there is no stack", "stack up"]);
    bed.run(&["stack", "up", "--yes"]).expect(0);
    let port = free_port();
    let url = bed.json(0, &["grafana", "url", "--port", &port]);
    assert_eq!((&url["url"], &url["user"]), (&json!(format!("http://127.0.0.1:{port}/")), &json!("admin")));
    assert!(url["tunnel"].to_string().contains("AWS-StartPortForwardingSession"), "{url}");
    let secret = bed.aws("secretsmanager", "describe_secret", &json!({"SecretId": url["password_secret"]}));
    assert!(secret["ARN"].is_string(), "the secret that it names is there: {secret}");

    let open = ["grafana", "open", "--no-open", "--port", &port];
    finish(&mut command(&bed, "1.2.497.0", &open)).expect(2).says(&["too old", "1.2.536"]);
    assert!(sessions(&bed).is_empty(), "no session was begun for it");
    // It was not installed: nothing answers behind the plugin's port.
    let nobody = finish(&mut command(&bed, "1.2.650.0", &open)).expect(4);
    let nobody = nobody.says(&["Grafana does not answer", "--target i-", "/var/log/sentistack.log"]);
    assert!(!nobody.stderr.contains(&format!("http://127.0.0.1:{port}/")), "{}", nobody.stderr);
    assert_eq!(sessions(&bed), ["ssm:StartSession", "ssm:TerminateSession"]);
    std::fs::remove_file(said(&bed)).unwrap();

    let mut answering = command(&bed, "1.2.650.0", &open);
    answering.env("GRAFANA_ANSWERS", "1").stderr(Stdio::piped()).stdout(Stdio::null());
    let mut tool = answering.spawn().unwrap();
    until(|| said(&bed).exists() && std::net::TcpStream::connect(format!("127.0.0.1:{port}")).is_ok());
    let given: Value = serde_json::from_slice(&std::fs::read(said(&bed)).unwrap()).unwrap();
    let token = given["session"]["TokenValue"].as_str().unwrap();
    assert!(token.starts_with("token-") && !given["argv"].to_string().contains(token), "{given}");
    assert_eq!((&given["argv"][1], &given["argv"][2]), (&json!("us-east-1"), &json!("StartSession")));
    // Until it has said where Grafana is, and how the password is read.
    let mut stderr = BufReader::new(tool.stderr.take().unwrap());
    let mut printed = String::new();
    while !(printed.contains("http://") && printed.contains("get-secret-value")) {
        assert!(stderr.read_line(&mut printed).unwrap() > 0, "{printed}");
    }
    signal(tool.id());
    stderr.read_to_string(&mut printed).unwrap();
    assert!(tool.wait().unwrap().success(), "{printed}");
    assert!(printed.contains(&format!("http://127.0.0.1:{port}/")) && !printed.contains(token), "{printed}");
    assert!(printed.contains("get-secret-value --region us-east-1 --secret-id "), "{printed}");
    assert_eq!(sessions(&bed)[2..], ["ssm:StartSession", "ssm:TerminateSession"]);
    until(|| std::net::TcpStream::connect(format!("127.0.0.1:{port}")).is_err());
    bed.run(&["stack", "down", "--purge", "--confirm", "g", "--yes"]).expect(0);
}

#[test]
fn without_the_plugin_or_with_the_port_taken_nothing_is_begun() {
    let Some(bed) = bed() else { return };
    bed.settings(SETTINGS);
    let mut none = bed.tool();
    none.args(["grafana", "open", "--no-open"]).env("PATH", Path::new("/nonexistent"));
    finish(&mut none).expect(2).says(&["session-manager-plugin is not on PATH", "install"]);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    finish(&mut command(&bed, "1.3.0.0", &["grafana", "open", "--port", &port]))
        .expect(2)
        .says(&["--port 3001"]);
    assert!(sessions(&bed).is_empty());
}

#[track_caller]
fn until(mut come: impl FnMut() -> bool) {
    for _ in 0..300 {
        if come() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("it did not come");
}

fn signal(process: u32) {
    let sent = std::process::Command::new("kill").args(["-INT", &process.to_string()]).status();
    assert!(sent.unwrap().success());
}
