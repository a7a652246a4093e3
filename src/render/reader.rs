//! A built-in template as the engine has it once it is compiled, read without the engine's grammar: that goes letter by
//! letter and counts lines from the start at every tag, which was nine tenths of `stack render`. It knows as much of
//! handlebars as the built-in templates use, and gives up where there is more.

use std::collections::HashMap;

use handlebars::template::{
    DecoratorTemplate, ExpressionSpec, ExpressionSpecBuilder, HelperTemplate, Parameter, TemplateElement,
};
use handlebars::{Path, PathSeg, Template};

/// The template; `None` where something in it is for the engine's own compiler. It has no line numbers for errors:
/// built-in templates have none to name.
pub(super) fn read(name: &str, text: &str) -> Option<Template> {
    let mut reader = Reader { text, here: Template::new(), around: Vec::new(), alone: false };
    let mut at = 0;
    while let Some(found) = memchr::memmem::find(text.get(at..)?.as_bytes(), b"{{") {
        reader.text(text.get(at..at + found)?)?;
        let tag = Tag::read(text, at + found)?;
        at = tag.end;
        reader.tag(&tag)?;
    }
    reader.text(text.get(at..)?)?;
    let mut template = reader.around.is_empty().then_some(reader.here)?;
    template.name = Some(name.to_owned());
    Some(template)
}

struct Reader<'t> {
    text: &'t str,
    /// What is being read: the template itself, or a branch of the innermost block.
    here: Template,
    /// The blocks that are open, outermost first, each with what was read around it before.
    around: Vec<(Template, HelperTemplate)>,
    /// Whether the tag before stood alone on its line: then that line's break is no text.
    alone: bool,
}

impl Reader<'_> {
    /// Text between tags.
    fn text(&mut self, text: &str) -> Option<()> {
        // A backslash escapes a tag.
        if text.ends_with('\\') {
            return None;
        }
        if !text.is_empty() {
            let alone = std::mem::take(&mut self.alone);
            let text = text.strip_prefix('\n').filter(|_| alone).unwrap_or(text);
            self.here.elements.push(TemplateElement::RawString(text.to_owned()));
        }
        Some(())
    }

    fn tag(&mut self, tag: &Tag<'_>) -> Option<()> {
        match (tag.sign, tag.words.as_slice()) {
            (None, ["else"]) => {
                self.alone = self.stands_alone(tag)?;
                let (_, block) = self.around.last_mut().filter(|(_, block)| block.template.is_none())?;
                block.template = Some(std::mem::take(&mut self.here));
            }
            (None, [path]) => self.expression(spec(parameter(path)?, &[])?),
            (None, [helper, params @ ..]) => self.expression(spec(identifier(helper)?, params)?),
            (Some('#'), [helper, params @ ..]) => {
                self.alone = self.stands_alone(tag)?;
                let block = HelperTemplate::new(spec(identifier(helper)?, params)?, true, self.alone);
                self.around.push((std::mem::take(&mut self.here), block));
            }
            (Some('/'), [helper]) => {
                self.alone = self.stands_alone(tag)?;
                let (around, mut block) = self.around.pop()?;
                let branch = std::mem::replace(&mut self.here, around);
                match block.template {
                    None => block.template = Some(branch),
                    Some(_) => block.inverse = Some(branch),
                }
                if block.name.as_name() != Some(*helper) {
                    return None;
                }
                self.here.elements.push(TemplateElement::HelperBlock(Box::new(block)));
            }
            (Some('>'), [partial]) => {
                self.alone = self.stands_alone(tag).filter(|alone| *alone)?;
                let included = DecoratorTemplate::new(spec(identifier(partial)?, &[])?, self.alone);
                self.here.elements.push(TemplateElement::PartialExpression(Box::new(included)));
            }
            _ => return None,
        }
        Some(())
    }

    fn expression(&mut self, spec: ExpressionSpec) {
        let expression = HelperTemplate::new(spec, false, false);
        self.here.elements.push(TemplateElement::Expression(Box::new(expression)));
    }

    /// Whether nothing else is on the tag's line; `None` where blanks are, which the engine would drop.
    fn stands_alone(&self, tag: &Tag<'_>) -> Option<bool> {
        let before = self.text.get(..tag.start)?.rsplit('\n').next()?;
        let after = self.text.get(tag.end..)?.split('\n').next()?;
        match (before, after) {
            ("", "") => Some(true),
            (before, after) if before.trim().is_empty() && after.trim().is_empty() => None,
            _ => Some(false),
        }
    }
}

/// `{{#if has.emr}}`: the sign `#`, and the words `if` and `has.emr`.
struct Tag<'t> {
    sign: Option<char>,
    words: Vec<&'t str>,
    /// Bytes of the text, from the first brace to behind the last.
    start: usize,
    end: usize,
}

