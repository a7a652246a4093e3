//! Packages of the operating system that the tests need. They are installed on Debian as root; elsewhere one
//! `apt` line names them all.

use crate::error::{Error, Result};
use crate::process::{command, on_path, show, succeeds};

/// How to find out whether a package is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// A program on the PATH.
    Program(&'static str),
    /// A program in a folder of the system's.
    OfTheSystem(&'static str),
    /// A command that ends well.
    Runs(&'static str, &'static [&'static str]),
}

impl Probe {
    fn holds(self) -> bool {
        match self {
            Self::Program(name) => on_path(name),
            Self::OfTheSystem(name) => ["/usr/sbin", "/usr/bin", "/sbin", "/bin"]
                .iter()
                .any(|folder| std::path::Path::new(folder).join(name).exists()),
            Self::Runs(program, args) => succeeds(command(program).args(args)),
        }
    }
}

/// A package of the operating system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SystemPackage {
    pub probe: Probe,
    /// Its name in Debian.
    pub debian: &'static str,
    /// What needs it, in words for the reader.
    pub needed_by: &'static str,
}

/// Python 3 itself.
pub const PYTHON: SystemPackage = SystemPackage {
    probe: Probe::Program("python3"),
    debian: "python3",
    needed_by: "the oracle, the linters, the local AWS and the benchmarks' references",
};

/// Debian leaves this part of Python out of `python3`.
pub const PYTHON_VENV: SystemPackage = SystemPackage {
    probe: Probe::Runs("python3", &["-c", "import venv, ensurepip"]),
    debian: "python3-venv",
    needed_by: "the Python environments of the oracle, the linters, the local AWS and the benchmarks",
};

/// The database that runs Redshift's SQL in tests. Debian keeps its programs off the PATH; it is named `postgresql`
/// elsewhere, too.
pub const POSTGRESQL: SystemPackage = SystemPackage {
    probe: Probe::Runs("sh", &["-c", "command -v initdb || ls /usr/lib/postgresql/*/bin/initdb"]),
    debian: "postgresql",
    needed_by: "the local AWS's Redshift",
};

/// The client that endpoints are measured with.
pub const WRK: SystemPackage =
    SystemPackage { probe: Probe::Program("wrk"), debian: "wrk", needed_by: "the benchmark of endpoints" };

/// What Spark runs on: EMR has Java 17.
pub const JAVA: SystemPackage = SystemPackage {
    probe: Probe::Runs("java", &["-version"]),
    debian: "openjdk-17-jre-headless",
    needed_by: "Spark: the tests of emr/, and the jobs of the local AWS",
};

/// The registry that images are pushed to.
pub const REGISTRY: SystemPackage = SystemPackage {
    probe: Probe::Program("docker-registry"),
    debian: "docker-registry",
    needed_by: "the tests of `live package`: a registry to push to",
};

/// What pulls them back.
pub const SKOPEO: SystemPackage = SystemPackage {
    probe: Probe::Program("skopeo"),
    debian: "skopeo",
    needed_by: "the tests of `live package`: a client of registries that is not ours",
};

/// The browser that the local page is tested in.
pub const CHROMIUM: SystemPackage = SystemPackage {
    probe: Probe::Program("chromium"),
    debian: "chromium",
    needed_by: "the tests of the local page",
};

/// What a machine of the Grafana host is made with in its tests: Amazon Linux's programs as Debian has them. The machine sees
/// the system's programs alone, whatever else is on the PATH here.
pub const GRAFANA_HOST: [SystemPackage; 9] = [
    of_the_host("aws", "awscli"),
    of_the_host("createrepo_c", "createrepo-c"),
    of_the_host("curl", "curl"),
    of_the_host("dnf", "dnf"),
    of_the_host("gpg", "gpg"),
    of_the_host("ip", "iproute2"),
    of_the_host("openssl", "openssl"),
    of_the_host("rpmsign", "rpm"),
    of_the_host("systemctl", "systemd"),
];

const fn of_the_host(program: &'static str, debian: &'static str) -> SystemPackage {
    SystemPackage {
        probe: Probe::OfTheSystem(program),
        debian,
        needed_by: "the tests of the Grafana host's installer",
    }
}

/// Packages of `wanted` that are missing after trying to install them where that is possible.
///
/// # Errors
/// If some are missing and `allow_missing` is not set.
pub fn ensure(wanted: &[SystemPackage], allow_missing: bool) -> Result<Vec<SystemPackage>> {
    let mut missing = missing(wanted);
    if missing.is_empty() {
        return Ok(missing);
    }
    if is_debian(&std::fs::read_to_string("/etc/os-release").unwrap_or_default())
        && nix::unistd::geteuid().is_root()
    {
        println!("installing {}", names(&missing));
        if let Err(error) = install(&missing) {
            eprintln!("{error}");
        }
        missing = self::missing(wanted);
    }
    if missing.is_empty() || allow_missing {
        return Ok(missing);
    }
    Err(Error::new(complaint(&missing)).hint(format!(
        "run: {}\n  or skip what needs them: cargo xtask test --allow-missing",
        apt_line(&missing)
    )))
}

fn missing(wanted: &[SystemPackage]) -> Vec<SystemPackage> {
    wanted.iter().filter(|package| !package.probe.holds()).copied().collect()
}

fn install(packages: &[SystemPackage]) -> Result<()> {
    let apt = |args: &[&str]| {
        show(command("apt-get").env("DEBIAN_FRONTEND", "noninteractive").arg("--quiet=2").args(args))
    };
    apt(&["update"])?;
    let mut args = vec!["install", "--yes", "--no-install-recommends"];
    args.extend(packages.iter().map(|package| package.debian));
    apt(&args)
}

/// Debian and what descends from it.
fn is_debian(os_release: &str) -> bool {
    os_release.lines().any(|line| {
        let value = line.strip_prefix("ID=").or_else(|| line.strip_prefix("ID_LIKE="));
        value.is_some_and(|value| value.trim_matches('"').split(' ').any(|id| id == "debian"))
    })
}

fn names(packages: &[SystemPackage]) -> String {
    packages.iter().map(|package| package.debian).collect::<Vec<_>>().join(" ")
}

fn apt_line(packages: &[SystemPackage]) -> String {
    format!("sudo apt-get install --yes {}", names(packages))
}

fn complaint(packages: &[SystemPackage]) -> String {
    let mut text = String::from("system packages are missing:");
    for package in packages {
        text.push_str(&format!("\n    {}: needed by {}", package.debian, package.needed_by));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: SystemPackage = SystemPackage {
        probe: Probe::Program("no-such-program-at-all"),
        debian: "no-such-package",
        needed_by: "nothing",
    };
    const FAILS: SystemPackage = SystemPackage {
        probe: Probe::Runs("cargo", &["no-such-command"]),
        debian: "other",
        needed_by: "nobody",
    };
    const THERE: SystemPackage =
        SystemPackage { probe: Probe::Program("cargo"), debian: "cargo", needed_by: "us" };

    #[test]
    fn one_line_names_all_that_is_missing() {
        let found = missing(&[NONE, THERE, FAILS]);
        assert_eq!(found, [NONE, FAILS]);
        assert_eq!(apt_line(&found), "sudo apt-get install --yes no-such-package other");
        assert!(complaint(&found).contains("no-such-package: needed by nothing"));
    }

    #[test]
    fn nothing_missing_is_no_complaint() {
        assert_eq!(ensure(&[THERE], false).unwrap(), []);
    }

    #[test]
    fn debian_and_its_children_are_known() {
        assert!(is_debian("NAME=x\nID=debian\n"));
        assert!(is_debian("ID=ubuntu\nID_LIKE=\"debian\"\n"));
        assert!(is_debian("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n"));
        assert!(!is_debian("ID=fedora\nVERSION_ID=40\n"));
        assert!(!is_debian("ID=debianesque\n"));
    }
}
