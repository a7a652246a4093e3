"""EventBridge Scheduler's schedules, fired: on a clock that a test can move.

MiniStack keeps schedules but fires few of them. Here a universal target is really called, with the schedule's input,
and what fails goes to the dead-letter queue after its retries.
"""

import asyncio
import json
import re
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

from ministack.core.responses import request_scope
from ministack.services import iam, scheduler, sqs

from . import invoke, place, wire
from .codec import parse
from .state import STATE

UNITS = {"minute": 60, "hour": 3600, "day": 86400}
TARGET = re.compile(r"arn:aws:scheduler:::aws-sdk:(\w+):(\w+)$")
# Firings of one move of the clock, and retries that are made of the many that AWS makes over a day.
MOST, RETRIES = 500, 2


def install():
    # Its own ticker would fire the same schedules by the wall clock.
    scheduler.start_scheduler = lambda: None
    scheduler._now = STATE.now


class Schedules:
    def __init__(self, app, busy):
        """`app` serves AWS's calls; `busy` gives the tasks that are to end before the next firing."""
        self.app, self.busy = app, busy
        self.done = {}
        self.lock = asyncio.Lock()

    def reset(self):
        self.done.clear()

    async def due(self):
        """Fires what is due now."""
        async with self.lock:
            await self.until(STATE.now())

    async def advance(self, seconds):
        """Moves the clock and fires everything due on the way, in order and each at its own time."""
        async with self.lock:
            before, goal = len(STATE.fired), STATE.now() + seconds
            while len(STATE.fired) - before < MOST:
                due = self.next(goal)
                if due is None:
                    break
                moment, key = due
                if moment > STATE.now():
                    STATE.offset += moment - STATE.now()
                await self.quiet()
                await self.fire(moment, key)
            STATE.offset += max(0.0, goal - STATE.now())
            self.complete()
            return STATE.fired[before:]

    async def quiet(self):
        """What an earlier firing began ends first: minutes lie between two of them."""
        tasks = [task for task in self.busy() if not task.done()]
        if tasks:
            await asyncio.wait(tasks, timeout=30)

    async def until(self, goal):
        while True:
            due = self.next(goal)
            if due is None:
                break
            await self.fire(*due)
        self.complete()

    def next(self, goal):
        """The earliest firing up to `goal`: its time and its schedule."""
        found = [(moment, key) for key, record in list(scheduler._schedules._data.items())
                 if (moment := self.moment(key, record)) is not None and moment <= goal]
        return min(found, default=None)

    def moment(self, key, record):
        """When a schedule fires next; `None`: never again."""
        if record.get("State") != "ENABLED":
            return None
        end = scheduler._to_epoch(record.get("EndDate"))
        last, version = self.done.get(key, (None, None))
        if version != record["LastModificationDate"]:
            last = None
        found = at(record)
        if found is not None:
            return None if last is not None else found
        found = every(record, last)
        return None if found is None or (end is not None and found > end) else found

    async def fire(self, moment, key):
        account, region, _ = key
        record = scheduler._schedules._data[key]
        self.done[key] = (moment, record["LastModificationDate"])
        target = record["Target"]
        policy = target.get("RetryPolicy") or {}
        retries = min(RETRIES, policy.get("MaximumRetryAttempts", 185))
        entry = {"schedule": record["Name"], "group": record["GroupName"], "region": region, "target": target["Arn"],
                 "input": target.get("Input"), "role": target.get("RoleArn"), "at": moment, "attempts": 0}
        STATE.fired.append(entry)
        for _ in range(1 + retries):
            entry["attempts"] += 1
            try:
                with request_scope(account, region):
                    entry["result"] = shown(await self.call(record, region))
                entry["ok"], entry["error"] = True, None
                return
            except (ValueError, invoke.Failure) as error:
                entry["ok"], entry["error"] = False, str(error)
        with request_scope(account, region):
            entry["dead_letter"] = await self.bury(record, entry, region)

    async def call(self, record, region):
        target = record["Target"]
        check_role(target.get("RoleArn"))
        model, given = request(target)
        return await invoke.call(self.app, model, given, region, role=target.get("RoleArn"),
                                 schedule=record["Name"], input=given,
                                 resource=next((v for v in given.values() if isinstance(v, str)), None))

    async def bury(self, record, entry, region):
        """Puts a firing that failed on the dead-letter queue; whether there was one."""
        queue = (record["Target"].get("DeadLetterConfig") or {}).get("Arn")
        if not queue:
            return None
        name = queue.rsplit(":", 1)[-1]
        url = sqs._queue_name_to_url.get(name)
        if not url:
            return f"there is no queue {name}"
        code, _, message = entry["error"].partition(": ")
        attributes = {"ERROR_CODE": code, "ERROR_MESSAGE": message or code, "SCHEDULE_ARN": record["Arn"],
                      "TARGET_ARN": record["Target"]["Arn"], "RETRY_ATTEMPTS": str(entry["attempts"] - 1),
                      "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts"}
        model = invoke.operation("sqs", "SendMessage")
        try:
            await invoke.call(self.app, model, {
                "QueueUrl": url, "MessageBody": record["Target"].get("Input") or "{}",
                "MessageAttributes": {k: {"DataType": "String", "StringValue": v} for k, v in attributes.items()},
            }, region, resource=name)
        except invoke.Failure as error:
            return str(error)
        return name

    @staticmethod
    def complete():
        """Removes schedules that have run their course and asked for that."""
        for key, record in list(scheduler._schedules._data.items()):
            end = scheduler._to_epoch(record.get("EndDate"))
            if record.get("ActionAfterCompletion") == "DELETE" and end is not None and STATE.now() > end:
                scheduler._schedules._data.pop(key, None)


