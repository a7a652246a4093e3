//! Objects in S3: signed PUTs, tried again while there is time.

use std::time::{Duration, Instant, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use sentistack_wire::keys::RAW_TAG;

use super::http::{Client, Fault, Times};
use super::origin::Origin;
use crate::kinesis::Objects;
use crate::limits;
use crate::settings::Root;

/// A bucket, and a prefix in it.
pub struct Bucket {
    client: Client,
    identity: Identity,
    region: String,
    /// What comes before a key in the path: the bucket where it is not in the host's name, and the prefix.
    before: String,
    /// When waiting has to end.
    pub until: Instant,
}

/// Why an object was not written.
enum Trouble {
    /// It may pass.
    Passing(String),
    Lasting(String),
}

impl Bucket {
    /// The bucket of `root`, with the credentials that Lambda gives the process.
    ///
    /// # Errors
    /// Where the environment lacks them, or an address is none.
    pub fn new(root: &Root, get: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let given = |name: &str| get(name).filter(|value| !value.is_empty());
        let needed = |name: &str| given(name).ok_or_else(|| format!("{name} is not set"));
        let region = given("AWS_REGION").map_or_else(|| needed("AWS_DEFAULT_REGION"), Ok)?;
        let credentials = Credentials::new(
            needed("AWS_ACCESS_KEY_ID")?,
            needed("AWS_SECRET_ACCESS_KEY")?,
            given("AWS_SESSION_TOKEN"),
            None,
            "environment",
        );
        let endpoint = given("AWS_ENDPOINT_URL_S3").or_else(|| given("AWS_ENDPOINT_URL"));
        let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        // The certificate does not hold for a bucket with a dot in its name.
        let in_path = endpoint.is_some() || root.bucket.contains('.');
        let url = match &endpoint {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None if in_path => format!("https://s3.{region}.{suffix}"),
            None => format!("https://{}.s3.{region}.{suffix}", root.bucket),
        };
        let mut before = String::from("/");
        for part in [in_path.then_some(&root.bucket), Some(&root.prefix)].into_iter().flatten() {
            if !part.is_empty() {
                before.push_str(&encoded(part));
                before.push('/');
            }
        }
        let times = Times {
            connect: Duration::from_millis(limits::S3_CONNECT_MILLIS),
            answer: Some(Duration::from_millis(limits::S3_ANSWER_MILLIS)),
        };
        let client = Client::new(Origin::parse(&url)?, times);
        Ok(Self { client, identity: credentials.into(), region, before, until: Instant::now() })
    }

    fn once(&mut self, path: &str, body: &[u8]) -> Result<(), Trouble> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Trouble::Passing("no time was left".to_owned()));
        }
        self.client.times.connect = left.min(Duration::from_millis(limits::S3_CONNECT_MILLIS));
        self.client.times.answer = Some(left.min(Duration::from_millis(limits::S3_ANSWER_MILLIS)));
        let signed = self.signed(path, body, SystemTime::now()).map_err(Trouble::Lasting)?;
        let headers: Vec<(&str, &str)> =
            signed.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let answer = self.client.send("PUT", path, &headers, body, 64 * 1024);
        let answer = match answer {
            Ok(answer) => answer,
            // What S3 says of an error is not needed to know that it is one.
            Err(Fault::TooLong) => return Err(Trouble::Passing("the answer is too long".to_owned())),
            Err(fault) => return Err(Trouble::Passing(fault.to_string())),
        };
        if (200..300).contains(&answer.status) {
            return Ok(());
        }
        let code = code(&answer.body);
        let why = format!("HTTP {} {code}", answer.status);
        let passes = matches!(answer.status, 408 | 409 | 429 | 500..) || code == "RequestTimeout";
        Err(if passes { Trouble::Passing(why) } else { Trouble::Lasting(why) })
    }

    /// The headers of a signed PUT.
    fn signed(&self, path: &str, body: &[u8], now: SystemTime) -> Result<Vec<(String, String)>, String> {
        let mut settings = SigningSettings::default();
        // As S3 wants it: paths as they are, and the hash of the body in a header.
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        let params = v4::SigningParams::builder()
            .identity(&self.identity)
            .region(&self.region)
            .name("s3")
            .time(now)
            .settings(settings)
            .build()
            .map_err(|e| e.to_string())?
            .into();
        let own = [("content-type", "application/x-ndjson"), ("x-amz-tagging", RAW_TAG)];
        let url = format!("{}{}{path}", self.client.origin.base(), self.client.origin.path);
        let request = SignableRequest::new("PUT", url, own.into_iter(), SignableBody::Bytes(body))
            .map_err(|e| e.to_string())?;
        let (instructions, _) = sign(request, &params).map_err(|e| e.to_string())?.into_parts();
        let given = own.into_iter().chain(instructions.headers());
        Ok(given.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }
}

