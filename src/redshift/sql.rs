//! Fills values into statements. Placeholders are psql's, so that a file can be tried by hand: `:'name'` is a string,
//! `:"name"` an identifier, `:name` a number.

use crate::assets::STATEMENTS;
use crate::error::{Error, Result};

/// What a placeholder stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value<'a> {
    /// In a string, or in an identifier: the placeholder's own quotes say which.
    Text(&'a str),
    Number(i64),
}

/// The statement `name` with its values in place and without its comments.
///
/// # Errors
/// If there is no such statement, or a placeholder without a value, or a value that cannot stand in SQL.
pub(super) fn fill(name: &str, values: &[(&str, Value<'_>)]) -> Result<String> {
    let statement = STATEMENTS.iter().find(|statement| statement.name == name);
    let statement = statement.ok_or_else(|| Error::failed(format!("there is no statement {name}")))?;
    let lines: Vec<&str> =
        statement.text.lines().filter(|line| !line.trim_start().starts_with("--")).collect();
    filled(&lines.join("\n"), values).map_err(|problem| {
        Error::failed(format!("redshift/{name}.sql cannot be filled in: {problem}")).resource(name)
    })
}

fn filled(text: &str, values: &[(&str, Value<'_>)]) -> std::result::Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find([':', '\'']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        // A string of the statement's own, and a cast, stay as they are.
        let own = if let Some(inner) = from.strip_prefix('\'') {
            inner.find('\'').map(|end| end + 2).ok_or("a string does not end")?
        } else if from.starts_with("::") {
            2
        } else {
            0
        };
        if own > 0 {
            out.push_str(&from[..own]);
            rest = &from[own..];
            continue;
        }
        let (placeholder, after) = placeholder(&from[1..]).ok_or("a colon that begins no placeholder")?;
        let found = values.iter().find(|(name, _)| *name == placeholder.name);
        let (_, value) = found.ok_or_else(|| format!("{} has no value", placeholder.name))?;
        out.push_str(&written(placeholder, *value)?);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

#[derive(Clone, Copy)]
struct Placeholder<'a> {
    name: &'a str,
    quote: Option<char>,
}

/// The placeholder that `text` begins with, its colon already read, and what follows it.
fn placeholder(text: &str) -> Option<(Placeholder<'_>, &str)> {
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'));
    let inner = &text[quote.map_or(0, char::len_utf8)..];
    let end = inner.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(inner.len());
    let (name, after) = inner.split_at(end);
    let after = match quote {
        Some(quote) => after.strip_prefix(quote)?,
        None => after,
    };
    (!name.is_empty()).then_some((Placeholder { name, quote }, after))
}

fn written(placeholder: Placeholder<'_>, value: Value<'_>) -> std::result::Result<String, String> {
    match (placeholder.quote, value) {
        (Some('\''), Value::Text(text)) => string(text).ok_or_else(|| nul(placeholder.name)),
        (Some(_), Value::Text(text)) => identifier(text).ok_or_else(|| nul(placeholder.name)),
        (None, Value::Number(number)) => Ok(number.to_string()),
        _ => Err(format!("{} is of another kind", placeholder.name)),
    }
}

fn nul(name: &str) -> String {
    format!("the value of {name} holds a NUL character")
}

/// A string of Redshift SQL. A backslash escapes in it, other than in PostgreSQL of today.
fn string(text: &str) -> Option<String> {
    let quoted = || format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''"));
    (!text.contains('\0')).then(quoted)
}

/// An identifier. Redshift folds it to lower case, quoted or not.
fn identifier(text: &str) -> Option<String> {
    (!text.contains('\0') && !text.is_empty()).then(|| format!("\"{}\"", text.replace('"', "\"\"")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_stands_in_quotes_cannot_leave_them() {
        assert_eq!(string(r"it's").unwrap(), "'it''s'");
        assert_eq!(string(r"\'; DROP TABLE tweet; --").unwrap(), r"'\\''; DROP TABLE tweet; --'");
        assert_eq!(identifier(r#"a"b"#).unwrap(), r#""a""b""#);
        assert_eq!(string("a\0b"), None);
        assert_eq!(identifier(""), None);
    }

    #[test]
    fn each_placeholder_takes_its_own_kind() {
        let values = [("a", Value::Text("x'y")), ("n", Value::Number(-3))];
        assert_eq!(
            filled("SELECT :'a', :\"a\", :n, 'auto:x', b::int", &values).unwrap(),
            "SELECT 'x''y', \"x'y\", -3, 'auto:x', b::int"
        );
        for (text, problem) in [
            ("SELECT :'missing'", "missing has no value"),
            ("SELECT :a", "a is of another kind"),
            ("SELECT :'n'", "n is of another kind"),
            ("SELECT : 1", "a colon that begins no placeholder"),
            ("SELECT 'open", "a string does not end"),
        ] {
            assert_eq!(filled(text, &values).unwrap_err(), problem, "{text}");
        }
    }

    #[test]
    fn a_statement_that_is_not_there_is_an_error() {
        assert!(fill("no-such", &[]).is_err());
    }

    proptest! {
        /// Redshift's reading of a string: a backslash takes the next character as it is, two quotes are one.
        #[test]
        fn redshift_reads_back_what_was_meant(text in "[^\0]{0,40}") {
            let sql = string(&text).unwrap();
            let inner = &sql[1..sql.len() - 1];
            let (mut read, mut chars) = (String::new(), inner.chars());
            while let Some(c) = chars.next() {
                match c {
                    '\\' => read.push(chars.next().unwrap()),
                    '\'' => { prop_assert_eq!(chars.next(), Some('\'')); read.push('\''); }
                    other => read.push(other),
                }
            }
            prop_assert_eq!(read, text);
        }
    }
}
