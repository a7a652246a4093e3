"""Job runs of EMR Serverless: Spark jobs that are really run (see `jobs.py`), and what they are billed."""

import itertools
import math
import shlex

from .. import faults, jobs
from ..codec import Refusal, moment
from ..state import STATE
from .common import identity, pairs

OVER = ("SUCCESS", "FAILED", "CANCELLED")
# What a job has if it does not say: vCPU and GB of the driver and of each executor, and how many of these.
VCPU, MEMORY, EXECUTORS, DISK = 4, 14, 3, 20
# GB beside Spark's own memory: a share of it, and at least so much.
OVERHEAD, LEAST = 0.1, 0.384
# Seconds that a worker is billed at least; GB of its disk that are free.
BILLED, FREE = 60, 20


class JobRun:
    def __init__(self, application, given):
        self.id = identity("00f", 13, "abcdefghijklmnopqrstuv0123456789")
        self.application, self.given = application, given
        self.arn = f"{application.arn}/jobruns/{self.id}"
        self.tags, self.name = pairs(given.get("tags")), given.get("name")
        self.at, self.started, self.ended = STATE.now(), None, None
        self.state, self.details, self.job, self.fault = "SUBMITTED", "", None, None

    def settle(self):
        """Brings it up to now."""
        if self.state == "SUBMITTED" and self.application.state == "STARTED":
            self.start()
        if self.job is None or self.job.ended is None or self.state in OVER:
            return
        if self.state == "CANCELLING":
            self.end("CANCELLED", "")
        elif self.fault:
            self.end("FAILED", self.fault["reason"])
        elif self.job.good():
            self.end("SUCCESS", "")
        else:
            self.end("FAILED", f"Job failed, please check complete logs in configured logging destination. "
                               f"ExitCode: {self.job.code if self.job.code is not None else 1}. "
                               f"Last few exceptions: {self.job.message()}")

    def start(self):
        self.state, self.started = "RUNNING", STATE.now()
        self.fault = faults.step_fault(self.name)
        if self.fault and not self.fault.get("late"):
            self.end("FAILED", self.fault["reason"])
            return
        spark = self.given["jobDriver"]["sparkSubmit"]
        words = [*shlex.split(spark.get("sparkSubmitParameters") or ""), spark["entryPoint"]]
        monitoring = self.given.get("configurationOverrides", {}).get("monitoringConfiguration", {})
        logs = monitoring.get("s3MonitoringConfiguration", {}).get("logUri")
        if logs:
            logs = f"{logs.rstrip('/')}/applications/{self.application.id}/jobs/{self.id}/SPARK_DRIVER"
        self.job = jobs.Job(self.name, words, list(spark.get("entryPointArguments") or []), logs, "controller")

    def cancel(self):
        if self.state == "SUBMITTED":
            self.end("CANCELLED", "")
        elif self.job and self.state == "RUNNING":
            self.state = "CANCELLING"
            self.job.stop()

    def end(self, state, details):
        self.state, self.details, self.ended = state, details, STATE.now()

    def workers(self):
        """vCPU and GB of all workers, as its parameters ask for."""
        conf = settings(self.given["jobDriver"]["sparkSubmit"].get("sparkSubmitParameters") or "")
        vcpu = memory = count = 0
        for role, number in (("driver", 1), ("executor", int(conf.get("spark.executor.instances", EXECUTORS)))):
            heap = gigabytes(conf.get(f"spark.{role}.memory", f"{MEMORY}g"))
            vcpu += number * int(conf.get(f"spark.{role}.cores", VCPU))
            memory += number * math.ceil(heap + max(heap * OVERHEAD, LEAST))
            count += number
        return vcpu, memory, count

    def resources(self):
        """What it used, and what of it is billed: by the second, a minute at least, 20 GB of disk a worker free."""
        seconds = max(0.0, (self.ended or STATE.now()) - (self.started or self.ended or STATE.now()))
        vcpu, memory, count = self.workers()

        def hours(length, disk):
            figures = {"vCPUHour": vcpu, "memoryGBHour": memory, "storageGBHour": disk * count}
            return {name: round(each * length / 3600, 3) for name, each in figures.items()}

        billed = max(BILLED, math.ceil(seconds)) if seconds else 0
        return int(seconds), hours(seconds, DISK), hours(billed, DISK - FREE)

    def shown(self):
        given, (seconds, total, billed) = self.given, self.resources()
        found = {
            "applicationId": self.application.id, "jobRunId": self.id, "arn": self.arn, "state": self.state,
            "stateDetails": self.details, "createdBy": given["executionRoleArn"], "createdAt": moment(self.at),
            "updatedAt": moment(self.ended or self.started or self.at), "executionRole": given["executionRoleArn"],
            "releaseLabel": self.application.given.get("releaseLabel", ""), "jobDriver": given["jobDriver"],
            "configurationOverrides": given.get("configurationOverrides"), "name": self.name, "tags": self.tags,
            "startedAt": moment(self.started), "endedAt": moment(self.ended), "attempt": 1, "mode": "BATCH",
            "executionTimeoutMinutes": given.get("executionTimeoutMinutes", 720),
        }
        if self.state in OVER:
            # AWS tells what a job took only when it is over.
            found.update(totalExecutionDurationSeconds=seconds, totalResourceUtilization=total,
                         billedResourceUtilization=billed)
        return {name: value for name, value in found.items() if value is not None}

    def summary(self):
        full, names = self.shown(), ("applicationId", "name", "arn", "createdBy", "createdAt", "updatedAt",
                                     "executionRole", "state", "stateDetails", "releaseLabel", "mode", "attempt")
        return {"id": self.id, "type": "SPARK", **{name: full[name] for name in names if name in full}}


def begin(application, given):
    """A job run, or the one that this token began already."""
    for known in application.job_runs:
        if known.given["clientToken"] == given["clientToken"]:
            same = {name: given.get(name) for name in ("jobDriver", "executionRoleArn", "name")}
            if same != {name: known.given.get(name) for name in same}:
                raise Refusal("ConflictException", "A job run with the same clientToken and other parameters exists.",
                              409)
            return known
    if not (given.get("jobDriver") or {}).get("sparkSubmit", {}).get("entryPoint"):
        raise Refusal("ValidationException", "The job driver must be sparkSubmit with an entryPoint.")
    automatic = application.given.get("autoStartConfiguration", {}).get("enabled", True)
    if application.state != "STARTED" and not (automatic and application.state in ("CREATED", "STOPPED")):
        raise Refusal("ConflictException", f"Application {application.id} is in state {application.state} and cannot "
                                           "run a job.", 409)
    application.run = "STARTED"
    application.job_runs.append(JobRun(application, given))
    return application.job_runs[-1]


def settings(parameters):
    """The --conf settings among spark-submit's parameters."""
    words = shlex.split(parameters)
    found = [after for before, after in itertools.pairwise(words) if before == "--conf" and "=" in after]
    return dict(each.split("=", 1) for each in found)


def gigabytes(size):
    units = {"k": 2**-20, "m": 2**-10, "g": 1.0, "t": 2.0**10}
    number, unit = size.lower().rstrip("b"), "m"
    if number[-1:] in units:
        number, unit = number[:-1], number[-1]
    return float(number) * units[unit]
