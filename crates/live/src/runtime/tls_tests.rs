//! Against OpenSSL, where it is installed: a server that is not ours, with certificates made for the test.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::*;

struct Server {
    child: Child,
    port: u16,
    folder: PathBuf,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn openssl(folder: &Path) -> Command {
    let mut command = Command::new("openssl");
    command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// A server with a certificate for `localhost`. `None` without OpenSSL.
fn serve(name: &str, key: &[&str], more: &[&str]) -> Option<Server> {
    let folder = std::env::temp_dir().join(format!("sentistack-tls-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut request = openssl(&folder);
    request.args(["req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-newkey"]).args(key);
    request.args([
        "-addext",
        "subjectAltName=DNS:localhost",
        "-addext",
        "basicConstraints=critical,CA:FALSE",
    ]);
    request.args(["-keyout", "key.pem", "-out", "certificate.pem"]);
    match request.status() {
        Ok(status) => assert!(status.success(), "openssl makes no certificate"),
        Err(error) => {
            eprintln!("skipped: openssl: {error}");
            return None;
        }
    }
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut server = openssl(&folder);
    server.args(["s_server", "-www", "-cert", "certificate.pem", "-key", "key.pem", "-accept"]);
    let child = server.arg(format!("127.0.0.1:{port}")).args(more).spawn().unwrap();
    Some(Server { child, port, folder })
}

fn socket(port: u16) -> TcpStream {
    for _ in 0..200 {
        if let Ok(socket) = TcpStream::connect(("127.0.0.1", port)) {
            socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            return socket;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("the server does not start");
}

fn get(server: &Server, config: &Config, host: &str) -> Result<String, String> {
    let mut tls = over(config, host, socket(server.port))?;
    tls.write_all(b"GET / HTTP/1.0\r\n\r\n").map_err(|e| e.to_string())?;
    let mut page = String::new();
    match tls.read_to_string(&mut page) {
        // It closes without saying so, behind the page.
        Err(error) if page.is_empty() => Err(error.to_string()),
        _ => Ok(page),
    }
}

fn its_own_roots(server: &Server) -> Config {
    let certificate = CertificateDer::from_pem_file(server.folder.join("certificate.pem")).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    trusting(roots).unwrap()
}

#[test]
fn a_server_with_an_rsa_certificate_is_spoken_with() {
    for (name, more) in [
        ("any", &[][..]),
        ("p384", &["-groups", "P-384"]),
        ("aes256", &["-ciphersuites", "TLS_AES_256_GCM_SHA384"]),
    ] {
        let Some(server) = serve(name, &["rsa:2048"], more) else { return };
        let page = get(&server, &its_own_roots(&server), "localhost").unwrap();
        assert!(page.contains("TLSv1.3"), "{name}: {page}");
    }
}

#[test]
fn a_server_that_is_not_trusted_or_not_the_one_is_refused() {
    let Some(server) = serve("refused", &["rsa:2048"], &[]) else { return };
    let error = get(&server, &config().unwrap(), "localhost").unwrap_err();
    assert!(error.contains("UnknownIssuer"), "{error}");
    let error = get(&server, &its_own_roots(&server), "example.com").unwrap_err();
    assert!(error.contains("NotValidForName") || error.contains("not valid for name"), "{error}");
}
