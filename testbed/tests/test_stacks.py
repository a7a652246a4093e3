"""Stacks as CloudFormation runs them: in their time, with their failures, and no easier than AWS."""

import json
import time

from .support import Case, cluster, stream

EMPTY = ("The submitted information didn't contain changes. Submit different information to create a change set.")


class Time(Case):
    def test_a_stack_takes_its_time_and_others_are_answered_meanwhile(self):
        self.control("POST", "/delays", {"AWS::EMR::Cluster": {"create": 0.8, "delete": 0.5}})
        began = time.monotonic()
        identity = self.create("s", {"E": cluster()})
        emr = self.client("emr")
        self.until(lambda: emr.list_clusters()["Clusters"])
        self.assertEqual(self.status("s"), "CREATE_IN_PROGRESS")
        self.assertIn(emr.list_clusters()["Clusters"][0]["Status"]["State"], ("STARTING", "BOOTSTRAPPING"))
        listed = self.cfn.list_stack_resources(StackName="s")["StackResourceSummaries"][0]
        self.assertEqual(listed["ResourceStatus"], "CREATE_IN_PROGRESS")
        self.assertTrue(listed["PhysicalResourceId"].startswith("j-"))
        self.assertEqual(self.settled("s"), "CREATE_COMPLETE")
        self.assertGreater(time.monotonic() - began, 0.8)
        self.assertEqual(emr.list_clusters()["Clusters"][0]["Status"]["State"], "WAITING")
        self.cfn.delete_stack(StackName="s")
        self.assertEqual(self.status(identity), "DELETE_IN_PROGRESS")
        self.assertEqual(self.settled(identity), "DELETE_COMPLETE")
        self.assertEqual(emr.list_clusters()["Clusters"][0]["Status"]["State"], "TERMINATED")

    def test_a_stack_may_be_deleted_while_it_is_created(self):
        self.control("POST", "/delays", {"AWS::EMR::Cluster": {"create": 20, "delete": 0.2}})
        identity = self.create("s", {"K": stream(), "E": {**cluster(), "DependsOn": "K"}})
        self.until(lambda: self.client("emr").list_clusters()["Clusters"])
        self.cfn.delete_stack(StackName="s")
        self.assertEqual(self.settled(identity), "DELETE_COMPLETE")
        self.assertEqual(self.control("GET", "/left"), {})

    def test_a_stack_that_is_gone_is_known_by_its_id_alone(self):
        identity = self.create("s", {"K": stream()})
        self.settled("s")
        self.cfn.delete_stack(StackName="s")
        self.settled(identity)
        for call in (self.cfn.describe_stacks, self.cfn.describe_stack_events, self.cfn.list_stack_resources):
            self.assertIn("does not exist", self.refusal(call, StackName="s")[1])
        again = self.create("s", {"K": stream()})
        self.assertNotEqual(identity, again)
        self.assertEqual(self.status(identity), "DELETE_COMPLETE")
        self.assertEqual(self.events(identity)[-1], ("s", "DELETE_COMPLETE"))
        self.assertEqual(self.settled("s"), "CREATE_COMPLETE")

    def test_a_reset_ends_what_runs(self):
        self.control("POST", "/delays", {"*": {"create": 20}})
        self.create("s", {"K": stream(), "E": cluster()})
        self.control("POST", "/reset")
        self.assertEqual(self.control("GET", "/left"), {})
        self.assertEqual(self.cfn.list_stacks()["StackSummaries"], [])


