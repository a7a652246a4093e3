"""Role policies: the inline policy of one role, as a resource of its own."""

import json
import re

from ministack.services import iam

from .registry import add, handled


def install():
    add("AWS::IAM::RolePolicy", create=create, update=update, delete=delete, tags=None,
        replacing=("PolicyName", "RoleName"))


def create(_logical, props, _stack):
    status, _, body = iam._put_role_policy({
        "RoleName": [props["RoleName"]], "PolicyName": [props["PolicyName"]],
        "PolicyDocument": [json.dumps(props.get("PolicyDocument") or {})]})
    if status != 200:
        text = body.decode() if isinstance(body, bytes) else body
        found = re.search(r"<Message>(.*?)</Message>", text, re.S)
        raise handled(found[1] if found else text, "NotFound" if status == 404 else "InvalidRequest")
    return f"{props['PolicyName']}|{props['RoleName']}", {}


def update(_identity, _old, new, stack):
    return create("", new, stack)


def delete(_identity, props):
    role = iam._roles.get(props["RoleName"])
    if role:
        role["InlinePolicies"].pop(props["PolicyName"], None)
