//! The installer in a machine of its own, where only the network is mocked, and what it serves: packages are made and
//! signed here, by a key in the place of Grafana's.

use std::collections::BTreeSet;

use super::PASSWORD;
use super::machine::{Machine, Step};

const PACKAGES: &str =
    "#!/bin/bash\nrpm --query --all --queryformat '%{name}-%{version}\\n' | grep -v gpg-pubkey | sort\n";
/// The instance's metadata, and the machine itself: whether Grafana answers.
const METADATA: &str = "169.254.169.254";
const ITSELF: &str = "127.0.0.1";
const SECRETS: &str = "secretsmanager.us-east-1.amazonaws.com";
const STORAGE: &str = "sentistack-123456789012-us-east-1.s3.us-east-1.amazonaws.com";
const STARTED: &str = "etc/systemd/system/multi-user.target.wants/grafana-server.service";
const PLUGIN: &str = "var/lib/grafana/plugins/grafana-redshift-datasource/plugin.json";

#[track_caller]
fn went_well(machine: &Machine, step: &Step) {
    assert_eq!(step.code, 0, "{}\n{}", step.said, machine.log());
}

#[test]
fn a_machine_gets_what_is_signed_and_what_is_set_up_for_it() {
    let Some(machine) = Machine::of("") else { return };
    let machine = machine.with_downloads().then(PACKAGES).again().then(PACKAGES);
    let steps = machine.run();
    for step in &steps {
        went_well(&machine, step);
    }
    let installed = "freetype-2.13.2\ngrafana-13.2.3\nsystem-release-2023\n";
    assert_eq!([&steps[1].said, &steps[3].said], [installed, installed]);

    // What is on it now, but for what the package managers keep for themselves.
    let kept = |name: &String| {
        let theirs =
            ["tmp/", "var/cache/dnf/", "var/lib/dnf/", "var/lib/rpm/", "var/log/dnf", "var/log/hawkey"];
        !theirs.iter().any(|start| name.starts_with(start))
            && !name.ends_with('-')
            && !name.starts_with("var/lib/cloud/")
    };
    let changes = machine.changes();
    let changed: BTreeSet<&str> = changes.keys().filter(|name| kept(name)).map(String::as_str).collect();
    let expected = [
        // Of the package.
        "etc/.pwd.lock",
        "etc/group",
        "etc/gshadow",
        "etc/passwd",
        "etc/shadow",
        "usr/lib/systemd/system/grafana-server.service",
        "usr/sbin/grafana",
        // Of the installer.
        PLUGIN,
        STARTED,
        "etc/grafana/grafana.ini",
        "etc/grafana/provisioning/dashboards/sentistack.yaml",
        "etc/grafana/provisioning/datasources/sentistack.yaml",
        "etc/grafana/sentistack/admin-password",
        "etc/grafana/sentistack/dashboards/runs.json",
        "etc/grafana/sentistack/dashboards/sentiment.json",
        "etc/pki/rpm-gpg/RPM-GPG-KEY-grafana",
        "etc/systemd/system/grafana-server.service.d/sentistack.conf",
        "etc/yum.repos.d/grafana.repo",
        "var/log/sentistack.log",
    ];
    assert_eq!(changed, BTreeSet::from(expected));
    assert!(changes[STARTED].ends_with(b"/grafana-server.service"));

    // The password is readable by Grafana, and in no other file: caches, logs and what root left behind are among them.
    let grafana = machine.group("grafana");
    for name in ["etc/grafana/grafana.ini", "etc/grafana/sentistack/admin-password"] {
        assert_eq!(machine.rights(name), (grafana, 0o640), "{name}");
    }
    for (name, bytes) in &changes {
        let holds = bytes.windows(PASSWORD.len()).any(|part| part == PASSWORD.as_bytes());
        assert_eq!(holds, name == "etc/grafana/sentistack/admin-password", "{name}");
    }

    // The second time it asks for the password and the files of the bucket alone, and for the plugin.
    let asked =
        |host: &str, word: &str| machine.asked(host).iter().filter(|path| path.contains(word)).count();
    assert_eq!(
        machine.hosts(),
        [ITSELF, METADATA, "cdn.amazonlinux.com", "grafana.com", "rpm.grafana.com", SECRETS, STORAGE]
    );
    assert_eq!(asked("rpm.grafana.com", "/gpg.key"), 1);
    assert_eq!(asked("rpm.grafana.com", ".rpm"), 1);
    assert_eq!(asked("cdn.amazonlinux.com", ".rpm"), 1);
    assert_eq!(asked("grafana.com", "/versions/2.5.0/download"), 2);
    assert_eq!(asked(STORAGE, "/install.sh"), 2);
}

