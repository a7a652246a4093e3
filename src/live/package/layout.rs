//! An image as a folder: OCI's image layout, which skopeo, podman and crane read as `oci:FOLDER`.

use serde::Serialize;

use super::image::{Descriptor, Image};
use crate::error::{Error, Result};

/// The file that says what the folder is.
pub const MARK: &str = "oci-layout";

/// The file that names the image; once it is there, everything that it names must be.
pub const INDEX: &str = "index.json";

/// The folder of everything else, by digest.
pub const BLOBS: &str = "blobs/sha256";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Index<'a> {
    schema_version: u8,
    media_type: &'static str,
    manifests: [Descriptor<'a>; 1],
}

/// The files of the layout, in the order in which they should come to be: the index last.
///
/// # Errors
/// Of kind `Failed`, where the index cannot be written as JSON.
pub fn files(image: &Image) -> Result<Vec<(String, Vec<u8>)>> {
    let index = Index {
        schema_version: 2,
        media_type: "application/vnd.oci.image.index.v1+json",
        manifests: [image.entry()],
    };
    let index = serde_json::to_vec(&index)
        .map_err(|e| Error::failed("the image's index cannot be made").because(e))?;
    let [layer, config] = image.blobs();
    let blobs = [layer, config, &image.manifest];
    let mut files = vec![(MARK.to_owned(), br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec())];
    files.extend(blobs.map(|blob| (format!("{BLOBS}/{}", blob.digest.hex()), blob.bytes.clone())));
    files.push((INDEX.to_owned(), index));
    Ok(files)
}
