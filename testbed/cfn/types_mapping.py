"""Event source mappings as Lambda takes them: what they name must be there, and numbers have their ranges."""

import json

from ministack.services import iam, kinesis, lambda_svc, sqs

from .registry import handled, wrap

KIND = "AWS::Lambda::EventSourceMapping"
# Property, least, most; -1 is no limit where it is the least.
RANGES = (("BatchSize", 1, 10_000), ("MaximumBatchingWindowInSeconds", 0, 300), ("ParallelizationFactor", 1, 10),
          ("MaximumRetryAttempts", -1, 10_000), ("MaximumRecordAgeInSeconds", -1, 604_800))
# What Lambda asks of the function's role before it makes the mapping.
READS = ("kinesis:DescribeStream", "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards",
         "kinesis:ListStreams")


def install():
    wrap(KIND, "create", lambda create, logical, props, stack: create(logical, checked(props), stack))
    wrap(KIND, "update", lambda update, identity, old, new, stack: update(identity, old, checked(new), stack))


def refuse(message):
    raise handled(f"{message} (Service: Lambda, Status Code: 400, Request ID: TESTBED)", "InvalidRequest")


def checked(props):
    """The properties, with numbers as numbers."""
    found = dict(props)
    for name, least, most in RANGES:
        if found.get(name) is None:
            continue
        found[name] = int(found[name])
        if not least <= found[name] <= most or name == "MaximumRecordAgeInSeconds" and 0 <= found[name] < 60:
            refuse(f"Value '{found[name]}' at '{name}' failed to satisfy constraint")
    function, _ = lambda_svc._get_func_record_for_qualifier(*lambda_svc._resolve_name_and_qualifier(
        found["FunctionName"]))
    if function is None:
        refuse(f"Function not found: {found['FunctionName']}")
    source = found.get("EventSourceArn", "")
    if ":kinesis:" in source:
        if found.get("StartingPosition") not in ("TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"):
            refuse("1 validation error detected: StartingPosition is required for a stream")
        if source.rsplit("/", 1)[-1] not in kinesis._streams:
            refuse(f"Stream not found: {source}")
        allowed(function, READS)
    for each in (found.get("FilterCriteria") or {}).get("Filters") or []:
        try:
            pattern = json.loads(each["Pattern"])
        except ValueError:
            pattern = None
        # Of a Kinesis record nothing but its data is filtered by.
        if not isinstance(pattern, dict) or ":kinesis:" in source and set(pattern) != {"data"}:
            refuse("Invalid filter pattern definition.")
    target = ((found.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination")
    if target and ":sqs:" in target:
        if not sqs._queue_by_arn(target):
            refuse(f"The destination {target} does not exist")
        allowed(function, ("sqs:SendMessage",))
    return found


def allowed(function, actions):
    """Lambda looks whether the function's role names the actions at all; on what, no test bed can say."""
    name = function["config"]["Role"].rsplit("/", 1)[-1]
    role = iam._roles.get(name)
    text = json.dumps((role or {}).get("InlinePolicies") or {}, default=str)
    missing = [action for action in actions if action not in text]
    if missing:
        refuse(f"Cannot access stream or queue. Please ensure the role can perform {', '.join(missing)}")
