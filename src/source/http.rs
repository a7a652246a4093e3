//! The HTTP client of the sources that are reached over the network: time limits, compression, TLS, and no redirect
//! that could carry a secret elsewhere. It knows no service.

use std::time::Duration;

use crate::error::{Error, Result};
use crate::limits;

/// A client. `base_url` is where it will talk to: on this machine no proxy is asked.
///
/// # Errors
/// Of kind `Failed`, where the system's certificates cannot be read.
pub fn client(base_url: &str) -> Result<reqwest::Client> {
    let timed = builder(base_url)
        .read_timeout(Duration::from_secs(limits::HTTP_READ_SECONDS))
        .timeout(Duration::from_secs(limits::HTTP_ANSWER_SECONDS))
        .gzip(true);
    built(timed)
}

/// A client for answers that never end: how long it may be silent is for the reader to say. Nothing is packed, since
/// a packer holds back what should come at once.
///
/// # Errors
/// As [`client`].
pub fn streaming(base_url: &str) -> Result<reqwest::Client> {
    built(builder(base_url).gzip(false))
}

fn built(builder: reqwest::ClientBuilder) -> Result<reqwest::Client> {
    builder.build().map_err(|error| Error::failed("cannot make an HTTP client").because(told(&error)))
}

fn builder(base_url: &str) -> reqwest::ClientBuilder {
    // It may be there already: of another client, or of the AWS SDK.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("sentistack/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(Duration::from_secs(limits::HTTP_CONNECT_SECONDS))
        .redirect(reqwest::redirect::Policy::none());
    if base_url.starts_with("http://") {
        builder = builder.no_proxy();
    }
    builder
}

/// What went wrong on the way, with its causes and without the address, which carries the query.
pub fn told(error: &reqwest::Error) -> String {
    let mut words: Vec<String> = Vec::new();
    if error.is_timeout() {
        words.push("it took too long".to_owned());
    }
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let text = cause.to_string();
        if words.last() != Some(&text) {
            words.push(text);
        }
        source = cause.source();
    }
    if words.is_empty() {
        let kind = if error.is_connect() { "no connection" } else { "the answer was cut" };
        words.push(kind.to_owned());
    }
    words.join(": ")
}

/// A body; `None` where it has more than `most` bytes.
///
/// # Errors
/// Where it is cut or comes too late.
pub async fn body(
    mut answer: reqwest::Response,
    most: usize,
) -> std::result::Result<Option<Vec<u8>>, String> {
    let mut whole = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(|error| told(&error))? {
        if whole.len() + piece.len() > most {
            return Ok(None);
        }
        whole.extend_from_slice(&piece);
    }
    Ok(Some(whole))
}
