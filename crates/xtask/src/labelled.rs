//! Files of labelled posts: one JSON document a line, plain or compressed.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use serde::Deserialize;

use crate::error::{Error, Result};

/// One line. Posts without a label are read too, for their text.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Line {
    pub text: String,
    #[serde(default)]
    pub label: Option<String>,
    #[serde(default)]
    pub split: Option<String>,
}

/// All lines of a file, in its order.
pub fn read(path: &Path) -> Result<Vec<Line>> {
    let file = std::fs::File::open(path).map_err(|e| Error::io("open", path, &e))?;
    let compressed = path.extension().is_some_and(|extension| extension == "gz");
    let input: Box<dyn Read> =
        if compressed { Box::new(flate2::read::MultiGzDecoder::new(file)) } else { Box::new(file) };
    let mut lines = Vec::new();
    for (at, line) in BufReader::new(input).lines().enumerate() {
        let line = line.map_err(|e| Error::io("read", path, &e))?;
        if line.trim().is_empty() {
            continue;
        }
        let parsed = serde_json::from_str(&line)
            .map_err(|e| Error::new(format!("{}, line {}: {e}", path.display(), at + 1)))?;
        lines.push(parsed);
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn plain_and_compressed_files_read_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let text = "{\"text\":\"a\",\"label\":\"neutral\",\"split\":\"train\"}\n\n{\"text\":\"b\"}\n";
        let plain = dir.path().join("a.jsonl");
        std::fs::write(&plain, text).unwrap();
        let compressed = dir.path().join("a.jsonl.gz");
        let mut encoder = flate2::write::GzEncoder::new(
            std::fs::File::create(&compressed).unwrap(),
            flate2::Compression::fast(),
        );
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap();
        let lines = read(&plain).unwrap();
        assert_eq!(lines, read(&compressed).unwrap());
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[1].label, None);
    }

    #[test]
    fn a_bad_line_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.jsonl");
        std::fs::write(&path, "{\"text\":\"a\"}\nno\n").unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("line 2"));
    }
}
