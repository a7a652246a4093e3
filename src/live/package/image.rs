//! The image that Lambda takes: the program on an empty base, as OCI's image specification (1.1) has it. One layer, one
//! configuration, and one plain manifest for one processor: Lambda refuses an index of several.

use std::io::{self, Write};

use flate2::{Compression, GzBuilder};
use serde::Serialize;
use tar::{Builder, EntryType, Header};

use super::{BOOTSTRAP, Digest};
use crate::config::stack::settings::Architecture;
use crate::error::{Error, Result};

pub const MANIFEST_TYPE: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG_TYPE: &str = "application/vnd.oci.image.config.v1+json";
const LAYER_TYPE: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

/// All times in an image: the beginning of time, so that the day leaves no trace.
const CREATED: &str = "1970-01-01T00:00:00Z";

/// gzip's word for an unknown system: the one it was packed on leaves no trace.
const UNKNOWN_SYSTEM: u8 = 255;

/// Some bytes of an image, and what they are known by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    pub media_type: &'static str,
    pub digest: Digest,
    pub bytes: Vec<u8>,
}

impl Blob {
    fn new(media_type: &'static str, bytes: Vec<u8>) -> Self {
        Self { media_type, digest: Digest::of(&bytes), bytes }
    }

    fn descriptor(&self) -> Descriptor<'_> {
        Descriptor {
            media_type: self.media_type,
            digest: self.digest.as_str(),
            size: self.bytes.len(),
            platform: None,
        }
    }
}

/// An image. Its digest is its manifest's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    pub architecture: Architecture,
    pub layer: Blob,
    pub config: Blob,
    pub manifest: Blob,
}

impl Image {
    pub fn digest(&self) -> &Digest {
        &self.manifest.digest
    }

    /// What the manifest names: to be in a registry before it.
    pub fn blobs(&self) -> [&Blob; 2] {
        [&self.layer, &self.config]
    }

    /// Bytes of everything, packed.
    pub fn bytes(&self) -> usize {
        self.layer.bytes.len() + self.config.bytes.len() + self.manifest.bytes.len()
    }

    /// What an index says of its manifest.
    pub(super) fn entry(&self) -> Descriptor<'_> {
        Descriptor { platform: Some(Platform::of(self.architecture)), ..self.manifest.descriptor() }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Descriptor<'a> {
    media_type: &'a str,
    digest: &'a str,
    size: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    platform: Option<Platform>,
}

#[derive(Serialize)]
struct Platform {
    architecture: &'static str,
    os: &'static str,
}

impl Platform {
    /// OCI has Go's names.
    fn of(architecture: Architecture) -> Self {
        let architecture = match architecture {
            Architecture::Arm64 => "arm64",
            Architecture::X86_64 => "amd64",
        };
        Self { architecture, os: "linux" }
    }
}

#[derive(Serialize)]
struct Config<'a> {
    created: &'static str,
    #[serde(flatten)]
    platform: Platform,
    config: Process,
    rootfs: RootFs<'a>,
    history: [History; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Process {
    entrypoint: [String; 1],
    working_dir: &'static str,
}

#[derive(Serialize)]
struct RootFs<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    diff_ids: [&'a str; 1],
}

#[derive(Serialize)]
struct History {
    created: &'static str,
    created_by: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Manifest<'a> {
    schema_version: u8,
    media_type: &'static str,
    config: Descriptor<'a>,
    layers: [Descriptor<'a>; 1],
}

/// Packs the program as an image.
///
/// # Errors
/// Of kind `Failed`, where a packer fails; a program of a size that Lambda takes does not make it fail.
pub fn pack(program: &[u8], architecture: Architecture) -> Result<Image> {
    let failed = |e: &dyn std::fmt::Display| Error::failed("the image cannot be made").because(e);
    let tar = layer(program).map_err(|e| failed(&e))?;
    let diff_id = Digest::of(&tar);
    let layer = Blob::new(LAYER_TYPE, gzip(&tar).map_err(|e| failed(&e))?);
    let config = Config {
        created: CREATED,
        platform: Platform::of(architecture),
        config: Process { entrypoint: [format!("/{BOOTSTRAP}")], working_dir: "/" },
        rootfs: RootFs { kind: "layers", diff_ids: [diff_id.as_str()] },
        history: [History { created: CREATED, created_by: "sentistack live package" }],
    };
    let config = Blob::new(CONFIG_TYPE, serde_json::to_vec(&config).map_err(|e| failed(&e))?);
    let manifest = Manifest {
        schema_version: 2,
        media_type: MANIFEST_TYPE,
        config: config.descriptor(),
        layers: [layer.descriptor()],
    };
    let manifest = Blob::new(MANIFEST_TYPE, serde_json::to_vec(&manifest).map_err(|e| failed(&e))?);
    Ok(Image { architecture, layer, config, manifest })
}

/// The program, and a place for temporary files: Lambda mounts its own there, others do not.
fn layer(program: &[u8]) -> io::Result<Vec<u8>> {
    let mut tar = Builder::new(Vec::new());
    tar.append_data(&mut entry(EntryType::Regular, 0o755, program.len() as u64), BOOTSTRAP, program)?;
    tar.append_data(&mut entry(EntryType::Directory, 0o1777, 0), "tmp/", io::empty())?;
    tar.into_inner()
}

/// A header of root's, without a name and without a time.
fn entry(kind: EntryType, mode: u32, size: u64) -> Header {
    let mut header = Header::new_ustar();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(size);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header
}

fn gzip(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut packer =
        GzBuilder::new().mtime(0).operating_system(UNKNOWN_SYSTEM).write(Vec::new(), Compression::best());
    packer.write_all(bytes)?;
    packer.finish()
}
