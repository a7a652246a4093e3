//! Who may ask: a browser on this machine, from this page, to read. A page of the web that a person has open beside this
//! one can make their browser send requests here too; it is told by the headers that it cannot forge.

use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};

use super::refusal::Refusal;

/// What every answer carries. Scripts, styles and data come from here and from nowhere else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

pub const HEADERS: [(&str, &str); 7] = [
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cross-origin-embedder-policy", "require-corp"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
];

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Lets a request pass, or says why not. `port` is the one that the page is at.
pub fn check(method: &Method, headers: &HeaderMap, port: u16) -> Result<(), Refusal> {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return Err(Refusal::no_such_method());
    }
    let hosts = || headers.get_all(HOST).iter();
    // A name that leads to this machine is not enough: a page of the web may have given itself one.
    if hosts().count() != 1 || !hosts().all(|host| is_here(host, port)) {
        return Err(Refusal::other_host());
    }
    let own_origin =
        |origin: &HeaderValue| origin.as_bytes().strip_prefix(b"http://").is_some_and(|h| names_us(h, port));
    if !headers.get_all(ORIGIN).iter().all(own_origin) {
        return Err(Refusal::other_site());
    }
    // `none`: typed, or opened from a bookmark. Browsers that do not send it are old, and the other checks hold.
    let own_site = |site: &HeaderValue| site == "same-origin" || site == "none";
    if !headers.get_all(FETCH_SITE).iter().all(own_site) {
        return Err(Refusal::other_site());
    }
    Ok(())
}

fn is_here(host: &HeaderValue, port: u16) -> bool {
    names_us(host.as_bytes(), port)
}

/// `localhost:8050` and the two addresses of loopback. Port 80 is not said.
fn names_us(host: &[u8], port: u16) -> bool {
    let Ok(host) = std::str::from_utf8(host) else { return false };
    let host = host.to_ascii_lowercase();
    ["127.0.0.1", "localhost", "[::1]"]
        .iter()
        .any(|name| host == format!("{name}:{port}") || (port == 80 && host == *name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::StatusCode;

    fn asked(method: Method, headers: &[(&'static str, &'static str)]) -> Result<(), StatusCode> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_static(value));
        }
        check(&method, &map, 8050).map_err(|refusal| refusal.status)
    }

    #[test]
    fn only_this_machines_names_with_the_port_are_answered() {
        for host in ["127.0.0.1:8050", "localhost:8050", "LOCALHOST:8050", "[::1]:8050"] {
            assert_eq!(asked(Method::GET, &[("host", host)]), Ok(()), "{host}");
            assert_eq!(asked(Method::HEAD, &[("host", host)]), Ok(()), "{host}");
        }
        for host in [
            "evil.example",
            "evil.example:8050",
            "localhost",
            "127.0.0.1",
            "127.0.0.1:80",
            "localhost.:8050",
            "",
        ] {
            assert_eq!(asked(Method::GET, &[("host", host)]), Err(StatusCode::FORBIDDEN), "{host}");
        }
        assert_eq!(asked(Method::GET, &[]), Err(StatusCode::FORBIDDEN), "no host");
        let two = [("host", "localhost:8050"), ("host", "evil.example")];
        assert_eq!(asked(Method::GET, &two), Err(StatusCode::FORBIDDEN));
    }

    #[test]
    fn a_page_of_the_web_is_refused() {
        let host = ("host", "localhost:8050");
        for good in [
            ("origin", "http://localhost:8050"),
            ("origin", "http://127.0.0.1:8050"),
            ("sec-fetch-site", "same-origin"),
            ("sec-fetch-site", "none"),
        ] {
            assert_eq!(asked(Method::GET, &[host, good]), Ok(()), "{good:?}");
        }
        for bad in [
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("origin", "https://localhost:8050"),
            ("origin", "http://localhost:8051"),
            ("origin", "http://localhost:8050.evil.example"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            assert_eq!(asked(Method::GET, &[host, bad]), Err(StatusCode::FORBIDDEN), "{bad:?}");
        }
    }

    #[test]
    fn nothing_but_reading_is_asked_for() {
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS, Method::CONNECT] {
            let got = asked(method.clone(), &[("host", "localhost:8050")]);
            assert_eq!(got, Err(StatusCode::METHOD_NOT_ALLOWED), "{method}");
        }
    }
}