#[test]
fn a_private_network_takes_all_of_it_from_the_bucket() {
    let Some(machine) = Machine::of("stack: { network: private, redshift: serverless }") else { return };
    let machine = machine
        .with_package("gpg.key", "keys/grafana.asc")
        .with_package("grafana-13.2.3-1.noarch.rpm", "by-grafana/grafana-13.2.3-1.noarch.rpm")
        .with_package("freetype-2.13.2-1.noarch.rpm", "by-amazon/freetype-2.13.2-1.noarch.rpm")
        .with_package("grafana-redshift-datasource-2.5.0.linux_arm64.zip", "plugin.zip")
        .with_sums()
        .then(PACKAGES);
    let steps = machine.run();
    went_well(&machine, &steps[0]);
    assert_eq!(steps[1].said, "freetype-2.13.2\ngrafana-13.2.3\nsystem-release-2023\n");
    let changes = machine.changes();
    assert!(changes.contains_key(PLUGIN) && changes.contains_key(STARTED));
    assert!(!changes.contains_key("etc/yum.repos.d/grafana.repo"));
    assert_eq!(machine.hosts(), [ITSELF, METADATA, SECRETS, STORAGE]);
}

#[test]
fn what_the_bucket_lacks_is_downloaded_where_that_may_be() {
    let Some(machine) = Machine::of("stack: { redshift: none }") else { return };
    let name = "grafana-13.2.3-1.noarch.rpm";
    let machine = machine.with_downloads().with_package(name, &format!("by-grafana/{name}")).then(PACKAGES);
    let steps = machine.run();
    went_well(&machine, &steps[0]);
    assert_eq!(steps[1].said, "freetype-2.13.2\ngrafana-13.2.3\nsystem-release-2023\n");
    assert_eq!(machine.asked("rpm.grafana.com"), ["/gpg.key"]);
    assert!(!machine.changes().contains_key("etc/grafana/provisioning/datasources/sentistack.yaml"));
}

/// Nothing is installed, started or told a password.
#[track_caller]
fn stops(machine: Option<Machine>, word: &str) {
    let Some(machine) = machine else { return };
    let machine = machine.then(PACKAGES);
    let steps = machine.run();
    let log = machine.log();
    assert_ne!(steps[0].code, 0, "{log}");
    assert!(log.contains(word), "{log}");
    assert_eq!(steps[1].said, "system-release-2023\n", "{log}");
    let changes = machine.changes();
    assert!(!changes.contains_key(STARTED) && !changes.contains_key("usr/sbin/grafana"));
    assert_eq!(machine.asked(SECRETS).len(), 0);
}

#[test]
fn a_repository_in_strange_hands_installs_nothing() {
    let taken = |machine: Machine| machine.with_downloads().serve("rpm.grafana.com", "taken");
    // It serves the right key, too: what it lists is signed by another one.
    stops(Machine::of("").map(taken), "repomd.xml GPG signature verification error");
    let anothers = |machine: Machine| taken(machine).serve("rpm.grafana.com/gpg.key", "keys/stranger.asc");
    stops(Machine::of("").map(anothers), "does not hold the key");
    let adopted = |machine: Machine| taken(machine).serve("rpm.grafana.com/gpg.key", "keys/adopted.asc");
    stops(Machine::of("").map(adopted), "as a part of another key");
    // One file is another, the list is as it was.
    let file = |machine: Machine| {
        let name = "grafana-13.2.3-1.noarch.rpm";
        machine.with_downloads().serve(&format!("rpm.grafana.com/{name}"), &format!("by-stranger/{name}"))
    };
    stops(Machine::of("").map(file), "checksum doesn't match");
}

#[test]
fn a_package_in_the_bucket_that_is_not_signed_is_not_installed() {
    let of = |signer: &str| {
        let machine = Machine::of("stack: { network: private }")?;
        let name = "grafana-13.2.3-1.noarch.rpm";
        let machine = machine
            .with_package("gpg.key", "keys/both.asc")
            .with_package("freetype-2.13.2-1.noarch.rpm", "by-amazon/freetype-2.13.2-1.noarch.rpm");
        Some(machine.with_package(name, &format!("by-{signer}/{name}")))
    };
    stops(of("nobody"), "is not signed");
    stops(of("stranger"), "is not installed");
    let alone = |machine: Machine| {
        machine
            .with_package("gpg.key", "keys/grafana.asc")
            .with_package("grafana-13.2.3-1.noarch.rpm", "by-grafana/grafana-13.2.3-1.noarch.rpm")
    };
    stops(
        Machine::of("stack: { network: private }").map(alone),
        "nothing provides freetype needed by grafana",
    );
}

#[test]
fn packages_that_are_not_what_their_sums_say_are_not_touched() {
    let zip = "grafana-redshift-datasource-2.5.0.linux_arm64.zip";
    let changed = |machine: Machine| {
        machine
            .with_package("gpg.key", "keys/grafana.asc")
            .with_package("grafana-13.2.3-1.noarch.rpm", "by-grafana/grafana-13.2.3-1.noarch.rpm")
            .with_package("freetype-2.13.2-1.noarch.rpm", "by-amazon/freetype-2.13.2-1.noarch.rpm")
            .with_package(zip, "plugin.zip")
            .with_sums()
            .with_package(zip, "by-grafana/grafana-13.2.3-1.noarch.rpm")
    };
    stops(Machine::of("stack: { network: private }").map(changed), &format!("{zip}: FAILED"));
    let unnamed = |machine: Machine| {
        let machine = machine.with_package("gpg.key", "keys/grafana.asc").with_sums();
        machine.with_package(zip, "plugin.zip")
    };
    stops(
        Machine::of("stack: { network: private }").map(unnamed),
        &format!("{zip} in the bucket is not in its"),
    );
}