impl<'t> Tag<'t> {
    fn read(text: &'t str, start: usize) -> Option<Self> {
        let inside = text.get(start..)?.strip_prefix("{{")?;
        let sign = inside.chars().next().filter(|sign| ['#', '/', '>'].contains(sign));
        let mut rest = inside.get(sign.map_or(0, char::len_utf8)..)?;
        let mut words = Vec::new();
        loop {
            rest = rest.trim_start_matches(' ');
            if let Some(behind) = rest.strip_prefix("}}") {
                return Some(Self { sign, words, start, end: text.len() - behind.len() });
            }
            let length = match rest.chars().next()? {
                quote @ ('"' | '\'') => rest.get(1..)?.find(quote)? + 2,
                _ => rest.find([' ', '}'])?,
            };
            words.push(rest.get(..length).filter(|word| !word.is_empty())?);
            rest = rest.get(length..)?;
        }
    }
}

fn spec(name: Parameter, params: &[&str]) -> Option<ExpressionSpec> {
    let params = params.iter().map(|word| parameter(word)).collect::<Option<Vec<_>>>()?;
    let mut spec = ExpressionSpecBuilder::default();
    spec.name(name).params(params).hash(HashMap::new()).omit_pre_ws(false).omit_pro_ws(false);
    spec.build().ok()
}

/// The name of a helper or of a template.
fn identifier(word: &str) -> Option<Parameter> {
    is_name(word).then(|| Parameter::Name(word.to_owned()))
}

/// A string, or a path into the settings: `"/emr"`, `emr.release`, `@root.name`.
fn parameter(word: &str) -> Option<Parameter> {
    if let Some(quote @ ('"' | '\'')) = word.chars().next() {
        let string = word.strip_prefix(quote)?.strip_suffix(quote)?;
        let is_plain = !string.contains(|c: char| c == '\\' || c.is_control());
        return is_plain.then(|| Parameter::Literal(string.into()));
    }
    if let Some(path) = word.strip_prefix("@root.") {
        path.split('.').all(is_name).then_some(())?;
        return Some(Parameter::Path(Path::parse(word).ok()?));
    }
    word.split('.').all(is_name).then_some(())?;
    // What it is of is not said in the path.
    let names = word.split('.').filter(|name| *name != "this");
    let names = names.map(|name| PathSeg::Named(name.to_owned())).collect();
    Some(Parameter::Path(Path::Relative((names, word.to_owned()))))
}

/// A letter, then letters, digits and underscores; no word that stands for something else.
fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_alphabetic())
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !["as", "else", "true", "false", "null"].contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assets::TEMPLATES;

    /// Neither has lines then.
    fn without_lines(mut template: Template) -> Template {
        template.mapping.clear();
        for element in &mut template.elements {
            let TemplateElement::HelperBlock(block) = element else { continue };
            block.template = block.template.take().map(without_lines);
            block.inverse = block.inverse.take().map(without_lines);
        }
        template
    }

    fn compiled(name: &str, text: &str) -> Template {
        without_lines(Template::compile_with_name(text, name.to_owned()).unwrap())
    }

    #[test]
    fn every_built_in_template_is_what_the_engine_makes_of_it() {
        for template in TEMPLATES {
            let name = template.name();
            assert_eq!(read(name, template.text), Some(compiled(name, template.text)), "{name}");
        }
    }

    #[test]
    fn tags_within_a_line_at_the_start_and_at_the_end_are_too() {
        for text in [
            "",
            "a",
            "\n\n",
            "{{a}}",
            "{{a.b_2}}{{this}}{{this.b}}{{@root.c.d}}",
            "{{ q  a \"}} {{\" 'x\"y' \"\" }}\n",
            "{{#if a}}\nb\n{{else}}\nc\n{{/if}}",
            "{{#if a}}b{{else}}c{{/if}}{{#unless d}}{{/unless}}\n",
            "{{#each a}}\n\n{{#if this.b}}\n{{/if}}\n\n{{/each}}\n\n{{> c}}\n{{> d}}",
            "a: {{#if a}}\n  b{{/if}}\n{{#if c}} d\n{{/if}}",
        ] {
            assert_eq!(read("t", text), Some(compiled("t", text)), "{text}");
        }
    }

    #[test]
    fn what_it_does_not_know_is_left_to_the_engine() {
        for text in [
            "\\{{a}}",
            "{{{a}}}",
            "{{&a}}",
            "{{~a}}",
            "{{a~}}",
            "{{!a}}",
            "{{!-- a --}}",
            "{{a/b}}",
            "{{../a}}",
            "{{a.[b]}}",
            "{{@index}}",
            "{{q 5}}",
            "{{q true}}",
            "{{q a=b}}",
            "{{q (r a)}}",
            "{{q \"\\n\"}}",
            "  {{#if a}}\n{{/if}}",
            "{{#if a}} \n{{/if}}",
            "{{#if a}}{{else if b}}{{/if}}",
            "{{^}}",
            "{{*a}}",
            "{{#if a}}b{{else}}c{{else}}d{{/if}}",
            "{{#if a}}",
            "{{/if}}",
            "{{#if a}}{{/unless}}",
            "{{else}}",
            " {{> a}}",
            "{{> a b}}",
            "{{> a/b}}",
            "{{#each a as |b|}}{{/each}}",
            "{{",
            "{{a",
            "{{}}",
            "{{a}",
            "{{a }b}}",
            "{{q 'a}}",
            "{{#> a}}{{/a}}",
            "{{#*inline \"a\"}}{{/inline}}",
            "{{{{raw}}}}{{{{/raw}}}}",
        ] {
            assert_eq!(read("t", text), None, "{text}");
        }
    }
}