class Failure(Case):
    def test_a_failed_creation_rolls_back_and_can_only_be_deleted(self):
        self.control("POST", "/faults", [{"resource": "AWS::EMR::Cluster", "on": "create", "times": 1,
                                          "reason": "no capacity"}])
        self.create("s", {"K": stream(), "E": {**cluster(), "DependsOn": "K"}})
        self.assertEqual(self.settled("s"), "ROLLBACK_COMPLETE")
        events = self.events("s")
        self.assertIn(("E", "CREATE_FAILED"), events)
        self.assertEqual(events[-3:], [("K", "DELETE_IN_PROGRESS"), ("K", "DELETE_COMPLETE"),
                                       ("s", "ROLLBACK_COMPLETE")])
        self.assertEqual(self.client("kinesis").list_streams()["StreamNames"], [])
        body = json.dumps({"Resources": {"K": stream()}})
        code, message = self.refusal(self.cfn.update_stack, StackName="s", TemplateBody=body)
        self.assertEqual(code, "ValidationError")
        self.assertRegex(message, r"^Stack:arn:.* is in ROLLBACK_COMPLETE state and can not be updated\.$")
        _, message = self.refusal(self.change_set, "s", "c", {"K": stream()})
        self.assertIn("ROLLBACK_COMPLETE state and can not be updated", message)
        self.assertEqual(self.refusal(self.create, "s", {"K": stream()})[0], "AlreadyExistsException")

    def test_a_failed_update_goes_back(self):
        self.create("s", {"K": stream(), "E": {**cluster(), "DependsOn": "K"}})
        self.settled("s")
        self.control("POST", "/faults", [{"resource": "E", "on": "update", "times": 1, "reason": "no"}])
        changed = {"K": stream(ShardCount=3), "E": {**cluster("n-2"), "DependsOn": "K"}}
        self.cfn.update_stack(StackName="s", TemplateBody=json.dumps({"Resources": changed}))
        self.assertEqual(self.settled("s"), "UPDATE_ROLLBACK_COMPLETE")
        shards = self.client("kinesis").describe_stream_summary(StreamName="n")
        self.assertEqual(shards["StreamDescriptionSummary"]["OpenShardCount"], 1)
        states = {c["Name"]: c["Status"]["State"] for c in self.client("emr").list_clusters()["Clusters"]}
        self.assertEqual(states, {"n-1": "WAITING"})

    def test_a_failed_deletion_spares_what_the_rest_needs(self):
        self.create("s", {"K": stream(), "E": {**cluster(), "DependsOn": "K"}})
        self.settled("s")
        self.control("POST", "/faults", [{"resource": "E", "on": "delete", "times": 1, "reason": "cannot"}])
        self.cfn.delete_stack(StackName="s", ClientRequestToken="token-1")
        self.assertEqual(self.settled("s"), "DELETE_FAILED")
        found = self.cfn.describe_stacks(StackName="s")["Stacks"][0]
        self.assertEqual(found["StackStatusReason"], "The following resource(s) failed to delete: [E]. ")
        self.assertNotIn(("K", "DELETE_IN_PROGRESS"), self.events("s"))
        newest = self.cfn.describe_stack_events(StackName="s")["StackEvents"][0]
        self.assertEqual(newest["ClientRequestToken"], "token-1")
        self.cfn.delete_stack(StackName="s", RetainResources=["E"])
        self.assertEqual(self.settled(found["StackId"]), "DELETE_COMPLETE")
        self.assertEqual(list(self.control("GET", "/left")), ["emr_clusters"])

    def test_a_bucket_that_is_not_empty_cannot_be_deleted(self):
        bucket = {"Type": "AWS::S3::Bucket", "Properties": {
            "BucketName": "bucket", "VersioningConfiguration": {"Status": "Enabled"}}}
        identity = self.create("s", {"B": bucket})
        self.settled("s")
        s3 = self.client("s3")
        s3.put_object(Bucket="bucket", Key="k", Body=b"x")
        s3.delete_object(Bucket="bucket", Key="k")
        self.cfn.delete_stack(StackName="s")
        self.assertEqual(self.settled("s"), "DELETE_FAILED")
        reason = self.cfn.describe_stack_events(StackName="s")["StackEvents"][1]["ResourceStatusReason"]
        self.assertIn("The bucket you tried to delete is not empty", reason)
        found = s3.list_object_versions(Bucket="bucket")
        every = [{"Key": v["Key"], "VersionId": v["VersionId"]}
                 for v in found.get("Versions", []) + found.get("DeleteMarkers", [])]
        s3.delete_objects(Bucket="bucket", Delete={"Objects": every})
        self.cfn.delete_stack(StackName="s")
        self.assertEqual(self.settled(identity), "DELETE_COMPLETE")

    def test_a_role_that_is_gone_stops_a_deletion(self):
        role = self.role("deploy", "cloudformation.amazonaws.com")
        self.create("s", {"K": stream()}, RoleARN=role)
        self.settled("s")
        self.assertEqual(self.cfn.describe_stacks(StackName="s")["Stacks"][0]["RoleARN"], role)
        self.assertIn({"role": role, "operation": "create"}, [
            {"role": c["role"], "operation": c["operation"]} for c in self.control("GET", "/calls")
            if c["caller"] == "cloudformation"])
        self.client("iam").delete_role(RoleName="deploy")
        _, message = self.refusal(self.cfn.delete_stack, StackName="s")
        self.assertEqual(message, f"Role {role} is invalid or cannot be assumed")

    def test_what_failed_late_stays_without_a_rollback(self):
        self.control("POST", "/faults", [{"resource": "E", "on": "create", "late": True, "reason": "no", "times": 2}])
        identity = self.create("s", {"E": cluster()}, OnFailure="DO_NOTHING")
        self.assertEqual(self.settled("s"), "CREATE_FAILED")
        self.assertEqual(list(self.control("GET", "/left")), ["emr_clusters", "stacks"])
        self.cfn.delete_stack(StackName="s")
        self.assertEqual(self.settled(identity), "DELETE_COMPLETE")
        self.create("t", {"E": cluster()})
        self.assertEqual(self.settled("t"), "ROLLBACK_COMPLETE")
        self.assertEqual(self.control("GET", "/left"), {"stacks": ["t"]})

    def test_a_name_that_is_taken_fails_the_stack(self):
        self.client("kinesis").create_stream(StreamName="n", ShardCount=1)
        self.create("s", {"K": stream()})
        self.assertEqual(self.settled("s"), "ROLLBACK_COMPLETE")
        reasons = [e.get("ResourceStatusReason", "") for e in
                   self.cfn.describe_stack_events(StackName="s")["StackEvents"]]
        self.assertTrue(any("already exists" in reason for reason in reasons))
        self.assertEqual(self.client("kinesis").list_streams()["StreamNames"], ["n"])

    def test_termination_protection_holds(self):
        self.create("s", {"K": stream()}, EnableTerminationProtection=True)
        self.settled("s")
        self.assertIn("TerminationProtection", self.refusal(self.cfn.delete_stack, StackName="s")[1])


