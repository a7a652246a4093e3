"""Redshift: clusters, snapshots, subnet groups and parameter groups. SQL goes through another service."""

import json
import secrets

from ..codec import Refusal, moment, page
from ..place import ACCOUNT
from ..state import STATE
from .common import Timed, arn, identity, listed, pairs, regional, zones_of

KEPT = ("NodeType", "DBName", "MasterUsername", "ClusterSubnetGroupName", "Encrypted", "EnhancedVpcRouting",
        "PubliclyAccessible", "AllowVersionUpgrade", "PreferredMaintenanceWindow", "AvailabilityZone",
        "AutomatedSnapshotRetentionPeriod", "KmsKeyId", "MaintenanceTrackName", "AquaConfigurationStatus")


NODES = ("ra3.large", "ra3.xlplus", "ra3.4xlarge", "ra3.16xlarge", "rg.large", "rg.xlarge", "dc2.large")


class Cluster(Timed):
    def __init__(self, region, given):
        super().__init__("AWS::Redshift::Cluster")
        self.region, self.given, self.tags = region, dict(given), pairs(given.get("Tags"))
        self.name, self.paused, self.secret = given["ClusterIdentifier"], False, None

    @property
    def status(self):
        phase = self.phase()
        if phase == "ready":
            return "paused" if self.paused else "available"
        return "modifying" if phase == "changing" else phase

    def full(self):
        given, status = self.given, self.status
        nodes = int(given.get("NumberOfNodes") or 1)
        found = {name: given[name] for name in KEPT if given.get(name) is not None}
        found.update({
            "ClusterIdentifier": self.name, "ClusterStatus": status, "ClusterCreateTime": moment(self.created),
            "NumberOfNodes": nodes, "ClusterVersion": "1.0", "DBName": given.get("DBName") or "dev",
            "ClusterAvailabilityStatus": {"available": "Available", "paused": "Paused"}.get(status, "Modifying"),
            "VpcSecurityGroups": [{"VpcSecurityGroupId": group, "Status": "active"}
                                  for group in given.get("VpcSecurityGroupIds") or []],
            "ClusterParameterGroups": [{"ParameterApplyStatus": "in-sync", "ParameterGroupName":
                                        given.get("ClusterParameterGroupName") or "default.redshift-1.0"}],
            "IamRoles": [{"IamRoleArn": role, "ApplyStatus": "in-sync"} for role in given.get("IamRoles") or []],
            "Tags": listed(self.tags), "ClusterNamespaceArn": arn("redshift", self.region,
                                                                  f"namespace:{self.name}"),
            "ManualSnapshotRetentionPeriod": -1, "ClusterSecurityGroups": [], "PendingModifiedValues": {},
        })
        if status != "creating":
            found["Endpoint"] = {"Address": f"{self.name}.testbed.{self.region}.redshift.amazonaws.com",
                                 "Port": int(given.get("Port") or 5439)}
        if self.secret:
            found["MasterPasswordSecretArn"] = self.secret
        return found


