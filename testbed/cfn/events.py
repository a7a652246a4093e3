"""Events and states of resources as CloudFormation shows them.

MiniStack writes an event for every resource of an update, changed or not, calls new ones updated, says nothing of
what it removes, and lists a resource only when it is complete. All of that misleads a tool that follows a stack.
"""

from contextlib import asynccontextmanager

from ministack.core.responses import now_iso
from ministack.services import cloudformation as service
from ministack.services.cloudformation import engine, handlers, stacks

STACK = "AWS::CloudFormation::Stack"
DELETING = ("DELETE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
CLEANUP = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
# Per stack id: what each resource is doing, the events held back, what the update makes anew, what failed, what could
# not be deleted, and whether the update is cleaning up.
SHOWN, HELD, NEW, FAILED, STUCK, CLEANED = {}, {}, {}, {}, {}, set()
write = stacks._add_event


def install():
    from ministack.services.cloudformation import changesets

    for module in (stacks, changesets, handlers):
        module._add_event = add
    handlers._ACTION_HANDLERS["ListStackResources"] = with_shown(handlers._list_stack_resources)
    handlers._ACTION_HANDLERS["DescribeStackResources"] = with_shown(handlers._describe_stack_resources)
    handlers._ACTION_HANDLERS["DescribeStackResource"] = with_shown(handlers._describe_stack_resource)


def reset():
    for table in (SHOWN, HELD, NEW, FAILED, STUCK, CLEANED):
        table.clear()


def stack_of(stack_id):
    return next((s for s in service._stacks.values() if s.get("StackId") == stack_id), None)


def add(stack_id, stack_name, logical, kind, status, reason="", physical="", detailed_status="", **named):
    physical = named.get("physical_id", physical)
    if kind == STACK and logical == stack_name:
        whole(stack_id, stack_name, status, reason, physical, detailed_status)
        return
    stack = stack_of(stack_id) or {}
    updating = stack.get("StackStatus") == "UPDATE_IN_PROGRESS"
    if updating and status == "UPDATE_IN_PROGRESS" and not reason:
        if logical in stack.get("_resources", {}):
            # Held back until it is known that anything changes.
            HELD[stack_id, logical] = (logical, kind, status, reason, physical)
            return
        NEW.setdefault(stack_id, set()).add(logical)
    if status == "DELETE_IN_PROGRESS" and stack.get("StackStatus") in DELETING:
        # Held back until it is known that nothing that needs it is still there.
        HELD[stack_id, logical] = (logical, kind, status, reason, physical)
        return
    if status == "DELETE_FAILED":
        STUCK.setdefault(stack_id, set()).add(logical)
        if HELD.pop((stack_id, logical), None):
            return
    if status == "UPDATE_COMPLETE" and HELD.pop((stack_id, logical), None):
        return
    if status == "UPDATE_FAILED":
        release(stack_id, stack_name, logical)
    if updating and logical in NEW.get(stack_id, ()):
        status = status.replace("UPDATE_", "CREATE_")
    if status in ("CREATE_FAILED", "UPDATE_FAILED"):
        FAILED.setdefault(stack_id, []).append((logical, status))
    put(stack_id, stack_name, logical, kind, status, reason, physical)


def release(stack_id, stack_name, logical):
    """Writes an event that was held back."""
    held = HELD.pop((stack_id, logical), None)
    if held:
        put(stack_id, stack_name, *held)


def put(stack_id, stack_name, logical, kind, status, reason, physical):
    shown = SHOWN.setdefault(stack_id, {})
    physical = physical or shown.get(logical, {}).get("PhysicalResourceId", "")
    write(stack_id, stack_name, logical, kind, status, reason, physical)
    shown[logical] = {"PhysicalResourceId": physical, "ResourceType": kind, "ResourceStatus": status,
                      "ResourceStatusReason": reason, "Timestamp": now_iso()}


def whole(stack_id, stack_name, status, reason, physical, detailed_status):
    """An event of the stack itself."""
    stack = stack_of(stack_id) or {}
    if status.endswith("_IN_PROGRESS") and status.split("_")[0] in ("CREATE", "UPDATE", "DELETE") \
            and status != CLEANUP and "ROLLBACK" not in status:
        for table in (NEW, FAILED, STUCK):
            table.pop(stack_id, None)
        CLEANED.discard(stack_id)
        stack["StackStatusReason"] = ""
    failed = FAILED.get(stack_id, [])
    names = ", ".join(logical for logical, _ in failed)
    verb = "create" if failed and failed[-1][1] == "CREATE_FAILED" else "update"
    if failed and status in ("ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS"):
        reason = f"The following resource(s) failed to {verb}: [{names}]. Rollback requested by user."
        if status.startswith("UPDATE"):
            reason = f"The following resource(s) failed to {verb}: [{names}]. "
    elif failed and status in ("CREATE_FAILED", "UPDATE_FAILED"):
        reason = f"The following resource(s) failed to {verb}: [{names}]. "
    elif reason == "Rollback complete":
        reason = ""
    elif status in ("DELETE_FAILED", "ROLLBACK_FAILED"):
        names = sorted(n for n, now in SHOWN.get(stack_id, {}).items() if now["ResourceStatus"] == "DELETE_FAILED")
        reason = f"The following resource(s) failed to delete: [{', '.join(names)}]. "
        stack["StackStatusReason"] = reason
    if status == "UPDATE_COMPLETE":
        clean(stack_id, stack_name)
    write(stack_id, stack_name, stack_name, STACK, status, reason, physical or stack_id, detailed_status)
    if reason and not status.startswith("DELETE"):
        stack["StackStatusReason"] = "" if reason == "User Initiated" else reason
    if status == "DELETE_COMPLETE":
        stack["DeletionTime"] = now_iso()
        stack["StackStatusReason"] = ""


def clean(stack_id, stack_name):
    """The state between the last change of an update and its end, in which what was replaced goes."""
    if stack_id not in CLEANED:
        CLEANED.add(stack_id)
        write(stack_id, stack_name, stack_name, STACK, CLEANUP, "", stack_id)


def initiated(stack, kind, logical, physical):
    put(stack["StackId"], stack["StackName"], logical, kind, "CREATE_IN_PROGRESS", "Resource creation Initiated",
        physical)


class Needed(Exception):
    """What another resource needs that could not be deleted is left alone."""


def needed(stack, logical):
    resources = (stack.get("_template") or {}).get("Resources", {})
    stuck = STUCK.get(stack.get("StackId"), ())
    return any(name in resources and logical in engine._extract_deps(resources[name], set(resources))
               for name in stuck)


@asynccontextmanager
async def operation(stack, kind, logical, name, args):
    """Around one operation on a resource: the events that MiniStack leaves out."""
    stack_id, stack_name = stack.get("StackId"), stack.get("StackName")
    if name == "delete" and needed(stack, logical):
        raise Needed
    if name in ("update", "delete"):
        release(stack_id, stack_name, logical)
    removing = name == "delete" and stack.get("StackStatus") in ("UPDATE_IN_PROGRESS", CLEANUP)
    if not removing:
        yield
        return
    stack["StackStatus"] = CLEANUP
    clean(stack_id, stack_name)
    before = SHOWN.get(stack_id, {}).get(logical)
    put(stack_id, stack_name, logical, kind, "DELETE_IN_PROGRESS", "", args[1])
    yield
    put(stack_id, stack_name, logical, kind, "DELETE_COMPLETE", "", args[1])
    live = stack.get("_resources", {}).get(logical)
    if live and live["PhysicalResourceId"] != args[1] and before:
        SHOWN[stack_id][logical] = before


def with_shown(handler):
    """Answers with what each resource is doing, in the place of what is complete."""

    def shown(params):
        stack = handlers._resolve_stack(handlers._p(params, "StackName"))
        if not stack:
            return handler(params)
        real = stack.get("_resources", {})
        view = {logical: dict(record) for logical, record in real.items()}
        for logical, now in SHOWN.get(stack["StackId"], {}).items():
            view[logical] = {**view.get(logical, {"LogicalResourceId": logical}), **now}
        stack["_resources"] = view
        try:
            return handler(params)
        finally:
            stack["_resources"] = real

    return shown
