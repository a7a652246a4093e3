"""What holds what in a network: groups, subnets and VPCs that something uses cannot be deleted.

It holds for the API as for CloudFormation: both ask `holder` first.
"""

from ministack.core.responses import get_region
from ministack.services import ec2

from ..doubles import emr, redshift, redshift_serverless
from ..doubles.emr import LIVE
from .registry import handled, replaces, wrap
from .types_ec2 import settle

ENDED = ("terminated",)


def install():
    for kind, refuse in (("SecurityGroup", group_refusal), ("Subnet", subnet_refusal), ("VPC", vpc_refusal)):
        wrap(f"AWS::EC2::{kind}", "delete", guarded(refuse))
        action = "DeleteVpc" if kind == "VPC" else f"Delete{kind}"
        key = {"SecurityGroup": "GroupId", "Subnet": "SubnetId", "VPC": "VpcId"}[kind]
        ec2._ACTION_MAP[action] = guarded_action(ec2._ACTION_MAP[action], key, refuse)
    replaces("AWS::EC2::SecurityGroup", ("GroupName", "GroupDescription", "VpcId"))
    replaces("AWS::EC2::SecurityGroupIngress", ("GroupId", "IpProtocol", "FromPort", "ToPort", "CidrIp",
                                                "SourceSecurityGroupId", "SourcePrefixListId"))
    replaces("AWS::EC2::VPC", ("CidrBlock",))
    replaces("AWS::EC2::Subnet", ("AvailabilityZone", "CidrBlock", "VpcId"))
    replaces("AWS::EC2::RouteTable", ("VpcId",))
    replaces("AWS::EC2::InternetGateway", ())
    replaces("AWS::EC2::VPCGatewayAttachment", ("VpcId",))
    replaces("AWS::EC2::Route", ("RouteTableId", "DestinationCidrBlock"))
    replaces("AWS::EC2::SubnetRouteTableAssociation", ("SubnetId", "RouteTableId"))
    replaces("AWS::EC2::VPCEndpoint", ("ServiceName", "VpcEndpointType", "VpcId"))
    replaces("AWS::EC2::LaunchTemplate", ("LaunchTemplateName",))
    for operation in ("create", "update"):
        wrap("AWS::EC2::VPC", operation, with_block)


def with_block(original, *args):
    """The VPC's block, which MiniStack leaves out of its attributes."""
    identity, attributes = original(*args)
    return identity, {"CidrBlock": ec2._vpcs[identity]["CidrBlock"], **attributes}


def guarded(refuse):
    def delete(original, identity, props):
        message = refuse(identity)
        if message:
            raise handled(f"{message} (Service: Ec2, Status Code: 400, Request ID: TESTBED) (SDK Attempt Count: 1)",
                          "InvalidRequest")
        return original(identity, props)

    return delete


def guarded_action(original, key, refuse):
    def delete(params):
        identity = ec2._p(params, key)
        message = refuse(identity)
        return ec2._error("DependencyViolation", message, 400) if message else original(params)

    return delete


def group_refusal(group):
    if group not in ec2._security_groups:
        return None
    return f"resource {group} has a dependent object" if group_held(group) else None


def subnet_refusal(subnet):
    if any(subnet in subnets for _, subnets in users()):
        return f"The subnet '{subnet}' has dependencies and cannot be deleted."
    return None


def vpc_refusal(vpc):
    inside = [s for s in ec2._subnets.values() if s.get("VpcId") == vpc]
    inside += [g for g in ec2._security_groups.values() if g.get("VpcId") == vpc and g["GroupName"] != "default"]
    inside += [g for g in ec2._internet_gateways.values()
               if any(a.get("VpcId") == vpc for a in g.get("Attachments", []))]
    inside += [e for e in ec2._vpc_endpoints.values() if e.get("VpcId") == vpc]
    return f"The vpc '{vpc}' has dependencies and cannot be deleted." if inside else None


def group_held(group):
    """Whether a rule of another group names it, or something uses it."""
    for other, record in ec2._security_groups.items():
        rules = record.get("IpPermissions", []) + record.get("IpPermissionsEgress", [])
        named = {pair.get("GroupId") for rule in rules for pair in rule.get("UserIdGroupPairs", [])}
        if other != group and group in named:
            return True
    return any(group in groups for groups, _ in users())


def users():
    """Groups and subnets of everything that has a network interface."""
    for instance in ec2._instances.values():
        # Nobody may have asked since it ended.
        settle(instance)
        if instance["State"]["Name"] not in ENDED:
            yield {g["GroupId"] for g in instance["SecurityGroups"]}, {instance.get("SubnetId")}
    for endpoint in ec2._vpc_endpoints.values():
        yield set(endpoint.get("SecurityGroupIds") or []), set(endpoint.get("SubnetIds") or [])
    for interface in ec2._network_interfaces.values():
        groups = interface.get("Groups") or interface.get("GroupSet") or []
        yield {g["GroupId"] if isinstance(g, dict) else g for g in groups}, {interface.get("SubnetId")}
    region = get_region()
    for cluster in emr.at(region).clusters.values():
        if cluster.state in LIVE or cluster.state == "TERMINATING":
            found = cluster.given.get("Instances", {})
            groups = {found.get(f"EmrManaged{n}SecurityGroup") for n in ("Master", "Slave")}
            groups |= {found.get("ServiceAccessSecurityGroup"), *found.get("AdditionalMasterSecurityGroups", []),
                       *found.get("AdditionalSlaveSecurityGroups", [])}
            yield groups, {found.get("Ec2SubnetId"), *found.get("Ec2SubnetIds", [])}
    warehouse = redshift.at(region)
    for cluster in warehouse.clusters.values():
        group = warehouse.subnets.get(cluster.given.get("ClusterSubnetGroupName"), {})
        yield set(cluster.given.get("VpcSecurityGroupIds") or []), {
            s["SubnetIdentifier"] for s in group.get("Subnets", [])}
    serverless = redshift_serverless.at(region)
    for group in serverless.alive(serverless.groups).values():
        yield set(group.given.get("securityGroupIds") or []), set(group.given.get("subnetIds") or [])
