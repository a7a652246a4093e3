"""EMR Serverless: applications, which are created, started, stopped and deleted. Their jobs are in `job_runs.py`."""

from ..codec import Refusal, moment, page
from ..state import STATE
from . import job_runs
from .common import Timed, arn, identity, pairs, regional

KIND = "AWS::EMRServerless::Application"


class Application(Timed):
    def __init__(self, region, given):
        super().__init__(KIND)
        self.id = identity("00f", 13, "abcdefghijklmnopqrstuv0123456789")
        self.given, self.tags, self.run = given, pairs(given.get("tags")), "CREATED"
        self.arn = arn("emr-serverless", region, f"/applications/{self.id}")
        self.updated, self.job_runs = self.created, []

    @property
    def state(self):
        phase = self.phase()
        return {"creating": "CREATING", "deleting": "STOPPED", "gone": "TERMINATED"}.get(phase, self.run)

    def full(self):
        given = self.given
        kept = ("name", "releaseLabel", "initialCapacity", "maximumCapacity", "autoStartConfiguration",
                "autoStopConfiguration", "networkConfiguration", "monitoringConfiguration", "imageConfiguration",
                "runtimeConfiguration")
        return {**{name: given[name] for name in kept if given.get(name) is not None},
                "applicationId": self.id, "arn": self.arn, "state": self.state, "type": given.get("type", "SPARK"),
                "createdAt": moment(self.created), "updatedAt": moment(self.updated), "tags": self.tags,
                "architecture": given.get("architecture", "X86_64")}

    def summary(self):
        full = self.full()
        names = ("name", "arn", "releaseLabel", "type", "state", "createdAt", "updatedAt", "architecture")
        return {"id": self.id, **{name: full.get(name) for name in names if full.get(name) is not None}}


class EmrServerless:
    def __init__(self, region):
        self.region, self.applications = region, {}

    def find(self, identity_):
        if identity_ not in self.applications:
            raise Refusal("ResourceNotFoundException", f"Application {identity_} does not exist", 404)
        return self.applications[identity_]

    def create_application(self, given):
        application = Application(self.region, given)
        self.applications[application.id] = application
        return {"applicationId": application.id, "name": given.get("name"), "arn": application.arn}

    def get_application(self, given):
        return {"application": self.find(given["applicationId"]).full()}

    def list_applications(self, given):
        states = given.get("states")
        return {"applications": [a.summary() for a in self.applications.values()
                                 if not states or a.state in states]}

    def update_application(self, given):
        application = self.find(given["applicationId"])
        if application.state not in ("CREATED", "STOPPED"):
            raise Refusal("ValidationException", f"Application {application.id} must be in one of the following "
                                                 "statuses [CREATED, STOPPED].")
        application.given.update({k: v for k, v in given.items() if k != "applicationId"})
        application.updated = STATE.now()
        return {"application": application.full()}

    def start_application(self, given):
        self.find(given["applicationId"]).run = "STARTED"

    def stop_application(self, given):
        application = self.find(given["applicationId"])
        if any(each.state not in job_runs.OVER for each in application.job_runs):
            raise Refusal("ValidationException", f"Application {application.id} has job runs that are not over. "
                                                 "Cancel them first.")
        if application.run == "STARTED":
            application.run = "STOPPED"

    def delete_application(self, given):
        application = self.find(given["applicationId"])
        if application.state not in ("CREATED", "STOPPED"):
            raise Refusal("ValidationException", f"Application {application.id} must be in one of the following "
                                                 f"statuses [CREATED, STOPPED]. Current status: {application.state}")
        application.end()

    def settle(self):
        """Brings the job runs up to now."""
        for application in self.applications.values():
            for each in application.job_runs:
                each.settle()

    def job_run(self, given):
        self.settle()
        for each in self.find(given["applicationId"]).job_runs:
            if each.id == given["jobRunId"]:
                return each
        raise Refusal("ResourceNotFoundException", f"Job run {given['jobRunId']} does not exist", 404)

    def start_job_run(self, given):
        begun = job_runs.begin(self.find(given["applicationId"]), given)
        return {"applicationId": given["applicationId"], "jobRunId": begun.id, "arn": begun.arn}

    def get_job_run(self, given):
        return {"jobRun": self.job_run(given).shown()}

    def cancel_job_run(self, given):
        found = self.job_run(given)
        found.cancel()
        return {"applicationId": given["applicationId"], "jobRunId": found.id}

    def list_job_runs(self, given):
        self.settle()
        states = given.get("states")
        found = [each.summary() for each in self.find(given["applicationId"]).job_runs[::-1]
                 if not states or each.state in states]
        found, following = page(found, given, "nextToken", int(given.get("maxResults") or 50))
        return {"jobRuns": found, "nextToken": following}

    def by_arn(self, given):
        application, _, run = given["resourceArn"].split("/applications/", 1)[-1].partition("/jobruns/")
        return self.job_run({"applicationId": application, "jobRunId": run}) if run else self.find(application)

    def tag_resource(self, given):
        self.by_arn(given).tags.update(given["tags"])

    def untag_resource(self, given):
        for key in given["tagKeys"]:
            self.by_arn(given).tags.pop(key, None)

    def list_tags_for_resource(self, given):
        return {"tags": self.by_arn(given).tags}


REGIONS, at = regional(EmrServerless)
