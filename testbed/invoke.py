"""Calls of AWS's API from inside: what a schedule does, what a test plants, what is looked for.

A call is written by botocore and goes through the same front door as one from outside, so that it cannot do what
AWS's API cannot.
"""

import time

from . import place, wire
from .state import STATE

# The names that AWS's SDKs give services, where botocore's differ.
SDK_NAMES = {
    "emrserverless": "emr-serverless", "redshiftserverless": "redshift-serverless", "cloudwatchlogs": "logs",
    "secretsmanager": "secretsmanager", "servicequotas": "service-quotas", "eventbridge": "events",
    "redshiftdata": "redshift-data", "elasticmapreduce": None,
}


class Failure(Exception):
    """An error that a service answered with."""

    def __init__(self, code, message, status):
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.status = code, message, status


def operation(service, action):
    """botocore's model of an operation; the name of an action may begin in lower case."""
    from botocore.exceptions import UnknownServiceError
    from botocore.loaders import DataNotFoundError

    name = SDK_NAMES.get(service, service)
    try:
        model = wire.service_model(name)
        return model.operation_model(action[:1].upper() + action[1:])
    except (UnknownServiceError, DataNotFoundError, TypeError, KeyError, Exception) as error:
        raise ValueError(f"{service}:{action} is not an API of the SDK") from error


def pascal(shape, value, path=""):
    """Parameters in the API's own spelling, from PascalCase, in which EventBridge Scheduler wants them."""
    if shape.type_name == "structure":
        if not isinstance(value, dict):
            raise ValueError(f"{path or 'the request'} is not an object")
        names = {member[:1].upper() + member[1:]: member for member in shape.members}
        found = {}
        for key, each in value.items():
            if key not in names:
                raise ValueError(f"The field '{path}{key}' is not supported.")
            found[names[key]] = pascal(shape.members[names[key]], each, f"{path}{key}.")
        missing = [name for name in shape.required_members if name not in found]
        if missing:
            raise ValueError(f"Missing property '{missing[0][:1].upper() + missing[0][1:]}'.")
        return found
    if shape.type_name == "list":
        return [pascal(shape.member, each, path) for each in value]
    return value


async def call(app, model, given, region=place.REGION, caller="scheduler", **about):
    """Makes the call; its answer as botocore reads it. Raises `Failure`."""
    from botocore.parsers import create_parser
    from botocore.serialize import create_serializer

    service = model.service_model
    kind = service.metadata["protocol"]
    request = create_serializer(kind, include_validation=True).serialize_to_request(given, model)
    body = request["body"]
    if isinstance(body, dict):
        from urllib.parse import urlencode

        body = urlencode(body)
    body = body.encode() if isinstance(body, str) else bytes(body)
    query = request.get("query_string") or ""
    if isinstance(query, dict):
        from urllib.parse import urlencode

        query = urlencode(query, doseq=True)
    path, _, more = request["url_path"].partition("?")
    query = "&".join(part for part in (more, query) if part)
    scope_name = service.metadata.get("signingName") or service.metadata["endpointPrefix"]
    day = time.strftime("%Y%m%d")
    headers = {**request["headers"], "host": "127.0.0.1", "content-length": str(len(body)),
               "authorization": f"AWS4-HMAC-SHA256 Credential={place.KEY}/{day}/{region}/{scope_name}/aws4_request, "
                                "SignedHeaders=host, Signature=0"}
    prefix = wire.PREFIXES.get(scope_name, scope_name)
    STATE.record(caller, service=scope_name, action=f"{prefix}:{model.name}", region=region, **about)
    status, found, text = await ask(app, request["method"], path, query, headers, body)
    parsed = create_parser(kind).parse({"status_code": status, "headers": found, "body": text}, model.output_shape)
    if status >= 300:
        error = parsed.get("Error", {})
        raise Failure(error.get("Code", str(status)), error.get("Message", text.decode(errors="replace")), status)
    return parsed


async def ask(app, method, path, query, headers, body):
    """One request to an ASGI application in this process."""
    from botocore.awsrequest import HeadersDict

    parts, found = [], {}
    sent = False

    async def receive():
        nonlocal sent
        if sent:
            return {"type": "http.disconnect"}
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        if message["type"] == "http.response.start":
            found["status"] = message["status"]
            found["headers"] = {k.decode(): v.decode() for k, v in message["headers"]}
        else:
            parts.append(message.get("body", b""))

    scope = {"type": "http", "http_version": "1.1", "method": method, "path": path, "scheme": "http",
             "raw_path": path.encode(), "query_string": query.encode(), "client": ("127.0.0.1", 0),
             "headers": [(k.lower().encode(), str(v if not isinstance(v, bytes) else v.decode()).encode())
                         for k, v in headers.items()]}
    await app(scope, receive, send)
    headers = HeadersDict()
    for name, value in found["headers"].items():
        headers[name] = value
    return found["status"], headers, b"".join(parts)
