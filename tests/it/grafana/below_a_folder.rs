//! The installer below a folder. What it would reach over a network, and what changes a machine, is taken by small
//! programs that note how they were called, so that every way through it can be gone anywhere.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use sentistack::stack::grafana;

use super::{PASSWORD, SECRET, user_data};
use crate::support;

/// Notes the call, then goes on with its own part.
const NOTE: &str = "#!/bin/bash\nprintf '%s' \"${0##*/}\" >>\"$BED/calls\"; printf ' %q' \"$@\" >>\"$BED/calls\"; echo >>\"$BED/calls\"\n";

/// By name: what a program does beside noting that it was called.
const PROGRAMS: [(&str, &str); 9] = [
    (
        "aws",
        "case \"$1 $2\" in\n\
         's3 sync') from=\"$BED/bucket/${4#s3://*/}\"; mkdir -p \"$5\"; [ ! -d \"$from\" ] || cp -r \"$from/.\" \"$5\" ;;\n\
         'secretsmanager get-secret-value') cat \"$BED/secret\" ;;\n\
         *) exit 2 ;;\nesac\n",
    ),
    (
        "curl",
        "[ ! -f \"$BED/no-network\" ] || exit 6\n[[ \"$*\" != *gpg.key* ]] || cp \"$BED/key\" \"${@: -2:1}\"\n",
    ),
    // It imports whatever it is given, and knows one key: the one that the installer asks for.
    (
        "gpg",
        "case \"$*\" in\n\
         *--export*) [ ! -f \"$BED/known\" ] || cat \"$BED/known\" ;;\n\
         *--show-keys*) printf 'pub:\\nfpr:::::::::B53AE77BADB630A683046005963FA27710458545:\\n' ;;\nesac\n",
    ),
    ("rpm", "case \"$*\" in *--query*) [ -f \"$BED/installed\" ] ;; esac\n"),
    ("dnf", "touch \"$BED/installed\"\n"),
    ("grafana", ""),
    ("systemctl", ""),
    ("chgrp", ""),
    ("sleep", ""),
];

struct Host {
    folder: tempfile::TempDir,
    script: String,
}

