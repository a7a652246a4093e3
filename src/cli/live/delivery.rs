//! Where the records of a live run go.

use std::sync::Arc;

use crate::cli::backends::SystemClock;
use crate::cli::pipeline::place::Place;
use crate::cli::{Global, settings};
use crate::config::stack::settings::{Include, Live};
use crate::error::{Error, Result};
use crate::live::port::Delivery;
use crate::local::delivery::LocalDelivery;
use crate::manifest::Manifest;

/// A delivery, and what is to be said before anything is sent.
pub struct Opened {
    pub delivery: Arc<dyn Delivery>,
    pub notes: Vec<String>,
}

/// The function in this process, whose objects are called after `name`, or the stack's delivery stream.
///
/// # Errors
/// Of kind `Usage` where the function that is deployed scores other languages than the run asks for.
pub fn open(local: bool, place: &Place, manifest: &Manifest, name: &str, global: &Global) -> Result<Opened> {
    if local {
        let live = settings::for_stack(global)?.settings.live;
        let (store, clock) = (Arc::clone(&place.store), Arc::new(SystemClock));
        let lang = &manifest.settings.lang;
        let delivery = Arc::new(LocalDelivery::new(store, clock, name, lang, &live));
        return Ok(Opened { delivery, notes: notes(&live) });
    }
    cloud(place, manifest)
}

/// What lines without a run mean for whoever sends them.
fn notes(live: &Live) -> Vec<String> {
    match live.include {
        Include::Row => Vec::new(),
        Include::TextOnly => {
            let note = "live.include is text-only: what is delivered names no run, so `live verify` and `live load` \
                        cannot tell it from others";
            vec![note.to_owned()]
        }
    }
}

#[cfg(feature = "aws")]
fn cloud(place: &Place, manifest: &Manifest) -> Result<Opened> {
    use crate::aws::live::FirehoseDelivery;
    use crate::render;
    use crate::stack::names::Part;
    use crate::stack::port::Observe;

    let cloud = place.cloud.as_ref().ok_or_else(|| {
        Error::usage("a live run on AWS keeps its notes in a bucket").hint("leave --root out, or say --local")
    })?;
    let stream = cloud.delivery_stream();
    let delivery = Arc::new(place.wait(FirehoseDelivery::open(Arc::clone(&cloud.account), &stream))?);
    let template = place.wait(cloud.account.template(&cloud.names.stack(Part::Live)))?;
    // A template of one's own making says nothing of itself.
    let deployed = template.as_deref().and_then(render::settings_of);
    let Some(deployed) = deployed else { return Ok(Opened { delivery, notes: Vec::new() }) };
    same_languages(&deployed.live.lang, &manifest.settings.lang)?;
    Ok(Opened { delivery, notes: notes(&deployed.live) })
}

#[cfg(not(feature = "aws"))]
fn cloud(_: &Place, _: &Manifest) -> Result<Opened> {
    Err(Error::usage("this build does not reach AWS").hint("run the function here: --local"))
}

/// The function knows its languages by its environment, not by the records: a run that asks for others would be told
/// as something that it is not.
#[cfg_attr(not(feature = "aws"), allow(dead_code))]
fn same_languages(deployed: &[String], asked: &[String]) -> Result<()> {
    let sorted = |tags: &[String]| {
        let mut tags = tags.to_vec();
        tags.sort();
        tags
    };
    if sorted(deployed) == sorted(asked) {
        return Ok(());
    }
    let words = |tags: &[String]| if tags.is_empty() { "all".to_owned() } else { tags.join(",") };
    let (deployed, asked) = (words(deployed), words(asked));
    Err(Error::usage(format!("the deployed function scores lang {deployed}, and this run asks for {asked}"))
        .hint(format!(
            "ask for the same (--lang {deployed}), or change the function: `lang` in the settings file (or \
             SENTISTACK_LANG={asked}), then `sentistack stack up --only live`"
        )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_compared_in_any_order_and_named_as_they_are_typed() {
        let tags = |text: &[&str]| text.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>();
        assert_eq!(same_languages(&tags(&["en", "de"]), &tags(&["de", "en"])), Ok(()));
        let error = same_languages(&tags(&["en"]), &[]).unwrap_err();
        assert_eq!(error.message, "the deployed function scores lang en, and this run asks for all");
        assert!(error.hint.is_some_and(|hint| hint.contains("--lang en") && hint.contains("=all")));
    }
}
