//! The live function's code, as `plan` and `up` hand it on: found, looked at, packed.

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

/// The code for the parts that are meant. A stack that has some keeps it where none is named and none is beside the tool.
///
/// # Errors
/// Where there is none, or one that Lambda would not run.
pub async fn of(session: &Session, parts: &[Part], flags: &StackFlags) -> Result<Code> {
    let live = &session.stack.settings.live;
    if !parts.contains(&Part::Live) {
        return Ok(Code::Deployed);
    }
    match live.package {
        Package::Zip => match Function::find(flags.function.as_deref(), live.architecture) {
            Ok(function) => Ok(Code::Zip(packed(&function)?)),
            Err(error) if flags.function.is_some() => Err(error),
            Err(error) => deployed(session, FUNCTION_KEY, error).await,
        },
        Package::Image => match &flags.image {
            Some(image) if image.contains("@sha256:") => Ok(Code::Image(image.clone())),
            Some(image) => Err(Error::usage(format!("--image {image} has no digest"))
                .hint("name it as `live package --push` does: repository@sha256:…; a tag can come to mean another image")),
            None => {
                let none = Error::usage("the function is to be an image, and none is named")
                    .hint("push it: `sentistack live package --push REPOSITORY`, then name it: --image REPOSITORY@sha256:…");
                deployed(session, IMAGE_URI, none).await
            }
        },
    }
}

/// Nothing new, where something is deployed already.
async fn deployed(session: &Session, parameter: &str, error: Error) -> Result<Code> {
    let stack = session.account.stack(&session.names.stack(Part::Live)).await?;
    let has = stack.is_some_and(|stack| stack.parameters.get(parameter).is_some_and(|key| !key.is_empty()));
    if has { Ok(Code::Deployed) } else { Err(error) }
}

fn packed(function: &Function) -> Result<Upload> {
    let body = zip::pack(&function.bytes)?;
    Ok(Upload { key: format!("functions/{}.zip", Digest::of(&body).hex()), body: Arc::new(body) })
}
