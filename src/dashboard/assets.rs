//! The page's files, built into the tool, compressed once. Their paths carry a version that changes with any of them, so
//! a browser may keep them for good.

use std::fmt::Write as _;
use std::io::{Read, Write};

use axum::body::Bytes;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use super::refusal::Refusal;
use crate::error::{Error, Result};

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// What stands in the page for the folder of the version.
const FOLDER: &str = "{{assets}}";

/// See `vendor/echarts/README.md`.
const ECHARTS: &[u8] = include_bytes!("vendor/echarts/echarts.min.js.gz");
const INDEX: &str = include_str!("page/index.html");
const STYLE: &str = include_str!("page/page.css");

const SCRIPTS: &[(&str, &str)] = &[
    ("main.js", include_str!("page/main.js")),
    ("charts.js", include_str!("page/charts.js")),
    ("data.js", include_str!("page/data.js")),
    ("filters.js", include_str!("page/filters.js")),
    ("format.js", include_str!("page/format.js")),
    ("live.js", include_str!("page/live.js")),
    ("panels.js", include_str!("page/panels.js")),
    ("reader.js", include_str!("page/reader.js")),
    ("table.js", include_str!("page/table.js")),
    ("theme.js", include_str!("page/theme.js")),
];

/// Bytes of a file of ours, unpacked, at most: the library has 1.1 MB.
const UNPACKED_BYTES: u64 = 4 * 1024 * 1024;

/// One file.
struct File {
    name: &'static str,
    kind: &'static str,
    packed: Bytes,
}

/// All of them.
pub struct Assets {
    index: File,
    files: Vec<File>,
    version: String,
}

impl Assets {
    pub fn new() -> Result<Self> {
        // The report's colours and type come first: the page shares its look.
        let style = format!("{}{STYLE}", sentistack_report::look::BASE);
        let mut files = vec![packed("page.css", CSS, style.as_bytes())?];
        for (name, text) in SCRIPTS {
            files.push(packed(name, SCRIPT, text.as_bytes())?);
        }
        files.push(File { name: "echarts.min.js", kind: SCRIPT, packed: Bytes::from_static(ECHARTS) });
        let mut hash = Sha256::new();
        hash.update(INDEX);
        files.iter().for_each(|file| hash.update(&file.packed));
        let version = hash.finalize().iter().take(8).fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
        let index = packed("", HTML, INDEX.replace(FOLDER, &format!("/assets/{version}")).as_bytes())?;
        Ok(Self { index, files, version })
    }

    /// The page itself: asked for again each time, and not sent again while it is the same.
    pub fn index(&self, headers: &HeaderMap) -> Response {
        self.answer(&self.index, "no-cache", headers)
    }

    /// A file of the page. One of another version is not there any more: the page was loaded before an update.
    pub fn file(&self, version: &str, name: &str, headers: &HeaderMap) -> Response {
        match self.files.iter().find(|file| file.name == name) {
            Some(file) if version == self.version => {
                self.answer(file, "public, max-age=31536000, immutable", headers)
            }
            _ => Refusal::no_such_path().into_response(),
        }
    }

    fn answer(&self, file: &File, keep: &'static str, headers: &HeaderMap) -> Response {
        let tag = format!("\"{}\"", self.version);
        let known =
            headers.get_all(IF_NONE_MATCH).iter().any(|given| given.to_str().is_ok_and(|g| g.contains(&tag)));
        let mut response = if known {
            StatusCode::NOT_MODIFIED.into_response()
        } else if takes_gzip(headers) {
            ([(CONTENT_ENCODING, "gzip")], file.packed.clone()).into_response()
        } else {
            match unpacked(&file.packed) {
                Ok(plain) => plain.into_response(),
                Err(_) => return Refusal::broken().into_response(),
            }
        };
        let head = response.headers_mut();
        head.insert(CONTENT_TYPE, HeaderValue::from_static(file.kind));
        head.insert(CACHE_CONTROL, HeaderValue::from_static(keep));
        head.insert(VARY, HeaderValue::from_static("accept-encoding"));
        if let Ok(tag) = HeaderValue::from_str(&tag) {
            head.insert(ETAG, tag);
        }
        response
    }

    /// Bytes of everything, as they are sent.
    #[cfg(test)]
    fn weight(&self) -> usize {
        self.index.packed.len() + self.files.iter().map(|file| file.packed.len()).sum::<usize>()
    }
}

