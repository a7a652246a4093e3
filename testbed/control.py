"""The control API: plain HTTP and JSON, on a port of its own so that no fault ever strikes it."""

import json
from urllib.parse import parse_qs

from . import faults, instances, left, plant
from .doubles import quotas
from .front import read, write
from .place import REGION
from .state import STATE


def control(bed):
    """An ASGI application over `bed`, which resets, looks and plants."""

    async def serve(scope, receive, send):
        if scope["type"] != "http":
            return
        body = await read(receive)
        query = {key: value[0] for key, value in parse_qs(scope.get("query_string", b"").decode()).items()}
        try:
            given = json.loads(body) if body.strip() else None
            handler = ROUTES.get((scope["method"], scope["path"]))
            if handler is None:
                known = ", ".join(f"{method} {path}" for method, path in ROUTES)
                status, answer = 404, {"error": f"no such call; there are: {known}"}
            else:
                status, answer = 200, await handler(bed, given, query)
        except (ValueError, KeyError, TypeError) as error:
            status, answer = 400, {"error": f"{type(error).__name__}: {error}"}
        await write(send, status, {"content-type": "application/json"}, json.dumps(answer, default=str))

    return serve


async def health(_bed, _given, _query):
    return {"ready": True}


async def reset(bed, _given, _query):
    await bed.reset()
    return {"reset": True}


async def delays(_bed, given, _query):
    if given is not None:
        STATE.delays = dict(given)
    return STATE.delays


async def set_faults(_bed, given, _query):
    if given is not None:
        faults.add(given if isinstance(given, list) else [given])
    return faults.shown()


async def clear_faults(_bed, _given, _query):
    STATE.faults = []
    return []


async def limits(_bed, given, _query):
    """Switches limits of throughput: `{"kinesis": false}`."""
    unknown = set(given or {}) - set(STATE.limits)
    if unknown:
        raise ValueError(f"there are no such limits: {', '.join(sorted(unknown))}")
    STATE.limits.update(given or {})
    return STATE.limits


async def machines(_bed, given, _query):
    """What runs on machines; `{"service": "kill"}` (or stop, start) does that to their services."""
    if given is None:
        return instances.shown()
    if given.get("service") not in ("kill", "stop", "start"):
        raise ValueError("service is kill, stop or start")
    return instances.service(given["service"])


async def calls(_bed, _given, _query):
    return STATE.calls


async def clear_calls(_bed, _given, _query):
    STATE.calls = []
    return []


async def clock(bed, given, _query):
    fired = []
    if given is not None:
        fired = await bed.schedules.advance(float(given["advance_seconds"]))
    return {"now": STATE.now(), "offset_seconds": STATE.offset, "fired": fired}


async def fired(_bed, _given, _query):
    return STATE.fired


async def what_is_left(_bed, _given, query):
    return left.left(query.get("name"), query.get("region"))


async def planted(_bed, given, _query):
    return plant.plant(given)


async def set_quotas(_bed, given, query):
    """Lowers quotas: `{"ec2/L-1216C47A": 1}`."""
    quotas.at(query.get("region", REGION)).values.update(given or {})
    return quotas.at(query.get("region", REGION)).values


ROUTES = {
    ("GET", "/clock"): clock,
    ("POST", "/clock"): clock,
    ("GET", "/fired"): fired,
    ("GET", "/left"): what_is_left,
    ("POST", "/plant"): planted,
    ("POST", "/quotas"): set_quotas,
    ("GET", "/health"): health,
    ("POST", "/reset"): reset,
    ("GET", "/delays"): delays,
    ("POST", "/delays"): delays,
    ("GET", "/faults"): set_faults,
    ("POST", "/faults"): set_faults,
    ("DELETE", "/faults"): clear_faults,
    ("GET", "/machines"): machines,
    ("POST", "/machines"): machines,
    ("GET", "/limits"): limits,
    ("POST", "/limits"): limits,
    ("GET", "/calls"): calls,
    ("DELETE", "/calls"): clear_calls,
}
