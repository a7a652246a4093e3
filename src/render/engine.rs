//! The template engine: handlebars in strict mode, without HTML, with helpers that quote.

use std::sync::OnceLock;

use handlebars::{
    Context as Data, Handlebars, Helper, HelperResult, Output, RenderContext, RenderErrorReason, no_escape,
};

use super::context::Context;
use crate::assets::TEMPLATES;
use crate::error::{Error, Result};
use crate::stack::names::Part;

const HINT: &str = "compare it with the built-in one, or leave `stack.templates` out";

/// Fills in the template of `part`.
pub(super) fn fill(
    part: Part,
    context: &Context,
    overrides: &dyn Fn(&str) -> Option<String>,
) -> Result<String> {
    let own: Vec<(&str, String)> =
        TEMPLATES.iter().filter_map(|template| Some((template.path, overrides(template.path)?))).collect();
    let filled = if own.is_empty() {
        built_in()?.render(part.as_str(), context)
    } else {
        registry(&own)?.render(part.as_str(), context)
    };
    filled.map_err(|error| {
        let name = error.template_name.as_deref().unwrap_or(part.as_str());
        let line = error.line_no.map(|line| format!(":{line}")).unwrap_or_default();
        let reason = match error.reason() {
            RenderErrorReason::MissingVariable(Some(variable)) => {
                format!("there is no setting {variable} to fill in")
            }
            reason => reason.to_string(),
        };
        Error::config(format!("template {}{line}: {reason}", path_of(name)))
            .hint(HINT)
            .resource(path_of(name))
    })
}

/// The built-in templates, compiled once for the life of the process.
fn built_in() -> Result<&'static Handlebars<'static>> {
    static BUILT_IN: OnceLock<Result<Handlebars<'static>>> = OnceLock::new();
    BUILT_IN.get_or_init(|| registry(&[])).as_ref().map_err(Clone::clone)
}

fn registry(own: &[(&str, String)]) -> Result<Handlebars<'static>> {
    let mut handlebars = Handlebars::new();
    handlebars.set_strict_mode(true);
    handlebars.register_escape_fn(no_escape);
    handlebars.register_helper("q", Box::new(quoted));
    handlebars.register_helper("sub", Box::new(substituted));
    for template in TEMPLATES {
        let text = own.iter().find(|(path, _)| *path == template.path);
        let text = text.map_or(template.text, |(_, text)| text.as_str());
        handlebars.register_template_string(template.name(), text).map_err(|error| {
            let line = error.pos().map(|(line, _)| format!(":{line}")).unwrap_or_default();
            Error::config(format!("template {}{line}: {}", template.path, error.reason()))
                .hint(HINT)
                .resource(template.path)
        })?;
    }
    Ok(handlebars)
}

fn path_of(name: &str) -> String {
    TEMPLATES
        .iter()
        .find(|template| template.name() == name)
        .map_or_else(|| name.to_owned(), |template| template.path.to_owned())
}

/// `{{q a b}}`: the parameters, one after the other, as one quoted string of YAML.
fn quoted(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Data,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    out.write(&quote(&joined(helper)?))?;
    Ok(())
}

/// `{{sub a b}}`: the same as `!Sub`, so that `${AWS::AccountId}` in it is filled in by CloudFormation.
fn substituted(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Data,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    out.write("!Sub ")?;
    out.write(&quote(&joined(helper)?))?;
    Ok(())
}

fn joined(helper: &Helper<'_>) -> std::result::Result<String, RenderErrorReason> {
    let mut text = String::new();
    for param in helper.params() {
        if param.is_value_missing() {
            return Err(RenderErrorReason::MissingVariable(param.relative_path().cloned()));
        }
        match param.value() {
            serde_json::Value::String(part) => text.push_str(part),
            other => text.push_str(&other.to_string()),
        }
    }
    Ok(text)
}

/// JSON's strings are YAML's double-quoted ones.
fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
