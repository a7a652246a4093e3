//! Where runs are: a folder, or a bucket. The same questions get the same answers from both.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::runtime::Runtime;

use crate::cli::document::RemoteSummary;
use crate::cli::pipeline::session::Runs;
use crate::error::{Error, Result};
use crate::journal::format::Record;
use crate::layout::{self, RunLayout};
use crate::local::files::Files;
use crate::local::journal::FileJournal;
use crate::local::lock::RunLock;
use crate::local::{EmbeddedTransform, LocalTables, SqliteWarehouse, keys};
use crate::manifest::Manifest;
use crate::pipeline::port::{Durability, Journal, Store, Tables, Transform, Warehouse};
use crate::pipeline::privacy::KEY_BYTES;

#[cfg(feature = "aws")]
use crate::aws::pipeline::{BucketJournal, BucketStore, Lease};
#[cfg(feature = "aws")]
use crate::cli::cloud::Cloud;
#[cfg(feature = "aws")]
use crate::local::mirror::{MirrorTables, MirrorTransform, MirrorWarehouse};

/// An opened root.
pub struct Place {
    pub runtime: Arc<Runtime>,
    pub store: Arc<dyn Store>,
    kind: Kind,
    /// The account, where something of this run is in it.
    #[cfg(feature = "aws")]
    pub cloud: Option<Arc<Cloud>>,
}

#[derive(Clone)]
enum Kind {
    Folder(PathBuf),
    #[cfg(feature = "aws")]
    Bucket(BucketStore),
}

/// Held while a process works on a run.
pub enum Held {
    File {
        _lock: RunLock,
    },
    #[cfg(feature = "aws")]
    Bucket {
        lease: Option<Lease>,
        runtime: Arc<Runtime>,
    },
}

impl Drop for Held {
    fn drop(&mut self) {
        match self {
            Self::File { .. } => {}
            #[cfg(feature = "aws")]
            Self::Bucket { lease, runtime } => {
                if let Some(lease) = lease.take() {
                    runtime.block_on(lease.release());
                }
            }
        }
    }
}

impl Place {
    pub fn folder(root: PathBuf) -> Result<Self> {
        Ok(Self {
            runtime: Arc::new(super::runtime()?),
            store: Arc::new(Files::new(&root)),
            kind: Kind::Folder(root),
            #[cfg(feature = "aws")]
            cloud: None,
        })
    }

    /// A bucket and a prefix in it; without a bucket the stack's own.
    #[cfg(feature = "aws")]
    pub fn bucket(runtime: Arc<Runtime>, cloud: Arc<Cloud>, bucket: &str, prefix: &str) -> Self {
        let bucket = if bucket.is_empty() { cloud.bucket() } else { bucket.to_owned() };
        let store = BucketStore::new(Arc::clone(&cloud.account), bucket, prefix);
        Self { runtime, store: Arc::new(store.clone()), kind: Kind::Bucket(store), cloud: Some(cloud) }
    }

    /// The folder, if it is one.
    pub fn path(&self) -> Option<&PathBuf> {
        match &self.kind {
            Kind::Folder(root) => Some(root),
            #[cfg(feature = "aws")]
            Kind::Bucket(_) => None,
        }
    }

    #[cfg(feature = "aws")]
    pub fn bucket_store(&self) -> Option<&BucketStore> {
        match &self.kind {
            Kind::Folder(_) => None,
            Kind::Bucket(store) => Some(store),
        }
    }

    /// The root's name, for people.
    pub fn name(&self) -> String {
        match &self.kind {
            Kind::Folder(root) => root.display().to_string(),
            #[cfg(feature = "aws")]
            Kind::Bucket(store) => store.uri("").trim_end_matches('/').to_owned(),
        }
    }

    pub fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// The manifest of a run.
    pub fn manifest(&self, run_id: &str) -> Result<Manifest> {
        let key = RunLayout::new(run_id).manifest();
        match self.wait(self.store.get(&key))? {
            Some(bytes) => Manifest::parse(&bytes, &self.store.uri(&key)),
            None => Err(Error::usage(format!("there is no run {run_id} under {}", self.name()))
                .hint("see `sentistack pipeline list`, or name another --root")),
        }
    }

    /// All runs.
    pub fn runs(&self) -> Result<Runs> {
        let mut runs = Runs::default();
        for run_id in self.wait(self.store.folders(layout::RUNS))? {
            match self.manifest(&run_id) {
                Ok(manifest) => runs.readable.push(manifest),
                Err(error) => runs.damaged.push((run_id, error)),
            }
        }
        runs.readable.sort_by(|a, b| (b.started, &b.run_id).cmp(&(a.started, &a.run_id)));
        Ok(runs)
    }

