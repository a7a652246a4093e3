"""The front: every call comes in here, is logged, delayed or failed as a test asked, and then served.

An ASGI application around MiniStack's own. It knows services by name only; what they do is elsewhere.
"""

import asyncio
import inspect

from . import instances, jobs, wire
from .faults import call_fault
from .place import ACCOUNT
from .state import STATE

# Faults that are none of the service's own: the connection ends before, or after, the call was done.
CUTS = ("Disconnect", "LostAnswer")


def front(ministack, doubles, quiet=False):
    """`doubles` maps a signing name to a function from a call to `(status, headers, body)`, or what that is
    awaited from, or to `None` where MiniStack is to answer. A quiet front is for calls from inside: no fault strikes them, and whoever makes them
    logs them."""

    async def serve(scope, receive, send):
        if scope["type"] != "http":
            await ministack(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        query = scope.get("query_string", b"").decode("latin-1")
        found = wire.signed(headers, query)
        if found is None:
            await ministack(scope, receive, send)
            return
        call = wire.Call(scope["method"], scope["path"], query, headers)
        call.key, call.region, call.service = found
        if call.service != "s3":
            call.body = await read(receive)
            receive = replay(call.body)
        wire.identify(call)
        fault = None if quiet else await struck(call)
        code = fault and fault.get("error")
        if code and code not in CUTS:
            await write(send, *wire.error(call, code, fault.get("message"), fault.get("status")))
            return
        if code == "Disconnect":
            await cut(send)
            return
        double = doubles.get(call.service)
        answer = double(call) if double else None
        if inspect.isawaitable(answer):
            answer = await answer
        into = nowhere if code == "LostAnswer" else send
        if answer is None:
            await ministack(scope, receive, into)
        else:
            await write(into, *answer)
        if code == "LostAnswer":
            await cut(send)

    return serve


async def struck(call):
    """Logs a call; the rule of a fault that strikes it, after its latency."""
    caller = call.key if call.key in (jobs.KEY, instances.KEY) else "tool"
    # MiniStack's functions sign with the account for a key.
    caller = "function" if call.key == ACCOUNT else caller
    entry = STATE.record(caller, service=call.service, action=call.name, resource=resource(call), region=call.region)
    fault = call_fault(call)
    if fault and fault.get("error"):
        entry["fault"] = fault["error"]
    if fault and fault.get("latency_ms"):
        await asyncio.sleep(fault["latency_ms"] / 1000)
    return fault


async def nowhere(_message):
    """Where an answer goes that is lost on its way."""


async def cut(send):
    """Promises an answer and closes the connection before it has come."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def resource(call):
    """The name of what is acted on, where the request says it plainly."""
    import json
    from urllib.parse import parse_qs

    keys = ("StackName", "ClusterId", "ClusterIdentifier", "StreamName", "logGroupName", "RoleName", "Name",
            "workgroupName", "namespaceName", "JobFlowIds", "InstanceId.1", "GroupId", "repositoryName", "name")
    if call.service == "s3":
        return call.path.lstrip("/")
    for value in call.uri.values():
        return str(value)
    try:
        fields = json.loads(call.body) if call.body[:1] == b"{" else {
            key: value[0] for key, value in parse_qs(call.body.decode()).items()}
    except ValueError:
        return None
    return next((fields[key] for key in keys if fields.get(key)), None)


async def read(receive):
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body"):
            return b"".join(parts)


def replay(body):
    """The body again, for an application that reads it itself."""
    sent = False

    async def receive():
        nonlocal sent
        if sent:
            return {"type": "http.disconnect"}
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def write(send, status, headers, body):
    if isinstance(body, str):
        body = body.encode()
    head = {**headers, "content-length": str(len(body))}
    await send({"type": "http.response.start", "status": status,
                "headers": [(str(k).lower().encode(), str(v).encode()) for k, v in head.items()]})
    await send({"type": "http.response.body", "body": body})
