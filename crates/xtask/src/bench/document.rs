//! Puts a table between two marks of a document, leaving the words around it as they are.

use std::path::Path;

use crate::error::{Error, Result};

const BEGIN: &str = "<!-- bench:begin -->";
const END: &str = "<!-- bench:end -->";

pub fn write(path: &Path, table: &str) -> Result<()> {
    let old = std::fs::read_to_string(path).map_err(|e| Error::io("read", path, &e))?;
    let new = replaced(&old, table).ok_or_else(|| {
        Error::new(format!("{} has no place for the table", path.display()))
            .hint(format!("the lines {BEGIN} and {END} say where it goes"))
    })?;
    std::fs::write(path, new).map_err(|e| Error::io("write", path, &e))?;
    println!("\nwritten into {}", path.display());
    Ok(())
}

fn replaced(old: &str, table: &str) -> Option<String> {
    let (before, rest) = old.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n\n{table}\n\n{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_the_marks_changes() {
        let old = format!("# Title\n{BEGIN}\nold\n{END}\nend\n");
        let new = replaced(&old, "| new |").unwrap();
        assert_eq!(new, format!("# Title\n{BEGIN}\n\n| new |\n\n{END}\nend\n"));
        assert_eq!(replaced(&new, "| new |").unwrap(), new);
        assert_eq!(replaced("no marks", "x"), None);
    }
}
