//! The functions' code, as `plan` and `up` hand it on: found, looked at, packed.

use std::sync::Arc;

use super::StackFlags;
use super::open::Session;
use crate::cli::live::function::Function;
use crate::config::stack::settings::Package;
use crate::error::{Error, Result};
use crate::live::package::{Digest, zip};
use crate::stack::change::Upload;
use crate::stack::names::Part;
use crate::stack::plan::{Code, FUNCTION_KEY, IMAGE_URI};
use crate::stack::port::Observe;
use crate::stack::state::StackState;

/// The code for the parts that are meant. A stack that has some keeps it where none is named and none is beside the tool.
///
/// # Errors
/// Where there is none, or one that Lambda would not run.
pub async fn of(session: &Session, parts: &[Part], flags: &StackFlags) -> Result<Code> {
    let settings = &session.stack.settings;
    let live = &settings.live;
    let has_function =
        parts.contains(&Part::Live) || parts.contains(&Part::Batch) && settings.scorer.is_some();
    if !has_function {
        return Ok(Code::Deployed);
    }
    match live.package {
        Package::Zip => match Function::find(flags.function.as_deref(), live.architecture) {
            Ok(function) => Ok(Code::Zip(packed(&function)?)),
            Err(error) if flags.function.is_some() => Err(error),
            Err(error) => deployed(session, parts, FUNCTION_KEY, error).await,
        },
        Package::Image => match &flags.image {
            Some(image) if image.contains("@sha256:") => Ok(Code::Image(image.clone())),
            Some(image) => Err(Error::usage(format!("--image {image} has no digest"))
                .hint("name it as `live package --push` does: repository@sha256:…; a tag can come to mean another image")),
            None => {
                let none = Error::usage("the function is to be an image, and none is named")
                    .hint("push it: `sentistack live package --push REPOSITORY`, then name it: --image REPOSITORY@sha256:…");
                deployed(session, parts, IMAGE_URI, none).await
            }
        },
    }
}

/// Nothing new, where every part that has a function has its code already.
async fn deployed(session: &Session, parts: &[Part], parameter: &str, error: Error) -> Result<Code> {
    for part in [Part::Batch, Part::Live] {
        let has_function = part == Part::Live || session.stack.settings.scorer.is_some();
        if !parts.contains(&part) || !has_function {
            continue;
        }
        let stack = session.account.stack(&session.names.stack(part)).await?;
        let is_there =
            |stack: &StackState| stack.parameters.get(parameter).is_some_and(|key| !key.is_empty());
        if !stack.as_ref().is_some_and(is_there) {
            return Err(error);
        }
    }
    Ok(Code::Deployed)
}

fn packed(function: &Function) -> Result<Upload> {
    let body = zip::pack(&function.bytes)?;
    Ok(Upload { key: format!("functions/{}.zip", Digest::of(&body).hex()), body: Arc::new(body) })
}
