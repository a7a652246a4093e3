"""EC2's types that MiniStack's CloudFormation lacks, and what its EC2 forgets: states over time, root volumes."""

import itertools
import re

from ministack.core.responses import get_region, request_scope
from ministack.services import ec2

from .. import instances
from ..place import ACCOUNT
from ..state import STATE
from .registry import add, handled, listed, tags_of, true

CODES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopped": 80}
numbers = itertools.count(1)


def install():
    add("AWS::EC2::Instance", create=instance, update=change_instance, delete=end_instance,
        replacing=("ImageId", "SubnetId", "KeyName", "AvailabilityZone", "NetworkInterfaces", "PrivateIpAddress"),
        conditional=("InstanceType", "UserData", "SecurityGroupIds", "EbsOptimized", "LaunchTemplate"))
    add("AWS::EC2::Volume", create=volume, update=change_volume, delete=end_volume,
        replacing=("AvailabilityZone", "Encrypted", "KmsKeyId", "SnapshotId"))
    add("AWS::EC2::EIP", create=address, update=change_tags, delete=end_address, replacing=("Domain",))
    for name, direction in (("Ingress", "ingress"), ("Egress", "egress")):
        add(f"AWS::EC2::SecurityGroup{name}", create=rule(direction), delete=end_rule(direction), tags=None,
            update=lambda identity, _old, _new, _stack: (identity, {}),
            replacing=("GroupId", "IpProtocol", "FromPort", "ToPort", "CidrIp", "SourceSecurityGroupId",
                       "DestinationSecurityGroupId"))
    ec2._ACTION_MAP["TerminateInstances"] = ending(ec2._ACTION_MAP["TerminateInstances"])
    ec2._ACTION_MAP["RunInstances"] = starting(ec2._ACTION_MAP["RunInstances"])
    for action in ("DescribeInstances", "DescribeInstanceStatus", "DescribeVolumes"):
        ec2._ACTION_MAP[action] = settled(ec2._ACTION_MAP[action])


def flat(fields):
    """Fields as MiniStack's functions take them."""
    return {key: [str(value)] for key, value in fields.items()}


def called(action, fields):
    """A call of MiniStack's EC2, its answer, or the failure."""
    status, _, body = ec2._ACTION_MAP[action](flat(fields))
    text = body.decode() if isinstance(body, bytes) else str(body)
    if status != 200:
        found = re.search(r"<Message>(.*?)</Message>", text, re.S)
        raise handled(found[1] if found else text)
    return text


def specified(kind, tags):
    fields = {"TagSpecification.1.ResourceType": kind} if tags else {}
    for position, (key, value) in enumerate(tags.items(), 1):
        fields[f"TagSpecification.1.Tag.{position}.Key"] = key
        fields[f"TagSpecification.1.Tag.{position}.Value"] = value
    return fields


def from_template(props):
    """The properties, on top of those of the launch template that they name."""
    named = props.get("LaunchTemplate")
    if not named:
        return dict(props)
    for template in ec2._launch_templates.values():
        if named.get("LaunchTemplateId") in (template["LaunchTemplateId"],) or \
                named.get("LaunchTemplateName") == template["LaunchTemplateName"]:
            data = dict(template["Versions"][-1].get("LaunchTemplateData") or {})
            return {**data, **props}
    raise handled("The specified launch template does not exist.", "NotFound")


