"""Instances whose user data is run: what they do, how they end, and that nothing of them stays."""

import base64
import json
import os
import tempfile

from . import support

BUCKET = "machines"
# Says that it runs, does what it is told, and says how it was.
SCRIPT = """#!/bin/bash
set -u
echo "$RUNNER_ROOT" >"$RUNNER_ROOT/said"
export AWS_DEFAULT_REGION=us-east-1
aws s3 cp --only-show-errors "$RUNNER_ROOT/said" s3://machines/began
{body}
"""


def user_data(body):
    return base64.b64encode(SCRIPT.replace("{body}", body).encode()).decode()


def machine(body, attempt=1, **properties):
    """A template with a machine that is there when `Run` says so; a new `Run` makes a new one."""
    interface = {"DeviceIndex": "0", "Description": {"Fn::Sub": "run ${Run}"}, "SubnetId": {"Ref": "Subnet"}}
    return {
        "Parameters": {"Run": {"Type": "String", "Default": ""}},
        "Conditions": {"HasRun": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Run"}, ""]}]}},
        "Resources": {
            "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
            "Subnet": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.0.0.0/24"}},
            "Machine": {"Type": "AWS::EC2::Instance", "Condition": "HasRun", "Properties": {
                "ImageId": "ami-1", "InstanceType": "t3.micro", "NetworkInterfaces": [interface],
                "InstanceInitiatedShutdownBehavior": "terminate", "UserData": user_data(body), **properties}},
        },
        "Outputs": {"Machine": {"Condition": "HasRun", "Value": {"Ref": "Machine"}}},
    }


class Instances(support.Case):
    def setUp(self):
        super().setUp()
        self.s3, self.ec2 = self.client("s3"), self.client("ec2")
        self.s3.create_bucket(Bucket=BUCKET)

    def said(self, key, seconds=20):
        """The text of an object, once it is there."""
        def read():
            try:
                return self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()
            except self.s3.exceptions.NoSuchKey:
                return None
        return self.until(read, seconds=seconds)

    def machine(self):
        found = self.cfn.describe_stacks(StackName="m")["Stacks"][0].get("Outputs", [])
        return next((each["OutputValue"] for each in found), None)

    def state(self, identity):
        found = self.ec2.describe_instances(InstanceIds=[identity])
        return found["Reservations"][0]["Instances"][0]["State"]["Name"]

    def run_on(self, body, run="1", **properties):
        parameters = [{"ParameterKey": "Run", "ParameterValue": run}]
        self.create("m", machine(body, **properties), Parameters=parameters)
        self.assertEqual(self.settled("m"), "CREATE_COMPLETE")
        return self.machine()

    def test_a_machine_comes_with_its_parameter_works_and_ends_by_itself(self):
        body = 'aws s3 cp "$RUNNER_ROOT/said" s3://machines/done\nsystemd-run --wait --setenv=A=b sh -c \'exit 7\'\n' \
               'echo "$?" >"$RUNNER_ROOT/code"; aws s3 cp "$RUNNER_ROOT/code" s3://machines/code\nshutdown -h now'
        self.create("m", machine(body))
        self.assertEqual(self.settled("m"), "CREATE_COMPLETE")
        self.assertIsNone(self.machine())
        template = json.dumps(machine(body))
        self.cfn.create_change_set(StackName="m", ChangeSetName="c", ChangeSetType="UPDATE", TemplateBody=template,
                                   Parameters=[{"ParameterKey": "Run", "ParameterValue": "1"}])
        changes = self.cfn.describe_change_set(StackName="m", ChangeSetName="c")["Changes"]
        self.assertEqual([(c["ResourceChange"]["Action"], c["ResourceChange"]["LogicalResourceId"]) for c in changes],
                         [("Add", "Machine")])
        self.cfn.execute_change_set(StackName="m", ChangeSetName="c")
        self.assertEqual(self.settled("m"), "UPDATE_COMPLETE")
        folder = self.said("began").strip()
        self.assertEqual(self.said("code"), "7\n")
        identity = self.machine()
        self.until(lambda: self.state(identity) == "terminated")
        self.until(lambda: not os.path.exists(folder))
        callers = {call["action"] for call in self.control("GET", "/calls") if call["caller"] == "machine"}
        self.assertEqual(callers, {"s3:PutObject"})

    def test_another_parameter_makes_another_machine_and_the_old_one_goes(self):
        first = self.run_on("sleep 60")
        self.said("began")
        self.cfn.update_stack(StackName="m", UsePreviousTemplate=True,
                              Parameters=[{"ParameterKey": "Run", "ParameterValue": "2"}])
        self.assertEqual(self.settled("m"), "UPDATE_COMPLETE")
        second = self.machine()
        self.assertNotEqual(first, second)
        self.assertEqual((self.state(first), self.state(second)), ("terminated", "running"))

    def test_termination_asks_first_unless_it_is_to_be_at_once(self):
        body = 'note() { echo asked >"$RUNNER_ROOT/end"; aws s3 cp "$RUNNER_ROOT/end" s3://machines/end; exit; }\n' \
               'trap note TERM\naws s3 cp "$RUNNER_ROOT/said" s3://machines/ready\nsleep 60 &\nwait'
        asked = self.run_on(body)
        self.said("ready")
        self.ec2.terminate_instances(InstanceIds=[asked])
        self.assertEqual(self.said("end"), "asked\n")
        self.s3.delete_object(Bucket=BUCKET, Key="end")
        self.s3.delete_object(Bucket=BUCKET, Key="began")
        self.cfn.update_stack(StackName="m", UsePreviousTemplate=True,
                              Parameters=[{"ParameterKey": "Run", "ParameterValue": "2"}])
        self.settled("m")
        folder = self.said("began").strip()
        self.ec2.terminate_instances(InstanceIds=[self.machine()], SkipOsShutdown=True)
        self.until(lambda: not os.path.exists(folder))
        self.assertNotIn("end", [o["Key"] for o in self.s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])])

    def test_what_does_not_shut_down_stays_and_what_is_to_stop_stops(self):
        stays = self.run_on("aws s3 cp \"$RUNNER_ROOT/said\" s3://machines/done", run="1")
        self.said("done")
        self.assertEqual(self.state(stays), "running")
        self.create("n", machine("shutdown", InstanceInitiatedShutdownBehavior="stop"),
                    Parameters=[{"ParameterKey": "Run", "ParameterValue": "1"}])
        self.settled("n")
        outputs = self.cfn.describe_stacks(StackName="n")["Stacks"][0]["Outputs"]
        self.until(lambda: self.state(outputs[0]["OutputValue"]) == "stopped")

    def test_a_script_for_a_machine_of_its_own_is_kept_and_not_run(self):
        text = base64.b64encode(b"#!/bin/bash\ntouch /tmp/sentistack-never\n").decode()
        self.run_on("", UserData=text)
        self.assertFalse(os.path.exists("/tmp/sentistack-never"))

    def test_a_reset_ends_every_machine_and_leaves_no_folder(self):
        self.run_on("sleep 60")
        folder = self.said("began").strip()
        self.assertTrue(os.path.isdir(folder) and folder.startswith(tempfile.gettempdir()))
        self.control("POST", "/reset")
        self.assertFalse(os.path.exists(folder))
