//! Opens the root of a command, and the account where the root or a backend is in it.

use std::sync::Arc;

use crate::cli::Global;
use crate::cli::pipeline::flags::Root;
use crate::cli::pipeline::place::Place;
use crate::cli::settings::{self, RootSpec};
use crate::config::settings::Settings;
use crate::error::Result;
use crate::ui::Printer;

/// The root of a command that only looks.
pub fn place(args: &Root, global: &Global, printer: Printer) -> Result<Arc<Place>> {
    open(&settings::root(args, global)?, false, false, global, printer)
}

/// The same, of a root that is known.
pub fn looking(root: &RootSpec, global: &Global, printer: Printer) -> Result<Arc<Place>> {
    open(root, false, false, global, printer)
}

/// The root of a run that works with these settings.
pub fn for_run(
    root: &RootSpec,
    settings: &Settings,
    global: &Global,
    printer: Printer,
) -> Result<Arc<Place>> {
    open(root, settings.needs_account(), true, global, printer)
}

/// The root of a command that changes the account that it is in.
#[cfg(feature = "aws")]
pub fn changing(root: &RootSpec, global: &Global, printer: Printer) -> Result<Arc<Place>> {
    open(root, true, true, global, printer)
}

#[cfg(feature = "aws")]
fn open(
    root: &RootSpec,
    needs_account: bool,
    changes: bool,
    global: &Global,
    printer: Printer,
) -> Result<Arc<Place>> {
    use crate::cli::cloud::Cloud;
    use crate::cli::stack::account::open::Intent;

    let intent = if changes { Intent::Change } else { Intent::Look };
    Ok(Arc::new(match root {
        RootSpec::Folder(folder) => {
            let mut place = Place::folder(folder.clone())?;
            if needs_account {
                place.cloud = Some(Arc::new(place.wait(Cloud::open(global, printer, intent))?));
            }
            place
        }
        RootSpec::Bucket { bucket, prefix } => {
            let runtime = Arc::new(super::runtime()?);
            let cloud = Arc::new(runtime.block_on(Cloud::open(global, printer, intent))?);
            Place::bucket(runtime, cloud, bucket, prefix)
        }
    }))
}

// Settings that need an account were refused by now.
#[cfg(not(feature = "aws"))]
fn open(root: &RootSpec, _: bool, _: bool, _: &Global, _: Printer) -> Result<Arc<Place>> {
    match root {
        RootSpec::Folder(folder) => Ok(Arc::new(Place::folder(folder.clone())?)),
        RootSpec::Bucket { .. } => Err(settings::no_buckets()),
    }
}
