//! The push of an image: where it goes, who pushes, and a way to stop.

use std::time::Duration;

use tokio::sync::watch;

use super::credentials::Ambient;
use super::package::PushedImage;
use crate::cli::{pipeline, signals};
use crate::error::{Error, ErrorKind, Result};
use crate::live::package::image::Image;
use crate::live::package::reference::Reference;
use crate::live::port::Credentials;
use crate::online::registry::{Patience, Registry};
use crate::ui::{Printer, format};

/// Reads `--push`, before anything is written.
pub fn target(text: &str, has_image: bool) -> Result<Reference> {
    if !has_image {
        return Err(Error::usage("--push pushes the image, and --only leaves it out")
            .hint("add it: --only zip,image"));
    }
    // Not all of it is said: a password may stand in it.
    text.parse().map_err(|why| {
        Error::usage(format!("what --push names {why}"))
            .hint("as in 111122223333.dkr.ecr.eu-west-1.amazonaws.com/sentistack")
    })
}

/// Pushes the image, until it is there or a signal comes.
pub fn push(target: &Reference, image: &Image, printer: Printer) -> Result<PushedImage> {
    printer.note(&format!("pushing {} bytes to {target}", format::count(image.bytes() as u64)));
    let (stop, mut stopped) = watch::channel(None);
    let pushed = async {
        signals::watch(stop, move |signal| printer.note(&format!("{signal}: stopping the push")))?;
        let work = async {
            let login = credentials(target).await.login(&target.registry).await?;
            Registry::new(target, login, patience())?.push(image).await
        };
        tokio::select! {
            done = work => done,
            _ = stopped.changed() => {
                let kind = stopped.borrow().unwrap_or(ErrorKind::Interrupted);
                Err(Error::new(kind, "the push was stopped")
                    .hint("run it again: what the registry has already is not sent again"))
            }
        }
    };
    let pushed = pipeline::small_runtime()?.block_on(pushed)?;
    Ok(PushedImage {
        reference: pushed.reference.to_string(),
        digest: pushed.digest.to_string(),
        sent_bytes: pushed.sent_bytes,
        unchanged: pushed.unchanged,
    })
}

/// Who knows the login to a registry: AWS that to its own, unless the environment names another one; the environment
/// and Docker's settings that to any of them.
async fn credentials(target: &Reference) -> Box<dyn Credentials> {
    #[cfg(feature = "aws")]
    if let Some(region) = target.ecr_region().filter(|_| !Ambient::is_set()) {
        use crate::aws::{Access, Account};
        let access = Access { region: region.to_owned(), ..Access::default() };
        return Box::new(Account::open(access, std::sync::Arc::new(|_: &str| {})).await);
    }
    #[cfg(not(feature = "aws"))]
    let _ = target;
    Box::new(Ambient)
}

/// Tests have little time.
fn patience() -> Patience {
    let usual = Patience::default();
    let scale = std::env::var("SENTISTACK_TEST_PACE").ok().and_then(|text| text.parse().ok());
    let scaled =
        |wait: Duration| wait.mul_f64(scale.filter(|scale| (0.0..=1.0).contains(scale)).unwrap_or(1.0));
    Patience { wait: scaled(usual.wait), longest_wait: scaled(usual.longest_wait), ..usual }
}
