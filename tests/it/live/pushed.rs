//! Into a real registry (Debian's docker-registry), and out of it again with a client that is not ours (skopeo).

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::{arch, built, function, output, packed, packed_with, runs_alone, there};
use crate::support::folder;

const PASSWORD: &str = "s3cret-pass";

/// That password of the user `me`, as htpasswd writes it (bcrypt): made for this test alone.
const HTPASSWD: &str = "me:$2y$05$abcdefghijklmnopqrstuuV7fpPozvyqJfnY19y0802WTlXUm6Rjy\n";

/// A registry that runs until it is dropped.
struct Debian {
    child: Child,
    /// `127.0.0.1:port`.
    name: String,
}

impl Debian {
    /// Starts one that keeps its images in `folder`; `None` with a line that says so where it is not installed.
    fn start(folder: &Path, with_login: bool) -> Option<Self> {
        if !there("docker-registry") {
            return None;
        }
        let at = |name: &str| folder.join(name).display().to_string();
        let mut config = format!(
            "version: 0.1\nlog: {{level: info, formatter: json}}\nstorage: {{filesystem: {{rootdirectory: {}}}}}\n\
             http: {{addr: \"127.0.0.1:0\", secret: only-for-a-test}}\n",
            at("registry")
        );
        if with_login {
            std::fs::write(at("htpasswd"), HTPASSWD).unwrap();
            config.push_str(&format!("auth: {{htpasswd: {{realm: a test, path: {}}}}}\n", at("htpasswd")));
        }
        std::fs::write(at("config.yml"), config).unwrap();
        let mut child = Command::new("docker-registry")
            .args(["serve", &at("config.yml")])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let name = lines.find_map(|line| {
            let line: Value = serde_json::from_str(&line).ok()?;
            Some(line["msg"].as_str()?.strip_prefix("listening on ")?.to_owned())
        });
        // It must not wait for a reader of what it logs.
        std::thread::spawn(move || lines.for_each(drop));
        Some(Self { child, name: name.expect("docker-registry does not say where it listens") })
    }
}

impl Drop for Debian {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn skopeo(args: &[&str]) -> String {
    output(Command::new("skopeo").args(args))
}

/// Pulls an image by its digest, and gives its folder and its layers.
fn pulled(folder: &Path, image: &str, login: &[&str]) -> (PathBuf, Vec<PathBuf>) {
    let copy = folder.join("pulled");
    let (from, to) = (format!("docker://{image}"), format!("dir:{}", copy.display()));
    let mut args = vec!["copy", "--insecure-policy", "--src-tls-verify=false"];
    args.extend(login);
    args.extend([from.as_str(), to.as_str()]);
    skopeo(&args);
    let manifest: Value =
        serde_json::from_slice(&std::fs::read(copy.join("manifest.json")).unwrap()).unwrap();
    let layers = manifest["layers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|layer| copy.join(layer["digest"].as_str().unwrap().trim_start_matches("sha256:")));
    let layers = layers.collect();
    (copy, layers)
}

#[test]
fn an_image_is_pushed_pulled_back_by_digest_and_runs_alone() {
    let here = folder();
    let Some(function) = function(here.path()) else { return };
    let Some(registry) = Debian::start(here.path(), false) else { return };
    let to = format!("{}/team/sentistack-live", registry.name);
    let pushed = packed(here.path(), &function, &["--push", &to]).expect(0).json();
    let digest = pushed["image"]["digest"].as_str().unwrap();
    assert_eq!(
        (&pushed["pushed"]["digest"], &pushed["pushed"]["unchanged"]),
        (&digest.into(), &false.into())
    );
    let tag = format!("{}-{}", arch(), &digest["sha256:".len()..][..12]);
    assert_eq!(pushed["pushed"]["reference"], format!("{to}:{tag}"));
    let again = packed(here.path(), &function, &["--push", &to]).expect(0).json();
    assert_eq!((&again["status"], &again["pushed"]["sent_bytes"]), (&"unchanged".into(), &0.into()));
    // Another tag: nothing but the manifest is sent.
    let tagged = packed(here.path(), &function, &["--push", &format!("{to}:v1")]).expect(0).json();
    assert_eq!((&tagged["pushed"]["unchanged"], &tagged["pushed"]["sent_bytes"]), (&false.into(), &0.into()));
    assert_eq!(tagged["pushed"]["digest"], digest);
    // The tag moves to another function.
    let Some(second) = built(here.path(), "second", &["-static", "-O1"]) else { return };
    let moved = packed(here.path(), &second, &["--push", &format!("{to}:v1")]).expect(0).json();
    assert_ne!(moved["pushed"]["digest"], digest);
    if !there("skopeo") {
        return;
    }
    let by_digest = format!("{to}@{digest}");
    let (copy, layers) = pulled(here.path(), &by_digest, &[]);
    let blob = |digest: &str| here.path().join(format!("packaged/image-{}/blobs/sha256/{digest}", arch()));
    packed(here.path(), &function, &["--only", "image"]).expect(0);
    let ours = std::fs::read(blob(&digest["sha256:".len()..])).unwrap();
    assert_eq!(std::fs::read(copy.join("manifest.json")).unwrap(), ours, "the very bytes");
    let config = skopeo(&["inspect", "--config", "--tls-verify=false", &format!("docker://{by_digest}")]);
    let config: Value = serde_json::from_str(&config).unwrap();
    assert_eq!(config["config"]["Entrypoint"], serde_json::json!(["/bootstrap"]));
    let tags = skopeo(&["list-tags", "--tls-verify=false", &format!("docker://{to}")]);
    assert!(tags.contains(&format!("\"{tag}\"")) && tags.contains("\"v1\""), "{tags}");
    runs_alone(here.path(), &layers);
}

#[test]
fn a_registry_that_wants_a_password_gets_it_from_the_environment_or_from_docker() {
    let here = folder();
    let Some(function) = function(here.path()) else { return };
    let Some(registry) = Debian::start(here.path(), true) else { return };
    let to = format!("{}/fn:v1", registry.name);
    let push = |variables: &[(&str, &str)]| {
        let ran = packed_with(here.path(), &function, &["--only", "image", "--push", &to], variables);
        assert!(!ran.stderr.contains(PASSWORD) && !ran.stdout.contains(PASSWORD), "{ran:?}");
        ran
    };
    push(&[]).expect(4).says(&["wants a login, and none is known", "SENTISTACK_REGISTRY_USER"]);
    let user = ("SENTISTACK_REGISTRY_USER", "me");
    push(&[user, ("SENTISTACK_REGISTRY_PASSWORD", "wrong")]).expect(4).says(&["does not accept the login"]);
    let pushed = push(&[user, ("SENTISTACK_REGISTRY_PASSWORD", PASSWORD)]).expect(0).json();
    // What `docker login` writes.
    let docker = format!(r#"{{"auths": {{"{}": {{"auth": "bWU6czNjcmV0LXBhc3M="}}}}}}"#, registry.name);
    std::fs::write(here.path().join("config.json"), docker).unwrap();
    let settings = [("DOCKER_CONFIG", here.path().to_str().unwrap())];
    assert_eq!(push(&settings).expect(0).json()["status"], "unchanged");
    if !there("skopeo") {
        return;
    }
    let login = format!("me:{PASSWORD}");
    let image = format!("{}/fn@{}", registry.name, pushed["pushed"]["digest"].as_str().unwrap());
    let (_, layers) = pulled(here.path(), &image, &["--src-creds", &login]);
    runs_alone(here.path(), &layers);
}
