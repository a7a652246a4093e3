//! Puts a table between two marks of a document, leaving the words around it as they are.

use std::path::Path;

use crate::error::{Error, Result};

/// Puts `table` between the marks of `name`: `<!-- bench:begin -->` and `<!-- bench:end -->`.
pub fn write(path: &Path, name: &str, table: &str) -> Result<()> {
    let old = std::fs::read_to_string(path).map_err(|e| Error::io("read", path, &e))?;
    let new = replaced(&old, name, table).ok_or_else(|| {
        let (begin, end) = marks(name);
        Error::new(format!("{} has no place for the table", path.display()))
            .hint(format!("the lines {begin} and {end} say where it goes"))
    })?;
    std::fs::write(path, new).map_err(|e| Error::io("write", path, &e))?;
    println!("\nwritten into {}", path.display());
    Ok(())
}

fn marks(name: &str) -> (String, String) {
    (format!("<!-- {name}:begin -->"), format!("<!-- {name}:end -->"))
}

fn replaced(old: &str, name: &str, table: &str) -> Option<String> {
    let (begin, end) = marks(name);
    let (before, rest) = old.split_once(&begin)?;
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}{begin}\n\n{table}\n\n{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_the_marks_changes() {
        let old = "# Title\n<!-- a:begin -->\nold\n<!-- a:end -->\nmid\n<!-- b:begin --><!-- b:end -->\n";
        let new = replaced(old, "a", "| new |").unwrap();
        let wanted =
            "# Title\n<!-- a:begin -->\n\n| new |\n\n<!-- a:end -->\nmid\n<!-- b:begin --><!-- b:end -->\n";
        assert_eq!(new, wanted);
        assert_eq!(replaced(&new, "a", "| new |").unwrap(), new);
        assert_eq!(replaced("no marks", "a", "x"), None);
    }
}
