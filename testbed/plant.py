"""Things planted by hand, as a person or a service might leave them, for tools that look for what is left."""

import json
import re

from ministack.services import cloudwatch_logs, ec2, iam, kinesis, scheduler

from . import place
from .cfn.types_ec2 import called, specified
from .doubles import emr, redshift, redshift_serverless
from .left import inside

TAG = "sentistack:name"


def plant(given):
    """Plants one thing; its identity."""
    kind, name = given["kind"], given["name"]
    if kind not in KINDS:
        raise ValueError(f"cannot plant {kind}; there are: {', '.join(sorted(KINDS))}")
    tags = dict(given.get("tags") or {})
    if given.get("tagged", True):
        tags.setdefault(given.get("tag", TAG), name)
    region = given.get("region", place.REGION)
    with inside(region):
        return {"id": KINDS[kind](name, tags, region)}


def instance(_name, tags, _region):
    ec2._ensure_defaults_initialized()
    text = called("RunInstances", {"ImageId": "ami-00000000", "InstanceType": "t4g.small", "MinCount": 1,
                                   "MaxCount": 1, **specified("instance", tags)})
    return re.search(r"<instanceId>(i-[0-9a-f]+)", text)[1]


def volume(_name, tags, region):
    text = called("CreateVolume", {"AvailabilityZone": f"{region}a", "Size": 8, **specified("volume", tags)})
    return re.search(r"<volumeId>(vol-[0-9a-f]+)", text)[1]


def address(_name, tags, _region):
    return re.search(r"<allocationId>([^<]+)", called("AllocateAddress", {
        "Domain": "vpc", **specified("elastic-ip", tags)}))[1]


def snapshot(name, tags, region):
    text = called("CreateSnapshot", {"VolumeId": (made := volume(name, {}, region)), **specified("snapshot", tags)})
    called("DeleteVolume", {"VolumeId": made})
    return re.search(r"<snapshotId>(snap-[0-9a-f]+)", text)[1]


def nat_gateway(_name, tags, _region):
    ec2._ensure_defaults_initialized()
    subnet = next(iter(ec2._subnets))
    text = called("CreateNatGateway", {"SubnetId": subnet, "ConnectivityType": "private",
                                       **specified("natgateway", tags)})
    return re.search(r"<natGatewayId>(nat-[0-9a-f]+)", text)[1]


def network_interface(_name, tags, _region):
    ec2._ensure_defaults_initialized()
    text = called("CreateNetworkInterface", {"SubnetId": next(iter(ec2._subnets))})
    identity = re.search(r"<networkInterfaceId>(eni-[0-9a-f]+)", text)[1]
    if tags:
        ec2._tags[identity] = [{"Key": key, "Value": value} for key, value in tags.items()]
    return identity


def log_group(name, tags, _region):
    full = name if name.startswith("/") else f"/sentistack/{name}/planted"
    cloudwatch_logs._create_log_group({"logGroupName": full, "tags": tags})
    return full


def stream(name, tags, _region):
    kinesis._create_stream({"StreamName": name, "ShardCount": 1})
    kinesis._streams[name]["tags"] = tags
    return name


def schedule(name, tags, _region):
    role = f"{name}-planted"
    trust = {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
                            "Principal": {"Service": "scheduler.amazonaws.com"}}]}
    if role not in iam._roles:
        iam._create_role({"RoleName": [role], "AssumeRolePolicyDocument": [json.dumps(trust)]})
    if name not in scheduler._schedule_groups:
        scheduler._create_schedule_group(name, {"Tags": [{"Key": k, "Value": v} for k, v in tags.items()]})
    full = f"{name}-ttl-planted"
    scheduler._create_schedule(full, {
        "GroupName": name, "ScheduleExpression": "rate(15 minutes)", "FlexibleTimeWindow": {"Mode": "OFF"},
        "StartDate": 4102444800, "Target": {
            "Arn": "arn:aws:scheduler:::aws-sdk:cloudformation:deleteStack", "Input": json.dumps({"StackName": name}),
            "RoleArn": f"arn:aws:iam::{place.ACCOUNT}:role/{role}"}})
    return full


def emr_cluster(name, tags, region):
    groups = [{"InstanceRole": "MASTER", "InstanceType": "m5.xlarge", "InstanceCount": 1}]
    return emr.at(region).run_job_flow({
        "Name": name, "ReleaseLabel": "emr-7.13.0", "Tags": [{"Key": k, "Value": v} for k, v in tags.items()],
        "Instances": {"InstanceGroups": groups, "KeepJobFlowAliveWhenNoSteps": True}})["JobFlowId"]


def redshift_cluster(name, tags, region):
    redshift.at(region).create_cluster({
        "ClusterIdentifier": name, "NodeType": "ra3.large", "MasterUsername": "admin", "MasterUserPassword": "Planted1",
        "Tags": [{"Key": k, "Value": v} for k, v in tags.items()]})
    return name


def redshift_snapshot(name, tags, region):
    service = redshift.at(region)
    redshift_cluster(f"{name}-planted", tags, region)
    service.snapshot(service.find(f"{name}-planted"), f"{name}-final")
    del service.live[f"{name}-planted"]
    return f"{name}-final"


def redshift_workgroup(name, tags, region):
    service = redshift_serverless.at(region)
    listed = [{"key": k, "value": v} for k, v in tags.items()]
    service.create_namespace({"namespaceName": name, "tags": listed})
    service.create_workgroup({"workgroupName": name, "namespaceName": name, "baseCapacity": 8, "tags": listed})
    return name


KINDS = {
    "instance": instance, "volume": volume, "address": address, "snapshot": snapshot, "nat_gateway": nat_gateway,
    "network_interface": network_interface, "log_group": log_group, "stream": stream, "schedule": schedule,
    "emr_cluster": emr_cluster, "redshift_cluster": redshift_cluster, "redshift_snapshot": redshift_snapshot,
    "redshift_workgroup": redshift_workgroup,
}
