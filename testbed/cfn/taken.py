"""Names that are taken: MiniStack would write over what bears them, AWS refuses to create it again."""

import json

from ministack.services import cloudwatch_logs, ecr, firehose, iam, kinesis, lambda_svc, scheduler, sns, sqs
from ministack.services.cloudformation import provisioners

from .registry import handled

# Type: the property that names it, and where those that are there are kept, by name.
NAMED = {
    "AWS::Kinesis::Stream": ("Name", kinesis._streams),
    "AWS::KinesisFirehose::DeliveryStream": ("DeliveryStreamName", firehose._streams),
    "AWS::Logs::LogGroup": ("LogGroupName", cloudwatch_logs._log_groups),
    "AWS::IAM::Role": ("RoleName", iam._roles),
    "AWS::IAM::InstanceProfile": ("InstanceProfileName", iam._instance_profiles),
    "AWS::Lambda::Function": ("FunctionName", lambda_svc._functions),
    "AWS::SQS::Queue": ("QueueName", sqs._queue_name_to_url),
    "AWS::ECR::Repository": ("RepositoryName", ecr._repositories),
    "AWS::Scheduler::ScheduleGroup": ("Name", scheduler._schedule_groups),
}
# Names that a replacement would have to bear twice at once.
UNIQUE = {
    "AWS::Redshift::Cluster": "ClusterIdentifier",
    "AWS::Redshift::ClusterSubnetGroup": "ClusterSubnetGroupName",
    "AWS::Redshift::ClusterParameterGroup": "ParameterGroupName",
    "AWS::RedshiftServerless::Workgroup": "WorkgroupName",
    "AWS::EC2::SecurityGroup": "GroupName",
    "AWS::KinesisFirehose::DeliveryStream": "DeliveryStreamName",
}


def install():
    for kind, name in UNIQUE.items():
        provisioners._CUSTOM_NAME_REPLACEMENT[kind] = {"name": name}


def check(kind, props):
    """Fails when the name that a new resource is given is taken."""
    key, table = NAMED.get(kind, (None, ()))
    name = props.get(key) if key else None
    if kind == "AWS::SNS::Topic":
        key, name = "TopicName", props.get("TopicName")
        table = {arn.rsplit(":", 1)[-1] for arn in sns._topics}
    if name and name in table:
        identity = json.dumps({f"/properties/{key}": name}, separators=(",", ":"))
        raise handled(f"Resource of type '{kind}' with identifier '{identity}' already exists.", "AlreadyExists")