class Changes(Case):
    def test_replacement_is_told_and_done(self):
        queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q"}}
        instance = {"Type": "AWS::EC2::Instance", "Properties": {"ImageId": "ami-1", "InstanceType": "t4g.small"}}
        self.create("s", {"K": stream(), "E": cluster(), "I": instance, "Q": queue})
        self.settled("s")
        changed = {"K": stream(ShardCount=2), "E": cluster("n-2"), "Q": queue,
                   "I": {**instance, "Properties": {"ImageId": "ami-1", "InstanceType": "t4g.large"}}}
        found = self.change_set("s", "c", changed)
        told = {c["ResourceChange"]["LogicalResourceId"]: c["ResourceChange"]["Replacement"]
                for c in found["Changes"]}
        self.assertEqual(told, {"K": "False", "E": "True", "I": "Conditional"})
        self.cfn.execute_change_set(StackName="s", ChangeSetName="c")
        self.assertEqual(self.settled("s"), "UPDATE_COMPLETE")
        states = {c["Name"]: c["Status"]["State"] for c in self.client("emr").list_clusters()["Clusters"]}
        self.assertEqual(states, {"n-1": "TERMINATED", "n-2": "WAITING"})
        events = self.events("s")
        update = events[events.index(("s", "UPDATE_IN_PROGRESS")):]
        self.assertNotIn("Q", {logical for logical, _ in update})
        self.assertEqual(update[-4:], [("s", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"), ("E", "DELETE_IN_PROGRESS"),
                                       ("E", "DELETE_COMPLETE"), ("s", "UPDATE_COMPLETE")])

    def test_a_change_of_tags_replaces_nothing(self):
        self.create("s", {"E": cluster()}, Tags=[{"Key": "a", "Value": "1"}])
        self.settled("s")
        found = self.change_set("s", "c", {"E": cluster()}, Tags=[{"Key": "a", "Value": "2"}])
        self.assertEqual(found["Changes"][0]["ResourceChange"]["Replacement"], "False")
        self.cfn.execute_change_set(StackName="s", ChangeSetName="c")
        self.settled("s")
        emr = self.client("emr")
        summary, = emr.list_clusters()["Clusters"]
        tags = {t["Key"]: t["Value"] for t in emr.describe_cluster(ClusterId=summary["Id"])["Cluster"]["Tags"]}
        self.assertEqual(tags["a"], "2")

    def test_a_change_set_without_changes_fails(self):
        self.create("s", {"K": stream()})
        self.settled("s")
        found = self.change_set("s", "c", {"K": stream()})
        self.assertEqual((found["Status"], found["StatusReason"]), ("FAILED", EMPTY))

    def test_a_stack_in_review_stays_until_it_is_deleted(self):
        first = self.change_set("s", "c1", {"K": stream()}, "CREATE")
        self.assertEqual(self.status("s"), "REVIEW_IN_PROGRESS")
        second = self.change_set("s", "c2", {"K": stream()}, "CREATE")
        self.assertEqual(first["StackId"], second["StackId"])
        self.assertIn("REVIEW_IN_PROGRESS state and can not be updated",
                      self.refusal(self.change_set, "s", "c3", {"K": stream()})[1])
        self.cfn.delete_stack(StackName="s")
        self.assertEqual(self.settled(first["StackId"]), "DELETE_COMPLETE")

    def test_on_failure_a_new_stack_may_vanish_or_stay(self):
        for mode, status in (("DELETE", "DELETE_COMPLETE"), ("DO_NOTHING", "CREATE_FAILED")):
            self.control("POST", "/faults", [{"resource": "K", "on": "create", "times": 1, "reason": "no"}])
            found = self.change_set("s", "c", {"K": stream()}, "CREATE", OnStackFailure=mode)
            self.cfn.execute_change_set(StackName="s", ChangeSetName="c")
            self.until(lambda f=found: self.settled(f["StackId"]), lambda value, s=status: value == s)

    def test_the_tags_of_a_stack_are_on_its_resources(self):
        bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "bucket"}}
        instance = {"Type": "AWS::EC2::Instance", "Properties": {"ImageId": "ami-1"}}
        self.create("s", {"K": stream(), "B": bucket, "I": instance}, Tags=[{"Key": "mine", "Value": "yes"}])
        self.settled("s")
        tags = self.client("s3").get_bucket_tagging(Bucket="bucket")["TagSet"]
        self.assertIn({"Key": "mine", "Value": "yes"}, tags)
        tags = self.client("kinesis").list_tags_for_stream(StreamName="n")["Tags"]
        self.assertIn({"Key": "mine", "Value": "yes"}, tags)
        found = self.client("ec2").describe_instances(Filters=[{"Name": "tag:mine", "Values": ["yes"]}])
        self.assertEqual(len(found["Reservations"]), 1)


