"""Redshift's and Redshift Serverless's types."""

from ..codec import Refusal
from ..doubles import redshift, redshift_serverless
from ..state import STATE
from .registry import add, asked, kept, listed, lowered, name_of, number, region, tags_of, true
from .types_emr import lower_first

PLAIN = ("NodeType", "DBName", "MasterUsername", "MasterUserPassword", "ClusterType", "ClusterSubnetGroupName",
         "ClusterParameterGroupName", "VpcSecurityGroupIds", "IamRoles", "AvailabilityZone", "KmsKeyId",
         "PreferredMaintenanceWindow", "MaintenanceTrackName")
FLAGS = ("ManageMasterPassword", "Encrypted", "EnhancedVpcRouting", "PubliclyAccessible", "AllowVersionUpgrade")
NUMBERS = ("NumberOfNodes", "Port", "AutomatedSnapshotRetentionPeriod", "ManualSnapshotRetentionPeriod")


def install():
    add("AWS::Redshift::Cluster", create=cluster, update=change_cluster, delete=end_cluster, snapshot=last_snapshot,
        replacing=("ClusterIdentifier", "DBName", "MasterUsername", "ClusterSubnetGroupName", "OwnerAccount",
                   "SnapshotIdentifier", "SnapshotClusterIdentifier"))
    add("AWS::Redshift::ClusterSubnetGroup", create=subnets, update=change_subnets, delete=end_subnets,
        replacing=("ClusterSubnetGroupName",))
    add("AWS::Redshift::ClusterParameterGroup", create=parameters, update=change_parameters, delete=end_parameters,
        replacing=("ParameterGroupFamily", "Description", "ParameterGroupName"))
    add("AWS::RedshiftServerless::Namespace", create=namespace, update=change_namespace, delete=end_namespace,
        replacing=("NamespaceName",))
    add("AWS::RedshiftServerless::Workgroup", create=workgroup, update=change_workgroup, delete=end_workgroup,
        replacing=("WorkgroupName", "NamespaceName"))


def settings(props):
    given = kept(props, *PLAIN)
    given.update({name: true(props[name]) for name in FLAGS if props.get(name) is not None})
    given.update({name: number(props[name]) for name in NUMBERS if props.get(name) is not None})
    return given


def cluster_attributes(found):
    attributes = {"Id": found.name, "Endpoint.Address": f"{found.name}.testbed.{found.region}.redshift.amazonaws.com",
                  "Endpoint.Port": str(found.given.get("Port") or 5439),
                  "ClusterNamespaceArn": found.full()["ClusterNamespaceArn"]}
    if found.secret:
        attributes["MasterPasswordSecretArn"] = found.secret
    return attributes


def cluster(logical, props, stack):
    service = redshift.at(region())
    name = name_of(props, "ClusterIdentifier", stack, logical)
    asked(service.create_cluster, {"ClusterIdentifier": name, **settings(props), "Tags": listed(props)})
    return name, cluster_attributes(service.find(name))


def change_cluster(name, old, new, _stack):
    service = redshift.at(region())
    given = {k: v for k, v in settings(new).items() if settings(old).get(k) != v}
    found = service.find(name)
    found.tags = tags_of(new)
    if given:
        asked(service.modify_cluster, {"ClusterIdentifier": name, **given})
    return name, cluster_attributes(found)


def end_cluster(name, _props):
    service = redshift.at(region())
    if name in service.clusters and service.find(name).status != "deleting":
        rest(service.find(name))
        asked(service.delete_cluster, {"ClusterIdentifier": name, "SkipFinalClusterSnapshot": True})


def last_snapshot(name, _props):
    service = redshift.at(region())
    service.snapshot(service.find(name), f"{name}-snapshot-final")


def subnets(logical, props, stack):
    name = name_of(props, "ClusterSubnetGroupName", stack, logical).lower()
    asked(redshift.at(region()).create_cluster_subnet_group,
          {"ClusterSubnetGroupName": name, "Description": props.get("Description"), "SubnetIds": props["SubnetIds"],
           "Tags": listed(props)})
    return name, {"ClusterSubnetGroupName": name}


def change_subnets(name, _old, new, _stack):
    found = redshift.at(region()).subnets[name]
    found["Subnets"] = [{"SubnetIdentifier": s, "SubnetStatus": "Active"} for s in new["SubnetIds"]]
    found["Tags"] = listed(new)
    return name, {"ClusterSubnetGroupName": name}


