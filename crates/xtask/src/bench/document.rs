//! Puts a table between two marks of a document, leaving the words around it as they are.

use std::path::Path;

use crate::error::{Error, Result};

/// The lines before and after the table of `group`.
fn marks(group: &str) -> (String, String) {
    (format!("<!-- {group}:begin -->"), format!("<!-- {group}:end -->"))
}

pub fn write(path: &Path, group: &str, table: &str) -> Result<()> {
    let old = std::fs::read_to_string(path).map_err(|e| Error::io("read", path, &e))?;
    let new = replaced(&old, group, table).ok_or_else(|| {
        let (begin, end) = marks(group);
        Error::new(format!("{} has no place for the table", path.display()))
            .hint(format!("the lines {begin} and {end} say where it goes"))
    })?;
    std::fs::write(path, new).map_err(|e| Error::io("write", path, &e))?;
    println!("\nwritten into {}", path.display());
    Ok(())
}

fn replaced(old: &str, group: &str, table: &str) -> Option<String> {
    let (begin, end) = marks(group);
    let (before, rest) = old.split_once(&begin)?;
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}{begin}\n\n{table}\n\n{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_the_marks_changes() {
        let (begin, end) = marks("bench");
        let old = format!("# Title\n{begin}\nold\n{end}\nend\n");
        let new = replaced(&old, "bench", "| new |").unwrap();
        assert_eq!(new, format!("# Title\n{begin}\n\n| new |\n\n{end}\nend\n"));
        assert_eq!(replaced(&new, "bench", "| new |").unwrap(), new);
        assert_eq!(replaced(&new, "live", "x"), None);
        assert_eq!(replaced("no marks", "bench", "x"), None);
    }
}