impl Objects for Bucket {
    fn put(&mut self, key: &str, body: Vec<u8>) -> Result<(), String> {
        let path = format!("{}{}", self.before, encoded(key));
        let mut wait = Duration::from_millis(limits::S3_WAIT_MILLIS);
        for attempt in 1.. {
            let why = match self.once(&path, &body) {
                Ok(()) => return Ok(()),
                Err(Trouble::Lasting(why)) => return Err(format!("S3 refuses the object: {why}")),
                Err(Trouble::Passing(why)) => why,
            };
            if attempt == limits::S3_TRIES || Instant::now() + wait >= self.until {
                return Err(format!("S3 does not take the object: {why}"));
            }
            std::thread::sleep(wait);
            wait *= 2;
        }
        Ok(())
    }
}

/// Percent-encodes all but what S3 leaves as it is. Slashes stay.
fn encoded(path: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

/// The code of S3's error, where there is one that looks like it.
fn code(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let code =
        text.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>")).map(|(code, _)| code);
    code.filter(|code| code.len() <= 64 && code.bytes().all(|b| b.is_ascii_alphanumeric()))
        .unwrap_or_default()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket(name: &str, prefix: &str, endpoint: Option<&str>) -> Bucket {
        let root = Root { bucket: name.to_owned(), prefix: prefix.to_owned() };
        let get = |variable: &str| {
            let value = match variable {
                "AWS_REGION" => "eu-west-1",
                "AWS_ACCESS_KEY_ID" => "AKIDEXAMPLE",
                "AWS_SECRET_ACCESS_KEY" => "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                "AWS_SESSION_TOKEN" => "a/token==",
                "AWS_ENDPOINT_URL" => endpoint?,
                _ => return None,
            };
            Some(value.to_owned())
        };
        Bucket::new(&root, get).unwrap()
    }

    /// What botocore 1.43.11 (`S3SigV4Auth`) signs the same requests with.
    #[test]
    fn the_signature_is_botocores() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_772_368_200);
        let key = "runs/r-1/sentiments/embedded/20150224T113000Z/000001.jsonl";
        for (bucket, path, wanted) in [
            (
                bucket("sentistack-1-eu-west-1", "a b", None),
                format!("/a%20b/{key}"),
                "4baf066355cc4b3686e028786a0a0b026d7f6fb4459c0045d98161a6ea74300e",
            ),
            (
                bucket("my.bucket", "", Some("http://localhost:9000/")),
                format!("/my.bucket/{key}"),
                "efabe642cad3cb275126158f496bb92458f5b48ceb8bdc4a20aeac05ff2ee763",
            ),
        ] {
            assert_eq!(format!("{}{}", bucket.before, encoded(key)), path);
            let headers = bucket.signed(&path, b"{\"tweet_id\":\"17\"}\n", now).unwrap();
            let authorization = headers.iter().find(|(name, _)| name == "authorization").unwrap();
            assert_eq!(authorization.1.rsplit_once('=').unwrap().1, wanted, "{headers:?}");
        }
    }

    #[test]
    fn the_bucket_is_in_the_name_of_the_host_where_it_can_be() {
        let origin = |bucket: Bucket| (bucket.client.origin.base(), bucket.before);
        let own = origin(bucket("b-1", "", None));
        assert_eq!(own, ("https://b-1.s3.eu-west-1.amazonaws.com".to_owned(), "/".to_owned()));
        let dotted = origin(bucket("b.1", "p", None));
        assert_eq!(dotted, ("https://s3.eu-west-1.amazonaws.com".to_owned(), "/b.1/p/".to_owned()));
    }

    #[test]
    fn only_a_code_is_told_of_an_error() {
        assert_eq!(code(b"<Error><Code>AccessDenied</Code><Message>x</Message></Error>"), "AccessDenied");
        assert_eq!(code(b"<Error><Code>a post's text</Code></Error>"), "");
        assert_eq!(code(b"\xff"), "");
    }
}
