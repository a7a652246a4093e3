//! `live package`: the function as a zip and as an image, on disk and, where it is asked for, in a registry.

use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;
use schemars::JsonSchema;
use serde::Serialize;

use super::function::Function;
use crate::cli::Global;
use crate::cli::document::Outcome;
use crate::cli::settings;
use crate::config::choice::Choice;
use crate::config::stack::settings::{Architecture, Package};
use crate::error::{Error, Result};
use crate::live::package::image::Image;
use crate::live::package::{Digest, image, layout, zip};
use crate::ui::{Printer, format};

#[derive(Debug, ClapArgs)]
pub struct Args {
    /// The function's program [default: sentistack-live beside this program]
    #[arg(long, value_name = "PATH")]
    pub function: Option<PathBuf>,
    /// Its processor, x86_64 or arm64 [default: the setting live.architecture]
    #[arg(long, value_name = "ARCH")]
    pub arch: Option<Architecture>,
    /// Folder for the zip and the image
    #[arg(long, value_name = "DIR", default_value = "packaged")]
    pub dir: PathBuf,
    /// These alone: zip, image [default: both]
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    pub only: Vec<Package>,
    /// Push the image there, too: REGISTRY/REPOSITORY[:TAG] [default tag: the image's own, by its content]
    #[cfg(feature = "online")]
    #[arg(long, value_name = "REFERENCE")]
    pub push: Option<String>,
}

impl Args {
    fn wants(&self, package: Package) -> bool {
        self.only.is_empty() || self.only.contains(&package)
    }
}

/// What `live package` prints.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct PackageDocument {
    /// The program that was packed, absolute.
    pub function: String,
    /// Its size, bytes.
    pub function_bytes: usize,
    /// `x86_64` or `arm64`.
    pub architecture: String,
    pub zip: Option<ZipFile>,
    pub image: Option<ImageFolder>,
    /// `null` without `--push`.
    pub pushed: Option<PushedImage>,
}

/// The zip that Lambda takes.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ZipFile {
    /// Absolute.
    pub path: String,
    pub bytes: usize,
    /// 64 hex digits.
    pub sha256: String,
    /// It was there already, byte for byte.
    pub unchanged: bool,
}

/// The image that Lambda takes, as a folder in OCI's image layout.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ImageFolder {
    /// Absolute.
    pub path: String,
    /// Of layer, configuration and manifest, as a registry keeps them.
    pub bytes: usize,
    /// The manifest's: `sha256:` and 64 hex digits.
    pub digest: String,
    /// It was there already, byte for byte.
    pub unchanged: bool,
}

/// The image in a registry.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PushedImage {
    /// `registry/repository:tag`.
    pub reference: String,
    /// As the registry says it.
    pub digest: String,
    /// Bytes that were not there yet.
    pub sent_bytes: u64,
    /// It was there already, under this tag.
    pub unchanged: bool,
}

pub fn run(args: &Args, global: &Global, printer: Printer) -> Outcome {
    let mut document = PackageDocument::default();
    let mut text = String::new();
    match package(args, global, printer, &mut document, &mut text) {
        Ok(()) => {
            let unchanged = document.zip.as_ref().is_none_or(|zip| zip.unchanged)
                && document.image.as_ref().is_none_or(|image| image.unchanged)
                && document.pushed.as_ref().is_none_or(|pushed| pushed.unchanged);
            let outcome = Outcome::ok(text, &document);
            if unchanged { outcome.unchanged() } else { outcome }
        }
        // What is on disk is good, whatever a registry says.
        Err(error) => Outcome::failed(error, text, &document),
    }
}

