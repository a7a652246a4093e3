//! CloudFormation templates from settings. Pure: it knows no file, no account and no clock; whoever calls it
//! brings the templates that take the place of the built-in ones.

mod check;
mod compact;
mod context;
mod dashboard;
mod engine;
mod functions;
mod reader;
mod stamp;

pub use check::{Finding, check, through_bucket};
pub use stamp::{settings_of, stamped};

use serde_yaml::Value;

use crate::config::StackSettings;
use crate::config::stack::settings::Provision;
use crate::error::{Error, Result};
use crate::stack::names::Part;

use context::Context;

/// The stacks that the settings want, in the order in which they come up.
pub fn parts(settings: &StackSettings) -> Vec<Part> {
    Part::ALL.into_iter().filter(|part| *part != Part::Live || settings.live.enabled).collect()
}

/// A rendered template.
#[derive(Clone, Debug)]
pub struct Rendered {
    pub part: Part,
    pub text: String,
    /// As it was read back; built-in templates are not, the tests hold those.
    value: Option<Value>,
}

impl Rendered {
    /// How many resources it has.
    pub fn resources(&self) -> usize {
        match &self.value {
            Some(value) => resources(value),
            None => entries(&self.text, "Resources:"),
        }
    }

    /// Everything that speaks against sending it.
    pub fn findings(&self) -> Vec<Finding> {
        self.value.as_ref().map(|value| check::check_value(&self.text, value)).unwrap_or_default()
    }

    /// Whether it is too large for CloudFormation's call itself, as it is sent.
    pub fn through_bucket(&self, settings: &StackSettings) -> bool {
        through_bucket(&stamped(&self.text, settings))
    }
}

/// The template of one stack. The same settings give the same bytes.
///
/// `overrides` is asked for each template by its path (`batch.yaml.hbs`, `partials/network.yaml.hbs`): what it
/// gives takes the place of the built-in one.
///
/// # Errors
/// Of kind `Config`, naming the file and the line: a template that cannot be compiled or filled in, or whose
/// result is no YAML. Only templates of one's own can be so.
pub fn rendered(
    part: Part,
    settings: &StackSettings,
    overrides: &dyn Fn(&str) -> Option<String>,
) -> Result<Rendered> {
    let context = Context::of(part, settings)?;
    let (text, built_in) = engine::fill(part, &context, overrides)?;
    let value = if built_in { None } else { Some(parse(part, &text)?) };
    Ok(Rendered { part, text, value })
}

/// The text of [`rendered`].
///
/// # Errors
/// The same.
pub fn render(
    part: Part,
    settings: &StackSettings,
    overrides: &dyn Fn(&str) -> Option<String>,
) -> Result<String> {
    Ok(rendered(part, settings, overrides)?.text)
}

/// The template as a value; CloudFormation's short tags (`!Sub`) stay tags.
///
/// # Errors
/// Of kind `Config` where it is no YAML or no mapping.
fn parse(part: Part, text: &str) -> Result<Value> {
    let file = format!("{part}.yaml");
    let broken = |reason: String| {
        Error::config(format!("the rendered {file} is no template: {reason}"))
            .hint("look at it with `sentistack stack render --stdout`; strings are written with the helper q")
            .resource(&file)
    };
    let value: Value = serde_yaml::from_str(text).map_err(|error| {
        let place = error.location().map(|at| format!("{file}:{}: ", at.line())).unwrap_or_default();
        let near = error.location().and_then(|at| text.lines().nth(at.line().saturating_sub(1)));
        let near = near.map(|line| format!(", near `{}`", line.trim())).unwrap_or_default();
        broken(format!("{place}{error}{near}"))
    })?;
    match value.get("Resources").is_some_and(Value::is_mapping) {
        true => Ok(value),
        false => Err(broken("it has no Resources".to_owned())),
    }
}

/// Entries of a section, in the form that the built-in templates are written in.
fn entries(text: &str, section: &str) -> usize {
    let body = text.lines().skip_while(|line| *line != section).skip(1);
    body.take_while(|line| line.is_empty() || line.starts_with([' ', '#']))
        .filter(|line| line.starts_with("  ") && !line.starts_with("   ") && !line.starts_with("  #"))
        .count()
}

/// How many resources a template has.
fn resources(template: &Value) -> usize {
    template.get("Resources").and_then(Value::as_mapping).map_or(0, serde_yaml::Mapping::len)
}

/// Whether the batch stack has a network of its own.
fn wants_network(settings: &StackSettings) -> bool {
    use crate::config::stack::settings::Network;
    settings.spark == Provision::Cluster
        || settings.redshift != Provision::None
        || settings.grafana
        || (settings.spark == Provision::Serverless && settings.network == Network::Private)
}
