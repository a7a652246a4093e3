"""What is left in the account, by each service's own records, and things planted there by hand."""

from contextlib import contextmanager

from ministack.core.responses import request_scope
from ministack.services import (
    cloudformation, cloudwatch, cloudwatch_logs, ec2, ecr, firehose, iam, kinesis, lambda_svc, s3, scheduler,
    secretsmanager, sns, sqs,
)

from . import place
from .cfn import types_ec2
from .doubles import emr, emr_serverless, redshift, redshift_serverless

REGIONS = ("us-east-1", "us-west-2", "eu-west-1")


@contextmanager
def inside(region):
    with request_scope(place.ACCOUNT, region):
        yield


def left(name=None, region=None):
    """A dictionary of lists, by service; empty when nothing is left. With a name, what bears it: in its own name, in
    a tag, or in the stack that it is in."""
    found = {}
    for each in (region,) if region else REGIONS:
        with inside(each):
            for kind, items in kinds(each).items():
                for identity, words in items:
                    if name is None or any(bears(str(word), name) for word in (identity, *words)):
                        found.setdefault(kind, set()).add(identity)
    return {kind: sorted(items) for kind, items in sorted(found.items())}


def bears(word, name):
    """Whether a word is the name, or the name with more behind it."""
    position = word.find(name)
    while position >= 0:
        after = word[position + len(name):position + len(name) + 1]
        before = word[position - 1:position] if position else ""
        if not after.isalnum() and not before.isalnum():
            return True
        position = word.find(name, position + 1)
    return False


def kinds(region):
    """Every kind of thing: its identity, and the words by which it may belong to a name."""
    # The doubles first: what has gone there takes its secrets along.
    return {**doubles(region), **stores(region), **network()}


def stores(region):
    tags = scheduler._tags
    default = ("default",)
    return {
        "stacks": [(s["StackName"], ()) for s in cloudformation._stacks.values()
                   if s["StackStatus"] != "DELETE_COMPLETE"],
        "buckets": [(n, ()) for n, b in s3._buckets.items() if b.get("region", region) == region],
        "roles": [(n, ()) for n, r in iam._roles.items() if not r.get("Path", "/").startswith("/aws-")],
        "instance_profiles": [(n, ()) for n in iam._instance_profiles],
        "policies": [(a, ()) for a in iam._policies if f"::{place.ACCOUNT}:" in a],
        "streams": [(n, (s.get("tags") or {}).values()) for n, s in kinesis._streams.items()],
        "delivery_streams": [(n, ()) for n in firehose._streams],
        "functions": [(n, ()) for n in lambda_svc._functions],
        "log_groups": [(n, (g.get("tags") or {}).values()) for n, g in cloudwatch_logs._log_groups.items()],
        "alarms": [(n, ()) for n in cloudwatch._alarms],
        "dashboards": [(n, ()) for n in cloudwatch._dashboards],
        "schedules": [(s["Name"], (s["GroupName"],)) for s in scheduler._schedules.values()],
        "schedule_groups": [(n, (tags.get(g["Arn"]) or {}).values())
                            for n, g in scheduler._schedule_groups.items() if n not in default],
        "queues": [(url.rsplit("/", 1)[-1], ()) for url in sqs._queues],
        "topics": [(arn.rsplit(":", 1)[-1], ()) for arn in sns._topics],
        "repositories": [(n, ()) for n in ecr._repositories],
        "secrets": [(n, ()) for n, s in secretsmanager._secrets.items() if not s.get("DeletedDate")],
    }


def tagged(table, *, but=lambda _record: False):
    """EC2's things of one kind, with the values of their tags."""
    return [(identity, [tag["Value"] for tag in ec2._tags.get(identity) or []])
            for identity, record in table.items() if not but(record)]


def network():
    for record in list(ec2._instances.values()):
        types_ec2.settle(record)
    own = {vpc for vpc, record in ec2._vpcs.items() if record.get("IsDefault")}

    def standard(record):
        return record.get("VpcId") in own or record.get("DefaultForAz") or record.get("IsDefault")

    return {
        "instances": tagged(ec2._instances, but=lambda r: r["State"]["Name"] == "terminated"),
        "volumes": tagged(ec2._volumes),
        "snapshots": tagged(ec2._snapshots),
        "addresses": tagged(ec2._addresses),
        "nat_gateways": tagged(ec2._nat_gateways, but=lambda r: r.get("State") == "deleted"),
        "network_interfaces": tagged(ec2._network_interfaces),
        "vpc_endpoints": tagged(ec2._vpc_endpoints, but=lambda r: r.get("State") == "deleted"),
        "vpcs": tagged(ec2._vpcs, but=standard),
        "subnets": tagged(ec2._subnets, but=standard),
        "internet_gateways": tagged(ec2._internet_gateways, but=lambda r: any(
            a.get("VpcId") in own for a in r.get("Attachments", []))),
        "route_tables": tagged(ec2._route_tables, but=lambda r: standard(r) or any(
            a.get("Main") for a in r.get("Associations", []))),
        "security_groups": tagged(ec2._security_groups, but=lambda r: r["GroupName"] == "default"),
        "launch_templates": tagged(ec2._launch_templates),
    }


def doubles(region):
    warehouse, serverless = redshift.at(region), redshift_serverless.at(region)
    return {
        "emr_clusters": [(c.id, (c.given["Name"], *c.tags.values())) for c in emr.at(region).clusters.values()
                         if c.state != "TERMINATED"],
        "emr_security_configurations": [(n, ()) for n in emr.at(region).configurations],
        "emr_applications": [(a.id, (a.given.get("name", ""), *a.tags.values()))
                             for a in emr_serverless.at(region).applications.values() if a.state != "TERMINATED"],
        "redshift_clusters": [(n, c.tags.values()) for n, c in warehouse.clusters.items()],
        "redshift_snapshots": [(n, (s["ClusterIdentifier"],)) for n, s in warehouse.snapshots.items()],
        "redshift_subnet_groups": [(n, ()) for n in warehouse.subnets],
        "redshift_parameter_groups": [(n, ()) for n in warehouse.parameters],
        "redshift_workgroups": [(n, g.tags.values()) for n, g in serverless.alive(serverless.groups).items()],
        "redshift_namespaces": [(n, s.tags.values()) for n, s in serverless.alive(serverless.spaces).items()],
        "redshift_serverless_snapshots": [(n, (s["namespaceName"],)) for n, s in serverless.snapshots.items()],
    }
