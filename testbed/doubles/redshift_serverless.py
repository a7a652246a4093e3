"""Redshift Serverless: namespaces, workgroups, usage limits and snapshots."""

import secrets
import uuid

from ..codec import Refusal, moment
from ..state import STATE
from .common import Timed, arn, listed, pairs, regional, zones_of
from .redshift import forget, remember

WORDS = {"creating": "CREATING", "ready": "AVAILABLE", "changing": "MODIFYING", "deleting": "DELETING"}


class Thing(Timed):
    """A namespace or a workgroup."""

    def __init__(self, kind, region, given, name):
        super().__init__(f"AWS::RedshiftServerless::{kind.capitalize()}")
        self.kind_, self.name, self.given, self.secret = kind, name, dict(given), None
        self.id, self.tags = str(uuid.uuid4()), pairs(given.get("tags"))
        self.arn = arn("redshift-serverless", region, f"{kind}/{self.id}")
        self.region = region

    @property
    def status(self):
        return WORDS.get(self.phase(), "DELETING")

    def full(self):
        found = {k: v for k, v in self.given.items() if k not in ("tags", "adminUserPassword") and v is not None}
        found.update({f"{self.kind_}Name": self.name, f"{self.kind_}Id": self.id, f"{self.kind_}Arn": self.arn,
                      "status": self.status, "creationDate": moment(self.created)})
        if self.kind_ == "workgroup":
            found.setdefault("baseCapacity", 128)
            found.setdefault("publiclyAccessible", False)
            if self.status != "CREATING":
                host = f"{self.name}.testbed.{self.region}.redshift-serverless.amazonaws.com"
                found["endpoint"] = {"address": host, "port": int(found.get("port") or 5439), "vpcEndpoints": []}
        else:
            found.setdefault("dbName", "dev")
            if self.secret:
                found["adminPasswordSecretArn"] = self.secret
        return found


