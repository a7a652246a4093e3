"""Schedules, with the dates and the checks that MiniStack's type leaves out."""

import json

from ministack.services import scheduler

from .. import schedules
from .registry import add, handled, kept, name_of

FIELDS = ("ScheduleExpression", "ScheduleExpressionTimezone", "FlexibleTimeWindow", "Target", "State", "Description",
          "KmsKeyArn", "GroupName")


def install():
    add("AWS::Scheduler::Schedule", create=create, update=update, delete=delete, tags=None, replacing=("Name",))


def body(props):
    """The schedule as its API takes it: dates are numbers there, and so are the limits of retries."""
    found = kept(props, *FIELDS)
    for name in ("StartDate", "EndDate"):
        if props.get(name):
            found[name] = scheduler._to_epoch(props[name])
    target = dict(found["Target"])
    if target.get("RetryPolicy"):
        target["RetryPolicy"] = {name: int(value) for name, value in target["RetryPolicy"].items()}
    found["Target"] = target
    try:
        schedules.check_role(target.get("RoleArn"))
        if ":aws-sdk:" in target["Arn"]:
            schedules.request(target)
    except ValueError as error:
        raise handled(str(error), "InvalidRequest") from error
    return found


def checked(answer):
    status, _, text = answer
    if status != 200:
        raise handled(json.loads(text)["Message"], "NotFound" if status == 404 else "AlreadyExists")


def create(logical, props, stack):
    name = name_of(props, "Name", stack, logical, lower=False)
    checked(scheduler._create_schedule(name, body(props)))
    return name, {"Arn": scheduler._schedule_arn(props.get("GroupName", "default"), name)}


def update(name, old, new, _stack):
    group = new.get("GroupName", "default")
    if old.get("GroupName", "default") != group:
        delete(name, old)
        checked(scheduler._create_schedule(name, body(new)))
    else:
        checked(scheduler._update_schedule(name, body(new)))
    return name, {"Arn": scheduler._schedule_arn(group, name)}


def delete(name, props):
    key = f"{props.get('GroupName', 'default')}/{name}"
    if key in scheduler._schedules:
        scheduler._delete_schedule(name, {"groupName": props.get("GroupName", "default")})