def end_subnets(name, _props):
    service = redshift.at(region())
    if name in service.subnets:
        asked(service.delete_cluster_subnet_group, {"ClusterSubnetGroupName": name})


def parameters(logical, props, stack):
    service = redshift.at(region())
    name = name_of(props, "ParameterGroupName", stack, logical)
    asked(service.create_cluster_parameter_group,
          {"ParameterGroupName": name, "ParameterGroupFamily": props["ParameterGroupFamily"],
           "Description": props.get("Description"), "Tags": listed(props)})
    return change_parameters(name, {}, props, stack)


def change_parameters(name, _old, new, _stack):
    found = redshift.at(region()).parameters[name]
    found["Parameters"] = {p["ParameterName"]: p.get("ParameterValue") for p in new.get("Parameters") or []}
    found["Tags"] = listed(new)
    return name, {"ParameterGroupName": name}


def end_parameters(name, _props):
    service = redshift.at(region())
    if name in service.parameters:
        asked(service.delete_cluster_parameter_group, {"ParameterGroupName": name})


def space_settings(props):
    given = lower_first({k: v for k, v in props.items() if k not in ("Tags", "DefaultIamRoleArn")})
    if "manageAdminPassword" in given:
        given["manageAdminPassword"] = true(given["manageAdminPassword"])
    if props.get("DefaultIamRoleArn"):
        given["defaultIamRoleArn"] = props["DefaultIamRoleArn"]
    return given


def space_attributes(found):
    full = found.full()
    return {"Namespace.NamespaceArn": found.arn, "Namespace.NamespaceId": found.id,
            "Namespace.NamespaceName": found.name, "Namespace.DbName": full["dbName"],
            "Namespace.Status": full["status"], "Namespace.AdminPasswordSecretArn": found.secret or ""}


def namespace(_logical, props, _stack):
    service = redshift_serverless.at(region())
    asked(service.create_namespace, {**space_settings(props), "tags": lowered(props)})
    name = props["NamespaceName"]
    return name, space_attributes(service.find(service.spaces, name))


def change_namespace(name, _old, new, _stack):
    service = redshift_serverless.at(region())
    asked(service.update_namespace, {**space_settings(new), "namespaceName": name})
    found = service.find(service.spaces, name)
    found.tags = tags_of(new)
    return name, space_attributes(found)


def rest(thing):
    """Brings something to rest: CloudFormation waits for that before it deletes."""
    thing.ready, thing.changed = min(thing.ready, STATE.now()), min(thing.changed, STATE.now())


def end_namespace(name, props):
    service = redshift_serverless.at(region())
    if name in service.spaces:
        rest(service.spaces[name])
    ended(service.delete_namespace,
          {"namespaceName": name, **({"finalSnapshotName": props["FinalSnapshotName"]}
                                     if props.get("FinalSnapshotName") else {})})


def group_settings(props):
    given = lower_first({k: v for k, v in props.items() if k != "Tags"})
    for name in ("baseCapacity", "maxCapacity", "port"):
        if given.get(name) is not None:
            given[name] = int(given[name])
    for name in ("publiclyAccessible", "enhancedVpcRouting"):
        if given.get(name) is not None:
            given[name] = true(given[name])
    return given


def group_attributes(found):
    host = f"{found.name}.testbed.{found.region}.redshift-serverless.amazonaws.com"
    return {"Workgroup.WorkgroupArn": found.arn, "Workgroup.WorkgroupId": found.id,
            "Workgroup.WorkgroupName": found.name, "Workgroup.Endpoint.Address": host,
            "Workgroup.Endpoint.Port": "5439", "Workgroup.Status": found.status}


def workgroup(_logical, props, _stack):
    service = redshift_serverless.at(region())
    asked(service.create_workgroup, {**group_settings(props), "tags": lowered(props)})
    name = props["WorkgroupName"]
    return name, group_attributes(service.find(service.groups, name))


def change_workgroup(name, _old, new, _stack):
    service = redshift_serverless.at(region())
    asked(service.update_workgroup, {**group_settings(new), "workgroupName": name})
    found = service.find(service.groups, name)
    found.tags = tags_of(new)
    return name, group_attributes(found)


def end_workgroup(name, _props):
    service = redshift_serverless.at(region())
    if name in service.groups:
        rest(service.groups[name])
    ended(service.delete_workgroup, {"workgroupName": name})


def ended(function, given):
    """A deletion; what is gone already is no failure."""
    try:
        function(given)
    except Refusal as error:
        if error.code != "ResourceNotFoundException":
            asked(function, given)
