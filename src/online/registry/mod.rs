//! A registry of images, by the protocol that all of them speak (OCI's distribution specification): an image goes in
//! without Docker. What is there already is not sent again, so that a push that broke off is gone on with by pushing
//! again; what passes by itself is waited for.

mod challenge;
mod fault;
mod session;

use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, LOCATION};
use reqwest::{Method, StatusCode, Url};

use self::session::{Answer, Ask, Failure, Session, Tried};
use crate::error::{Error, Result};
use crate::limits;
use crate::live::package::Digest;
use crate::live::package::image::{Blob, Image, MANIFEST_TYPE};
use crate::live::package::reference::Reference;
use crate::live::port::Login;

/// The header that says what a registry takes some bytes for.
const CONTENT_DIGEST: &str = "docker-content-digest";

/// How a registry that fails is waited for: as `limits` says, shorter in tests.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Patience {
    pub tries: u32,
    pub wait: Duration,
    pub longest_wait: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            tries: limits::REGISTRY_TRIES,
            wait: Duration::from_millis(limits::REGISTRY_WAIT_MILLIS),
            longest_wait: Duration::from_secs(limits::REGISTRY_WAIT_LONGEST_SECONDS),
        }
    }
}

/// What came of a push.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pushed {
    /// Where it is, with its tag.
    pub reference: Reference,
    /// The manifest's, as the registry says it, too.
    pub digest: Digest,
    /// Bytes of layer and configuration that were not there yet.
    pub sent_bytes: u64,
    /// It was there already, under this tag.
    pub unchanged: bool,
}

/// One repository of a registry.
pub struct Registry {
    reference: Reference,
    session: Session,
}

impl Registry {
    /// The repository of `reference`. Nothing is sent yet.
    ///
    /// # Errors
    /// Of kind `Failed`, where no HTTP client can be made.
    pub fn new(reference: &Reference, login: Option<Login>, patience: Patience) -> Result<Self> {
        Ok(Self { reference: reference.clone(), session: Session::new(reference, login, patience)? })
    }

    /// Pushes an image under the reference's tag, or under one that names its content.
    ///
    /// # Errors
    /// Of kind `Outside` what trying again can cure: no answer, a login that is missing or refused. Of kind `Failed`
    /// what it cannot: the registry does not take such an image, or took another one for it.
    pub async fn push(&self, image: &Image) -> Result<Pushed> {
        let reference =
            self.reference.clone().or_tag(|| format!("{}-{}", image.architecture, image.digest().short()));
        let tag = reference.tag.clone().unwrap_or_default();
        let digest = image.digest().clone();
        let there = self.session.patiently("look for the image", || self.tagged(&tag)).await?;
        if there.as_deref() == Some(digest.as_str()) {
            return Ok(Pushed { reference, digest, sent_bytes: 0, unchanged: true });
        }
        let mut sent_bytes = 0;
        for blob in image.blobs() {
            let what = format!("upload {} bytes", blob.bytes.len());
            sent_bytes += self.session.patiently(&what, || self.upload(blob)).await?;
        }
        self.session.patiently("put the manifest", || self.name(image, &tag)).await?;
        Ok(Pushed { reference, digest, sent_bytes, unchanged: false })
    }

    /// The digest of what the tag names; `None` where it names nothing, or the registry does not say.
    async fn tagged(&self, tag: &str) -> Tried<Option<String>> {
        let url = self.url(&["manifests", tag]);
        let answer = self.session.send(Ask::new(Method::HEAD, url).with(ACCEPT, MANIFEST_TYPE)).await?;
        match answer.status.as_u16() {
            200..=299 => Ok(answer.header(CONTENT_DIGEST)),
            // It is new, or the registry answers such questions only by GET.
            400 | 404 | 405 => Ok(None),
            _ => Err(self.session.failure(&answer, "look for the image")),
        }
    }

