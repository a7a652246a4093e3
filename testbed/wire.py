"""AWS's wire formats: what a request asks for, and errors as each protocol writes them.

The models are botocore's, so a request is understood exactly as the SDKs wrote it.
"""

import functools
import json
import re
import uuid
from dataclasses import dataclass, field
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from .place import ACCOUNT

# Signing names that differ from botocore's name of the service.
MODELS = {
    "elasticmapreduce": "emr",
    "monitoring": "cloudwatch",
    "servicequotas": "service-quotas",
    "tagging": "resourcegroupstaggingapi",
}
# Signing names that differ from the prefix of the service's actions in IAM.
PREFIXES = {"monitoring": "cloudwatch", "tagging": "tag"}
SCOPE = re.compile(r"([^/\s=,]+)/\d{8}/([^/]+)/([^/]+)/aws4_request")

# One error, as each protocol calls it. What is not here is sent as it was asked for.
NAMES = {
    "Throttling": {"json": "ThrottlingException", "ec2": "RequestLimitExceeded", "s3": "SlowDown"},
    "ExpiredToken": {"json": "ExpiredTokenException", "ec2": "RequestExpired"},
    "AccessDenied": {"json": "AccessDeniedException", "ec2": "UnauthorizedOperation"},
    "InternalFailure": {"ec2": "InternalError", "s3": "InternalError"},
}
STATUS = {"InternalFailure": 500, "ServiceUnavailable": 503}
QUERY_STATUS = {"AccessDenied": 403, "ExpiredToken": 403}
MESSAGES = {
    "Throttling": "Rate exceeded",
    "ExpiredToken": "The security token included in the request is expired",
    "InternalFailure": "The request processing has failed because of an unknown error, exception or failure.",
    "ServiceUnavailable": "The service is unavailable. Please try again shortly.",
}


@dataclass
class Call:
    method: str
    path: str
    query: str
    headers: dict
    body: bytes = b""
    service: str = ""
    region: str = ""
    key: str = ""
    action: str = ""
    uri: dict = field(default_factory=dict)

    @property
    def model(self):
        return MODELS.get(self.service, self.service)

    @property
    def name(self):
        """`elasticmapreduce:DescribeCluster`, as IAM writes it."""
        return f"{PREFIXES.get(self.service, self.service)}:{self.action}"


def signed(headers, query):
    """Access key, region and service of a signed request; `None` when it is not one."""
    scope = headers.get("authorization", "")
    if "X-Amz-Credential" in query:
        scope = parse_qs(query)["X-Amz-Credential"][0]
    found = SCOPE.search(scope)
    return found.groups() if found else None


@functools.lru_cache(maxsize=None)
def service_model(name):
    from moto.core.utils import get_service_model

    return get_service_model(name)


def identify(call):
    """Fills in the action. Without one, the call is for no service that we know."""
    target = call.headers.get("x-amz-target", "")
    rpc = re.fullmatch(r"/service/\w+/operation/(\w+)", call.path)
    if target:
        call.action = target.rsplit(".", 1)[-1]
    elif rpc:
        call.action = rpc[1]
    elif call.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        call.action = parse_qs(call.body.decode(errors="replace")).get("Action", [""])[0]
    elif "Action=" in call.query:
        call.action = parse_qs(call.query)["Action"][0]
    else:
        call.action, call.uri = route(call)
    return call


def route(call):
    """The operation of a REST request, by method and path."""
    from moto.core.request import Request
    from moto.core.routing import get_service_router

    try:
        url = f"http://localhost{call.path}" + (f"?{call.query}" if call.query else "")
        request = Request.from_primitives(call.method, url, call.headers)
        operation, uri = get_service_router(call.model).match(request)
        return operation.name, dict(uri or {})
    except Exception:  # what no model knows is not ours to name
        return "", {}


def protocol(call):
    """`query`, `ec2`, `json`, `rest-json`, `rest-xml`, `s3` or `cbor`: how this request's answer is written."""
    if call.headers.get("smithy-protocol") == "rpc-v2-cbor":
        return "cbor"
    if call.headers.get("x-amz-target"):
        return "json"
    if call.service == "s3":
        return "s3"
    try:
        return service_model(call.model).metadata["protocol"]
    except Exception:
        return "json"


def error(call, code, message=None, status=None):
    """Status, headers and body of an error as this request's protocol writes it."""
    kind = protocol(call)
    family = "json" if kind in ("json", "rest-json", "cbor") else kind
    name = NAMES.get(code, {}).get(family, code)
    if message is None:
        message = MESSAGES.get(code, code)
        if code == "AccessDenied":
            message = f"User: arn:aws:iam::{ACCOUNT}:user/testing is not authorized to perform: {call.name}"
    if status is None:
        status = STATUS.get(code, 503 if name == "SlowDown" else 400)
        if family != "json":
            status = QUERY_STATUS.get(code, status)
    identity = str(uuid.uuid4())
    text, label = escape(message), escape(name)
    side = "Receiver" if status >= 500 else "Sender"
    headers = {"x-amzn-requestid": identity}
    if kind == "ec2":
        body = (f"<Response><Errors><Error><Code>{label}</Code><Message>{text}</Message></Error></Errors>"
                f"<RequestID>{identity}</RequestID></Response>")
    elif kind == "s3":
        body = (f"<Error><Code>{label}</Code><Message>{text}</Message><RequestId>{identity}</RequestId>"
                f"<HostId>testbed</HostId></Error>")
    elif kind in ("query", "rest-xml"):
        body = (f"<ErrorResponse><Error><Type>{side}</Type><Code>{label}</Code><Message>{text}</Message></Error>"
                f"<RequestId>{identity}</RequestId></ErrorResponse>")
    else:
        headers["x-amzn-errortype"] = name
        if kind == "cbor":
            headers.update({"content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"})
            return status, headers, cbor({"__type": name, "message": message})
        headers["content-type"] = "application/x-amz-json-1.1" if kind == "json" else "application/json"
        return status, headers, json.dumps({"__type": name, "message": message}).encode()
    headers["content-type"] = "text/xml"
    return status, headers, ('<?xml version="1.0" encoding="UTF-8"?>\n' + body).encode()


def cbor(fields):
    """A map of text to text in CBOR: errors need no more."""
    def text(value):
        data = value.encode()
        return b"\x79" + len(data).to_bytes(2, "big") + data

    return bytes([0xA0 + len(fields)]) + b"".join(text(k) + text(v) for k, v in fields.items())
