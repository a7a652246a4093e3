//! A machine of its own for the installer: this system's files as a copy that is thrown away (an overlay, a chroot), real
//! `dnf`, `rpm`, `gpg`, `aws`, `curl` and `systemctl`, and nothing mocked but the network (`machine/network.py`) and what
//! it serves: packages that are made and signed here.

use std::collections::BTreeMap;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use sentistack::stack::grafana;

use super::{PASSWORD, user_data};
use crate::support;

/// The installer's own, in which the test puts the key that it can sign with.
const SIGNER: &str = "B53AE77BADB630A683046005963FA27710458545";
const VERSION: &str = "13.2.3";
const BUCKET: &str = "sentistack-123456789012-us-east-1";
const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/grafana/machine");
const NEEDED: [&str; 14] = [
    "aws",
    "createrepo_c",
    "curl",
    "dnf",
    "gpg",
    "groupadd",
    "ip",
    "mount",
    "openssl",
    "python3",
    "rpmbuild",
    "rpmsign",
    "systemctl",
    "unshare",
];

pub struct Machine {
    folder: tempfile::TempDir,
    user_data: String,
    steps: usize,
}

/// What a script said, and how it ended.
pub struct Step {
    pub said: String,
    pub code: i32,
}

impl Machine {
    /// One of a stack of these settings, that has not been started; `None`, with a line that says why, where there can
    /// be none.
    pub fn of(text: &str) -> Option<Self> {
        if let Some(reason) = impossible() {
            println!("skipped: {reason}");
            return None;
        }
        let machine = Self { folder: support::folder(), user_data: user_data(text), steps: 0 };
        let made = packages();
        for name in ["base", "keys", "tls.crt", "tls.key"] {
            copy(&made.join(name), &machine.path(name));
        }
        let signer = std::fs::read_to_string(made.join("signer")).unwrap();
        for upload in grafana::uploads() {
            let body = std::str::from_utf8(&upload.body).unwrap();
            let body = if upload.key.ends_with("/install.sh") {
                assert_eq!(body.matches(SIGNER).count(), 1);
                body.replace(SIGNER, &signer)
            } else {
                body.to_owned()
            };
            machine.put(&format!("bucket/{}", upload.key), body);
        }
        machine.put("bucket-name", BUCKET.to_owned());
        machine.put("secret", format!("{PASSWORD}\n"));
        Some(machine.again())
    }

    /// One that reaches the hosts of packages.
    pub fn with_downloads(self) -> Self {
        copy(&packages().join("repositories"), &self.path("web"));
        self.serve(
            "grafana.com/api/plugins/grafana-redshift-datasource/versions/2.5.0/download",
            "plugin.zip",
        )
    }

    /// Something that was made is served, in the place of what was.
    pub fn serve(self, address: &str, made: &str) -> Self {
        copy(&packages().join(made), &self.path("web").join(address));
        self
    }

    /// Something that was made lies in the bucket, among the packages.
    pub fn with_package(self, name: &str, made: &str) -> Self {
        copy(&packages().join(made), &self.path("bucket").join(grafana::PACKAGES).join(name));
        self
    }

    /// The sums of the packages that lie in the bucket now lie beside them.
    pub fn with_sums(self) -> Self {
        let folder = self.path("bucket").join(grafana::PACKAGES);
        let summed = Command::new("sh").args(["-c", "sha256sum *"]).current_dir(folder).output().unwrap();
        assert!(summed.status.success());
        let sums = String::from_utf8(summed.stdout).unwrap();
        self.put(&format!("bucket/{}/SHA256SUMS", grafana::PACKAGES.trim_end_matches('/')), sums);
        self
    }

    /// Runs the user data after what is there to be run.
    pub fn again(self) -> Self {
        let user_data = self.user_data.clone();
        self.then(&user_data)
    }

    /// Runs this after what is there to be run.
    pub fn then(mut self, script: &str) -> Self {
        self.steps += 1;
        self.put(&format!("steps/{}", self.steps), script.to_owned());
        self
    }