def instance(logical, props, _stack):
    merged = from_template(props)
    interface = (merged.get("NetworkInterfaces") or [{}])[0]
    fields = {"ImageId": merged.get("ImageId") or "ami-00000000", "MinCount": 1, "MaxCount": 1,
              "InstanceType": merged.get("InstanceType") or "t3.micro"}
    subnet = merged.get("SubnetId") or interface.get("SubnetId")
    if subnet:
        if subnet not in ec2._subnets:
            raise handled(f"The subnet ID '{subnet}' does not exist", "NotFound")
        fields["SubnetId"] = subnet
    groups = merged.get("SecurityGroupIds") or interface.get("GroupSet") or interface.get("Groups") or []
    for position, group in enumerate(groups, 1):
        if group not in ec2._security_groups:
            raise handled(f"The security group '{group}' does not exist", "NotFound")
        fields[f"SecurityGroupId.{position}"] = group
    profile = merged.get("IamInstanceProfile")
    if profile:
        name = profile if isinstance(profile, str) else profile.get("Name") or profile.get("Arn")
        fields["IamInstanceProfile.Arn" if name.startswith("arn:") else "IamInstanceProfile.Name"] = name
    for name in ("UserData", "KeyName", "PrivateIpAddress"):
        if merged.get(name):
            fields[name] = merged[name]
    if instances.script_of(merged.get("UserData")):
        # What runs there listens at its own address, which must be one of this machine's.
        fields["PrivateIpAddress"] = instances.address()
    text = called("RunInstances", {**fields, **specified("instance", tags_of(props))})
    identity = re.search(r"<instanceId>(i-[0-9a-f]+)", text)[1]
    record = ec2._instances[identity]
    record["_at_shutdown"] = merged.get("InstanceInitiatedShutdownBehavior") or "stop"
    for position, mapping in enumerate(merged.get("BlockDeviceMappings") or []):
        attach(record, mapping, position, tags_of(props) if true(merged.get("PropagateTagsToVolumeOnCreation"))
               else {})
    return identity, described(record)


def attach(record, mapping, position, tags):
    """The sizes of the root volume, or another volume."""
    given = mapping.get("Ebs") or {}
    present = [m["Ebs"]["VolumeId"] for m in record["BlockDeviceMappings"]]
    if position < len(present):
        identity = present[position]
    else:
        return
    ec2._volumes[identity].update({"Size": int(given.get("VolumeSize") or 8),
                                   "VolumeType": given.get("VolumeType") or "gp3",
                                   "Encrypted": true(given.get("Encrypted"))})
    if tags:
        ec2._tags[identity] = [{"Key": k, "Value": v} for k, v in tags.items()]


def described(record):
    return {"InstanceId": record["InstanceId"], "PrivateIp": record["PrivateIpAddress"],
            "PublicIp": record.get("PublicIpAddress", ""), "PrivateDnsName": record["PrivateDnsName"],
            "PublicDnsName": record.get("PublicDnsName", ""), "VpcId": record["VpcId"],
            "AvailabilityZone": record["Placement"]["AvailabilityZone"]}


def change_instance(identity, _old, new, _stack):
    record = ec2._instances[identity]
    record["InstanceType"] = from_template(new).get("InstanceType") or record["InstanceType"]
    ec2._tags[identity] = listed(new)
    return identity, described(record)


def end_instance(identity, _props):
    record = ec2._instances.get(identity)
    if record and record["State"]["Name"] not in ("terminated", "shutting-down"):
        called("TerminateInstances", {"InstanceId.1": identity})


def starting(original):
    def run(params):
        before = set(ec2._instances)
        answer = original(params)
        for identity in set(ec2._instances) - before:
            record = ec2._instances[identity]
            record["_ready"] = STATE.now() + STATE.delay("AWS::EC2::Instance", "create")
            subnet = ec2._subnets.get(record["SubnetId"])
            if subnet:
                record["Placement"]["AvailabilityZone"] = subnet["AvailabilityZone"]
            settle(record)
            instances.launched(identity, get_region(), record.get("UserData"), record["_ready"],
                               record["PrivateIpAddress"])
        return answer

    return run


def ending(original):
    def terminate(params):
        answer = original(params)
        if answer[0] == 200:
            at_once = (params.get("SkipOsShutdown") or [""])[0] == "true"
            for identity in ec2._parse_member_list(params, "InstanceId"):
                record = ec2._instances[identity]
                instances.ending(identity, at_once)
                record.setdefault("_gone", STATE.now() + STATE.delay("AWS::EC2::Instance", "delete"))
                settle(record)
        return answer

    return terminate


def switched_off(region, identity):
    """An instance that shut itself down: it is stopped, or gone where that is what it was made for."""
    with request_scope(ACCOUNT, region):
        record = ec2._instances.get(identity)
        if record is None:
            return
        if record.get("_at_shutdown") == "terminate":
            record.setdefault("_gone", STATE.now() + STATE.delay("AWS::EC2::Instance", "delete"))
            settle(record)
        else:
            record["State"] = {"Code": CODES["stopped"], "Name": "stopped"}


