"""EMR: clusters that start, wait and end, with their instance groups and policies. Their steps are in `steps.py`."""

from ..codec import Refusal, moment, page
from ..place import ACCOUNT
from ..state import STATE
from . import steps
from .common import Timed, arn, groups_of, identity, listed, pairs, regional

REASONS = {
    "WAITING": ("", "Cluster ready to run steps."),
    "user": ("USER_REQUEST", "Terminated by user request"),
    "idle": ("ALL_STEPS_COMPLETED", "Auto-terminated after being idle"),
    "done": ("ALL_STEPS_COMPLETED", "Steps completed"),
    "failed": ("STEP_FAILURE", "Shut down as step failed"),
}
RELEASES = {
    "emr-7.13.0": "3.5.6", "emr-7.12.0": "3.5.6", "emr-7.11.0": "3.5.6", "emr-7.10.0": "3.5.5", "emr-7.5.0": "3.5.2",
    "emr-6.15.0": "3.4.1", "emr-spark-8.0.0": "4.0.2",
}
LIVE = ("STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING")


class Cluster(Timed):
    def __init__(self, region, given):
        super().__init__("AWS::EMR::Cluster")
        self.id, self.region, self.given = identity("j-", 13), region, given
        self.tags = pairs(given.get("Tags"))
        self.steps, self.groups, self.why = [], [], "user"
        self.policy, self.scaling = given.get("AutoTerminationPolicy"), given.get("ManagedScalingPolicy")
        self.protected = bool(given.get("Instances", {}).get("TerminationProtected"))

    @property
    def state(self):
        timeout = (self.policy or {}).get("IdleTimeout")
        idle = steps.idle_since(self)
        if self.gone is None and timeout and idle is not None and STATE.now() >= idle + int(timeout):
            self.why, self.gone = "idle", idle + int(timeout)
        phase = self.phase()
        if phase in ("ready", "changing") and idle is None:
            return "RUNNING"
        if phase == "creating":
            return "STARTING" if STATE.now() < (self.created + self.ready) / 2 else "BOOTSTRAPPING"
        return {"deleting": "TERMINATING", "gone": "TERMINATED"}.get(phase, "WAITING")

    def status(self):
        state = self.state
        code, message = REASONS.get(self.why if state.startswith("TERM") else state, ("", ""))
        reason = {"Code": code, "Message": message} if code else {"Message": message} if message else {}
        timeline = {"CreationDateTime": moment(self.created)}
        if state not in ("STARTING", "BOOTSTRAPPING"):
            timeline["ReadyDateTime"] = moment(self.ready)
        if state == "TERMINATED":
            timeline["EndDateTime"] = moment(self.gone)
        return {"State": state, "StateChangeReason": reason, "Timeline": timeline}

    def summary(self):
        return {"Id": self.id, "Name": self.given["Name"], "Status": self.status(),
                "NormalizedInstanceHours": 0,
                "ClusterArn": arn("elasticmapreduce", self.region, f"cluster/{self.id}")}

    def full(self):
        given, instances = self.given, self.given.get("Instances", {})
        kept = ("LogUri", "ReleaseLabel", "ServiceRole", "AutoScalingRole", "SecurityConfiguration",
                "ScaleDownBehavior", "Configurations", "CustomAmiId", "EbsRootVolumeSize", "StepConcurrencyLevel",
                "OSReleaseLabel")
        names = ("Ec2SubnetId", "Ec2KeyName", "EmrManagedMasterSecurityGroup", "EmrManagedSlaveSecurityGroup",
                 "ServiceAccessSecurityGroup", "AdditionalMasterSecurityGroups", "AdditionalSlaveSecurityGroups")
        attributes = {name: instances[name] for name in names if instances.get(name)}
        attributes.update({"IamInstanceProfile": given.get("JobFlowRole"),
                           "Ec2AvailabilityZone": f"{self.region}a"})
        return {**self.summary(), **{name: given[name] for name in kept if given.get(name) is not None},
                "Ec2InstanceAttributes": attributes, "InstanceCollectionType": "INSTANCE_GROUP",
                "Applications": given.get("Applications", []), "Tags": listed(self.tags),
                "TerminationProtected": self.protected, "VisibleToAllUsers": True,
                "AutoTerminate": not instances.get("KeepJobFlowAliveWhenNoSteps", False),
                "MasterPublicDnsName": "localhost"}