    /// The run that is meant: the one named, or the newest.
    pub fn choose(&self, named: Option<&str>) -> Result<String> {
        if let Some(run_id) = named {
            if !crate::id::is_valid_run_id(run_id) {
                return Err(Error::usage(format!("{run_id:?} is not a run id"))
                    .hint("letters, digits, dots, dashes and underscores; see `sentistack pipeline list`"));
            }
            return Ok(run_id.to_owned());
        }
        self.runs()?.readable.into_iter().next().map(|manifest| manifest.run_id).ok_or_else(|| {
            Error::usage(format!("there is no run under {} yet", self.name()))
                .hint("start one with `sentistack pipeline run`, or name another --root")
        })
    }

    /// Makes the run's folder with its manifest in it: the first thing that is written.
    pub fn create(&self, manifest: &Manifest) -> Result<()> {
        let layout = RunLayout::new(&manifest.run_id);
        if let Some(root) = self.path() {
            let folder = root.join(layout.dir());
            std::fs::create_dir_all(&folder).map_err(|e| Error::io("create", folder.display(), &e))?;
        }
        self.wait(self.store.put(&layout.manifest(), manifest.to_bytes()?, Durability::Power))
    }

    /// The records of a run that somebody else may be working on.
    pub fn records(&self, run_id: &str) -> Result<Vec<Record>> {
        let layout = RunLayout::new(run_id);
        match &self.kind {
            Kind::Folder(root) => FileJournal::read_only(&root.join(layout.journal())),
            #[cfg(feature = "aws")]
            Kind::Bucket(store) => self.wait(BucketJournal::read_only(store, &layout.journal_parts())),
        }
    }

    /// The run's journal, to be written to by the process that holds the run.
    pub fn journal(&self, run_id: &str) -> Result<Arc<dyn Journal>> {
        let layout = RunLayout::new(run_id);
        Ok(match &self.kind {
            Kind::Folder(root) => Arc::new(FileJournal::open(root.join(layout.journal()))?),
            #[cfg(feature = "aws")]
            Kind::Bucket(store) => {
                Arc::new(self.wait(BucketJournal::open(store.clone(), layout.journal_parts()))?)
            }
        })
    }

    /// Takes the run, or says who has it; what a crash left half-written is removed.
    pub fn hold(&self, run_id: &str) -> Result<Held> {
        let layout = RunLayout::new(run_id);
        match &self.kind {
            Kind::Folder(root) => {
                let lock = RunLock::take(&root.join(layout.dir()))?;
                Files::new(root).clean_temporaries(layout.dir())?;
                Ok(Held::File { _lock: lock })
            }
            #[cfg(feature = "aws")]
            Kind::Bucket(store) => {
                let account = self.cloud.as_ref().map(|cloud| &cloud.account).ok_or_else(no_account)?;
                let owner = owner::here();
                let take = Lease::take(account, store, layout.dir(), &owner, owner::is_gone);
                let lease = Some(self.wait(take)?);
                Ok(Held::Bucket { lease, runtime: Arc::clone(&self.runtime) })
            }
        }
    }

    /// Whether some process works on the run.
    pub fn is_held(&self, run_id: &str) -> bool {
        let layout = RunLayout::new(run_id);
        match &self.kind {
            Kind::Folder(root) => RunLock::is_taken(&root.join(layout.dir())),
            #[cfg(feature = "aws")]
            Kind::Bucket(store) => self.wait(Lease::is_taken(store, layout.dir())).unwrap_or(false),
        }
    }

    /// The machine of the stack that works on a run, or did last: the run's id, and the machine. `None` as well where
    /// the caller may not ask.
    #[cfg(feature = "aws")]
    pub fn remote(&self) -> Option<(String, RemoteSummary)> {
        let Kind::Bucket(store) = &self.kind else { return None };
        let found = self.wait(self.cloud.as_ref()?.runner()).ok()??;
        let log = store.uri(&RunLayout::new(&found.run_id).remote_log());
        let alive = found.is_alive();
        Some((found.run_id, RemoteSummary { instance: found.instance, state: found.state, log, alive }))
    }

    /// A build without AWS knows no machines.
    #[cfg(not(feature = "aws"))]
    pub fn remote(&self) -> Option<(String, RemoteSummary)> {
        None
    }

