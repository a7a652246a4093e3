//! Registries that misbehave: what passes is waited for, what does not is one clear line with its exit code, and
//! nothing is taken to be there that is not.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use axum::http::Method;
use serde_json::Value;

use super::scripted::{Behaviour, Fault, Kind, Registry, at};
use super::{arch, function, packed, packed_with};
use crate::support::{Ran, folder, tool};

const PASSWORD: &str = "s3cret-pass";
const LOGIN: [(&str, &str); 2] =
    [("SENTISTACK_REGISTRY_USER", "me"), ("SENTISTACK_REGISTRY_PASSWORD", PASSWORD)];

/// me:s3cret-pass
const BASIC: &str = "Basic bWU6czNjcmV0LXBhc3M=";
const BEARER: &str = "Bearer t0ken-of-the-test";

fn push_as(here: &Path, function: &Path, to: &str, variables: &[(&str, &str)]) -> Ran {
    let ran = packed_with(here, function, &["--only", "image", "--push", to], variables);
    for secret in [PASSWORD, "t0ken-of-the-test", "bWU6czNjcmV0LXBhc3M"] {
        assert!(!ran.stderr.contains(secret) && !ran.stdout.contains(secret), "{ran:?}");
    }
    ran
}

fn push(here: &Path, function: &Path, registry: &Registry) -> Ran {
    push_as(here, function, &format!("{}/team/fn:v1", registry.name), &[])
}