class Emr:
    def __init__(self, region):
        self.region, self.clusters, self.configurations = region, {}, {}

    def find(self, identity_):
        if identity_ not in self.clusters:
            raise Refusal("InvalidRequestException", f"Cluster id '{identity_}' is not valid.")
        return self.clusters[identity_]

    def run_job_flow(self, given):
        instances = given.get("Instances", {})
        steps.check([], given.get("Steps", []))
        label = given.get("ReleaseLabel")
        if label and label not in RELEASES:
            raise Refusal("ValidationException", f"The supplied release label is invalid: {label}.")
        configuration = given.get("SecurityConfiguration")
        if configuration and configuration not in self.configurations:
            raise Refusal("InvalidRequestException", f"Security configuration {configuration} does not exist.")
        cluster = Cluster(self.region, given)
        for group in instances.get("InstanceGroups", []):
            self.add_group(cluster, group)
        for role, kind in (("MASTER", "MasterInstanceType"), ("CORE", "SlaveInstanceType")):
            if instances.get(kind):
                count = 1 if role == "MASTER" else int(instances.get("InstanceCount", 1)) - 1
                self.add_group(cluster, {"InstanceRole": role, "InstanceType": instances[kind],
                                         "InstanceCount": count})
        self.clusters[cluster.id] = cluster
        tie(self.region, instances)
        steps.add(cluster, given.get("Steps", []))
        return {"JobFlowId": cluster.id, "ClusterArn": cluster.summary()["ClusterArn"]}

    @staticmethod
    def add_group(cluster, given):
        group = {**given, "Id": identity("ig-", 13)}
        cluster.groups.append(group)
        return group["Id"]

    def describe_cluster(self, given):
        return {"Cluster": self.find(given["ClusterId"]).full()}

    def list_clusters(self, given):
        states = given.get("ClusterStates")
        found = [c.summary() for c in self.clusters.values()
                 if (not states or c.state in states)
                 and (not given.get("CreatedAfter") or moment(c.created) >= given["CreatedAfter"])]
        found, following = page(found[::-1], given, size=50)
        return {"Clusters": found, "Marker": following}

    def terminate_job_flows(self, given):
        clusters = [self.find(identity_) for identity_ in given["JobFlowIds"]]
        protected = [cluster.id for cluster in clusters if cluster.protected]
        if protected:
            raise Refusal("ValidationException",
                          "Could not shut down one or more job flows since they are termination protected.")
        for cluster in clusters:
            if cluster.state in LIVE:
                cluster.end()
                steps.settle(cluster)

    def set_termination_protection(self, given):
        for identity_ in given["JobFlowIds"]:
            self.find(identity_).protected = given["TerminationProtected"]

    def list_instance_groups(self, given):
        cluster = self.find(given["ClusterId"])
        state = {"TERMINATED": "TERMINATED", "TERMINATING": "SHUTTING_DOWN"}.get(cluster.state, "RUNNING")
        return {"InstanceGroups": [{
            "Id": g["Id"], "Name": g.get("Name", g["InstanceRole"]), "InstanceGroupType": g["InstanceRole"],
            "InstanceType": g["InstanceType"], "Market": g.get("Market", "ON_DEMAND"),
            "RequestedInstanceCount": g["InstanceCount"],
            "RunningInstanceCount": g["InstanceCount"] if state == "RUNNING" else 0,
            "Status": {"State": state},
        } for g in cluster.groups]}

    def list_instances(self, given):
        cluster = self.find(given["ClusterId"])
        if cluster.state not in LIVE:
            return {"Instances": []}
        return {"Instances": [{
            "Id": f"ci-{g['Id'][3:]}{n}", "Ec2InstanceId": f"i-{abs(hash((g['Id'], n))):017x}"[:19],
            "InstanceGroupId": g["Id"], "InstanceType": g["InstanceType"], "Market": g.get("Market", "ON_DEMAND"),
            "Status": {"State": "RUNNING"},
        } for g in cluster.groups for n in range(g["InstanceCount"])]}

    def add_instance_groups(self, given):
        cluster = self.find(given["JobFlowId"])
        made = [self.add_group(cluster, group) for group in given["InstanceGroups"]]
        return {"JobFlowId": cluster.id, "InstanceGroupIds": made}

    def modify_instance_groups(self, given):
        groups = {g["Id"]: g for c in self.clusters.values() for g in c.groups}
        for change in given.get("InstanceGroups", []):
            if "InstanceCount" in change:
                groups[change["InstanceGroupId"]]["InstanceCount"] = change["InstanceCount"]

    def add_job_flow_steps(self, given):
        cluster = self.find(given["JobFlowId"])
        if cluster.state not in LIVE:
            raise Refusal("InvalidRequestException", "A job flow that is shutting down, terminating, or finished "
                                                     "may not be modified.")
        steps.check(cluster.steps, given["Steps"])
        return {"StepIds": steps.add(cluster, given["Steps"])}

    def list_steps(self, given):
        cluster = self.find(given["ClusterId"])
        steps.settle(cluster)
        wanted, states = given.get("StepIds"), given.get("StepStates")
        found = [step for step in cluster.steps[::-1]
                 if (not wanted or step.id in wanted) and (not states or step.state in states)]
        found, following = page(found, given, size=50)
        return {"Steps": [step.shown() for step in found], "Marker": following}

    def describe_step(self, given):
        cluster = self.find(given["ClusterId"])
        steps.settle(cluster)
        for step in cluster.steps:
            if step.id == given["StepId"]:
                return {"Step": step.shown()}
        raise Refusal("InvalidRequestException", "Step id is not valid.")

    def cancel_steps(self, given):
        return {"CancelStepsInfoList": steps.cancel(self.find(given["ClusterId"]), given["StepIds"])}

    def add_tags(self, given):
        self.find(given["ResourceId"]).tags.update(pairs(given["Tags"]))

    def remove_tags(self, given):
        for key in given["TagKeys"]:
            self.find(given["ResourceId"]).tags.pop(key, None)

    def put_auto_termination_policy(self, given):
        self.find(given["ClusterId"]).policy = given.get("AutoTerminationPolicy")

    def get_auto_termination_policy(self, given):
        return {"AutoTerminationPolicy": self.find(given["ClusterId"]).policy}

    def remove_auto_termination_policy(self, given):
        self.find(given["ClusterId"]).policy = None

    def put_managed_scaling_policy(self, given):
        self.find(given["ClusterId"]).scaling = given["ManagedScalingPolicy"]

    def get_managed_scaling_policy(self, given):
        return {"ManagedScalingPolicy": self.find(given["ClusterId"]).scaling}

    def remove_managed_scaling_policy(self, given):
        self.find(given["ClusterId"]).scaling = None

    def list_release_labels(self, _given):
        return {"ReleaseLabels": list(RELEASES)}

    def describe_release_label(self, given):
        label = given.get("ReleaseLabel")
        if label not in RELEASES:
            raise Refusal("InvalidRequestException", f"The supplied release label is invalid: {label}.")
        return {"ReleaseLabel": label, "Applications": [{"Name": "Spark", "Version": RELEASES[label]},
                                                        {"Name": "Hadoop", "Version": "3.4.1"}]}

    def create_security_configuration(self, given):
        if given["Name"] in self.configurations:
            raise Refusal("InvalidRequestException", f"SecurityConfiguration with name '{given['Name']}' "
                                                     "already exists.")
        self.configurations[given["Name"]] = {**given, "At": STATE.now()}
        return {"Name": given["Name"], "CreationDateTime": moment(STATE.now())}

    def delete_security_configuration(self, given):
        if self.configurations.pop(given["Name"], None) is None:
            raise Refusal("InvalidRequestException", f"Security configuration with name '{given['Name']}' "
                                                     "does not exist.")

    def list_security_configurations(self, _given):
        return {"SecurityConfigurations": [{"Name": name, "CreationDateTime": moment(c["At"])}
                                           for name, c in self.configurations.items()]}


