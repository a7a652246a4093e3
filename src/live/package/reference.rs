//! Where an image goes: `registry/repository:tag`, by the grammar that Docker and OCI share.

use std::fmt;
use std::str::FromStr;

use crate::config::url;

/// A place in a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// `host` or `host:port`.
    pub registry: String,
    /// `team/function`.
    pub repository: String,
    /// Without one, an image is named by its content.
    pub tag: Option<String>,
}

/// Why a text names no place. It may have a password in it, so that not all of it is said.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAReference {
    #[error("has a scheme: leave out what stands before the registry's name")]
    Scheme,
    #[error("has a user's name in it: logins come from the environment or from Docker's settings")]
    User,
    #[error("has a digest: an image's digest follows from its content")]
    Digest,
    #[error("names no registry: it is REGISTRY/REPOSITORY[:TAG]")]
    NoRegistry,
    #[error("names a registry that cannot be")]
    Registry,
    #[error("names a repository that cannot be: lower-case letters and digits, with . _ - / between them")]
    Repository,
    #[error("has a tag that cannot be: letters, digits, . _ -, 128 at most, beginning with none of . and -")]
    Tag,
}

/// Characters of a repository's name at most, with the registry's.
const NAME_CHARS: usize = 255;

const TAG_CHARS: usize = 128;

impl FromStr for Reference {
    type Err = NotAReference;

    fn from_str(text: &str) -> Result<Self, NotAReference> {
        let text = text.trim();
        if text.contains("://") {
            return Err(NotAReference::Scheme);
        }
        if let Some((before, after)) = text.split_once('@') {
            let digest = after.starts_with("sha256:") && before.contains('/');
            return Err(if digest { NotAReference::Digest } else { NotAReference::User });
        }
        let (registry, path) = text.split_once('/').ok_or(NotAReference::NoRegistry)?;
        // Docker's rule: without a dot or a port it is not a registry but a part of the repository.
        if !(registry.contains(['.', ':']) || registry == "localhost") {
            return Err(NotAReference::NoRegistry);
        }
        // As an address it has to hold, too.
        url::check(&format!("https://{registry}"), &url::HTTP).map_err(|_| NotAReference::Registry)?;
        let (repository, tag) = match path.split_once(':') {
            Some((repository, tag)) => (repository, Some(tag)),
            None => (path, None),
        };
        if !repository.split('/').all(is_component) || registry.len() + repository.len() >= NAME_CHARS {
            return Err(NotAReference::Repository);
        }
        if tag.is_some_and(|tag| !is_tag(tag)) {
            return Err(NotAReference::Tag);
        }
        Ok(Self {
            registry: registry.to_ascii_lowercase(),
            repository: repository.to_owned(),
            tag: tag.map(str::to_owned),
        })
    }
}

/// Lower-case letters and digits; between two of them a dot, one or two underscores, or dashes.
fn is_component(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let between = |part: &str| {
        matches!(part, "" | "." | "_" | "__") || (part.chars().all(|c| c == '-') && !part.is_empty())
    };
    text.starts_with(plain) && text.ends_with(plain) && text.split(plain).all(between)
}

fn is_tag(tag: &str) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    tag.len() <= TAG_CHARS
        && tag.bytes().next().is_some_and(word)
        && tag.bytes().all(|b| word(b) || matches!(b, b'.' | b'-'))
}

impl Reference {
    /// The registry's address: plain on this machine, encrypted everywhere else.
    pub fn base_url(&self) -> String {
        let scheme = if self.is_local() { "http" } else { "https" };
        format!("{scheme}://{}", self.registry)
    }

    pub fn is_local(&self) -> bool {
        url::is_local(&format!("http://{}", self.registry))
    }

    /// Whether it is in Amazon's ECR, whose passwords are made by AWS: `111122223333.dkr.ecr.eu-west-1.amazonaws.com`.
    pub fn is_ecr(&self) -> bool {
        let (account, rest) = self.registry.split_once('.').unwrap_or_default();
        account.len() == 12
            && account.bytes().all(|b| b.is_ascii_digit())
            && rest.starts_with("dkr.ecr")
            && (rest.ends_with(".amazonaws.com") || rest.ends_with(".amazonaws.com.cn"))
    }

    /// The region of a registry of ECR's.
    pub fn ecr_region(&self) -> Option<&str> {
        self.registry.split('.').nth(3).filter(|_| self.is_ecr())
    }

    /// The same place, with `tag` where it has none.
    #[must_use]
    pub fn or_tag(mut self, tag: impl FnOnce() -> String) -> Self {
        self.tag.get_or_insert_with(tag);
        self
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.repository)?;
        match &self.tag {
            Some(tag) => write!(f, ":{tag}"),
            None => Ok(()),
        }
    }
}