impl Host {
    /// A host of the stack of these settings, its bucket as the tool fills it.
    fn of(text: &str) -> Self {
        let folder = support::folder();
        let host = Self { folder, script: user_data(text) };
        for upload in grafana::uploads() {
            host.put(&format!("bucket/{}", upload.key), std::str::from_utf8(&upload.body).unwrap());
        }
        host.put("secret", &format!("{PASSWORD}\n"));
        host.put("key", "a file of keys");
        host.put("known", "the key of Grafana");
        for (name, body) in PROGRAMS {
            let path = host.put(&format!("bin/{name}"), &format!("{NOTE}{body}"));
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        host
    }

    fn put(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("root")
    }

    /// Runs the user data as an instance does: with next to nothing around it. Whether it went well.
    fn boot(&self) -> bool {
        let script = self.put("user-data", &self.script);
        let status = Command::new("bash")
            .arg(script)
            .env_clear()
            .env("PATH", format!("{}:/usr/bin:/bin", self.folder.path().join("bin").display()))
            .env("BED", self.folder.path())
            .env("INSTALL_ROOT", self.root())
            .env("TMPDIR", self.folder.path())
            .status()
            .unwrap();
        status.success()
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap_or_default()
    }

    /// How a program was called.
    fn calls(&self, program: &str) -> Vec<String> {
        let all = self.read("calls");
        all.lines().filter_map(|line| line.strip_prefix(&format!("{program} "))).map(str::to_owned).collect()
    }

    fn log(&self) -> String {
        self.read("root/var/log/sentistack.log")
    }

    /// What it left, with its mode.
    fn left(&self) -> BTreeMap<String, u32> {
        let mode =
            |name: &str| std::fs::metadata(self.root().join(name)).unwrap().permissions().mode() & 0o777;
        support::tree(&self.root()).into_keys().map(|name| (name.clone(), mode(&name))).collect()
    }
}

fn text(root: &Path, name: &str) -> String {
    std::fs::read_to_string(root.join(name)).unwrap()
}

#[test]
fn a_host_downloads_what_is_pinned_and_leaves_what_grafana_needs() {
    let host = Host::of("");
    assert!(host.boot(), "{}", host.log());
    let left = host.left();
    let expected = [
        ("etc/grafana/grafana.ini", 0o640),
        ("etc/grafana/provisioning/dashboards/sentistack.yaml", 0o644),
        ("etc/grafana/provisioning/datasources/sentistack.yaml", 0o644),
        ("etc/grafana/sentistack/admin-password", 0o640),
        ("etc/grafana/sentistack/dashboards/runs.json", 0o644),
        ("etc/grafana/sentistack/dashboards/sentiment.json", 0o644),
        ("etc/pki/rpm-gpg/RPM-GPG-KEY-grafana", 0o644),
        ("etc/systemd/system/grafana-server.service.d/sentistack.conf", 0o644),
        ("etc/yum.repos.d/grafana.repo", 0o644),
        ("var/log/sentistack.log", 0o644),
    ];
    assert_eq!(left, expected.into_iter().map(|(name, mode)| (name.to_owned(), mode)).collect());
    let root = host.root();
    assert_eq!(text(&root, "etc/grafana/sentistack/admin-password").trim_end(), PASSWORD);
    let ini = text(&root, "etc/grafana/grafana.ini");
    for line in [
        "http_addr = 127.0.0.1",
        "allow_sign_up = false",
        "plugin_admin_enabled = false",
        "reporting_enabled = false",
    ] {
        assert!(ini.lines().any(|found| found == line), "{line}");
    }
    assert!(ini.contains("[auth.anonymous]\nenabled = false"));
    let unit = text(&root, "etc/systemd/system/grafana-server.service.d/sentistack.conf");
    for line in
        ["SENTISTACK_REGION=us-east-1", "SENTISTACK_WAREHOUSE=sentistack", "SENTISTACK_DATABASE=sentistack"]
    {
        assert!(unit.contains(&format!("Environment=\"{line}\"\n")), "{line}");
    }
    let source = text(&root, "etc/grafana/provisioning/datasources/sentistack.yaml");
    assert!(
        source.contains("clusterIdentifier: ${SENTISTACK_WAREHOUSE}")
            && source.contains("dbUser: grafana_ro")
    );
    // Whatever is installed was signed by a key that is known by its fingerprint.
    let repo = text(&root, "etc/yum.repos.d/grafana.repo");
    assert!(repo.contains("\ngpgcheck=1\nrepo_gpgcheck=1\ngpgkey=file:///etc/pki/rpm-gpg/"));
    assert_eq!(host.calls("dnf"), ["install --assumeyes grafana-13.2.3"]);
    assert!(
        host.calls("gpg")
            .iter()
            .any(|call| call.contains("--export B53AE77BADB630A683046005963FA27710458545"))
    );
    let plugin = &host.calls("grafana")[0];
    assert!(plugin.ends_with("plugins install grafana-redshift-datasource 2.5.0"), "{plugin}");
    assert_eq!(host.calls("systemctl"), ["daemon-reload", "enable grafana-server", "restart grafana-server"]);
    let handed: Vec<String> =
        host.calls("chgrp").iter().map(|call| call.replace(root.to_str().unwrap(), "")).collect();
    assert_eq!(
        handed,
        ["grafana /etc/grafana/grafana.ini", "grafana /etc/grafana/sentistack/admin-password"]
    );
}

#[test]
fn the_password_is_in_its_file_and_nowhere_else() {
    let host = Host::of("");
    assert!(host.boot(), "{}", host.log());
    assert!(!host.read("calls").contains(PASSWORD) && !host.log().contains(PASSWORD));
    assert!(!host.script.contains(PASSWORD));
    for (name, bytes) in support::tree(host.folder.path()) {
        let holds = bytes.windows(PASSWORD.len()).any(|part| part == PASSWORD.as_bytes());
        assert_eq!(holds, name == "secret" || name.ends_with("sentistack/admin-password"), "{name}");
    }
    let asked = host.calls("aws").into_iter().find(|call| call.starts_with("secretsmanager")).unwrap();
    assert!(asked.contains(&format!("--secret-id {SECRET}")), "{asked}");
}

#[test]
fn packages_of_the_bucket_go_first() {
    let host = Host::of("stack: { network: private, redshift: serverless }");
    host.put("no-network", "");
    // A health check is no download.
    host.put("bin/curl", "#!/bin/bash\n[[ \"$*\" == *127.0.0.1* ]]\n");
    std::fs::set_permissions(host.folder.path().join("bin/curl"), std::fs::Permissions::from_mode(0o755))
        .unwrap();
    for name in
        ["gpg.key", "grafana-13.2.3-1.aarch64.rpm", "grafana-redshift-datasource-2.5.0.linux_arm64.zip"]
    {
        host.put(&format!("bucket/{}{name}", grafana::PACKAGES), name);
    }
    assert!(host.boot(), "{}", host.log());
    let dnf = &host.calls("dnf")[0];
    assert!(
        dnf.contains("--disablerepo=\\* --setopt=localpkg_gpgcheck=1") && dnf.ends_with("-1.aarch64.rpm"),
        "{dnf}"
    );
    assert!(host.calls("grafana")[0].contains("--pluginUrl"));
    let left = host.left();
    assert!(!left.contains_key("etc/yum.repos.d/grafana.repo"));
    let source = text(&host.root(), "etc/grafana/provisioning/datasources/sentistack.yaml");
    assert!(source.contains("workgroupName: ${SENTISTACK_WAREHOUSE}") && !source.contains("dbUser"));
}

#[test]
fn what_is_not_as_it_should_be_stops_it_before_grafana_starts() {
    let stopped = |host: &Host, word: &str| {
        assert!(!host.boot(), "{word}");
        assert!(host.log().contains(word), "{word}: {}", host.log());
        assert_eq!(host.calls("systemctl"), [""; 0]);
    };
    // A key of somebody else's, read by the real gpg: nothing is imported, nothing installed.
    let host = Host::of("");
    std::fs::remove_file(host.folder.path().join("bin/gpg")).unwrap();
    stopped(&host, "gpg: no valid OpenPGP data found");
    assert_eq!((host.calls("dnf").len(), host.calls("rpm").len()), (0, 1));
    let host = Host::of("");
    std::fs::remove_file(host.folder.path().join("known")).unwrap();
    stopped(&host, "does not hold the key B53AE77BADB630A683046005963FA27710458545");
    assert_eq!(host.calls("dnf").len(), 0);
    // A private network downloads nothing.
    stopped(&Host::of("stack: { network: private }"), "packages/gpg.key is missing in the bucket");
    // Which of two is this machine's is not guessed.
    let host = Host::of("");
    for arch in ["amd64", "arm64"] {
        let zip = format!("grafana-redshift-datasource-2.5.0.linux_{arch}.zip");
        host.put(&format!("bucket/{}{zip}", grafana::PACKAGES), &zip);
    }
    stopped(&host, "packages/ has 2 of grafana-redshift-datasource-2.5.0*.zip: leave the one for ");
    let host = Host::of("");
    host.put("secret", "");
    stopped(&host, "the secret is empty");
}

#[test]
fn it_can_be_run_again_and_without_a_warehouse_there_is_no_datasource() {
    let host = Host::of("stack: { redshift: none }");
    assert!(host.boot(), "{}", host.log());
    let first = host.left();
    assert!(!first.contains_key("etc/grafana/provisioning/datasources/sentistack.yaml"));
    assert!(host.boot(), "{}", host.log());
    assert_eq!(host.left(), first);
    assert_eq!(host.calls("dnf").len(), 1);
}
