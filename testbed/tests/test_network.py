"""What holds what in a network, and the rules that EMR leaves behind."""

from .support import Case, cluster


def ref(name):
    return {"Ref": name}


def network(**more):
    group = {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": "g", "VpcId": ref("Vpc")}}
    return {
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
        "Subnet": {"Type": "AWS::EC2::Subnet", "Properties": {
            "VpcId": ref("Vpc"),
            "CidrBlock": {"Fn::Select": [0, {"Fn::Cidr": [{"Fn::GetAtt": "Vpc.CidrBlock"}, 4, 8]}]},
            "AvailabilityZone": {"Fn::Select": [0, {"Fn::GetAZs": ""}]}}},
        "Primary": group, "Core": group, **more}


class Network(Case):
    def groups(self):
        """Our groups, by id."""
        found = self.client("ec2").describe_security_groups()["SecurityGroups"]
        return {g["GroupId"]: g for g in found if g["Description"] == "g"}

    def test_emr_ties_its_groups_together_until_they_are_revoked(self):
        instances = {"Ec2SubnetId": ref("Subnet"), "EmrManagedMasterSecurityGroup": ref("Primary"),
                     "EmrManagedSlaveSecurityGroup": ref("Core")}
        identity = self.create("s", network(E=cluster(Instances=instances)))
        self.assertEqual(self.settled("s"), "CREATE_COMPLETE")
        self.assertEqual({len(g["IpPermissions"]) for g in self.groups().values()}, {6})
        self.cfn.delete_stack(StackName="s")
        self.assertEqual(self.settled("s"), "DELETE_FAILED")
        reasons = [e.get("ResourceStatusReason", "") for e in
                   self.cfn.describe_stack_events(StackName="s")["StackEvents"]]
        for group in self.groups():
            self.assertTrue(any(f"resource {group} has a dependent object" in reason for reason in reasons))
        ec2 = self.client("ec2")
        for group in self.groups():
            rules = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])
            inward = [r["SecurityGroupRuleId"] for r in rules["SecurityGroupRules"] if not r["IsEgress"]]
            ec2.revoke_security_group_ingress(GroupId=group, SecurityGroupRuleIds=inward)
        self.cfn.delete_stack(StackName="s")
        self.assertEqual(self.settled(identity), "DELETE_COMPLETE")
        self.assertEqual(self.control("GET", "/left"), {})

    def test_a_rollback_that_cannot_go_on_leaves_it_to_the_deletion(self):
        instances = {"Ec2SubnetId": ref("Subnet"), "EmrManagedMasterSecurityGroup": ref("Primary"),
                     "EmrManagedSlaveSecurityGroup": ref("Core")}
        self.control("POST", "/faults", [{"resource": "K", "on": "create", "reason": "no"}])
        stream = {"Type": "AWS::Kinesis::Stream", "DependsOn": "E"}
        identity = self.create("s", network(E=cluster(Instances=instances), K=stream))
        self.assertEqual(self.settled("s"), "ROLLBACK_FAILED")
        reason = self.cfn.describe_stacks(StackName="s")["Stacks"][0]["StackStatusReason"]
        self.assertEqual(reason, "The following resource(s) failed to delete: [Core, Primary]. ")
        self.assertEqual({kind: len(what) for kind, what in self.control("GET", "/left").items()},
                         {"security_groups": 2, "stacks": 1, "vpcs": 1})
        ec2 = self.client("ec2")
        for group, found in self.groups().items():
            ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=found["IpPermissions"])
        self.cfn.delete_stack(StackName="s")
        self.assertEqual(self.settled(identity), "DELETE_COMPLETE")
        self.assertEqual(self.control("GET", "/left"), {})

    def test_what_is_used_cannot_be_deleted_by_hand_either(self):
        instance = {"Type": "AWS::EC2::Instance", "Properties": {
            "ImageId": "ami-1", "SubnetId": ref("Subnet"), "SecurityGroupIds": [ref("Core")]}}
        self.create("s", network(I=instance))
        self.settled("s")
        records = {r["LogicalResourceId"]: r["PhysicalResourceId"]
                   for r in self.cfn.list_stack_resources(StackName="s")["StackResourceSummaries"]}
        ec2 = self.client("ec2")
        code, message = self.refusal(ec2.delete_security_group, GroupId=records["Core"])
        self.assertEqual((code, message), ("DependencyViolation", f"resource {records['Core']} has a dependent object"))
        self.assertEqual(self.refusal(ec2.delete_subnet, SubnetId=records["Subnet"])[0], "DependencyViolation")
        self.assertEqual(self.refusal(ec2.delete_vpc, VpcId=records["Vpc"])[0], "DependencyViolation")

    def test_an_instance_takes_its_time_and_its_volume_along(self):
        self.control("POST", "/delays", {"AWS::EC2::Instance": {"create": 0.3, "delete": 0.3}})
        ec2 = self.client("ec2")
        made, = ec2.run_instances(ImageId="ami-1", MinCount=1, MaxCount=1)["Instances"]

        def state():
            found = ec2.describe_instances(InstanceIds=[made["InstanceId"]])["Reservations"][0]["Instances"][0]
            return found["State"]["Name"]

        self.assertEqual(state(), "pending")
        self.until(lambda: state() == "running")
        self.assertEqual(len(ec2.describe_volumes()["Volumes"]), 1)
        ec2.terminate_instances(InstanceIds=[made["InstanceId"]])
        self.assertEqual(state(), "shutting-down")
        self.until(lambda: state() == "terminated")
        self.assertEqual(ec2.describe_volumes()["Volumes"], [])

    def test_offers_differ_by_zone(self):
        ec2 = self.client("ec2", "eu-west-1")
        found = ec2.describe_instance_type_offerings(
            LocationType="availability-zone", Filters=[{"Name": "instance-type", "Values": ["m5.xlarge", "r7g.*"]}])
        zones = {}
        for offer in found["InstanceTypeOfferings"]:
            zones.setdefault(offer["InstanceType"], set()).add(offer["Location"])
        self.assertEqual(zones["m5.xlarge"], {"eu-west-1a", "eu-west-1b", "eu-west-1c"})
        self.assertEqual(zones["r7g.xlarge"], {"eu-west-1a", "eu-west-1b"})