    /// The key that the run's pseudonyms are made with.
    pub fn key(&self, run_id: &str) -> Result<[u8; KEY_BYTES]> {
        match &self.kind {
            Kind::Folder(root) => keys::of_run(root, run_id),
            #[cfg(feature = "aws")]
            Kind::Bucket(_) => {
                let key = format!("{}/{run_id}.key", layout::KEYS);
                let there = self.wait(self.store.get(&key))?;
                if let Some(bytes) = there {
                    return bytes.try_into().map_err(|_| {
                        Error::input("the run's pseudonym key is damaged")
                            .hint("start a new run, or delete the key and redo this one with --from-stage ingest")
                            .resource(self.store.uri(&key))
                    });
                }
                let new = keys::random()?;
                self.wait(self.store.put(&key, new.to_vec(), Durability::Power))?;
                Ok(new)
            }
        }
    }

    /// A secret of the account's Secrets Manager.
    #[cfg(feature = "aws")]
    pub fn secret(&self, name: &str, setting: &str) -> Result<String> {
        let cloud = self.cloud.as_ref().ok_or_else(|| {
            Error::config(format!("{setting} is in Secrets Manager, and no account is in use"))
                .hint("name a variable or a file (env:NAME, file:PATH), or run it with --on aws")
        })?;
        self.wait(cloud.account.secret(name))
    }

    #[cfg(not(feature = "aws"))]
    pub fn secret(&self, _: &str, setting: &str) -> Result<String> {
        Err(Error::config(format!("{setting} is in Secrets Manager, which this build cannot read"))
            .hint("name a variable or a file: env:NAME or file:PATH"))
    }

    /// The tables of its runs.
    pub fn tables(&self) -> Result<Arc<dyn Tables>> {
        Ok(match &self.kind {
            Kind::Folder(root) => Arc::new(LocalTables::new(root)),
            #[cfg(feature = "aws")]
            Kind::Bucket(_) => Arc::new(MirrorTables::new(Arc::clone(&self.store))?),
        })
    }

    /// The embedded transform.
    pub fn transform(&self) -> Arc<dyn Transform> {
        match &self.kind {
            Kind::Folder(root) => Arc::new(EmbeddedTransform::new(root)),
            #[cfg(feature = "aws")]
            Kind::Bucket(_) => Arc::new(MirrorTransform::new(Arc::clone(&self.store))),
        }
    }

    /// The embedded warehouse, and its file.
    pub fn warehouse(&self) -> Result<(Arc<dyn Warehouse>, PathBuf)> {
        match &self.kind {
            Kind::Folder(root) => {
                let file = root.join(layout::WAREHOUSE);
                Ok((Arc::new(SqliteWarehouse::open(&file)), file))
            }
            #[cfg(feature = "aws")]
            Kind::Bucket(_) => {
                let file = self.cache()?.join(layout::WAREHOUSE);
                Ok((Arc::new(MirrorWarehouse::new(Arc::clone(&self.store), file.clone())), file))
            }
        }
    }

    /// A folder of this machine for what can be made again from the bucket.
    #[cfg(feature = "aws")]
    fn cache(&self) -> Result<PathBuf> {
        let folder =
            crate::cli::folders::of_root(self.name().trim_start_matches("s3://")).ok_or_else(|| {
                Error::config("there is no folder for caches").hint("set HOME, or XDG_CACHE_HOME")
            })?;
        std::fs::create_dir_all(&folder).map_err(|e| Error::io("create", folder.display(), &e))?;
        Ok(folder)
    }
}

#[cfg(feature = "aws")]
fn no_account() -> Error {
    Error::failed("no account was opened")
}

/// Who holds a run: a process of a machine.
#[cfg(feature = "aws")]
mod owner {
    use std::path::Path;

    fn machine() -> String {
        let name = std::fs::read_to_string("/proc/sys/kernel/hostname");
        name.map_or_else(|_| "this machine".to_owned(), |name| name.trim().to_owned())
    }

    pub fn here() -> String {
        format!("process {} of {}", std::process::id(), machine())
    }

    /// Whether it is known to have ended: only of this machine's processes that is so.
    pub fn is_gone(owner: &str) -> bool {
        let process = owner.strip_prefix("process ").and_then(|rest| rest.split_once(" of "));
        let Some((pid, name)) = process else { return false };
        name == machine() && Path::new("/proc/self").exists() && !Path::new("/proc").join(pid).exists()
    }
}

/// What only a bucket can do.
#[cfg(feature = "aws")]
pub fn needs_bucket(what: &str) -> Error {
    Error::usage(format!("{what} has to be in a bucket"))
        .hint("start it with --on aws, or --root s3://bucket/prefix")
}
