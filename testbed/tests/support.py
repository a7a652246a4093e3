"""One test bed for all tests, reset before each, and what tests do with it again and again."""

import atexit
import functools
import json
import os
import subprocess
import sys
import time
import unittest
import urllib.error
import urllib.request

import botocore.config
import botocore.session

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
COMMAND = [sys.executable, "-m", "testbed"]


def start(*arguments, **options):
    """A test bed's process, with its standard input and output in our hands."""
    return subprocess.Popen([*COMMAND, *arguments], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            text=True, **options)


class Bed:
    def __init__(self):
        began = time.monotonic()
        self.process = start("--json")
        self.told = json.loads(self.process.stdout.readline())
        self.boot_seconds = time.monotonic() - began
        self.session = botocore.session.Session()
        atexit.register(self.stop)

    def stop(self):
        self.process.stdin.close()
        self.process.stdout.close()
        return self.process.wait(10)

    @functools.lru_cache(maxsize=None)  # noqa: B019 - one bed lives as long as the tests
    def client(self, service, region="us-east-1"):
        env = self.told["env"]
        config = botocore.config.Config(retries={"max_attempts": 0})
        return self.session.create_client(
            service, region_name=region, endpoint_url=env["AWS_ENDPOINT_URL"], config=config,
            aws_access_key_id=env["AWS_ACCESS_KEY_ID"], aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"])

    def control(self, method, path, given=None):
        data = None if given is None else json.dumps(given).encode()
        request = urllib.request.Request(self.told["control"] + path, method=method, data=data)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)


@functools.lru_cache(maxsize=None)
def shared():
    return Bed()


class Case(unittest.TestCase):
    def setUp(self):
        self.bed = shared()
        self.client, self.control = self.bed.client, self.bed.control
        self.control("POST", "/reset")
        self.cfn = self.client("cloudformation")

    def refusal(self, function, *arguments, **named):
        """The code and the message of the error that a call ends with."""
        with self.assertRaises(botocore.exceptions.ClientError) as caught:
            function(*arguments, **named)
        error = caught.exception.response["Error"]
        return error["Code"], error["Message"]

    def create(self, name, resources, **named):
        """Begins a stack; its id."""
        template = resources if "Resources" in resources else {"Resources": resources}
        return self.cfn.create_stack(StackName=name, TemplateBody=json.dumps(template),
                                     Capabilities=["CAPABILITY_NAMED_IAM"], **named)["StackId"]

    def settled(self, name, seconds=20):
        """The status in which a stack comes to rest."""
        return self.until(lambda: (s := self.status(name)).endswith("_IN_PROGRESS") and s != "REVIEW_IN_PROGRESS"
                          or s, lambda value: value is not True, seconds)

    def status(self, name):
        return self.cfn.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]

    def until(self, function, good=bool, seconds=20):
        end = time.monotonic() + seconds
        while True:
            value = function()
            if good(value):
                return value
            if time.monotonic() > end:
                self.fail(f"still {value} after {seconds} s")
            time.sleep(0.03)

    def change_set(self, stack, name, resources, kind="UPDATE", **named):
        self.cfn.create_change_set(StackName=stack, ChangeSetName=name, ChangeSetType=kind,
                                   TemplateBody=json.dumps({"Resources": resources}),
                                   Capabilities=["CAPABILITY_NAMED_IAM"], **named)
        return self.cfn.describe_change_set(StackName=stack, ChangeSetName=name)

    def events(self, name):
        """Logical id and status of each event, the oldest first."""
        found = self.cfn.describe_stack_events(StackName=name)["StackEvents"]
        return [(e["LogicalResourceId"], e["ResourceStatus"]) for e in reversed(found)]

    def role(self, name, service):
        trust = {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]}
        found = self.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
        return found["Role"]["Arn"]


def stream(**properties):
    return {"Type": "AWS::Kinesis::Stream", "Properties": {"Name": "n", **properties}}


def cluster(name="n-1", **properties):
    instances = {"MasterInstanceGroup": {"InstanceCount": 1, "InstanceType": "m5.xlarge"},
                 "KeepJobFlowAliveWhenNoSteps": True, **properties.pop("Instances", {})}
    return {"Type": "AWS::EMR::Cluster", "Properties": {
        "Name": name, "JobFlowRole": "nodes", "ServiceRole": "service", "Instances": instances, **properties}}