#[test]
fn what_passes_by_itself_is_waited_for_and_ends_in_the_image() {
    let here = folder();
    let Some(function) = function(here.path()) else { return };
    let storm = Fault::Status(500, "");
    let room = Fault::Status(503, r#"{"errors":[{"code":"UNKNOWN","message":"no space left on device"}]}"#);
    for (behaviour, what) in [
        (at(Method::HEAD, Kind::Manifest, 5, storm.clone()), "a storm at the first question"),
        (at(Method::POST, Kind::Upload, 5, storm.clone()), "a storm at the first upload"),
        (at(Method::PUT, Kind::Upload, 3, storm.clone()), "a storm at uploads"),
        (at(Method::PUT, Kind::Manifest, 5, storm), "a storm at the end"),
        (at(Method::PUT, Kind::Upload, 2, room), "no room for a while"),
        (at(Method::PUT, Kind::Upload, 2, Fault::Reset), "resets in the middle of an upload"),
        (at(Method::PUT, Kind::Upload, 1, Fault::Lost), "the answer to an upload is lost"),
        (at(Method::PUT, Kind::Upload, 1, Fault::Status(404, "")), "an upload is forgotten"),
        (at(Method::PUT, Kind::Upload, 1, Fault::Status(416, "")), "an upload is begun in the middle"),
        (at(Method::PUT, Kind::Manifest, 1, Fault::Lost), "the answer to the manifest is lost"),
        (
            Behaviour { immutable: true, ..at(Method::PUT, Kind::Manifest, 1, Fault::Lost) },
            "the answer to the manifest is lost, and the tag cannot be set again",
        ),
        (at(Method::HEAD, Kind::Manifest, 1, Fault::Header(429, "retry-after", "1".to_owned())), "too many"),
        (at(Method::PUT, Kind::Manifest, 1, Fault::Digest(None)), "no word of what was taken"),
        (at(Method::HEAD, Kind::Manifest, 9, Fault::Status(405, "")), "such questions are not known"),
        (at(Method::HEAD, Kind::Blob, 9, Fault::Status(405, "")), "nor such ones"),
    ] {
        let registry = Registry::start(behaviour);
        let document = push(here.path(), &function, &registry).expect(0).json();
        let digest = document["image"]["digest"].as_str().unwrap();
        assert_eq!(registry.tag("v1").as_deref(), Some(digest), "{what}");
        assert_eq!(document["pushed"]["digest"], digest, "{what}");
        assert_eq!(registry.blobs(), 2, "{what}");
    }
}

#[test]
fn what_was_taken_is_not_sent_again() {
    let here = folder();
    let Some(function) = function(here.path()) else { return };
    let registry = Registry::start(at(Method::PUT, Kind::Manifest, 6, Fault::Status(500, "")));
    let broken = push(here.path(), &function, &registry).expect(4).says(&["asked 6 times", "HTTP 500"]);
    assert_eq!(broken.json()["status"], "resumable");
    assert!(broken.json()["image"]["digest"].is_string(), "what is on disk is good");
    assert_eq!(broken.json()["pushed"], Value::Null);
    let sent = registry.asked(&Method::PUT, Kind::Upload).len();
    let resumed = push(here.path(), &function, &registry).expect(0).json();
    assert_eq!(
        (&resumed["pushed"]["sent_bytes"], &resumed["pushed"]["unchanged"]),
        (&0.into(), &false.into())
    );
    let again = push(here.path(), &function, &registry).expect(0).json();
    assert_eq!((&again["status"], &again["pushed"]["unchanged"]), (&"unchanged".into(), &true.into()));
    assert_eq!(registry.asked(&Method::PUT, Kind::Upload).len(), sent, "each blob was sent once");
    assert_eq!(registry.asked(&Method::PUT, Kind::Manifest).len(), 7);
}

#[test]
fn what_does_not_pass_is_one_clear_line() {
    let here = folder();
    let Some(function) = function(here.path()) else { return };
    let always = 99;
    let denied = r#"{"errors":[{"code":"DENIED","message":"said by the test"}]}"#;
    let unknown = r#"{"errors":[{"code":"NAME_UNKNOWN","message":"said by the test"}]}"#;
    let full = r#"{"errors":[{"code":"UNKNOWN","message":"no space left on device"}]}"#;
    let invalid = r#"{"errors":[{"code":"DIGEST_INVALID","message":"said by the test"}]}"#;
    let zero = "sha256:0000000000000000000000000000000000000000000000000000000000000000";
    let to = |location: &str| Fault::Header(202, "location", location.to_owned());
    let (put, post) = (Method::PUT, Method::POST);
    for (behaviour, code, says) in [
        (at(put.clone(), Kind::Upload, always, Fault::Reset), 4, ["cannot upload", "asked 6 times"]),
        (at(put.clone(), Kind::Upload, always, Fault::Status(507, full)), 4, ["no space left", "try again"]),
        (
            at(Method::HEAD, Kind::Manifest, always, Fault::Status(502, "")),
            4,
            ["look for the image", "HTTP 502"],
        ),
        (
            at(Method::HEAD, Kind::Manifest, always, Fault::Status(403, denied)),
            4,
            ["does not let", "team/fn"],
        ),
        (at(post.clone(), Kind::Upload, always, Fault::Status(403, denied)), 4, ["does not let", "(DENIED)"]),
        (
            at(post.clone(), Kind::Upload, always, Fault::Status(404, unknown)),
            1,
            ["has no repository", "make it"],
        ),
        (
            at(post.clone(), Kind::Upload, always, Fault::Status(405, "")),
            1,
            ["takes no images", "REPOSITORY"],
        ),
        (
            at(post.clone(), Kind::Upload, always, Fault::Status(202, "")),
            1,
            ["where to upload", "no Location"],
        ),
        (
            at(post.clone(), Kind::Upload, always, to("http://a.example/x")),
            1,
            ["where to upload", "not encrypted"],
        ),
        (at(post, Kind::Upload, always, to("ftp://127.0.0.1/x")), 1, ["where to upload", "not encrypted"]),
        (
            at(put.clone(), Kind::Upload, always, Fault::Status(413, "<html>")),
            1,
            ["of this size", "HTTP 413"],
        ),
        (
            at(put.clone(), Kind::Upload, always, Fault::Status(400, invalid)),
            1,
            ["refuses to upload", "(DIGEST_IN"],
        ),
        (
            at(put.clone(), Kind::Upload, always, Fault::Digest(Some(zero))),
            1,
            ["other bytes than were", "0000"],
        ),
        (
            at(put.clone(), Kind::Manifest, always, Fault::Digest(Some(zero))),
            1,
            ["other bytes than", "not deploy"],
        ),
        (at(put, Kind::Manifest, always, Fault::Status(302, "")), 1, ["sends elsewhere", "redirects"]),
    ] {
        let registry = Registry::start(behaviour);
        let ran = push(here.path(), &function, &registry).expect(code).says(&says);
        let document = ran.json();
        assert_eq!(document["pushed"], Value::Null, "{says:?}");
        assert_eq!(document["error"]["resource"], format!("{}/team/fn:v1", registry.name), "{says:?}");
    }
    // What is taken without a word is read back.
    let faults = |asked: &super::scripted::Asked| match (&asked.method, asked.kind) {
        (&Method::PUT, Kind::Manifest) => Some(Fault::Digest(None)),
        (&Method::GET, Kind::Manifest) => Some(Fault::Garbage("{}")),
        _ => None,
    };
    let registry = Registry::start(Behaviour { faults: Box::new(faults), ..Behaviour::default() });
    push(here.path(), &function, &registry).expect(1).says(&["has taken other bytes than were sent"]);
    // Nobody is there.
    let gone = Registry::start(Behaviour::default()).name.clone();
    push_as(here.path(), &function, &format!("{gone}/fn"), &[]).expect(4).says(&["asked 6 times", "refused"]);
}

#[test]
fn a_tag_that_cannot_be_moved_stays_and_one_by_content_needs_no_moving() {
    let here = folder();
    let Some(first) = function(here.path()) else { return };
    let Some(second) = super::built(here.path(), "second", &["-static", "-O1"]) else { return };
    let registry = Registry::start(Behaviour { immutable: true, ..Behaviour::default() });
    let old = push(here.path(), &first, &registry).expect(0).json();
    push(here.path(), &second, &registry).expect(1).says(&["does not let the tag name another", "or none"]);
    assert_eq!(registry.tag("v1").as_deref(), old["image"]["digest"].as_str());
    let to = format!("{}/team/fn", registry.name);
    for function in [&first, &second, &first] {
        let document = push_as(here.path(), function, &to, &[]).expect(0).json();
        let digest = document["image"]["digest"].as_str().unwrap();
        let tag = format!("{}-{}", arch(), &digest["sha256:".len()..][..12]);
        assert_eq!(document["pushed"]["reference"], format!("{to}:{tag}"));
        assert_eq!(registry.tag(&tag).as_deref(), Some(digest));
    }
}

#[test]
fn a_login_is_shown_as_the_registry_asks_for_it() {
    let here = folder();
    let Some(function) = function(here.path()) else { return };
    let bearer = r#"Bearer realm="http://HERE/token",service="a test",scope="repository:team/fn:pull""#;
    let with = |lets_in, challenge| Behaviour { lets_in: Some(lets_in), challenge, ..Behaviour::default() };
    // With a password each time.
    let registry = Registry::start(with(BASIC, Some(r#"Basic realm="a test""#)));
    let to = format!("{}/team/fn:v1", registry.name);
    push_as(here.path(), &function, &to, &LOGIN).expect(0);
    assert_eq!(registry.asked(&Method::HEAD, Kind::Manifest).len(), 2, "it was asked for once");
    push_as(here.path(), &function, &to, &[])
        .expect(4)
        .says(&["wants a login, and none is known", "docker login"]);
    let wrong = [LOGIN[0], ("SENTISTACK_REGISTRY_PASSWORD", "wrong")];
    push_as(here.path(), &function, &to, &wrong).expect(4).says(&["does not accept the login"]);
    push_as(here.path(), &function, &to, &LOGIN[..1])
        .expect(2)
        .says(&["_USER is set, and", "_PASSWORD is not"]);
    // With a token, for a password or for nothing.
    for (login, header) in [(&LOGIN[..], Some(BASIC)), (&[], None)] {
        let registry = Registry::start(with(BEARER, Some(bearer)));
        push_as(here.path(), &function, &format!("{}/team/fn:v1", registry.name), login).expect(0);
        let [token] = &registry.asked(&Method::GET, Kind::Token)[..] else { panic!("one token is enough") };
        assert_eq!(token.authorization.as_deref(), header);
        assert!(token.query.contains("scope=repository%3Ateam%2Ffn%3Apull%2Cpush"), "{}", token.query);
        assert!(token.query.contains("service=a+test") && !token.query.contains(PASSWORD), "{}", token.query);
    }
    // With what an earlier login left.
    let registry = Registry::start(with(BEARER, Some(bearer)));
    let docker = format!(r#"{{"auths": {{"{}": {{"identitytoken": "{PASSWORD}"}}}}}}"#, registry.name);
    std::fs::write(here.path().join("config.json"), docker).unwrap();
    let settings = [("DOCKER_CONFIG", here.path().to_str().unwrap())];
    push_as(here.path(), &function, &format!("{}/team/fn:v1", registry.name), &settings).expect(0);
    let [token] = &registry.asked(&Method::POST, Kind::Token)[..] else { panic!("one token is enough") };
    assert!(token.bytes > 0 && token.query.is_empty() && token.authorization.is_none());
}

#[test]
fn a_login_that_cannot_be_shown_is_one_clear_line() {
    let here = folder();
    let Some(function) = function(here.path()) else { return };
    let bearer = Some(r#"Bearer realm="http://HERE/token""#);
    let with =
        |challenge, token| Behaviour { lets_in: Some("nobody"), challenge, token, ..Behaviour::default() };
    let refused = Behaviour {
        challenge: bearer,
        lets_in: Some("nobody"),
        ..at(Method::GET, Kind::Token, 9, Fault::Status(401, ""))
    };
    let busy = Behaviour {
        challenge: bearer,
        lets_in: Some(BEARER),
        ..at(Method::GET, Kind::Token, 99, Fault::Status(503, ""))
    };
    for (behaviour, code, says) in [
        (with(None, ""), 4, "it does not say how to log in"),
        (with(Some("Negotiate"), ""), 4, "a way to log in that is not known here: Negotiate"),
        (with(Some(r#"Bearer realm="http://a.example/token""#), ""), 4, "is not encrypted"),
        (with(bearer, r#"{"token": "t0ken-of-the-test"}"#), 4, "does not accept the login"),
        (with(bearer, "<html>"), 1, "gives no token that can be used"),
        (with(bearer, r#"{"token": "two\nlines"}"#), 1, "gives no token that can be used"),
        (refused, 4, "does not accept the login"),
        (busy, 4, "asked 6 times"),
    ] {
        let registry = Registry::start(behaviour);
        push_as(here.path(), &function, &format!("{}/fn", registry.name), &LOGIN).expect(code).says(&[says]);
        assert_eq!(registry.blobs(), 0);
    }
}

#[test]
fn a_token_that_expires_half_way_is_asked_for_again() {
    let here = folder();
    let Some(function) = function(here.path()) else { return };
    let expired = |asked: &super::scripted::Asked| {
        (asked.kind == Kind::Upload && asked.method == Method::PUT && asked.number == 0).then(|| {
            Fault::Header(401, "www-authenticate", r#"Bearer realm="http://127.0.0.1:1/gone""#.to_owned())
        })
    };
    // The place of the new token is not there: the try fails, and the next one begins with what is known.
    let behaviour = Behaviour {
        lets_in: Some(BEARER),
        challenge: Some(r#"Bearer realm="http://HERE/token""#),
        faults: Box::new(expired),
        ..Behaviour::default()
    };
    let registry = Registry::start(behaviour);
    push_as(here.path(), &function, &format!("{}/team/fn:v1", registry.name), &LOGIN).expect(0);
    assert_eq!(registry.blobs(), 2);
}

#[test]
fn a_login_goes_to_the_registry_alone() {
    let here = folder();
    let Some(function) = function(here.path()) else { return };
    let elsewhere = Registry::start(Behaviour::default());
    let registry = Registry::start(Behaviour {
        lets_in: Some(BASIC),
        challenge: Some(r#"Basic realm="a test""#),
        uploads_at: Some(format!("http://{}", elsewhere.name)),
        ..Behaviour::default()
    });
    // The other one keeps the bytes, and the first does not know of them.
    push_as(here.path(), &function, &format!("{}/team/fn:v1", registry.name), &LOGIN)
        .expect(1)
        .says(&["MANIFEST_BLOB_UNKNOWN"]);
    let puts = elsewhere.asked(&Method::PUT, Kind::Upload);
    assert_eq!((puts.len(), elsewhere.blobs()), (2, 2));
    assert!(puts.iter().all(|asked| asked.authorization.is_none()), "{puts:?}");
}

#[test]
fn a_signal_stops_the_push_and_says_how_to_go_on() {
    let here = folder();
    let Some(function) = function(here.path()) else { return };
    let hang = Fault::Hang(Duration::from_secs(60));
    let registry = Registry::start(at(Method::PUT, Kind::Manifest, 1, hang));
    let mut command = tool(here.path());
    command.args(["live", "package", "-o", "json", "--arch", arch(), "--function"]).arg(&function);
    command.args(["--push", &format!("{}/fn", registry.name)]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while registry.asked(&Method::PUT, Kind::Manifest).is_empty() {
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let ran = child.wait_with_output().unwrap();
    assert_eq!(ran.status.code(), Some(130), "{ran:?}");
    let document: Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!(document["status"], "resumable");
    assert!(document["error"]["hint"].as_str().unwrap().contains("run it again"), "{document}");
    assert_eq!(registry.blobs(), 2);
    let resumed = packed(here.path(), &function, &["--push", &format!("{}/fn", registry.name)]);
    assert_eq!(resumed.expect(0).json()["pushed"]["sent_bytes"], 0);
}