class Templates(Case):
    def message(self, template):
        return self.refusal(self.create, "bad", template)[1]

    def queue(self, **properties):
        return {"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": properties}}}

    def test_what_is_not_there_is_refused(self):
        self.assertIn("Unrecognized resource types: [AWS::No::Such]",
                      self.message({"Resources": {"A": {"Type": "AWS::No::Such"}}}))
        self.assertIn("Unresolved resource dependencies [Nope] in the Resources block",
                      self.message(self.queue(QueueName={"Ref": "Nope"})))
        self.assertIn("Unresolved resource dependencies [Nope] in the Resources block",
                      self.message(self.queue(QueueName={"Fn::Sub": "${Nope.Arn}-${AWS::Region}"})))
        self.assertEqual("Parameters: [P] must have values",
                         self.message({"Parameters": {"P": {"Type": "String"}}, **self.queue()}))
        self.assertEqual("Template error: instance of Fn::GetAtt references undefined resource Nope",
                         self.message(self.queue(QueueName={"Fn::GetAtt": ["Nope", "Arn"]})))
        off = {"Conditions": {"Off": {"Fn::Equals": ["a", "b"]}}, "Resources": {
            "K": {**stream(), "Condition": "Off"}, "Q": {"Type": "AWS::SQS::Queue"}},
            "Outputs": {"K": {"Value": {"Ref": "K"}}}}
        self.assertIn("Unresolved resource dependencies [K] in the Outputs block", self.message(off))
        off["Outputs"]["K"]["Value"] = {"Fn::If": ["Off", {"Ref": "K"}, "none"]}
        self.create("good", off)
        self.assertEqual(self.settled("good"), "CREATE_COMPLETE")

    def test_a_large_template_must_come_from_s3(self):
        large = {"Description": "d", "Metadata": {"x": "y" * 52_000}, **self.queue()}
        self.assertIn("51200", self.message(large))
        s3 = self.client("s3")
        s3.create_bucket(Bucket="templates")
        s3.put_object(Bucket="templates", Key="t.json", Body=json.dumps(large).encode())
        for name, url in (("s", self.bed.told["env"]["AWS_ENDPOINT_URL"] + "/templates/t.json"),
                          ("t", "https://templates.s3.us-east-1.amazonaws.com/t.json"),
                          ("u", "https://s3.us-east-1.amazonaws.com/templates/t.json")):
            self.cfn.create_stack(StackName=name, TemplateURL=url)
            self.assertEqual(self.settled(name), "CREATE_COMPLETE")
        nothing = "https://templates.s3.us-east-1.amazonaws.com/no.json"
        self.assertIn("specified key does not exist",
                      self.refusal(self.cfn.create_stack, StackName="v", TemplateURL=nothing)[1])

    def test_conditions_know_the_region_and_the_account(self):
        template = {"Conditions": {
            "Here": {"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]},
            "Mine": {"Fn::Not": [{"Fn::Equals": [{"Ref": "AWS::AccountId"}, "123456789012"]}]}},
            "Resources": {"K": {**stream(), "Condition": "Here"},
                          "Q": {"Type": "AWS::SQS::Queue", "Condition": "Mine"}}}
        self.create("s", template)
        self.assertEqual(self.settled("s"), "CREATE_COMPLETE")
        found = self.cfn.list_stack_resources(StackName="s")["StackResourceSummaries"]
        self.assertEqual([r["LogicalResourceId"] for r in found], ["K"])

    def test_capabilities_are_asked_for(self):
        role = {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "r", "AssumeRolePolicyDocument": {}}}
        code, message = self.refusal(self.cfn.create_stack, StackName="s",
                                     TemplateBody=json.dumps({"Resources": {"R": role}}))
        self.assertEqual(code, "InsufficientCapabilitiesException")
        self.assertIn("CAPABILITY_NAMED_IAM", message)

    def test_a_policy_may_be_a_resource_of_its_own(self):
        self.role("r", "ec2.amazonaws.com")
        document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
        policy = {"Type": "AWS::IAM::RolePolicy", "Properties": {
            "RoleName": "r", "PolicyName": "p", "PolicyDocument": document}}
        identity = self.create("s", {"P": policy})
        self.assertEqual(self.settled("s"), "CREATE_COMPLETE")
        iam = self.client("iam")
        self.assertEqual(iam.list_role_policies(RoleName="r")["PolicyNames"], ["p"])
        self.cfn.delete_stack(StackName="s")
        self.assertEqual(self.settled(identity), "DELETE_COMPLETE")
        self.assertEqual(iam.list_role_policies(RoleName="r")["PolicyNames"], [])

    def test_images_are_found_by_parameter(self):
        kind = "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>"
        name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
        self.create("s", {"Parameters": {"Ami": {"Type": kind, "Default": name}}, "Resources": {
            "I": {"Type": "AWS::EC2::Instance", "Properties": {"ImageId": {"Ref": "Ami"}}}}})
        self.assertEqual(self.settled("s"), "CREATE_COMPLETE")
        found = self.client("ec2").describe_instances()["Reservations"][0]["Instances"][0]
        self.assertEqual(found["ImageId"], self.client("ssm").get_parameter(Name=name)["Parameter"]["Value"])
