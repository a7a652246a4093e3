"""EMR's and EMR Serverless's types."""

import copy
import json

from ..doubles import emr, emr_serverless
from .registry import add, asked, kept, listed, name_of, number, region, replaces_all_but, tags_of

CLUSTER = "AWS::EMR::Cluster"
APPLICATION = "AWS::EMRServerless::Application"
GROUPS = (("MasterInstanceGroup", "MASTER"), ("CoreInstanceGroup", "CORE"))
FLEETS = (("MasterInstanceFleet", "MASTER"), ("CoreInstanceFleet", "CORE"))


def install():
    add(CLUSTER, create=cluster, update=change_cluster, delete=end_cluster)
    # Nearly every property of a cluster makes another cluster.
    replaces_all_but(CLUSTER, "Tags", "AutoTerminationPolicy", "ManagedScalingPolicy", "VisibleToAllUsers",
                     "StepConcurrencyLevel")
    add("AWS::EMR::SecurityConfiguration", create=configuration, delete=end_configuration, tags=None,
        replacing=("Name", "SecurityConfiguration"))
    add("AWS::EMR::InstanceGroupConfig", create=group, update=change_group, delete=end_group, tags=None)
    replaces_all_but("AWS::EMR::InstanceGroupConfig", "InstanceCount", "AutoScalingPolicy")
    add(APPLICATION, create=application, update=change_application, delete=end_application,
        replacing=("Name", "Type"))


def instances(props):
    """RunJobFlow's Instances from the template's."""
    given = copy.deepcopy(props["Instances"])
    found = []
    for name, role in (*GROUPS, *FLEETS):
        each = given.pop(name, None)
        if each:
            found.append(as_group(each, role))
    for name in ("TaskInstanceGroups", "TaskInstanceFleets"):
        found += [as_group(each, "TASK") for each in given.pop(name, None) or []]
    given["InstanceGroups"] = found
    keep = given.get("KeepJobFlowAliveWhenNoSteps")
    given["KeepJobFlowAliveWhenNoSteps"] = str(keep).lower() == "true" if keep is not None else False
    given["TerminationProtected"] = str(given.get("TerminationProtected", "false")).lower() == "true"
    return given


def as_group(given, role):
    kind = given.get("InstanceType") or (given.get("InstanceTypeConfigs") or [{}])[0].get("InstanceType", "m5.xlarge")
    count = given.get("InstanceCount") or given.get("TargetOnDemandCapacity") or given.get("TargetSpotCapacity") or 1
    return {"InstanceRole": role, "InstanceType": kind, "InstanceCount": int(count),
            "Market": given.get("Market", "ON_DEMAND"), "Name": given.get("Name", role)}


def cluster(_logical, props, _stack):
    given = {**kept(props, "Name", "ReleaseLabel", "LogUri", "JobFlowRole", "ServiceRole", "SecurityConfiguration",
                    "Configurations", "AutoScalingRole", "ScaleDownBehavior", "AutoTerminationPolicy",
                    "ManagedScalingPolicy", "CustomAmiId", "OSReleaseLabel", "Applications"),
             "Instances": instances(props), "Tags": listed(props)}
    identity = asked(emr.at(region()).run_job_flow, given)["JobFlowId"]
    return identity, {"Id": identity, "MasterPublicDNS": "localhost"}


def change_cluster(identity, _old, new, _stack):
    found = emr.at(region()).find(identity)
    found.tags = tags_of(new)
    found.policy, found.scaling = new.get("AutoTerminationPolicy"), new.get("ManagedScalingPolicy")
    return identity, {"Id": identity, "MasterPublicDNS": "localhost"}


def end_cluster(identity, _props):
    service = emr.at(region())
    if identity in service.clusters:
        asked(service.terminate_job_flows, {"JobFlowIds": [identity]})


def configuration(logical, props, stack):
    name = name_of(props, "Name", stack, logical, lower=False)
    asked(emr.at(region()).create_security_configuration,
          {"Name": name, "SecurityConfiguration": json.dumps(props["SecurityConfiguration"])})
    return name, {}


def end_configuration(name, _props):
    service = emr.at(region())
    if name in service.configurations:
        service.delete_security_configuration({"Name": name})


def group(_logical, props, _stack):
    given = {"JobFlowId": props["JobFlowId"], "InstanceGroups": [as_group(props, props["InstanceRole"])]}
    identity = asked(emr.at(region()).add_instance_groups, given)["InstanceGroupIds"][0]
    return identity, {"Id": identity}


def change_group(identity, _old, new, _stack):
    emr.at(region()).modify_instance_groups(
        {"InstanceGroups": [{"InstanceGroupId": identity, "InstanceCount": int(new["InstanceCount"])}]})
    return identity, {"Id": identity}


def end_group(_identity, _props):
    """A group goes with its cluster."""


def lower_first(value):
    """The template's names as the API of EMR Serverless writes them."""
    if isinstance(value, dict):
        return {key[:1].lower() + key[1:]: lower_first(each) for key, each in value.items()}
    return [lower_first(each) for each in value] if isinstance(value, list) else value


def settings(props):
    given = lower_first({k: v for k, v in props.items() if k not in ("Tags", "InitialCapacity")})
    initial = props.get("InitialCapacity")
    if isinstance(initial, list):
        given["initialCapacity"] = {each["Key"]: lower_first(each["Value"]) for each in initial}
    stop = given.get("autoStopConfiguration", {})
    if stop.get("idleTimeoutMinutes") is not None:
        stop["idleTimeoutMinutes"] = number(stop["idleTimeoutMinutes"])
    for name in ("autoStartConfiguration", "autoStopConfiguration"):
        if "enabled" in given.get(name, {}):
            given[name]["enabled"] = str(given[name]["enabled"]).lower() == "true"
    return given


def application(_logical, props, _stack):
    given = {**settings(props), "tags": tags_of(props)}
    made = asked(emr_serverless.at(region()).create_application, given)
    return made["applicationId"], {"ApplicationId": made["applicationId"], "Arn": made["arn"]}


def change_application(identity, _old, new, _stack):
    service = emr_serverless.at(region())
    asked(service.update_application, {"applicationId": identity, **settings(new)})
    found = service.find(identity)
    found.tags = tags_of(new)
    return identity, {"ApplicationId": identity, "Arn": found.arn}


def end_application(identity, _props):
    service = emr_serverless.at(region())
    if identity in service.applications and service.find(identity).state != "TERMINATED":
        asked(service.stop_application, {"applicationId": identity})
        asked(service.delete_application, {"applicationId": identity})
