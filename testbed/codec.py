"""From a call to a function of a double and back, in the wire format of the service.

moto's parsers and serializers do it from botocore's models; a double sees parameters and gives a result, both in
the words of the service's API.
"""

import inspect
from datetime import datetime, timezone
from urllib.parse import parse_qsl

from botocore import xform_name

from . import wire


class Refusal(Exception):
    """An error that the service answers with."""

    def __init__(self, code, message, status=400):
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


def parse(call):
    """The parameters of a call, as the service's API names them."""
    from moto.core.parse import PROTOCOL_PARSERS
    from werkzeug.datastructures import Headers, MultiDict

    operation = wire.service_model(call.model).operation_model(call.action)
    values = parse_qsl(call.query, keep_blank_values=True)
    if wire.protocol(call) in ("query", "ec2"):
        values += parse_qsl(call.body.decode(), keep_blank_values=True)
    parser = PROTOCOL_PARSERS[wire.service_model(call.model).metadata["protocol"]](operation)
    return parser.parse({
        "method": call.method,
        "values": MultiDict(values),
        "headers": Headers(list(call.headers.items())),
        "body": call.body,
        "url_path": call.path,
        "url_params": call.uri,
    }) or {}


def answer(call, result):
    """Status, headers and body of a result."""
    from moto.core.serialize import get_serializer_class

    model = wire.service_model(call.model)
    serializer = get_serializer_class(model.service_name, model.metadata["protocol"])
    found = serializer(model.operation_model(call.action)).serialize(result)
    return found["status_code"], found["headers"], found["body"]


def double(regions):
    """A function from a call to its answer, or to what the answer is awaited from, for `regions`: a function from a
    region to the service there."""

    def serve(call):
        try:
            function = getattr(regions(call.region), xform_name(call.action), None) if call.action else None
            if function is None:
                raise Refusal("UnknownOperationException", f"the test bed does not know {call.name}", 501)
            result = function(parse(call))
            # What waits for something must not keep the event loop waiting.
            return later(call, result) if inspect.isawaitable(result) else answer(call, result or {})
        except Refusal as error:
            return wire.error(call, error.code, error.message, error.status)

    return serve


async def later(call, result):
    try:
        return answer(call, await result or {})
    except Refusal as error:
        return wire.error(call, error.code, error.message, error.status)


def moment(seconds):
    """A time as the serializers want it; `None` stays."""
    return None if seconds is None else datetime.fromtimestamp(seconds, timezone.utc).replace(tzinfo=None)


def page(items, given, token="Marker", size=100):
    """A page of `items` and the token of the next."""
    start = int(given.get(token) or 0)
    following = str(start + size) if len(items) > start + size else None
    return items[start:start + size], following
