//! Addresses of services in the settings. Pure: nothing is resolved.

use core::net::{Ipv4Addr, Ipv6Addr};

/// What is wrong with an address: the rest of a sentence that starts with the setting. Its parts are not repeated,
/// since a password may be among them.
pub type Why = &'static str;

/// The two schemes of a service: the encrypted one, and the plain one, which is for this machine alone.
pub struct Schemes {
    pub secure: &'static str,
    pub plain: &'static str,
}

pub const HTTP: Schemes = Schemes { secure: "https", plain: "http" };
pub const WEBSOCKET: Schemes = Schemes { secure: "wss", plain: "ws" };

/// Checks an address, and gives it without the slashes at its end.
pub fn check(text: &str, schemes: &Schemes) -> Result<String, Why> {
    let text = text.trim();
    let (scheme, rest) = text.split_once("://").ok_or("has no scheme")?;
    let is = |wanted: &str| scheme.eq_ignore_ascii_case(wanted);
    if !is(schemes.secure) && !is(schemes.plain) {
        return Err("has another scheme");
    }
    if !rest.bytes().all(|b| b.is_ascii_graphic()) {
        return Err("has a character that no address has");
    }
    if rest.contains(['?', '#']) {
        return Err("has a query or a fragment");
    }
    let authority = rest.split('/').next().unwrap_or_default();
    if authority.contains('@') {
        return Err("has a user's name in it");
    }
    let host = host(authority).ok_or("names no host")?;
    if is(schemes.plain) && !is_loopback(host) {
        return Err("is not encrypted, and not on this machine");
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// Whether a checked address is on this machine.
pub fn is_local(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    host(rest.split('/').next().unwrap_or_default()).is_some_and(is_loopback)
}

/// The host of `host:port`, if both can be.
fn host(authority: &str) -> Option<&str> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (address, after) = rest.split_once(']')?;
            address.parse::<Ipv6Addr>().ok()?;
            (address, if after.is_empty() { None } else { Some(after.strip_prefix(':')?) })
        }
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    let named = host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b':'));
    let numbered = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
    (!host.is_empty() && named && numbered).then_some(host)
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
        || host.parse::<Ipv6Addr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encrypted_anywhere_and_plain_on_this_machine() {
        for (text, wanted) in [
            ("https://models.example.com/predict/", Ok("https://models.example.com/predict")),
            (" HTTPS://a.b:8443 ", Ok("HTTPS://a.b:8443")),
            ("http://127.0.0.1:80/x", Ok("http://127.0.0.1:80/x")),
            ("http://[::1]:80", Ok("http://[::1]:80")),
            ("http://localhost", Ok("http://localhost")),
            ("http://example.com", Err("is not encrypted, and not on this machine")),
            ("http://localhost.evil.example", Err("is not encrypted, and not on this machine")),
            ("http://127.0.0.1@evil.example", Err("has a user's name in it")),
            ("https://user:password@example.com", Err("has a user's name in it")),
            ("https://example.com/x?token=1", Err("has a query or a fragment")),
            ("wss://example.com", Err("has another scheme")),
            ("example.com", Err("has no scheme")),
            ("https://", Err("names no host")),
            ("https://a:99999", Err("names no host")),
            ("https://a:0", Err("names no host")),
            ("https://[::1", Err("names no host")),
            ("https://a b", Err("has a character that no address has")),
        ] {
            assert_eq!(check(text, &HTTP).as_deref(), wanted.as_ref().map(|url| *url), "{text}");
        }
        assert_eq!(check("ws://127.0.0.1:1", &WEBSOCKET).as_deref(), Ok("ws://127.0.0.1:1"));
        assert!(is_local("ws://127.0.0.1:1/x") && is_local("http://[::1]") && !is_local("wss://a.b"));
    }
}
