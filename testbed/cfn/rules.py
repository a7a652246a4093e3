"""What AWS refuses and MiniStack lets pass, and conditions on pseudo-parameters, which MiniStack reads wrong."""

import json
import re

from ministack.core.responses import get_account_id, get_region
from ministack.services import cloudformation as service
from ministack.services import iam, s3
from ministack.services.cloudformation import changesets, engine, handlers, stacks
from ministack.services.cloudformation.helpers import _error, _p

LIMIT = 51_200
HOSTED = re.compile(r"https?://(?:([a-z0-9.-]+)\.)?s3[.-](?:[a-z0-9-]+\.)?amazonaws\.com/(.+)$")
TAKES_TEMPLATE = ("CreateStack", "UpdateStack", "CreateChangeSet", "ValidateTemplate", "GetTemplateSummary")
UPDATABLE = {
    "CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE", "IMPORT_ROLLBACK_COMPLETE",
}
evaluate = engine._evaluate_conditions
resolve = changesets._resolve_props_for_diff


def install():
    for module in (engine, stacks, changesets, handlers):
        if hasattr(module, "_evaluate_conditions"):
            module._evaluate_conditions = conditions
    changesets._resolve_props_for_diff = left_in
    for action in TAKES_TEMPLATE:
        around(action, size)
        around(action, address)
    # MiniStack answers with nothing where there are events, which would pass for success.
    around("DescribeEvents", lambda _params: _error("InvalidAction", "Could not find operation DescribeEvents for "
                                                                    "version 2010-05-15"))
    around("CreateStack", not_again)
    around("CreateChangeSet", changeable)
    around("UpdateStack", updatable)
    for action in ("CreateStack", "UpdateStack", "CreateChangeSet", "DeleteStack"):
        around(action, assumable)


def around(action, check):
    """Puts a check before a handler; what the check answers with, other than nothing, is the answer."""
    handler = handlers._ACTION_HANDLERS[action]
    handlers._ACTION_HANDLERS[action] = lambda params: check(params) or handler(params)


def conditions(template, params):
    given = dict(params)
    pseudo = {"AWS::Region": get_region(), "AWS::AccountId": get_account_id(), "AWS::Partition": "aws",
              "AWS::URLSuffix": "amazonaws.com"}
    for name, value in pseudo.items():
        given.setdefault(name, {"Value": value, "NoEcho": False})
    return evaluate(template, given)


def left_in(template, params, *about):
    """What a change set compares: of each template what its conditions leave in, so that a resource whose condition
    comes true is added."""
    resolved = resolve(template, params, *about)
    if resolved:
        known = conditions(template, params)
        resolved["Resources"] = {name: each for name, each in resolved["Resources"].items()
                                 if known.get(each.get("Condition"), True)}
    return resolved


def size(params):
    body = _p(params, "TemplateBody")
    if len(body.encode()) > LIMIT:
        return _error("ValidationError", "1 validation error detected: Value at 'templateBody' failed to satisfy "
                                         "constraint: Member must have length less than or equal to 51200")
    return None


def address(params):
    """A template's address with the bucket in the host, which MiniStack takes for a path."""
    url = _p(params, "TemplateURL")
    found = HOSTED.match(url)
    if found and found[1]:
        params["TemplateURL"] = [f"https://s3.amazonaws.com/{found[1]}/{found[2]}"]
        bucket, key = found[1], found[2]
    elif url:
        bucket, _, key = url.split("://", 1)[-1].split("/", 1)[-1].partition("/")
    else:
        return None
    if bucket not in s3._buckets:
        return _error("ValidationError", "S3 error: The specified bucket does not exist\nFor more information check "
                                         "http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html")
    if s3._get_object_data(bucket, key) is None:
        return _error("ValidationError", "S3 error: The specified key does not exist.\nFor more information check "
                                         "http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html")
    return None


def not_again(params):
    name = _p(params, "StackName")
    found = service._stacks.get(name)
    if found and found["StackStatus"] != "DELETE_COMPLETE":
        return _error("AlreadyExistsException", f"Stack [{name}] already exists")
    return None


def refused(stack):
    return _error("ValidationError", f"Stack:{stack['StackId']} is in {stack['StackStatus']} state and can not be "
                                     "updated.")


def updatable(params):
    found = handlers._resolve_stack(_p(params, "StackName"))
    if found and found["StackStatus"] not in UPDATABLE | {"DELETE_COMPLETE"}:
        return refused(found)
    return None


def changeable(params):
    name = _p(params, "StackName")
    found = handlers._resolve_stack(name)
    if not found or found["StackStatus"] == "DELETE_COMPLETE":
        return None
    if _p(params, "ChangeSetType", "UPDATE") == "CREATE":
        if found["StackStatus"] != "REVIEW_IN_PROGRESS":
            return _error("ValidationError", f"Stack [{found['StackName']}] already exists and cannot be created "
                                             f"again with the changeSet [{_p(params, 'ChangeSetName')}].")
        return None
    return updatable(params)


def assumable(params):
    """A role that CloudFormation is given, or was given for this stack, must be there and must trust it."""
    found = handlers._resolve_stack(_p(params, "StackName")) or {}
    role = _p(params, "RoleARN") or found.get("RoleARN")
    if not role or found.get("StackStatus") == "DELETE_COMPLETE" and not _p(params, "RoleARN"):
        return None
    record = iam._roles.get(role.rsplit("/", 1)[-1])
    trust = json.dumps(record.get("AssumeRolePolicyDocument", "")) if record else ""
    if not record or record.get("Arn") != role or "cloudformation.amazonaws.com" not in re.sub(r"%2E", ".", trust):
        return _error("ValidationError", f"Role {role} is invalid or cannot be assumed")
    return None
