"""Session Manager as far as a port is forwarded: sessions begin and end. Nothing is carried: that is AWS's plugin's."""

import json

from ministack.core.responses import error_response_json, get_region, json_response, new_uuid
from ministack.services import ec2, ssm

ORIGINAL = {}
# By identifier: the instance.
OPEN = {}


def install():
    ORIGINAL["handle_request"] = ssm.handle_request
    ssm.handle_request = handle_request


def reset():
    OPEN.clear()


async def handle_request(method, path, headers, body, query_params):
    action = headers.get("x-amz-target", "").rsplit(".", 1)[-1]
    if action == "StartSession":
        return start(json.loads(body))
    if action == "TerminateSession":
        return end(json.loads(body))
    return await ORIGINAL["handle_request"](method, path, headers, body, query_params)


def start(given):
    record = ec2._instances.get(given.get("Target", ""))
    if record is None or record["State"]["Name"] != "running":
        return error_response_json("TargetNotConnected", f"{given.get('Target')} is not connected.", 400)
    if given.get("DocumentName") == "AWS-StartPortForwardingSession":
        parameters = given.get("Parameters") or {}
        if set(parameters) != {"portNumber", "localPortNumber"} or not all(parameters.values()):
            return error_response_json("InvalidParameters", "portNumber and localPortNumber are to be given.", 400)
    identity = f"tester-{new_uuid()[:17]}"
    OPEN[identity] = given["Target"]
    region = get_region()
    return json_response({"SessionId": identity, "TokenValue": f"token-{new_uuid()}",
                          "StreamUrl": f"wss://ssmmessages.{region}.amazonaws.com/v1/data-channel/{identity}"})


def end(given):
    if OPEN.pop(given.get("SessionId", ""), None) is None:
        return error_response_json("DoesNotExistException", "There is no such session.", 400)
    return json_response({"SessionId": given["SessionId"]})
