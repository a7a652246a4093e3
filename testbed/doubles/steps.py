"""Steps of an EMR cluster: one after the other, as EMR runs them where a cluster has one at a time.

`command-runner.jar` with `spark-submit` is really run (see `jobs.py`); any other step has nothing to run here and is
complete at once.
"""

from .. import faults, jobs
from ..codec import Refusal, moment
from ..state import STATE
from .common import identity

# Steps that are not over, at most; characters of a step's jar, arguments and properties.
MOST, CHARACTERS = 256, 10_240
ACTIVE = ("PENDING", "RUNNING", "CANCEL_PENDING")
ENDS_CLUSTER = ("TERMINATE_CLUSTER", "TERMINATE_JOB_FLOW")


class Step:
    def __init__(self, given, logs):
        self.id, self.given, self.at = identity("s-", 13), given, STATE.now()
        self.name, self.on_failure = given.get("Name"), given.get("ActionOnFailure") or "CONTINUE"
        self.jar = given.get("HadoopJarStep", {})
        self.logs = f"{logs}/{self.id}" if logs else None
        self.state, self.started, self.ended, self.job = "PENDING", None, None, None
        self.fault, self.failure, self.why = None, {}, ""

    def start(self):
        self.state, self.started = "RUNNING", STATE.now()
        self.fault = faults.step_fault(self.name)
        if self.fault and not self.fault.get("late"):
            self.fail(self.fault["reason"], self.fault.get("message"))
            return
        words = list(self.jar.get("Args", []))
        if self.jar.get("Jar") == "command-runner.jar" and words[:1] == ["spark-submit"]:
            words, arguments = split(words[1:])
            self.job = jobs.Job(self.name, words, arguments, self.logs)
        elif self.fault:
            self.fail(self.fault["reason"], self.fault.get("message"))
        else:
            self.end("COMPLETED")

    def look(self):
        """Takes over what has become of its process."""
        if self.job is None or self.job.ended is None or self.state not in ACTIVE:
            return
        if self.state == "CANCEL_PENDING":
            self.end("CANCELLED", "Cancelled by user.")
        elif self.fault:
            self.fail(self.fault["reason"], self.fault.get("message"))
        elif self.job.good():
            self.end("COMPLETED")
        else:
            self.fail("Unknown Error.", self.job.message())

    def fail(self, reason, message):
        self.failure = {"Reason": reason}
        if message:
            self.failure["Message"] = message
        if self.logs:
            self.failure["LogFile"] = f"{self.logs}/stderr.gz"
        self.end("FAILED")

    def end(self, state, why=""):
        self.state, self.why, self.ended = state, why, STATE.now()

    def shown(self):
        times = {"CreationDateTime": moment(self.at)}
        if self.started is not None:
            times["StartDateTime"] = moment(self.started)
        if self.ended is not None:
            times["EndDateTime"] = moment(self.ended)
        status = {"State": self.state, "StateChangeReason": {"Message": self.why} if self.why else {},
                  "Timeline": times}
        if self.failure:
            status["FailureDetails"] = self.failure
        properties = {pair["Key"]: pair.get("Value", "") for pair in self.jar.get("Properties", [])}
        return {"Id": self.id, "Name": self.name, "ActionOnFailure": self.on_failure, "Status": status,
                "Config": {"Jar": self.jar.get("Jar"), "Args": self.jar.get("Args", []), "Properties": properties}}


def split(words):
    """spark-submit's own words with the script, and the script's arguments."""
    at = 0
    while at < len(words) and words[at].startswith("-"):
        at += 2 if words[at] in jobs.VALUED else 1
    return words[:at + 1], words[at + 1:]


def check(known, steps):
    """Refuses steps that EMR would refuse."""
    active = sum(step.state in ACTIVE for step in known)
    if active + len(steps) > MOST:
        raise Refusal("ValidationException", "Maximum number of active steps(State = 'Running', 'Pending' or "
                                             "'Cancel_Pending') for cluster exceeded.")
    for step in steps:
        jar = step.get("HadoopJarStep", {})
        texts = [jar.get("Jar", ""), jar.get("MainClass") or "", *jar.get("Args", [])]
        texts += [text for pair in jar.get("Properties", []) for text in pair.values()]
        size = sum(map(len, texts))
        if size > CHARACTERS:
            raise Refusal("ValidationException", f"The total length of the step's strings is {size} characters, more "
                                                 f"than the maximum of {CHARACTERS}.")


def add(cluster, steps):
    logs = cluster.given.get("LogUri")
    folder = f"{logs.rstrip('/')}/{cluster.id}/steps" if logs else None
    made = [Step(step, folder) for step in steps]
    cluster.steps += made
    return [step.id for step in made]


def cancel(cluster, identities):
    settle(cluster)
    told = []
    for step in [step for step in cluster.steps if step.id in identities]:
        done = {"StepId": step.id, "Status": "SUBMITTED"}
        if step.state == "PENDING":
            step.end("CANCELLED", "Cancelled by user.")
        elif step.state == "RUNNING" and step.job:
            step.state = "CANCEL_PENDING"
            step.job.stop()
        else:
            done.update(Status="FAILED", Reason=f"Step cannot be cancelled as it is in state {step.state}.")
        told.append(done)
    return told


def idle_since(cluster):
    """When a cluster last had something to do; None while it has."""
    if any(step.state in ACTIVE for step in cluster.steps):
        return None
    return max([cluster.ready] + [step.ended for step in cluster.steps])


def settle(cluster):
    """Brings the steps of a cluster up to now."""
    for step in cluster.steps:
        before = step.state
        step.look()
        if step.state == "FAILED" and before != "FAILED":
            failed(cluster, step)
    if cluster.gone is not None:
        stop(cluster)
        return
    if cluster.phase() in ("creating", "gone"):
        return
    while not any(step.state in ("RUNNING", "CANCEL_PENDING") for step in cluster.steps):
        following = next((step for step in cluster.steps if step.state == "PENDING"), None)
        if following is None:
            break
        following.start()
        if following.state == "FAILED":
            failed(cluster, following)
    keep = cluster.given.get("Instances", {}).get("KeepJobFlowAliveWhenNoSteps", False)
    if cluster.gone is None and not keep and cluster.steps and idle_since(cluster) is not None:
        cluster.why = "done"
        cluster.end()


def failed(cluster, step):
    """What a cluster does when a step has failed."""
    if step.on_failure in ENDS_CLUSTER and cluster.gone is None and not cluster.protected:
        cluster.why = "failed"
        cluster.end()
        stop(cluster)
    elif step.on_failure != "CONTINUE":
        for other in cluster.steps:
            if other.state == "PENDING":
                other.end("CANCELLED", "Cancelled as an earlier step failed.")


def stop(cluster):
    """Ends what a cluster still does: it goes with it."""
    for step in cluster.steps:
        if step.state in ACTIVE:
            if step.job:
                step.job.stop()
            step.end("CANCELLED", "Job terminated")
