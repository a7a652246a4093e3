"""Stacks over their life: the role they were given, those that are gone, and a deletion in the midst of something."""

import re

from ministack.core.responses import now_iso
from ministack.services import cloudformation as service
from ministack.services.cloudformation import changesets, handlers, stacks
from ministack.services.cloudformation.helpers import _error, _esc, _p, _xml

# Stacks that were deleted and whose name another took: still known by their ids.
GONE = {}
BUSY = {"UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"}
resolve = handlers._resolve_stack
rollback = stacks._roll_back_operation


def install():
    table = handlers._ACTION_HANDLERS
    handlers._resolve_stack = found
    stacks._roll_back_operation = unless_deleting
    handlers._roll_back_operation = unless_deleting
    for action in ("CreateStack", "UpdateStack", "CreateChangeSet"):
        table[action] = remembering(table[action])
    table["ExecuteChangeSet"] = executing(table["ExecuteChangeSet"])
    table["DescribeStacks"] = with_role(table["DescribeStacks"])
    table["DeleteStack"] = deleting(table["DeleteStack"])


def reset():
    GONE.clear()


def found(name):
    """A stack by name or id; one that was deleted is known by its id alone."""
    stack = resolve(name) or GONE.get(name)
    if stack and stack["StackStatus"] == "DELETE_COMPLETE" and stack["StackId"] != name:
        return None
    return stack


def remembering(handler):
    """Keeps the role that a request gives to the stack, and the stack whose name is taken over."""

    def kept(params):
        name = _p(params, "StackName")
        before = service._stacks.get(name)
        answer = handler(params)
        if answer[0] == 200:
            now = resolve(name)
            if before is not None and before is not now:
                GONE[before["StackId"]] = before
                if before["StackStatus"] == "REVIEW_IN_PROGRESS":
                    answer = adopt(before, now, answer)
            as_given(now)
            role = _p(params, "RoleARN")
            target = now if _p(params, "Action") != "CreateChangeSet" else last_change_set(params)
            if role and target is not None:
                target["RoleARN"] = role
        return answer

    return kept


def as_given(stack, values=None):
    """A parameter that names one of SSM's is shown by that name, not by what was found there."""
    values = stack.get("_resolved_params", {}) if values is None else values
    for parameter in stack.get("Parameters", []):
        value = values.get(parameter["ParameterKey"], {})
        if value.get("SsmName"):
            parameter["ParameterValue"] = value["SsmName"]


def adopt(before, now, answer):
    """Another change set on a stack that is only reviewed belongs to that stack, and has its id."""
    GONE.pop(before["StackId"], None)
    old, new = before["StackId"], now["StackId"]
    now["StackId"] = old
    service._stack_events.pop(new, None)
    for change_set in service._change_sets.values():
        if change_set["StackId"] == new:
            change_set["StackId"] = old
    status, headers, body = answer
    text = body.decode() if isinstance(body, bytes) else body
    return status, headers, text.replace(new, old).encode()


def last_change_set(params):
    _, change_set = changesets._find_change_set(_p(params, "ChangeSetName"), _p(params, "StackName"))
    return change_set


def executing(handler):
    def executed(params):
        _, change_set = changesets._find_change_set(_p(params, "ChangeSetName"), _p(params, "StackName"))
        answer = handler(params)
        if answer[0] == 200 and change_set:
            as_given(service._stacks[change_set["StackName"]], change_set["_resolved_params"])
        if answer[0] == 200 and change_set and change_set.get("RoleARN"):
            service._stacks[change_set["StackName"]]["RoleARN"] = change_set["RoleARN"]
        return answer

    return executed


def with_role(handler):
    """DescribeStacks, with RoleARN, and with stacks that are gone by their ids."""

    def described(params):
        name = _p(params, "StackName")
        gone = GONE.get(name)
        if gone is not None and not resolve(name):
            # Shown in the place of nothing: the handler looks in the table of stacks by name.
            key = gone["StackId"]
            service._stacks[key] = {**gone}
            try:
                return described_with_roles(handler, params)
            finally:
                service._stacks.pop(key, None)
        return described_with_roles(handler, params)

    return described


def described_with_roles(handler, params):
    status, headers, body = handler(params)
    text = body.decode() if isinstance(body, bytes) else body
    if status != 200:
        return status, headers, body

    def add(match):
        stack = resolve(match[1]) or {}
        role = stack.get("RoleARN")
        time = stack.get("DeletionTime")
        return match[0] + (f"<RoleARN>{_esc(role)}</RoleARN>" if role else "") + (
            f"<DeletionTime>{time}</DeletionTime>" if time else "")

    text = re.sub(r"<StackId>([^<]*)</StackId>", add, text)
    # What is empty is absent in AWS's answers, not an empty text.
    text = re.sub(r"<(StackStatusReason|Description|LastUpdatedTime)></\1>", "", text)
    return status, headers, text.encode()


def deleting(handler):
    def deleted(params):
        stack = found(_p(params, "StackName"))
        if not stack:
            return handler(params)
        status = stack["StackStatus"]
        if status in ("DELETE_IN_PROGRESS", "DELETE_COMPLETE"):
            return _xml(200, "DeleteStackResponse", "")
        if status in BUSY:
            return _error("ValidationError", f"Stack [{stack['StackId']}] cannot be deleted while in status {status}")
        role = _p(params, "RoleARN")
        running = stack.get("_task")
        if status == "REVIEW_IN_PROGRESS" or not running or running.task.done():
            answer = handler(params)
        else:
            answer = interrupt(handler, params, stack, running.task)
        if answer[0] == 200 and role:
            stack["RoleARN"] = role
        return answer

    return deleted


def interrupt(handler, params, stack, task):
    """Deletes a stack that is being created: what is under way is cancelled, then the deletion begins."""
    if stack.get("EnableTerminationProtection"):
        return handler(params)
    stack["_deleting"] = True
    stack["StackStatus"] = "DELETE_IN_PROGRESS"
    original = stacks._delete_stack_async

    async def after(*args, **named):
        import asyncio

        await asyncio.wait([task])
        stack.pop("_deleting", None)
        await original(*args, **named)

    handlers._delete_stack_async = after
    try:
        return handler(params)
    finally:
        handlers._delete_stack_async = original


async def unless_deleting(stack_name, stack_id, stack, operation, *args, **named):
    """The rollback of a creation that failed because its stack is being deleted is that deletion."""
    if stack.get("_deleting"):
        stack["StackStatus"] = "DELETE_IN_PROGRESS"
        return
    await rollback(stack_name, stack_id, stack, operation, *args, **named)
    # What could not be taken down is still the stack's, for its deletion to try again.
    for logical, record in stack.get("_rollback_failed", {}).items():
        if "RevertTo" not in record and not operation.get("is_update"):
            stack["_resources"].setdefault(logical, {
                "LogicalResourceId": logical, "ResourceStatus": "DELETE_FAILED", "Attributes": {},
                "Timestamp": now_iso(), **record})