def tie(region, instances):
    """The rules that EMR adds to its groups: each names the others, so none can be deleted, and they stay when the
    cluster has gone."""
    groups = groups_of(region)
    managed = [instances.get(f"EmrManaged{name}SecurityGroup") for name in ("Master", "Slave")]
    managed = [group for group in managed if group in groups]
    for group in managed:
        for protocol, first, last in (("tcp", 0, 65535), ("udp", 0, 65535), ("icmp", -1, -1)):
            for source in managed:
                allow(groups[group], protocol, first, last, source)
    service = instances.get("ServiceAccessSecurityGroup")
    if service in groups:
        for group in managed:
            allow(groups[group], "tcp", 8443, 8443, service)
            if group == managed[0]:
                allow(groups[service], "tcp", 9443, 9443, group)
            allow(groups[service], "tcp", 8443, 8443, group, "IpPermissionsEgress")


def allow(group, protocol, first, last, source, side="IpPermissions"):
    rule = {"IpProtocol": protocol, "FromPort": first, "ToPort": last, "IpRanges": [], "Ipv6Ranges": [],
            "PrefixListIds": [], "UserIdGroupPairs": [{"GroupId": source, "UserId": ACCOUNT}]}
    # A description does not make it another rule.
    if not any(covers(known, rule) for known in group[side]):
        group[side].append(rule)


def covers(known, rule):
    """Whether a group has the rule already."""
    ports = ("IpProtocol", "FromPort", "ToPort")
    pairs = [pair["GroupId"] for pair in known.get("UserIdGroupPairs", [])]
    return all(known.get(key) == rule.get(key) for key in ports) and rule["UserIdGroupPairs"][0]["GroupId"] in pairs


REGIONS, at = regional(Emr)