fn package(
    args: &Args,
    global: &Global,
    printer: Printer,
    document: &mut PackageDocument,
    text: &mut String,
) -> Result<()> {
    #[cfg(feature = "online")]
    let target =
        args.push.as_deref().map(|to| super::push::target(to, args.wants(Package::Image))).transpose()?;
    #[cfg(not(feature = "online"))]
    let _ = printer;
    let configured = settings::for_stack(global)?.settings.live.architecture;
    let architecture = args.arch.unwrap_or(configured);
    document.architecture = architecture.word().to_owned();
    let function = Function::find(args.function.as_deref(), architecture)?;
    document.function = function.path.display().to_string();
    document.function_bytes = function.bytes.len();
    text.push_str(&format!(
        "function {} ({architecture}, {} bytes)\n",
        document.function,
        format::count(function.bytes.len() as u64)
    ));
    let folder = std::path::absolute(&args.dir).map_err(|e| Error::io("find", args.dir.display(), &e))?;
    if args.wants(Package::Zip) {
        let zip = write_zip(&folder, &function.bytes, architecture)?;
        text.push_str(&line(zip.unchanged, &zip.path, zip.bytes, &zip.sha256));
        document.zip = Some(zip);
    }
    if args.wants(Package::Image) {
        let image = image::pack(&function.bytes, architecture)?;
        let written = write_image(&folder, &image)?;
        text.push_str(&line(written.unchanged, &written.path, written.bytes, &written.digest));
        document.image = Some(written);
        #[cfg(feature = "online")]
        if let Some(target) = target {
            let pushed = super::push::push(&target, &image, printer)?;
            let verb = if pushed.unchanged { "unchanged" } else { "pushed" };
            text.push_str(&format!("{verb} {} ({})\n", pushed.reference, pushed.digest));
            document.pushed = Some(pushed);
        }
    }
    Ok(())
}

fn line(unchanged: bool, path: &str, bytes: usize, name: &str) -> String {
    let verb = if unchanged { "unchanged" } else { "wrote" };
    format!("{verb} {path} ({} bytes, {name})\n", format::count(bytes as u64))
}

fn write_zip(folder: &Path, program: &[u8], architecture: Architecture) -> Result<ZipFile> {
    let packed = zip::pack(program)?;
    let path = folder.join(format!("sentistack-live-{architecture}.zip"));
    let unchanged = !put(&path, &packed)?;
    Ok(ZipFile {
        path: path.display().to_string(),
        bytes: packed.len(),
        sha256: Digest::of(&packed).hex().to_owned(),
        unchanged,
    })
}

/// A reader sees the image before or the one after: blobs are named by their content, and the index comes last.
fn write_image(folder: &Path, image: &Image) -> Result<ImageFolder> {
    let path = folder.join(format!("image-{}", image.architecture));
    let files = layout::files(image)?;
    let mut changed = false;
    for (name, bytes) in &files {
        changed |= put(&path.join(name), bytes)?;
    }
    forget_others(&path.join(layout::BLOBS), |name| {
        files.iter().any(|(own, _)| own.rsplit('/').next() == Some(name))
    })?;
    Ok(ImageFolder {
        path: path.display().to_string(),
        bytes: image.bytes(),
        digest: image.digest().to_string(),
        unchanged: !changed,
    })
}

/// Removes the blobs of an earlier image; what is not named like one is not ours.
fn forget_others(folder: &Path, is_own: impl Fn(&str) -> bool) -> Result<()> {
    let is_blob = |name: &str| name.len() == 64 && name.bytes().all(|b| b.is_ascii_hexdigit());
    let entries = std::fs::read_dir(folder).map_err(|e| Error::io("read", folder.display(), &e))?;
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(name) = name.to_str().filter(|name| is_blob(name) && !is_own(name)) else { continue };
        let path = folder.join(name);
        std::fs::remove_file(&path).map_err(|e| Error::io("remove", path.display(), &e))?;
    }
    Ok(())
}

/// Writes a file whole or not at all; whether it was not there like this already.
fn put(path: &Path, bytes: &[u8]) -> Result<bool> {
    if std::fs::read(path).is_ok_and(|there| there == bytes) {
        return Ok(false);
    }
    let folder = path.parent().unwrap_or(path);
    let failed = |e: &std::io::Error| {
        Error::io("write", path.display(), e).hint("free some space there, or choose another folder: --dir")
    };
    std::fs::create_dir_all(folder).map_err(|e| failed(&e))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let half = folder.join(format!(".{name}.part"));
    std::fs::write(&half, bytes).and_then(|()| std::fs::rename(&half, path)).map_err(|e| {
        let _ = std::fs::remove_file(&half);
        failed(&e)
    })?;
    Ok(true)
}