def settled(original):
    def describe(params):
        for record in list(ec2._instances.values()):
            settle(record)
        return original(params)

    return describe


def settle(record):
    """The state of an instance now; with its end, its root volume goes."""
    now, gone = STATE.now(), record.get("_gone")
    if gone is not None:
        state = "shutting-down" if now < gone else "terminated"
    elif record["State"]["Name"] in ("pending", "running"):
        state = "pending" if now < record.get("_ready", 0) else "running"
    else:
        return
    record["State"] = {"Code": CODES[state], "Name": state}
    if state == "terminated":
        record.pop("PublicIpAddress", None)
        record["PublicIpAddress"] = ""
        for mapping in record.get("BlockDeviceMappings", []):
            if mapping["Ebs"].get("DeleteOnTermination"):
                ec2._volumes.pop(mapping["Ebs"]["VolumeId"], None)


def volume(_logical, props, _stack):
    fields = {"AvailabilityZone": props.get("AvailabilityZone") or f"{get_region()}a", "Size": props.get("Size") or 8,
              "VolumeType": props.get("VolumeType") or "gp3", "Encrypted": str(props.get("Encrypted", False)).lower()}
    text = called("CreateVolume", {**fields, **specified("volume", tags_of(props))})
    identity = re.search(r"<volumeId>(vol-[0-9a-f]+)", text)[1]
    return identity, {"VolumeId": identity}


def change_volume(identity, _old, new, _stack):
    ec2._volumes[identity].update({"Size": int(new.get("Size") or 8), "VolumeType": new.get("VolumeType") or "gp3"})
    ec2._tags[identity] = listed(new)
    return identity, {"VolumeId": identity}


def end_volume(identity, _props):
    if identity in ec2._volumes:
        called("DeleteVolume", {"VolumeId": identity})


def address(_logical, props, _stack):
    text = called("AllocateAddress", {"Domain": "vpc", **specified("elastic-ip", tags_of(props))})
    identity = re.search(r"<allocationId>([^<]+)", text)[1]
    public = ec2._addresses[identity]["PublicIp"]
    if props.get("InstanceId"):
        called("AssociateAddress", {"AllocationId": identity, "InstanceId": props["InstanceId"]})
    return public, {"AllocationId": identity, "PublicIp": public}


def change_tags(identity, _old, new, _stack):
    for allocation, record in ec2._addresses.items():
        if record["PublicIp"] == identity:
            ec2._tags[allocation] = listed(new)
            return identity, {"AllocationId": allocation, "PublicIp": identity}
    return identity, {}


def end_address(identity, _props):
    for allocation, record in list(ec2._addresses.items()):
        if record["PublicIp"] == identity:
            called("ReleaseAddress", {"AllocationId": allocation})


def permission(props):
    fields = {"GroupId": props["GroupId"], "IpPermissions.1.IpProtocol": props.get("IpProtocol", "-1")}
    for name in ("FromPort", "ToPort"):
        if props.get(name) is not None:
            fields[f"IpPermissions.1.{name}"] = props[name]
    other = props.get("SourceSecurityGroupId") or props.get("DestinationSecurityGroupId")
    if other:
        fields["IpPermissions.1.Groups.1.GroupId"] = other
    elif props.get("SourcePrefixListId") or props.get("DestinationPrefixListId"):
        fields["IpPermissions.1.PrefixListIds.1.PrefixListId"] = (
            props.get("SourcePrefixListId") or props["DestinationPrefixListId"])
    elif props.get("CidrIpv6"):
        fields["IpPermissions.1.Ipv6Ranges.1.CidrIpv6"] = props["CidrIpv6"]
    else:
        fields["IpPermissions.1.IpRanges.1.CidrIp"] = props.get("CidrIp", "0.0.0.0/0")
    return fields


def rule(direction):
    def create(_logical, props, _stack):
        called(f"AuthorizeSecurityGroup{direction.capitalize()}", permission(props))
        return f"sgr-{next(numbers):017x}", {}

    return create


def end_rule(direction):
    def delete(_identity, props):
        if props["GroupId"] in ec2._security_groups:
            called(f"RevokeSecurityGroup{direction.capitalize()}", permission(props))

    return delete