class RedshiftServerless:
    def __init__(self, region):
        self.region = region
        self.spaces, self.groups, self.limits, self.snapshots = {}, {}, {}, {}

    def alive(self, things):
        for name in [name for name, thing in things.items() if thing.phase() == "gone"]:
            forget(self.region, things.pop(name))
        return things

    def find(self, things, name):
        if name not in self.alive(things):
            raise Refusal("ResourceNotFoundException", f"The resource {name} could not be found.")
        return things[name]

    def settled(self, things, name):
        thing = self.find(things, name)
        if thing.status != "AVAILABLE":
            raise Refusal("ConflictException", f"There is an operation running on the {thing.kind_}. Try again "
                                               "later.")
        return thing

    def create_namespace(self, given):
        name = given["namespaceName"]
        if name in self.alive(self.spaces):
            raise Refusal("ConflictException", f"{name} already exists.")
        space = Thing("namespace", self.region, given, name)
        if given.get("manageAdminPassword"):
            space.secret = remember(self.region, name, given.get("adminUsername") or "admin")
        self.spaces[name] = space
        return {"namespace": space.full()}

    def get_namespace(self, given):
        return {"namespace": self.find(self.spaces, given["namespaceName"]).full()}

    def list_namespaces(self, _given):
        return {"namespaces": [space.full() for space in self.alive(self.spaces).values()]}

    def update_namespace(self, given):
        return {"namespace": self.update(self.settled(self.spaces, given["namespaceName"]), given)}

    def delete_namespace(self, given):
        space = self.settled(self.spaces, given["namespaceName"])
        if any(group.given.get("namespaceName") == space.name for group in self.alive(self.groups).values()):
            raise Refusal("ConflictException", f"Namespace {space.name} is associated with a workgroup. Delete the "
                                               "workgroup first.")
        if given.get("finalSnapshotName"):
            self.snapshot(space, given["finalSnapshotName"])
        space.end()
        return {"namespace": space.full()}

    @staticmethod
    def update(thing, given):
        thing.given.update({k: v for k, v in given.items() if v is not None})
        thing.change()
        return thing.full()

    def check(self, given):
        capacity = given.get("baseCapacity")
        if capacity is not None and capacity != 4 and (capacity % 8 or not 8 <= capacity <= 1024):
            raise Refusal("ValidationException", f"The base capacity {capacity} is not valid: it must be 4, or a "
                                                 "multiple of 8 from 8 to 1024.")
        if given.get("subnetIds"):
            zones, missing = zones_of(self.region, given["subnetIds"])
            if missing:
                raise Refusal("ValidationException", f"The subnet ID '{missing[0]}' does not exist")
            if len(zones) < 3:
                raise Refusal("ValidationException", "Your subnets must span at least three Availability Zones.")

    def create_workgroup(self, given):
        name = given["workgroupName"]
        if name in self.alive(self.groups):
            raise Refusal("ConflictException", f"{name} already exists.")
        self.find(self.spaces, given["namespaceName"])
        if any(g.given["namespaceName"] == given["namespaceName"] for g in self.groups.values()):
            raise Refusal("ConflictException", "The namespace is already associated with a workgroup.")
        self.check(given)
        group = self.groups[name] = Thing("workgroup", self.region, given, name)
        return {"workgroup": group.full()}

    def get_workgroup(self, given):
        return {"workgroup": self.find(self.groups, given["workgroupName"]).full()}

    def list_workgroups(self, _given):
        return {"workgroups": [group.full() for group in self.alive(self.groups).values()]}

    def update_workgroup(self, given):
        self.check(given)
        return {"workgroup": self.update(self.settled(self.groups, given["workgroupName"]), given)}

    def delete_workgroup(self, given):
        group = self.settled(self.groups, given["workgroupName"])
        group.end()
        self.limits = {k: v for k, v in self.limits.items() if v["resourceArn"] != group.arn}
        return {"workgroup": group.full()}

    def create_usage_limit(self, given):
        groups = {group.arn: group for group in self.alive(self.groups).values()}
        if given["resourceArn"] not in groups:
            raise Refusal("ResourceNotFoundException", f"The resource {given['resourceArn']} could not be found.")
        same = [v for v in self.limits.values() if v["resourceArn"] == given["resourceArn"]
                and v["usageType"] == given["usageType"] and v["period"] == given.get("period", "monthly")]
        if same:
            raise Refusal("ConflictException", "A usage limit of this type and period exists already.")
        identity_ = str(uuid.uuid4())
        self.limits[identity_] = {
            "usageLimitId": identity_, "usageLimitArn": arn("redshift-serverless", self.region,
                                                            f"usagelimit/{identity_}"),
            "resourceArn": given["resourceArn"], "usageType": given["usageType"], "amount": given["amount"],
            "period": given.get("period", "monthly"), "breachAction": given.get("breachAction", "log")}
        return {"usageLimit": self.limits[identity_]}

    def limit(self, given):
        if given["usageLimitId"] not in self.limits:
            raise Refusal("ResourceNotFoundException", "The usage limit could not be found.")
        return self.limits[given["usageLimitId"]]

    def get_usage_limit(self, given):
        return {"usageLimit": self.limit(given)}

    def update_usage_limit(self, given):
        found = self.limit(given)
        found.update({k: v for k, v in given.items() if k in ("amount", "breachAction") and v is not None})
        return {"usageLimit": found}

    def delete_usage_limit(self, given):
        return {"usageLimit": self.limits.pop(self.limit(given)["usageLimitId"])}

    def list_usage_limits(self, given):
        names = ("resourceArn", "usageType")
        return {"usageLimits": [v for v in self.limits.values()
                                if all(not given.get(n) or v[n] == given[n] for n in names)]}

    def snapshot(self, space, name):
        self.snapshots[name] = {
            "snapshotName": name, "namespaceName": space.name, "namespaceArn": space.arn, "status": "AVAILABLE",
            "snapshotArn": arn("redshift-serverless", self.region, f"snapshot/{uuid.uuid4()}"),
            "snapshotCreateTime": moment(STATE.now()), "totalBackupSizeInMegaBytes": 10.0}
        return self.snapshots[name]

    def create_snapshot(self, given):
        return {"snapshot": self.snapshot(self.settled(self.spaces, given["namespaceName"]),
                                          given["snapshotName"])}

    def list_snapshots(self, given):
        return {"snapshots": [s for s in self.snapshots.values()
                              if not given.get("namespaceName") or s["namespaceName"] == given["namespaceName"]]}

    def delete_snapshot(self, given):
        if given["snapshotName"] not in self.snapshots:
            raise Refusal("ResourceNotFoundException", f"Snapshot {given['snapshotName']} could not be found.")
        return {"snapshot": {**self.snapshots.pop(given["snapshotName"]), "status": "DELETED"}}

    def get_credentials(self, given):
        self.find(self.groups, given["workgroupName"])
        return {"dbUser": "IAMR:testing", "dbPassword": secrets.token_hex(16),
                "expiration": moment(STATE.now() + 900)}

    def by_arn(self, given):
        for thing in [*self.alive(self.spaces).values(), *self.alive(self.groups).values()]:
            if thing.arn == given["resourceArn"]:
                return thing
        raise Refusal("ResourceNotFoundException", f"{given['resourceArn']} could not be found.")

    def tag_resource(self, given):
        self.by_arn(given).tags.update(pairs(given["tags"]))

    def untag_resource(self, given):
        for key in given["tagKeys"]:
            self.by_arn(given).tags.pop(key, None)

    def list_tags_for_resource(self, given):
        return {"tags": listed(self.by_arn(given).tags, "key", "value")}


REGIONS, at = regional(RedshiftServerless)