    /// What each of the scripts did.
    pub fn run(&self) -> Vec<Step> {
        let output = Command::new("unshare")
            .args(["--mount", "--net", "--pid", "--fork", "--kill-child", "bash"])
            .arg(Path::new(SCRIPTS).join("run.sh"))
            .arg(self.folder.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let step = |number: usize| Step {
            said: self.read(&format!("steps/{number}.out")),
            code: self.read(&format!("steps/{number}.code")).trim().parse().unwrap(),
        };
        (1..=self.steps).map(step).collect()
    }

    /// What was asked of a host: its paths, in order.
    pub fn asked(&self, host: &str) -> Vec<String> {
        let requests = self.read("requests");
        let of_host = |line: &str| {
            let (_, rest) = line.split_once(' ')?;
            let (found, path) = rest.split_once(' ')?;
            (found == host).then(|| path.to_owned())
        };
        requests.lines().filter_map(of_host).collect()
    }

    /// The hosts that were asked.
    pub fn hosts(&self) -> Vec<String> {
        let mut hosts: Vec<String> =
            self.read("requests").lines().map(|line| line.split(' ').nth(1).unwrap().to_owned()).collect();
        hosts.sort_unstable();
        hosts.dedup();
        hosts
    }

    pub fn log(&self) -> String {
        self.read("changes/var/log/sentistack.log")
    }

    /// Every file that the scripts wrote, with its bytes.
    pub fn changes(&self) -> BTreeMap<String, Vec<u8>> {
        let before = support::tree(&self.path("before"));
        let mut changes = support::tree(&self.path("changes"));
        changes.retain(|name, bytes| before.get(name) != Some(bytes));
        changes
    }

    /// Group and mode of a file that the scripts wrote.
    pub fn rights(&self, name: &str) -> (u32, u32) {
        let found = std::fs::metadata(self.path("changes").join(name)).unwrap();
        (found.gid(), found.permissions().mode() & 0o777)
    }

    /// The number of a group that the scripts made.
    pub fn group(&self, name: &str) -> u32 {
        let groups = self.read("changes/etc/group");
        let line = groups.lines().find_map(|line| line.strip_prefix(&format!("{name}:"))).unwrap();
        line.split(':').nth(1).unwrap().parse().unwrap()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn put(&self, name: &str, text: String) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        let bytes = std::fs::read(self.path(name)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// Why there can be no machine here.
fn impossible() -> Option<String> {
    // The machine has the system's programs, and no others.
    let system = |name: &&str| {
        ["/usr/sbin", "/usr/bin", "/sbin", "/bin"].iter().any(|folder| Path::new(folder).join(name).exists())
    };
    let missing: Vec<&str> = NEEDED.into_iter().filter(|name| !system(name)).collect();
    if !missing.is_empty() {
        return Some(format!("a machine for the Grafana host needs {}", missing.join(", ")));
    }
    let namespaces = Command::new("unshare").args(["--mount", "--net", "--pid", "--fork", "true"]).output();
    if !namespaces.is_ok_and(|ran| ran.status.success()) {
        return Some("a machine for the Grafana host needs namespaces, which only root may make".to_owned());
    }
    None
}

/// Packages, keys and repositories, made once for all tests (`machine/packages.sh`).
fn packages() -> &'static Path {
    static MADE: OnceLock<tempfile::TempDir> = OnceLock::new();
    MADE.get_or_init(|| {
        let folder = support::folder();
        let script = Path::new(SCRIPTS).join("packages.sh");
        let output = Command::new("bash").arg(script).arg(folder.path()).arg(VERSION).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        folder
    })
    .path()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to.parent().unwrap()).unwrap();
    let copied = Command::new("cp").arg("-rT").args([from, to]).status().unwrap();
    assert!(copied.success(), "{} -> {}", from.display(), to.display());
}