    /// Sends a blob that is not there yet; the bytes that were sent. Each time in an upload of its own: one that broke
    /// off has kept who knows how much (ECR refuses to begin it again).
    async fn upload(&self, blob: &Blob) -> Tried<u64> {
        let what = format!("upload {} bytes", blob.bytes.len());
        let at = self.url(&["blobs", blob.digest.as_str()]);
        let head = self.session.send(Ask::new(Method::HEAD, at)).await?;
        match head.status.as_u16() {
            // A registry that keeps its blobs elsewhere sends there, for those that it has.
            200..=399 => return Ok(0),
            404 | 405 => {}
            _ => return Err(self.session.failure(&head, "look for a layer")),
        }
        let begun = self.session.send(Ask::new(Method::POST, self.url(&["blobs", "uploads", ""]))).await?;
        if begun.status != StatusCode::ACCEPTED {
            return Err(self.session.failure(&begun, "begin an upload"));
        }
        let mut to = self.upload_address(&begun)?;
        to.query_pairs_mut().append_pair("digest", blob.digest.as_str());
        let put = Ask::new(Method::PUT, to).with(CONTENT_TYPE, "application/octet-stream").body(&blob.bytes);
        let ended = self.session.send(put).await?;
        match ended.status.as_u16() {
            200..=299 => self.agree(&ended, &blob.digest)?,
            // The upload is no longer known: the registry began anew meanwhile.
            404 | 416 => return Err(Failure::passing(ended.told())),
            _ => return Err(self.session.failure(&ended, &what)),
        }
        Ok(blob.bytes.len() as u64)
    }

    /// Where the registry wants the bytes.
    fn upload_address(&self, begun: &Answer) -> Tried<Url> {
        let wrong = |why: &str| {
            let error = Error::failed(format!("{} does not say where to upload to", self.reference.registry));
            Failure::Final(error.because(why).resource(&self.reference))
        };
        let location = begun.headers.get(LOCATION).and_then(|value| value.to_str().ok());
        let location = location.ok_or_else(|| wrong("its answer has no Location"))?;
        let url = begun.url.join(location).map_err(|_| wrong("its Location is no address"))?;
        if !self.session.may_send_to(&url) {
            return Err(wrong("its Location is not encrypted, and not on this machine"));
        }
        Ok(url)
    }

    /// Puts the manifest under the tag, and makes sure that the registry has it as it is.
    async fn name(&self, image: &Image, tag: &str) -> Tried<()> {
        let manifest = &image.manifest;
        let put = Ask::new(Method::PUT, self.url(&["manifests", tag]))
            .with(CONTENT_TYPE, MANIFEST_TYPE)
            .body(&manifest.bytes);
        let answer = self.session.send(put).await?;
        if !answer.status.is_success() {
            // Where tags cannot be moved, a try whose answer was lost on the way may have done it.
            if answer.status.is_client_error()
                && self.tagged(tag).await?.as_deref() == Some(manifest.digest.as_str())
            {
                return Ok(());
            }
            return Err(self.session.failure(&answer, "put the manifest"));
        }
        if answer.header(CONTENT_DIGEST).is_some() {
            return self.agree(&answer, &manifest.digest);
        }
        let url = self.url(&["manifests", manifest.digest.as_str()]);
        let got = self.session.send(Ask::new(Method::GET, url).with(ACCEPT, MANIFEST_TYPE)).await?;
        if !got.status.is_success() {
            return Err(self.session.failure(&got, "read the manifest back"));
        }
        self.same(Digest::of(&got.body).as_str(), &manifest.digest)
    }

    /// The digest that an answer has, if any, must be ours.
    fn agree(&self, answer: &Answer, ours: &Digest) -> Tried<()> {
        answer.header(CONTENT_DIGEST).map_or(Ok(()), |theirs| self.same(&theirs, ours))
    }

    fn same(&self, theirs: &str, ours: &Digest) -> Tried<()> {
        if theirs == ours.as_str() {
            return Ok(());
        }
        let theirs = fault::plain(theirs);
        let error =
            Error::failed(format!("{} has taken other bytes than were sent", self.reference.registry))
                .because(format!("it says {theirs}, and {ours} was sent"))
                .hint("do not deploy what is there; look at the registry, and at what stands before it")
                .resource(&self.reference);
        Err(Failure::Final(error))
    }

    /// `/v2/<repository>/…`.
    fn url(&self, parts: &[&str]) -> Url {
        let mut url = self.session.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.clear().push("v2").extend(self.reference.repository.split('/')).extend(parts);
        }
        url
    }
}
