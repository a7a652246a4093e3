//! The template engine: handlebars in strict mode, without HTML, with helpers that quote.

use std::sync::OnceLock;

use handlebars::{
    Context as Data, Handlebars, Helper, HelperResult, Output, RenderContext, RenderErrorReason, no_escape,
};

use super::context::Context;
use super::reader;
use crate::assets::{TEMPLATES, Template};
use crate::error::{Error, Result};
use crate::stack::names::Part;

const HINT: &str = "compare it with the built-in one, or leave `stack.templates` out";

/// Fills in the template of `part`; and whether every file of it was a built-in one.
pub(super) fn fill(
    part: Part,
    context: &Context,
    overrides: &dyn Fn(&str) -> Option<String>,
) -> Result<(String, bool)> {
    let own: Vec<(&str, String)> =
        TEMPLATES.iter().filter_map(|template| Some((template.path, overrides(template.path)?))).collect();
    let filled = match own.as_slice() {
        [] => built_in(part)?.render(part.as_str(), context),
        own => match registry(part, own, false)?.render(part.as_str(), context) {
            Ok(text) => Ok(text),
            // Again, to name the line: a built-in template fails where one of one's own includes it in the wrong place.
            Err(_) => registry(part, own, true)?.render(part.as_str(), context),
        },
    };
    filled.map(|text| (text, own.is_empty())).map_err(|error| {
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

/// The built-in templates of a stack, compiled once for the life of the process.
fn built_in(part: Part) -> Result<&'static Handlebars<'static>> {
    static BUILT_IN: [OnceLock<Result<Handlebars<'static>>>; 3] = [const { OnceLock::new() }; 3];
    let slot = match part {
        Part::Storage => &BUILT_IN[0],
        Part::Batch => &BUILT_IN[1],
        Part::Live => &BUILT_IN[2],
    };
    slot.get_or_init(|| registry(part, &[], false)).as_ref().map_err(Clone::clone)
}

/// The template of `part` and what it includes. With `lines`, an error can name its line in a built-in template too,
/// which takes ten times as long.
fn registry(part: Part, own: &[(&str, String)], lines: bool) -> Result<Handlebars<'static>> {
    let mut handlebars = Handlebars::new();
    handlebars.set_strict_mode(true);
    handlebars.register_escape_fn(no_escape);
    handlebars.register_helper("q", Box::new(quoted));
    handlebars.register_helper("sub", Box::new(substituted));
    let mut wanted = vec![part.as_str()];
    let mut at = 0;
    while let Some(name) = wanted.get(at).copied() {
        at += 1;
        let Some(template) = TEMPLATES.iter().find(|template| template.name() == name) else { continue };
        let given = own.iter().find(|(path, _)| *path == template.path);
        let text: &str = match given {
            Some((_, text)) => text,
            None => template.text,
        };
        for included in included(text) {
            let known = TEMPLATES.iter().map(Template::name).find(|name| *name == included);
            wanted.extend(known.filter(|name| !wanted.contains(name)));
        }
        if given.is_none()
            && !lines
            && let Some(read) = reader::read(name, text)
        {
            handlebars.register_template(name, read);
            continue;
        }
        handlebars.register_template_string(name, text).map_err(|error| {
            let line = error.pos().map(|(line, _)| format!(":{line}")).unwrap_or_default();
            Error::config(format!("template {}{line}: {}", template.path, error.reason()))
                .hint(HINT)
                .resource(template.path)
        })?;
    }
    Ok(handlebars)
}

/// The names in `{{> name}}`.
fn included(text: &str) -> impl Iterator<Item = &str> {
    memchr::memmem::find_iter(text.as_bytes(), "{{>").filter_map(|at| {
        let (inside, _) = text.get(at + 3..)?.split_once("}}")?;
        Some(inside.trim())
    })
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
