//! The manifests that COPY reads: which files make up a table, and how long they are.

use serde::Serialize;

use crate::error::{Error, Result};
use crate::layout::RunLayout;

/// A file of a table, as it is in the bucket.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TableFile {
    /// `s3://bucket/key`, the whole of it.
    pub url: String,
    pub bytes: u64,
}

#[derive(Serialize)]
struct Manifest<'a> {
    entries: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    url: &'a str,
    /// Without it COPY passes over a file that is not there.
    mandatory: bool,
    meta: Meta,
}

/// A COPY of Parquet is refused without it.
#[derive(Serialize)]
struct Meta {
    content_length: u64,
}

/// Where the manifest of a table is, under the root: beside the tables, which are replaced as a whole.
pub fn key(layout: &RunLayout, model: &str, table: &str) -> String {
    format!("{}/load/{model}/{table}.manifest", layout.dir())
}

/// The manifest of `files`, in order of name.
///
/// # Errors
/// If there is no file, which COPY refuses: leave the COPY out then.
pub fn bytes(files: &[TableFile]) -> Result<Vec<u8>> {
    if files.is_empty() {
        return Err(Error::failed("a manifest for COPY needs a file at least"));
    }
    let mut files: Vec<&TableFile> = files.iter().collect();
    files.sort_unstable();
    let entries = files
        .iter()
        .map(|file| Entry { url: &file.url, mandatory: true, meta: Meta { content_length: file.bytes } })
        .collect();
    serde_json::to_vec_pretty(&Manifest { entries })
        .map_err(|error| Error::failed("the manifest for COPY cannot be written as JSON").because(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_with_its_length_in_order() {
        let file = |part: &str, bytes| TableFile { url: format!("s3://b/t/{part}.parquet"), bytes };
        let made = bytes(&[file("part-0001", 7), file("part-0000", 123)]).unwrap();
        let read: serde_json::Value = serde_json::from_slice(&made).unwrap();
        let expected = serde_json::json!({"entries": [
            {"url": "s3://b/t/part-0000.parquet", "mandatory": true, "meta": {"content_length": 123}},
            {"url": "s3://b/t/part-0001.parquet", "mandatory": true, "meta": {"content_length": 7}},
        ]});
        assert_eq!(read, expected);
        assert!(bytes(&[]).is_err());
        assert_eq!(key(&RunLayout::new("r"), "embedded", "tweet"), "runs/r/load/embedded/tweet.manifest");
    }
}
