"""The network that a Grafana host sees, for one that has none: AWS, the instance's metadata, and hosts of packages.

    network.py FOLDER

The folder has `bucket/`, the objects of any bucket; `secret`, what Secrets Manager holds; `web/HOST/`, what a host
serves; `tls.crt` and `tls.key`. `requests` becomes one line for each request: method, host, path. AWS answers who signs
with the credentials of the instance's role, and nobody else. `listening` is there when all ports are.
"""

import http.server
import json
import pathlib
import secrets
import ssl
import sys
import threading
import urllib.parse
import xml.sax.saxutils

FOLDER = pathlib.Path(sys.argv[1])
LOCK = threading.Lock()
METADATA, HEALTH = ("169.254.169.254", 80), ("127.0.0.1", 3000)
TOKEN, KEY, SESSION = (secrets.token_hex(8) for _ in range(3))
ROLE = {"Code": "Success", "Type": "AWS-HMAC", "AccessKeyId": KEY, "SecretAccessKey": secrets.token_hex(16), "Token": SESSION,
        "LastUpdated": "2026-01-01T00:00:00Z", "Expiration": "2099-01-01T00:00:00Z"}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        host = self.headers.get("Host", "").partition(":")[0]
        with LOCK, open(FOLDER / "requests", "a", encoding="utf-8") as log:
            print(self.command, host, self.path, file=log)
        status, answer = self.answer(host, body)
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.send_header("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer)

    do_GET = do_HEAD = do_POST = do_PUT = do

    def answer(self, host, body):
        path = urllib.parse.urlsplit(self.path)
        if self.server.server_address == HEALTH:
            return (200, b"{}") if path.path == "/api/health" else (404, b"")
        if self.server.server_address == METADATA:
            return self.metadata(path.path)
        if host.endswith(".amazonaws.com"):
            if KEY not in self.headers.get("Authorization", "") or self.headers.get("X-Amz-Security-Token") != SESSION:
                return 403, b""
            return secret(body) if host.startswith("secretsmanager.") else objects(host.partition(".s3.")[0], path)
        return file(FOLDER / "web" / host, path.path)

    def metadata(self, path):
        """Of an instance that wants a token, as ours does."""
        if (self.command, path) == ("PUT", "/latest/api/token"):
            return 200, TOKEN.encode()
        if self.headers.get("X-aws-ec2-metadata-token") != TOKEN:
            return 401, b""
        credentials = "/latest/meta-data/iam/security-credentials/"
        return {credentials: (200, b"role"), credentials + "role": (200, json.dumps(ROLE).encode())}.get(path, (404, b""))

    def log_message(self, *_):
        pass


def secret(body):
    asked = json.loads(body)["SecretId"]
    return 200, json.dumps({"ARN": asked, "SecretString": (FOLDER / "secret").read_text().strip()}).encode()


def objects(bucket, path):
    """`ListObjectsV2` and `GetObject`."""
    query = urllib.parse.parse_qs(path.query)
    if "list-type" not in query:
        return file(FOLDER / "bucket", path.path)
    prefix, found = query.get("prefix", [""])[0], ""
    for at in sorted((FOLDER / "bucket").rglob("*")):
        key = at.relative_to(FOLDER / "bucket").as_posix()
        if at.is_file() and key.startswith(prefix):
            found += (f"<Contents><Key>{xml.sax.saxutils.escape(key)}</Key><Size>{at.stat().st_size}</Size>"
                      "<LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>")
    return 200, f"<ListBucketResult><Name>{bucket}</Name><IsTruncated>false</IsTruncated>{found}</ListBucketResult>".encode()


def file(root, path):
    at = (root / urllib.parse.unquote(path).lstrip("/")).resolve()
    return (200, at.read_bytes()) if at.is_relative_to(root.resolve()) and at.is_file() else (404, b"")


def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(FOLDER / "tls.crt", FOLDER / "tls.key")
    for address in (("127.0.0.1", 443), METADATA, HEALTH):
        server = http.server.ThreadingHTTPServer(address, Handler)
        if address[1] == 443:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever).start()
    (FOLDER / "listening").touch()


main()
