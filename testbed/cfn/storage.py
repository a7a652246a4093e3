"""Buckets, streams, and tags of types that MiniStack creates without them."""

from ministack.services import kinesis, s3
from ministack.services.cloudformation import provisioners

from .. import streams
from .registry import handled, number, replaces, tags_of, wrap


def install():
    for kind in ("AWS::S3::Bucket", "AWS::KinesisFirehose::DeliveryStream"):
        provisioners._STACK_TAG_PROPERTY.setdefault(kind, ("Tags", "list"))
    wrap("AWS::S3::Bucket", "create", tagged_bucket)
    wrap("AWS::S3::Bucket", "update", tagged_bucket_again)
    wrap("AWS::S3::Bucket", "delete", empty_bucket)
    wrap("AWS::Kinesis::Stream", "update", stream)
    replaces("AWS::S3::Bucket", ("BucketName",))
    replaces("AWS::Kinesis::Stream", ("Name",))
    replaces("AWS::KinesisFirehose::DeliveryStream", ("DeliveryStreamName", "DeliveryStreamType",
                                                      "KinesisStreamSourceConfiguration"))
    replaces("AWS::Logs::LogGroup", ("LogGroupName",))
    replaces("AWS::Lambda::Function", ("FunctionName", "PackageType"))
    replaces("AWS::SNS::Topic", ("TopicName", "FifoTopic"))
    replaces("AWS::IAM::Policy", ())
    replaces("AWS::S3::BucketPolicy", ("Bucket",))
    replaces("AWS::SQS::QueuePolicy", ())
    replaces("AWS::CloudWatch::Alarm", ("AlarmName",))
    replaces("AWS::CloudWatch::Dashboard", ("DashboardName",))


def tagged_bucket(create, logical, props, stack):
    name, attributes = create(logical, props, stack)
    s3._bucket_tags[name] = tags_of(props)
    return name, attributes


def tagged_bucket_again(update, name, old, new, stack):
    name, attributes = update(name, old, new, stack)
    s3._bucket_tags[name] = tags_of(new)
    return name, attributes


def empty_bucket(delete, name, props):
    bucket = s3._buckets.get(name)
    if bucket and (bucket.get("objects") or versions(name)):
        more = ". You must delete all versions in the bucket." if versions(name) else ""
        raise handled(f"The bucket you tried to delete is not empty{more} (Service: S3, Status Code: 409, Request "
                      "ID: TESTBED, Extended Request ID: TESTBED) (SDK Attempt Count: 1)")
    return delete(name, props)


def versions(name):
    """Whether versions or markers of deletions are left in a bucket."""
    return s3._bucket_has_versions(name)


def stream(update, name, old, new, stack):
    done = update(name, old, new, stack)
    shards, record = number(new.get("ShardCount")) or 1, kinesis._streams.get(name)
    if record and record["StreamModeDetails"]["StreamMode"] == "PROVISIONED" \
            and len(streams.open_shards(record)) != shards:
        kinesis._update_shard_count(
            {"StreamName": name, "TargetShardCount": shards, "ScalingType": "UNIFORM_SCALING"})
    return done
