//! Python environments in our cache, one for each set of requirements files.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cache;
use crate::error::{Error, Result};
use crate::process::{command, read, show};
use crate::workspace::Workspace;

/// A set of requirements files, and the folder of the cache that its environments are in.
#[derive(Clone, Copy, Debug)]
pub struct Requirements {
    name: &'static str,
    files: &'static [&'static str],
    /// Files whose packages are installed without their dependencies.
    bare: &'static [&'static str],
    /// A script that puts more into the environment, whose folder it is given.
    more: Option<&'static str>,
}

/// What `cargo xtask test` needs: the oracle's packages and the linters.
pub const TEST: Requirements = Requirements {
    name: "test",
    files: &["benches/reference/requirements.txt", "crates/xtask/requirements.txt"],
    bare: &["crates/xtask/requirements-bare.txt"],
    more: None,
};

/// What `cargo xtask bench` needs on top of the oracle's packages.
pub const BENCH: Requirements = Requirements {
    name: "bench",
    files: &["benches/reference/requirements.txt", "benches/reference/requirements-bench.txt"],
    bare: &[],
    more: None,
};

/// The service that the endpoint is measured beside.
pub const SERVE: Requirements = Requirements {
    name: "serve",
    files: &["benches/reference/requirements-serve.txt"],
    bare: &[],
    more: None,
};

/// What the local AWS needs.
pub const TESTBED: Requirements =
    Requirements { name: "testbed", files: &["testbed/requirements.txt"], bare: &[], more: None };

/// What drives a browser over the local page.
pub const PAGE: Requirements =
    Requirements { name: "page", files: &["tests/page/requirements.txt"], bare: &[], more: None };

/// Spark as EMR has it by default, with what it needs to talk to S3: half a gigabyte of downloads, so only where a
/// job is really run.
pub const SPARK: Requirements = Requirements {
    name: "spark",
    files: &["testbed/requirements-spark.txt"],
    bare: &[],
    more: Some("testbed/spark_jars.py"),
};

/// The next Spark, which the script must run on as well.
pub const SPARK_4: Requirements =
    Requirements { name: "spark4", files: &["testbed/requirements-spark4.txt"], bare: &[], more: None };

/// An environment that is ready.
#[derive(Clone, Debug)]
pub struct Python {
    bin: PathBuf,
}

impl Python {
    /// The environment for `requirements`; made at the first use and after each change of the files.
    pub fn ready(workspace: &Workspace, requirements: Requirements) -> Result<Self> {
        Self::find(workspace, requirements, |text| println!("{text}"))
    }

    /// The same for a command whose standard output is for others.
    pub fn ready_quietly(workspace: &Workspace, requirements: Requirements) -> Result<Self> {
        Self::find(workspace, requirements, |text| eprintln!("{text}"))
    }

    /// The environment if it was made before; none is made.
    pub fn existing(workspace: &Workspace, requirements: Requirements) -> Option<Self> {
        let (parent, key) = place(workspace, requirements).ok()?;
        cache::existing(&parent, &key).map(|dir| Self { bin: dir.join("bin") })
    }

    fn find(workspace: &Workspace, requirements: Requirements, tell: fn(&str)) -> Result<Self> {
        let (parent, key) = place(workspace, requirements)?;
        let dir = cache::entry(&parent, &key, |dir| make(workspace, requirements, dir, tell))?;
        Ok(Self { bin: dir.join("bin") })
    }

    /// Gives `command`, which starts the local AWS, this environment's Spark for its jobs.
    pub fn lend_spark(&self, command: &mut Command) {
        command.env("SENTISTACK_TESTBED_SPARK_PYTHON", self.interpreter());
        command.env("SENTISTACK_TESTBED_SPARK_JARS", self.bin.with_file_name("jars"));
    }

    /// The interpreter, for programs that start it themselves.
    pub fn interpreter(&self) -> PathBuf {
        self.bin.join("python")
    }

    /// The interpreter, given a script.
    pub fn script(&self, path: impl AsRef<Path>) -> Command {
        let mut python = command(self.interpreter());
        // Nothing is written into the checkout, and nothing is read from the user's own packages.
        python.env("PYTHONDONTWRITEBYTECODE", "1").env("PYTHONNOUSERSITE", "1").env_remove("PYTHONPATH");
        python.arg(path.as_ref());
        python
    }

    /// The interpreter, given a module.
    pub fn module(&self, name: &str) -> Command {
        let mut python = self.script("-m");
        python.arg(name);
        python
    }

    /// A program that a package brought.
    pub fn program(&self, name: &str) -> Command {
        command(self.bin.join(name))
    }
}

/// The folder of the cache that environments for `requirements` are in, and the key of the one for today's files.
fn place(workspace: &Workspace, requirements: Requirements) -> Result<(PathBuf, String)> {
    let version = read(command("python3").args(["-c", "import sys; print(sys.executable, sys.version)"]))?;
    let mut parts = vec![version.into_bytes()];
    for file in requirements.files.iter().chain(requirements.bare).chain(requirements.more.as_ref()) {
        let path = workspace.root.join(file);
        parts.push(std::fs::read(&path).map_err(|e| Error::io("read", &path, &e))?);
    }
    let key = cache::key(parts.iter().map(Vec::as_slice));
    Ok((workspace.cache.join("python").join(requirements.name), key))
}

fn make(workspace: &Workspace, requirements: Requirements, dir: &Path, tell: fn(&str)) -> Result<()> {
    tell(&format!(
        "making the Python environment {} (once for each change of its requirements)",
        dir.display()
    ));
    show(command("python3").args(["-m", "venv"]).arg(dir))?;
    install(workspace, requirements.files, &[], dir)?;
    if !requirements.bare.is_empty() {
        install(workspace, requirements.bare, &["--no-deps"], dir)?;
    }
    match requirements.more {
        Some(script) => show(command(dir.join("bin/python")).arg(workspace.root.join(script)).arg(dir)),
        None => Ok(()),
    }
}

fn install(workspace: &Workspace, files: &[&str], flags: &[&str], dir: &Path) -> Result<()> {
    let mut pip = command(dir.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary=:all:"]);
    pip.args(flags);
    for file in files {
        pip.arg("--requirement").arg(workspace.root.join(file));
    }
    show(&mut pip).map_err(|error| {
        error.hint(format!(
            "the packages of {} could not be installed; is PyPI reachable?",
            files.join(" and ")
        ))
    })
}
