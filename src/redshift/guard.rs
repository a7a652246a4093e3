//! Whether a statement only reads. Redshift itself would let its owner do anything.

use crate::error::{Error, Result};

/// Words that no statement which only reads has outside of names in quotes and texts.
const CHANGES: [&str; 22] = [
    "alter", "analyze", "begin", "call", "commit", "copy", "create", "delete", "drop", "execute", "grant",
    "insert", "into", "lock", "merge", "prepare", "revoke", "set", "truncate", "unload", "update", "vacuum",
];

/// The statement, without what follows its end.
///
/// # Errors
/// Of kind `Usage` for anything but one SELECT, WITH, SHOW or EXPLAIN.
pub fn read_only(sql: &str) -> Result<&str> {
    let refuse = |why: String| {
        Err(Error::usage(why).hint("sql reads: one SELECT over the tables tweet, sentiment, tweet_lang and run_stage (a name of these words goes in \"quotes\")"))
    };
    let statement = sql.trim().trim_end_matches(|c: char| c == ';' || c.is_whitespace());
    let bare = bare(statement);
    if bare.contains(';') {
        return refuse("only one statement can be run".to_owned());
    }
    let words: Vec<String> = bare
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    match words.first().map(String::as_str) {
        Some("select" | "with" | "show" | "explain") => {}
        Some(other) => return refuse(format!("{} is no statement that only reads", other.to_uppercase())),
        None => return refuse("there is no statement".to_owned()),
    }
    match words.iter().find(|word| CHANGES.contains(&word.as_str())) {
        Some(word) => refuse(format!("a statement with {} in it does not only read", word.to_uppercase())),
        None => Ok(statement),
    }
}

/// The statement without texts, names in quotes and comments: a space stands for each.
fn bare(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len());
    let mut rest = sql;
    while let Some(c) = rest.chars().next() {
        let end = match c {
            '\'' | '"' => quoted(rest, c),
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |at| at + 2),
            '$' if rest.starts_with("$$") => rest[2..].find("$$").map_or(rest.len(), |at| at + 4),
            _ => {
                out.push(c);
                rest = &rest[c.len_utf8()..];
                continue;
            }
        };
        out.push(' ');
        rest = &rest[end..];
    }
    out
}

/// Bytes of the quoted text that `rest` starts with; a quote in it is written twice.
fn quoted(rest: &str, quote: char) -> usize {
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == '\\' && quote == '\'' {
            chars.next();
        } else if c == quote {
            match chars.peek() {
                Some((_, next)) if *next == quote => {
                    chars.next();
                }
                _ => return at + 1,
            }
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_pass_whatever_their_texts_say() {
        for sql in [
            "SELECT 1",
            "select 'drop table tweet; --' from tweet;",
            "with a as (select 1) select * from a -- delete",
            "SELECT \"update\", 'it''s' FROM t /* insert */ ;\n",
            "explain select 1",
        ] {
            assert!(read_only(sql).is_ok(), "{sql}");
        }
        assert_eq!(read_only(" select 1 ; ").unwrap(), "select 1");
    }

    #[test]
    fn what_changes_anything_is_refused() {
        for sql in [
            "",
            "-- nothing",
            "drop table tweet",
            "select 1; drop table tweet",
            "select * into t2 from tweet",
            "with a as (delete from tweet) select 1",
            "UNLOAD ('select 1') TO 's3://x'",
            "select 'a\\'; drop table tweet; --'; delete from tweet",
            "set x = 1",
        ] {
            assert_eq!(read_only(sql).unwrap_err().kind, crate::error::ErrorKind::Usage, "{sql}");
        }
    }
}
