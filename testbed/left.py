"""What is left in the account, by each service's own records, and things planted there by hand."""

from contextlib import contextmanager

from ministack.core.responses import request_scope
from ministack.services import (
    athena, cloudformation, cloudwatch, cloudwatch_logs, ec2, ecr, firehose, glue, iam, kinesis, lambda_svc, s3,
    scheduler, secretsmanager, sns, sqs,
)

from . import place
from .cfn import types_ec2
from .doubles import emr, emr_serverless, redshift, redshift_serverless

OWNER = "sentistack:name"
REGIONS = tuple(name for name, _ in ec2._AWS_REGIONS)


@contextmanager
def inside(region):
    with request_scope(place.ACCOUNT, region):
        yield


def left(name=None, region=None):
    """A dictionary of lists, by service; empty when nothing is left. With a name, what belongs to it."""
    found = {}
    for each in (region,) if region else REGIONS:
        with inside(each):
            for kind, items in kinds(each).items():
                for identity, words in items:
                    if name is None or belongs(identity, words, name):
                        found.setdefault(kind, set()).add(identity)
    return {kind: sorted(items) for kind, items in sorted(found.items())}


def belongs(identity, words, name):
    """Whether a thing belongs to a name: by its tag if it has one, else by what it is called or tagged."""
    if isinstance(words, dict):
        if OWNER in words:
            return words[OWNER] == name
        words = words.values()
    return any(bears(str(word), name) for word in (identity, *words))


def tags_in(record):
    """The tags that MiniStack keeps in a record, however it calls them."""
    found = record.get("tags") or record.get("Tags") or {}
    if isinstance(found, dict):
        return dict(found)
    return {tag.get("Key", tag.get("key")): tag.get("Value", tag.get("value")) for tag in found}


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

    def plain(table, but=lambda _name, _record: False):
        return [(name, tags_in(record)) for name, record in table.items() if not but(name, record)]

    return {
        "stacks": [(s["StackName"], tags_in(s)) for s in cloudformation._stacks.values()
                   if s["StackStatus"] != "DELETE_COMPLETE"],
        "buckets": [(n, dict(s3._bucket_tags.get(n) or {})) for n, b in s3._buckets.items()
                    if b.get("region", region) == region],
        "roles": plain(iam._roles, lambda _n, r: r.get("Path", "/").startswith("/aws-")),
        "instance_profiles": plain(iam._instance_profiles),
        "policies": [(a, ()) for a in iam._policies if f"::{place.ACCOUNT}:" in a],
        "streams": plain(kinesis._streams),
        "delivery_streams": plain(firehose._streams),
        "functions": plain(lambda_svc._functions),
        "event_source_mappings": [(m["UUID"], (m["FunctionName"],)) for m in lambda_svc._esms.values()],
        "log_groups": plain(cloudwatch_logs._log_groups),
        "alarms": plain(cloudwatch._alarms),
        "dashboards": [(n, ()) for n in cloudwatch._dashboards],
        "schedules": [(s["Name"], (s["GroupName"],)) for s in scheduler._schedules.values()],
        "schedule_groups": [(n, dict(tags.get(g["Arn"]) or {})) for n, g in scheduler._schedule_groups.items()
                            if n != "default"],
        "queues": [(url.rsplit("/", 1)[-1], tags_in(q)) for url, q in sqs._queues.items()],
        "topics": [(arn.rsplit(":", 1)[-1], tags_in(t)) for arn, t in sns._topics.items()],
        "repositories": plain(ecr._repositories),
        # Names there have no dashes, and no tags either.
        "catalog_databases": [(n, (n.replace("_", "-"),)) for n in glue._databases],
        "catalog_tables": [(n, (n.split("/")[0].replace("_", "-"),)) for n in glue._tables],
        "workgroups": [(n, dict(athena._tags.get(athena._arn_workgroup(n)) or {})) for n in athena._workgroups
                       if n != "primary"],
        "secrets": plain(secretsmanager._secrets, lambda _n, s: s.get("DeletedDate")),
    }


def tagged(table, *, but=lambda _record: False):
    """EC2's things of one kind, with their tags."""
    return [(identity, {tag["Key"]: tag["Value"] for tag in ec2._tags.get(identity) or []})
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
        "emr_clusters": [(c.id, {"Name": c.given["Name"], **c.tags}) for c in emr.at(region).clusters.values()
                         if c.state != "TERMINATED"],
        "emr_security_configurations": [(n, ()) for n in emr.at(region).configurations],
        "emr_applications": [(a.id, {"Name": a.given.get("name", ""), **a.tags})
                             for a in emr_serverless.at(region).applications.values() if a.state != "TERMINATED"],
        "redshift_clusters": [(n, c.tags) for n, c in warehouse.clusters.items()],
        "redshift_snapshots": [(n, (s["ClusterIdentifier"],)) for n, s in warehouse.snapshots.items()],
        "redshift_subnet_groups": [(n, ()) for n in warehouse.subnets],
        "redshift_parameter_groups": [(n, ()) for n in warehouse.parameters],
        "redshift_workgroups": [(n, g.tags) for n, g in serverless.alive(serverless.groups).items()],
        "redshift_namespaces": [(n, s.tags) for n, s in serverless.alive(serverless.spaces).items()],
        "redshift_serverless_snapshots": [(n, (s["namespaceName"],)) for n, s in serverless.snapshots.items()],
    }
