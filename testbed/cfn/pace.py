"""Time and failure in CloudFormation: every operation on a resource takes as long as a test wants, or fails.

MiniStack hands what blocks to a thread of its own. We tell it that everything blocks, and take the place of that
hand-over: the wait is then ours, on the event loop, and other calls are answered meanwhile.
"""

import asyncio
import logging

from ministack.core.responses import now_iso
from ministack.services.cloudformation import _stacks, provisioners, stacks

from .. import faults
from ..state import STATE
from . import events, taken

TASKS = set()
# Types whose service has the resource from the start of its creation: it is there, and bills, before
# CloudFormation says so.
EARLY = {
    "AWS::EMR::Cluster", "AWS::EMRServerless::Application", "AWS::Redshift::Cluster", "AWS::EC2::Instance",
    "AWS::RedshiftServerless::Namespace", "AWS::RedshiftServerless::Workgroup",
}
blocking = stacks._runs_on_worker_thread
threaded = stacks.run_reentrant


def install():
    # Refusals are what tests look for; their tracebacks are noise.
    logging.getLogger("cloudformation").setLevel(logging.CRITICAL + 1)
    stacks._runs_on_worker_thread = lambda _kind: True
    stacks.run_reentrant = paced
    original = stacks._create_stack_task_in_region

    def tracked(coroutine, stack, stack_id=None):
        async def kept():
            await coroutine

        with stacks._stack_region_context(stack, stack_id):
            task = asyncio.get_event_loop().create_task(kept())
        TASKS.add(task)
        if stack is not None:
            stack["_task"] = Running(task)
        task.add_done_callback(TASKS.discard)

    from ministack.services.cloudformation import changesets, handlers

    for module in (stacks, changesets, handlers):
        if getattr(module, "_create_stack_task_in_region", None) is original:
            module._create_stack_task_in_region = tracked


class Running:
    """The task of a stack's operation; not copied with the stack's record."""

    def __init__(self, task):
        self.task = task

    def __deepcopy__(self, _memo):
        return self


async def stop():
    """Cancels every operation that runs: a reset must not be followed by what was begun before it."""
    tasks = list(TASKS)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def paced(function, *args, **_named):
    kind = args[0]
    operation, logical, stack_name = about(function, args)
    stack = _stacks.get(stack_name) or {}
    if operation == "update" and args[2] == args[3]:
        return function(*args)
    entry = {"type": kind, "operation": operation, "logical": logical, "stack": stack_name,
             "role": stack.get("RoleARN")}
    STATE.record("cloudformation", **entry)
    async with events.operation(stack, kind, logical, operation, args):
        if blocking(kind):
            return await threaded(function, *args)
        fault = faults.resource_fault(operation, kind, logical, stack_name)
        if fault and not fault.get("late"):
            await wait(stack, kind, operation)
            raise ValueError(fault["reason"])
        if operation == "create":
            taken.check(kind, args[2])
            return await create(function, args, stack, kind, logical, fault)
        if operation == "delete":
            done = function(*args)
            await wait(stack, kind, operation)
            return done
        done = function(*args)
        await wait(stack, kind, operation)
        return done


def about(function, args):
    """Operation, logical id and stack of one of the three functions that MiniStack hands over."""
    name = function.__name__
    if "provision" in name:
        return "create", args[1], args[3]
    if "delete" in name:
        return "delete", args[4], args[3]
    return "update", args[5], args[4]


async def create(function, args, stack, kind, logical, fault):
    if kind not in EARLY and not fault:
        await wait(stack, kind, "create")
        return function(*args)
    made = function(*args)
    (identity, _), _ = made
    events.initiated(stack, kind, logical, identity)
    try:
        await wait(stack, kind, "create")
        if fault:
            raise ValueError(fault["reason"])
    except ValueError:
        await abandon(stack, kind, logical, identity, args)
        raise
    return made


async def abandon(stack, kind, logical, identity, args):
    """What is there already of a resource that failed, or was cancelled, goes with the rollback; without one it
    stays, and bills, until the stack is deleted."""
    if stack.get("DisableRollback") and not stack.get("_deleting"):
        stack["_resources"][logical] = {
            "PhysicalResourceId": identity, "ResourceType": kind, "ResourceStatus": "CREATE_FAILED",
            "LogicalResourceId": logical, "Properties": args[2], "Attributes": {}, "Timestamp": now_iso()}
        return
    provisioners._delete_resource(kind, identity, args[2], args[3], logical)
    await asyncio.sleep(STATE.delay(kind, "delete"))


async def wait(stack, kind, operation):
    """Waits as long as the operation takes; fails when the stack is deleted meanwhile."""
    seconds = STATE.delay(kind, operation)
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while True:
        if operation == "create" and stack.get("_deleting"):
            raise ValueError("Resource creation cancelled")
        left = until - loop.time()
        if left <= 0:
            break
        await asyncio.sleep(min(left, 0.05))
    # Even what takes no time lets others be answered.
    await asyncio.sleep(0)