def shown(result):
    return {key: value for key, value in result.items() if key != "ResponseMetadata"}


def at(record):
    """The time of a one-time schedule."""
    found = re.fullmatch(r"at\((.+)\)", record["ScheduleExpression"].strip())
    if not found:
        return None
    zone = ZoneInfo(record.get("ScheduleExpressionTimezone") or "UTC")
    return datetime.fromisoformat(found[1]).replace(tzinfo=zone).astimezone(timezone.utc).timestamp()


def every(record, last):
    """The next time of a rate: first at its start, or at once; never before it was written as it is now."""
    found = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", record["ScheduleExpression"].strip())
    if not found:
        return None
    step = int(found[1]) * UNITS[found[2]]
    if last is not None:
        return last + step
    written = record["LastModificationDate"]
    start = scheduler._to_epoch(record.get("StartDate"))
    if start is None:
        return written
    if start >= written:
        return start
    return start + -(-(written - start) // step) * step


def request(target):
    """The model and the parameters of a universal target's call."""
    found = TARGET.match(target.get("Arn") or "")
    if not found:
        raise ValueError(f"{target.get('Arn')} is no universal target, and the test bed fires no other")
    model = invoke.operation(*found.groups())
    try:
        given = json.loads(target.get("Input") or "{}")
    except ValueError as error:
        raise ValueError("Invalid RequestJson provided. Reason: it is not JSON.") from error
    try:
        return model, invoke.pascal(model.input_shape, given)
    except ValueError as error:
        raise ValueError(f"Invalid RequestJson provided. Reason: {error}") from error


def check_role(arn):
    record = iam._roles.get((arn or "").rsplit("/", 1)[-1])
    if not record or "scheduler.amazonaws.com" not in json.dumps(record.get("AssumeRolePolicyDocument", "")):
        raise ValueError("The execution role you provide must allow AWS EventBridge Scheduler to assume the role.")


def guard(call):
    """Refuses a schedule that AWS would refuse; `None`: MiniStack goes on with it."""
    if call.action not in ("CreateSchedule", "UpdateSchedule"):
        return None
    given = parse(call)
    expression = given.get("ScheduleExpression", "")
    try:
        if not re.fullmatch(r"(at|rate|cron)\(.+\)", expression):
            raise ValueError(f"Invalid Schedule Expression {expression}.")
        if "start" in given and given["StartDate"] > given.get("EndDate", given["StartDate"]):
            raise ValueError("The StartDate must come before the EndDate.")
        with request_scope(place.ACCOUNT, call.region):
            check_role(given["Target"].get("RoleArn"))
        request(given["Target"])
    except ValueError as error:
        return wire.error(call, "ValidationException", str(error))
    return None
