//! Where the records of a live run go.

use std::sync::Arc;

use crate::cli::backends::SystemClock;
use crate::cli::pipeline::place::Place;
#[cfg(not(feature = "aws"))]
use crate::error::Error;
use crate::error::Result;
use crate::live::port::Delivery;
use crate::local::delivery::LocalDelivery;
use crate::manifest::Manifest;

/// The function in this process, whose objects are called after `name`, or the stack's delivery stream.
pub fn open(local: bool, place: &Place, manifest: &Manifest, name: &str) -> Result<Arc<dyn Delivery>> {
    if local {
        let clock = Arc::new(SystemClock);
        let lang = &manifest.settings.lang;
        return Ok(Arc::new(LocalDelivery::new(Arc::clone(&place.store), clock, name, lang)));
    }
    cloud(place)
}

#[cfg(feature = "aws")]
fn cloud(place: &Place) -> Result<Arc<dyn Delivery>> {
    use crate::aws::live::FirehoseDelivery;
    use crate::error::Error;

    let cloud = place.cloud.as_ref().ok_or_else(|| {
        Error::usage("a live run on AWS keeps its notes in a bucket").hint("leave --root out, or say --local")
    })?;
    let stream = cloud.delivery_stream();
    Ok(Arc::new(place.wait(FirehoseDelivery::open(Arc::clone(&cloud.account), &stream))?))
}

#[cfg(not(feature = "aws"))]
fn cloud(_: &Place) -> Result<Arc<dyn Delivery>> {
    Err(Error::usage("this build does not reach AWS").hint("run the function here: --local"))
}