fn packed(name: &'static str, kind: &'static str, plain: &[u8]) -> Result<File> {
    let failed = |e: std::io::Error| Error::failed("cannot compress the page").because(e);
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(plain).map_err(failed)?;
    Ok(File { name, kind, packed: gzip.finish().map_err(failed)?.into() })
}

fn unpacked(packed: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut plain = Vec::new();
    GzDecoder::new(packed).take(UNPACKED_BYTES).read_to_end(&mut plain)?;
    Ok(plain)
}

/// Whether gzip is among what is taken, and not with the weight 0.
fn takes_gzip(headers: &HeaderMap) -> bool {
    headers
        .get_all(ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|v| v.split(','))
        .any(|coding| {
            let (name, weight) = coding.split_once(';').unwrap_or((coding, "q=1"));
            let weight = weight.trim().strip_prefix("q=").and_then(|q| q.trim().parse::<f32>().ok());
            matches!(name.trim(), "gzip" | "*") && weight.is_none_or(|q| q > 0.0)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sha256(bytes: &[u8]) -> String {
        Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn taking(coding: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(coding))])
    }

    #[test]
    fn the_library_is_the_one_that_its_readme_names() {
        let plain = unpacked(ECHARTS).unwrap();
        let readme = include_str!("vendor/echarts/README.md");
        assert!(readme.contains(&sha256(&plain)), "{}", sha256(&plain));
        let head = String::from_utf8_lossy(&plain[..2_000]).into_owned();
        assert!(head.contains("Licensed to the Apache Software Foundation"));
    }

    #[test]
    fn the_whole_page_is_light() {
        let weight = Assets::new().unwrap().weight();
        assert!(weight <= 600_000, "{weight} bytes");
    }

    #[test]
    fn every_file_that_the_page_names_is_there_and_every_file_is_named() {
        let assets = Assets::new().unwrap();
        let all: String = [INDEX].into_iter().chain(SCRIPTS.iter().map(|(_, text)| *text)).collect();
        for file in &assets.files {
            let named = all.contains(&format!("{FOLDER}/{}", file.name))
                || all.contains(&format!("\"./{}\"", file.name));
            assert!(named, "{} is not used", file.name);
        }
        for rest in all.split(&format!("{FOLDER}/")).skip(1).chain(all.split("from \"./").skip(1)) {
            let name = rest.split('"').next().unwrap();
            assert!(assets.files.iter().any(|file| file.name == name), "{name} is not there");
        }
    }

    #[test]
    fn the_policy_leaves_no_room_for_what_is_written_into_the_page() {
        for (what, text) in [("index.html", INDEX)].iter().chain(SCRIPTS) {
            for bad in
                ["style=\"", " onclick=", "javascript:", "<style", "innerHTML", "insertAdjacentHTML", "eval("]
            {
                assert!(!text.contains(bad), "{what} has {bad}");
            }
            assert!(!text.contains("http://") && !text.contains("https://"), "{what} names another place");
        }
        assert_eq!(
            INDEX.matches("<script").count(),
            INDEX.matches("<script src=").count() + INDEX.matches("<script type=\"module\" src=").count()
        );
    }

    #[test]
    fn packed_or_not_it_is_the_same_and_is_not_sent_twice() {
        let assets = Assets::new().unwrap();
        let packed = assets.file(&assets.version, "page.css", &taking("br, gzip;q=0.8"));
        assert_eq!(packed.headers()[CONTENT_ENCODING], "gzip");
        assert!(packed.headers()[CACHE_CONTROL].to_str().unwrap().contains("immutable"));
        for plain in [HeaderMap::new(), taking("br"), taking("gzip;q=0")] {
            assert!(
                !assets.file(&assets.version, "page.css", &plain).headers().contains_key(CONTENT_ENCODING)
            );
        }
        let tag = assets.index(&HeaderMap::new()).headers()[ETAG].clone();
        let again = HeaderMap::from_iter([(IF_NONE_MATCH, tag)]);
        assert_eq!(assets.index(&again).status(), StatusCode::NOT_MODIFIED);
        assert_eq!(assets.file("0", "page.css", &again).status(), StatusCode::NOT_FOUND);
        assert_eq!(assets.file(&assets.version, "../secret", &again).status(), StatusCode::NOT_FOUND);
    }
}
