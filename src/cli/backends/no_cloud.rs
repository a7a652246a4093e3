//! In the place of backends on AWS, in a build without them. Settings that ask for one are refused before.

use std::sync::Arc;

use crate::cli::pipeline::place::Place;
use crate::cli::pipeline::session::Session;
use crate::config::settings::{ScoreSettings, Settings, TransformKind, WarehouseKind};
use crate::error::{Error, Result};
use crate::pipeline::follow::Other;
use crate::pipeline::port::{Model, Stream, Transform, Warehouse};

fn none<T>() -> Result<T> {
    Err(Error::usage("this build has nothing of AWS").hint("use --on local, or a build with the feature aws"))
}

pub fn check(_: &Place, _: &Settings) -> Result<()> {
    Ok(())
}

pub fn comprehend(_: &Place, _: Arc<dyn Model>) -> Result<Arc<dyn Model>> {
    none()
}

pub fn scored_by(_: &Session, _: &ScoreSettings) -> Result<Other> {
    none()
}

pub fn stream(_: &Session, _: &str) -> Result<Arc<dyn Stream>> {
    none()
}

pub fn transform(_: &Session, _: TransformKind) -> Result<Arc<dyn Transform>> {
    none()
}

pub fn warehouse(_: &Session, _: WarehouseKind) -> Result<Arc<dyn Warehouse>> {
    none()
}

pub fn stack_warehouse(_: &Place) -> Result<Option<Arc<dyn Warehouse>>> {
    Ok(None)
}
