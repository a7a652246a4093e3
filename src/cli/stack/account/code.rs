//! What `plan` and `up` hand on with the stacks: the functions' code, found, looked at and packed, and the program
//! of its endpoint's hosts.

use std::path::Path;
use std::sync::Arc;

use super::StackFlags;
use super::open::Session;
use crate::cli::live::function::Function;
use crate::cli::program::Program;
use crate::config::choice::Choice;
use crate::config::stack::settings::{Architecture, Endpoint, Package};
use crate::error::{Error, Result};
use crate::live::package::{Digest, zip};
use crate::stack::change::Upload;
use crate::stack::names::Part;
use crate::stack::plan::{Brought, ENDPOINT_KEY, FUNCTION_KEY, IMAGE_URI};
use crate::stack::port::Observe;
use crate::stack::program;
use crate::stack::state::StackState;

/// What goes with the parts that are meant. What is deployed stays where nothing is named and nothing is beside the tool.
///
/// # Errors
/// Where there is none, or one that does not run there.
pub async fn of(session: &Session, parts: &[Part], flags: &StackFlags) -> Result<Vec<Brought>> {
    let settings = &session.stack.settings;
    let live = &settings.live;
    let has_function = |part: &Part| match part {
        Part::Storage => false,
        Part::Batch => settings.scorer.is_some(),
        Part::Live => true,
    };
    let with_function: Vec<Part> = parts.iter().copied().filter(has_function).collect();
    let mut brought = Vec::new();
    if !with_function.is_empty() {
        let code = match live.package {
            Package::Zip => function(flags.function.as_deref(), live.architecture),
            Package::Image => image(flags.image.as_deref()),
        };
        brought.extend(or_deployed(session, &with_function, code).await?);
    }
    if parts.contains(&Part::Live) && live.endpoint == Endpoint::Ec2 {
        let program = endpoint(flags.binary.as_deref(), &live.endpoint_type);
        brought.extend(or_deployed(session, &[Part::Live], program).await?);
    }
    Ok(brought)
}

/// Why nothing is brought.
enum Not {
    /// What was named is wrong.
    Wrong(Error),
    /// Nothing was named, and what would be taken then is not there or does not fit: what is deployed of this parameter
    /// stays, if anything is.
    Unnamed(&'static str, Error),
}

/// Nothing new, where nothing is named and each of these parts has something deployed already.
async fn or_deployed(
    session: &Session,
    parts: &[Part],
    found: std::result::Result<Brought, Not>,
) -> Result<Option<Brought>> {
    let (parameter, error) = match found {
        Ok(brought) => return Ok(Some(brought)),
        Err(Not::Wrong(error)) => return Err(error),
        Err(Not::Unnamed(parameter, error)) => (parameter, error),
    };
    for part in parts {
        let stack = session.account.stack(&session.names.stack(*part)).await?;
        let is_there = |stack: StackState| stack.parameters.get(parameter).is_some_and(|key| !key.is_empty());
        if !stack.is_some_and(is_there) {
            return Err(error);
        }
    }
    Ok(None)
}

fn function(named: Option<&Path>, architecture: Architecture) -> std::result::Result<Brought, Not> {
    let not = |error| match named {
        Some(_) => Not::Wrong(error),
        None => Not::Unnamed(FUNCTION_KEY, error),
    };
    let function = Function::find(named, architecture).map_err(not)?;
    let body = zip::pack(&function.bytes).map_err(Not::Wrong)?;
    let key = format!("functions/{}.zip", Digest::of(&body).hex());
    let uploads = vec![Upload { key: key.clone(), body: Arc::new(body) }];
    Ok(Brought { parameter: FUNCTION_KEY, value: key, uploads })
}

fn image(named: Option<&str>) -> std::result::Result<Brought, Not> {
    match named {
        Some(image) if image.contains("@sha256:") => {
            Ok(Brought { parameter: IMAGE_URI, value: image.to_owned(), uploads: Vec::new() })
        }
        Some(image) => Err(Not::Wrong(
            Error::usage(format!("--image {image} has no digest")).hint(
                "name it as `live package --push` does: repository@sha256:…; a tag can come to mean another image",
            ),
        )),
        None => Err(Not::Unnamed(
            IMAGE_URI,
            Error::usage("the function is to be an image, and none is named").hint(
                "push it: `sentistack live package --push REPOSITORY`, then name it: --image REPOSITORY@sha256:…",
            ),
        )),
    }
}

/// The tool itself, or the build of it that is named: the endpoint is `sentistack serve`.
fn endpoint(named: Option<&Path>, instance_type: &str) -> std::result::Result<Brought, Not> {
    let not = |error: Error| match named {
        Some(_) => Not::Wrong(error),
        None => Not::Unnamed(ENDPOINT_KEY, error),
    };
    let found = Program::load(named).map_err(not)?;
    program::runs_on(instance_type, found.architecture).map_err(|wrong| {
        not(Error::usage(wrong).hint(format!(
            "set live.endpoint_type to one for {}, or {}",
            found.architecture.word(),
            program::hint(Some(Architecture::of_instance(instance_type)))
        )))
    })?;
    let uploads = vec![Upload { key: found.key.clone(), body: Arc::new(found.bytes) }];
    Ok(Brought { parameter: ENDPOINT_KEY, value: found.key, uploads })
}