class Redshift:
    def __init__(self, region):
        self.region = region
        self.live, self.snapshots, self.subnets, self.parameters = {}, {}, {}, {}

    @property
    def clusters(self):
        for name in [name for name, c in self.live.items() if c.phase() == "gone"]:
            forget(self.region, self.live.pop(name))
        return self.live

    def find(self, name):
        if name not in self.clusters:
            raise Refusal("ClusterNotFound", f"Cluster {name} not found.", 404)
        return self.clusters[name]

    def create_cluster(self, given):
        name = given["ClusterIdentifier"]
        if name in self.clusters:
            raise Refusal("ClusterAlreadyExists", "Cluster already exists")
        if not given.get("ManageMasterPassword") and not given.get("MasterUserPassword"):
            raise Refusal("InvalidParameterCombination", "Either ManageMasterPassword or MasterUserPassword must be "
                                                         "specified.")
        if given["NodeType"] not in NODES:
            raise Refusal("InvalidParameterValue", f"Invalid node type: {given['NodeType']}")
        group = given.get("ClusterSubnetGroupName")
        if group and group not in self.subnets:
            raise Refusal("ClusterSubnetGroupNotFoundFault", f"Cluster subnet group {group} not found.")
        if given.get("ClusterType") == "multi-node" and int(given.get("NumberOfNodes") or 0) < 2:
            raise Refusal("InvalidParameterCombination", "Number of nodes for cluster type multi-node must be "
                                                         "greater than or equal to 2")
        cluster = Cluster(self.region, given)
        if given.get("ManageMasterPassword"):
            cluster.secret = remember(self.region, name, given["MasterUsername"])
        self.live[name] = cluster
        return {"Cluster": cluster.full()}

    def describe_clusters(self, given):
        name = given.get("ClusterIdentifier")
        found = [self.find(name)] if name else list(self.clusters.values())
        keys, values = given.get("TagKeys"), given.get("TagValues")
        found = [c.full() for c in found if (not keys or set(keys) & set(c.tags))
                 and (not values or set(values) & set(c.tags.values()))]
        found, following = page(found, given)
        return {"Clusters": found, "Marker": following}

    def modify_cluster(self, given):
        cluster = self.settled(given["ClusterIdentifier"])
        cluster.given.update({k: v for k, v in given.items() if k != "ClusterIdentifier" and v is not None})
        cluster.change()
        return {"Cluster": cluster.full()}

    def settled(self, name):
        cluster = self.find(name)
        if cluster.status not in ("available", "paused"):
            raise Refusal("InvalidClusterState", "There is an operation running on the Cluster. Please try again at "
                                                 "a later time.")
        return cluster

    def modify_cluster_iam_roles(self, given):
        cluster = self.find(given["ClusterIdentifier"])
        roles = [r for r in cluster.given.get("IamRoles") or [] if r not in given.get("RemoveIamRoles", [])]
        cluster.given["IamRoles"] = roles + [r for r in given.get("AddIamRoles", []) if r not in roles]
        return {"Cluster": cluster.full()}

    def delete_cluster(self, given):
        name = given["ClusterIdentifier"]
        cluster = self.find(name)
        if cluster.status not in ("available", "paused", "creating"):
            raise Refusal("InvalidClusterState", "There is an operation running on the Cluster. Please try again at "
                                                 "a later time.")
        final = given.get("FinalClusterSnapshotIdentifier")
        if not given.get("SkipFinalClusterSnapshot") and not final:
            raise Refusal("InvalidParameterCombination", "FinalClusterSnapshotIdentifier is required unless "
                                                         "SkipFinalClusterSnapshot is specified.")
        if final:
            self.snapshot(cluster, final)
        cluster.end()
        return {"Cluster": cluster.full()}

    def pause_cluster(self, given):
        cluster = self.settled(given["ClusterIdentifier"])
        cluster.paused = True
        return {"Cluster": cluster.full()}

    def resume_cluster(self, given):
        cluster = self.settled(given["ClusterIdentifier"])
        cluster.paused = False
        return {"Cluster": cluster.full()}

    def snapshot(self, cluster, name, tags=None):
        if name in self.snapshots:
            raise Refusal("ClusterSnapshotAlreadyExists", f"Cannot create snapshot {name}: it exists already.")
        self.snapshots[name] = {
            "SnapshotIdentifier": name, "ClusterIdentifier": cluster.name, "Status": "available",
            "SnapshotType": "manual", "SnapshotCreateTime": moment(STATE.now()), "NodeType":
            cluster.given.get("NodeType"), "NumberOfNodes": int(cluster.given.get("NumberOfNodes") or 1),
            "TotalBackupSizeInMegaBytes": 10.0, "DBName": cluster.given.get("DBName") or "dev",
            "SnapshotArn": arn("redshift", self.region, f"snapshot:{cluster.name}/{name}"),
            "Tags": listed({**cluster.tags, **pairs(tags)}),
        }
        return self.snapshots[name]

    def create_cluster_snapshot(self, given):
        cluster = self.settled(given["ClusterIdentifier"])
        return {"Snapshot": self.snapshot(cluster, given["SnapshotIdentifier"], given.get("Tags"))}

    def describe_cluster_snapshots(self, given):
        names = ("ClusterIdentifier", "SnapshotIdentifier", "SnapshotType")
        found = [s for s in self.snapshots.values() if all(not given.get(n) or s[n] == given[n] for n in names)]
        if given.get("SnapshotIdentifier") and not found:
            raise Refusal("ClusterSnapshotNotFound", f"Snapshot {given['SnapshotIdentifier']} not found.", 404)
        found, following = page(found, given)
        return {"Snapshots": found, "Marker": following}

    def delete_cluster_snapshot(self, given):
        found = self.snapshots.pop(given["SnapshotIdentifier"], None)
        if not found:
            raise Refusal("ClusterSnapshotNotFound", f"Snapshot {given['SnapshotIdentifier']} not found.", 404)
        return {"Snapshot": {**found, "Status": "deleted"}}

    def create_cluster_subnet_group(self, given):
        name = given["ClusterSubnetGroupName"].lower()
        if name in self.subnets:
            raise Refusal("ClusterSubnetGroupAlreadyExists", f"Cluster subnet group {name} already exists.")
        _, missing = zones_of(self.region, given["SubnetIds"])
        if missing:
            raise Refusal("InvalidSubnet", f"Some input subnets in :{missing} are invalid.")
        self.subnets[name] = {
            "ClusterSubnetGroupName": name, "Description": given.get("Description"), "SubnetGroupStatus": "Complete",
            "Subnets": [{"SubnetIdentifier": s, "SubnetStatus": "Active"} for s in given["SubnetIds"]],
            "Tags": given.get("Tags") or [],
        }
        return {"ClusterSubnetGroup": self.subnets[name]}

    def describe_cluster_subnet_groups(self, given):
        return {"ClusterSubnetGroups": some(self.subnets, given.get("ClusterSubnetGroupName"),
                                            "ClusterSubnetGroupNotFoundFault")}

    def delete_cluster_subnet_group(self, given):
        name = given["ClusterSubnetGroupName"]
        if any(c.given.get("ClusterSubnetGroupName") == name for c in self.clusters.values()):
            raise Refusal("InvalidClusterSubnetGroupStateFault", f"Cluster subnet group {name} is in use.")
        some(self.subnets, name, "ClusterSubnetGroupNotFoundFault")
        del self.subnets[name]

    def create_cluster_parameter_group(self, given):
        name = given["ParameterGroupName"]
        if name in self.parameters:
            raise Refusal("ClusterParameterGroupAlreadyExists", f"Parameter group {name} already exists.")
        self.parameters[name] = {
            "ParameterGroupName": name, "ParameterGroupFamily": given["ParameterGroupFamily"],
            "Description": given.get("Description"), "Tags": given.get("Tags") or [], "Parameters": {}}
        return {"ClusterParameterGroup": self.parameters[name]}

    def modify_cluster_parameter_group(self, given):
        group = some(self.parameters, given["ParameterGroupName"], "ClusterParameterGroupNotFound")[0]
        group["Parameters"].update({p["ParameterName"]: p.get("ParameterValue") for p in given["Parameters"]})
        return {"ParameterGroupName": group["ParameterGroupName"], "ParameterGroupStatus": "in-sync"}

    def describe_cluster_parameter_groups(self, given):
        return {"ParameterGroups": some(self.parameters, given.get("ParameterGroupName"),
                                        "ClusterParameterGroupNotFound")}

    def describe_cluster_parameters(self, given):
        group = some(self.parameters, given["ParameterGroupName"], "ClusterParameterGroupNotFound")[0]
        return {"Parameters": [{"ParameterName": k, "ParameterValue": v} for k, v in group["Parameters"].items()]}

    def delete_cluster_parameter_group(self, given):
        name = given["ParameterGroupName"]
        if any(c.given.get("ClusterParameterGroupName") == name for c in self.clusters.values()):
            raise Refusal("InvalidClusterParameterGroupState", f"Parameter group {name} is in use.")
        some(self.parameters, name, "ClusterParameterGroupNotFound")
        del self.parameters[name]

    def describe_orderable_cluster_options(self, given):
        zones = [{"Name": f"{self.region}{letter}"} for letter in "abc"]
        return {"OrderableClusterOptions": [
            {"NodeType": node, "ClusterType": "multi-node", "ClusterVersion": "1.0", "AvailabilityZones": zones}
            for node in NODES if given.get("NodeType") in (None, node)]}

    def get_cluster_credentials(self, given):
        self.find(given["ClusterIdentifier"])
        return {"DbUser": f"IAM:{given['DbUser']}", "DbPassword": secrets.token_hex(16),
                "Expiration": moment(STATE.now() + 900)}

    def tagged(self, name):
        kind, _, rest = name.split(":", 5)[5].partition(":")
        if kind == "cluster":
            return self.find(rest).tags
        raise Refusal("ResourceNotFoundFault", f"{name} not found.", 404)

    def create_tags(self, given):
        self.tagged(given["ResourceName"]).update(pairs(given["Tags"]))

    def delete_tags(self, given):
        for key in given["TagKeys"]:
            self.tagged(given["ResourceName"]).pop(key, None)

    def describe_tags(self, _given):
        return {"TaggedResources": [
            {"Tag": tag, "ResourceType": "cluster", "ResourceName": arn("redshift", self.region, f"cluster:{name}")}
            for name, c in self.clusters.items() for tag in listed(c.tags)]}


def some(items, name, code):
    if name and name not in items:
        raise Refusal(code, f"{name} not found.", 404 if "Parameter" in code else 400)
    return [items[name]] if name else list(items.values())


def remember(region, name, user):
    """The secret that Redshift keeps when it manages the password itself."""
    from ministack.core.responses import request_scope
    from ministack.services import secretsmanager

    value = json.dumps({"username": user, "password": secrets.token_urlsafe(24)})
    with request_scope(ACCOUNT, region):
        _, _, body = secretsmanager._create_secret(
            {"Name": f"redshift!{name}-{user}-{identity('', 6)}", "SecretString": value})
    return json.loads(body)["ARN"]


def forget(region, cluster):
    from ministack.core.responses import request_scope
    from ministack.services import secretsmanager

    if cluster.secret:
        with request_scope(ACCOUNT, region):
            secretsmanager._delete_secret({"SecretId": cluster.secret, "ForceDeleteWithoutRecovery": True})


REGIONS, at = regional(Redshift)
