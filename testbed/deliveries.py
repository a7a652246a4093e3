"""Firehose as it buffers, transforms and delivers: what MiniStack does record by record, and without its failures.

A batch is cut into buffers as the stream's processor says; each buffer is one event of the function and one object. What
the function does not answer with Ok or Dropped goes below the error prefix, as Firehose writes it. Nothing waits for the
buffer's seconds: a test has none to spare.
"""

import base64
import gzip
import json
import time

from ministack.core.responses import error_response_json, json_response, new_uuid
from ministack.services import firehose as own
from ministack.services import lambda_svc

from . import faults

MIB = 1024 * 1024
# What Firehose packs objects as; the others it knows are not made here.
FORMATS = ("UNCOMPRESSED", "GZIP")
# Of one call: records and bytes. Bytes of one record.
CALL_RECORDS, CALL_BYTES, RECORD_BYTES = 500, 4 * MIB, 1000 * 1024


def install():
    own._HANDLERS["PutRecordBatch"] = put_record_batch
    own._put_record_batch = put_record_batch
    for name in ("CreateDeliveryStream", "UpdateDestination"):
        guarded(name)
    # CloudFormation calls it by its own name.
    own._create_delivery_stream = own._HANDLERS["CreateDeliveryStream"]


def guarded(name):
    original = own._HANDLERS[name]

    def checked(data):
        for config in data.values():
            found = config.get("CompressionFormat", FORMATS[0]) if isinstance(config, dict) else FORMATS[0]
            if found not in FORMATS:
                return error_response_json("ValidationException", f"Value '{found}' at 'compressionFormat' failed to "
                                           f"satisfy constraint: the test bed makes {', '.join(FORMATS)}", 400)
        return original(data)

    own._HANDLERS[name] = checked


def put_record_batch(data):
    records = [base64.b64decode(record.get("Data", "")) for record in data.get("Records", [])]
    if not 0 < len(records) <= CALL_RECORDS:
        return refused(f"a call has 1 to {CALL_RECORDS} records, this one {len(records)}")
    if sum(map(len, records)) > CALL_BYTES or max(map(len, records)) > RECORD_BYTES:
        return refused("the call or a record is too large")
    stream = own._streams.get(data.get("DeliveryStreamName", ""))
    if not stream:
        return own._not_found(data.get("DeliveryStreamName", ""))
    rule = faults.record_fault("firehose")
    taken, answers = [], []
    for record in records:
        if rule and rule["_random"].random() < rule["records"]:
            answers.append({"ErrorCode": "ServiceUnavailableException", "ErrorMessage": "Slow down."})
            continue
        identity = own._record_id()
        taken.append((identity, record))
        answers.append({"RecordId": identity, "Encrypted": True})
    for destination in stream["destinations"]:
        for buffer in buffers(taken, destination):
            deliver(stream, destination, buffer)
    failed = len(records) - len(taken)
    return json_response({"FailedPutCount": failed, "Encrypted": True, "RequestResponses": answers})


def refused(message):
    return error_response_json("InvalidArgumentException", message, 400)


def processor(destination):
    """The parameters of the Lambda processor, by name; nothing where there is none."""
    config = destination["config"].get("ProcessingConfiguration") or {}
    for each in config.get("Processors") or [] if config.get("Enabled") else []:
        if each.get("Type") == "Lambda":
            return {pair["ParameterName"]: pair["ParameterValue"] for pair in each.get("Parameters") or []}
    return {}


def buffers(records, destination):
    most = float(processor(destination).get("BufferSizeInMBs", 1)) * MIB
    buffer, size = [], 0
    for identity, record in records:
        if buffer and size + len(record) > most:
            yield buffer
            buffer, size = [], 0
        buffer.append((identity, record))
        size += len(record)
    if buffer:
        yield buffer


def deliver(stream, destination, buffer):
    config, now = destination["config"], int(time.time() * 1000)
    good, bad = transformed(stream, processor(destination), buffer, now)
    suffix = f"{stream['name']}-1-{own._java_time('yyyy-MM-dd-HH-mm-ss', time.gmtime())}-{new_uuid()}"
    bucket = own._s3_bucket_from_arn(config["BucketARN"])
    if good:
        body = b"".join(good)
        end = ""
        if config.get("CompressionFormat") == "GZIP":
            body, end = gzip.compress(body), ".gz"
        prefix = own._evaluate_prefix(config.get("Prefix", ""), time.gmtime())
        own._put_s3_object(bucket, f"{prefix}{suffix}{end}", body)
    if bad:
        prefix = own._evaluate_prefix(config["ErrorOutputPrefix"], time.gmtime(), error_type="processing-failed")
        lines = "".join(json.dumps(line) + "\n" for line in bad)
        own._put_s3_object(bucket, f"{prefix}{suffix}", lines.encode())


def transformed(stream, given, buffer, now):
    """What the function made of a buffer, and Firehose's lines about what it did not."""
    if not given:
        return [record for _, record in buffer], []
    event = {"invocationId": new_uuid(), "deliveryStreamArn": stream["arn"], "region": "us-east-1",
             "records": [{"recordId": identity, "approximateArrivalTimestamp": now,
                          "data": base64.b64encode(record).decode()} for identity, record in buffer]}
    attempt, answer = 0, None
    while answer is None and attempt <= int(given.get("NumberOfRetries", 3)):
        answer, attempt = invoke(given["LambdaArn"], event), attempt + 1
    verdicts = {each.get("recordId"): each for each in answer or []}
    good, bad = [], []
    for identity, record in buffer:
        verdict = verdicts.get(identity, {})
        if verdict.get("result") == "Ok":
            good.append(base64.b64decode(verdict["data"]))
        elif verdict.get("result") != "Dropped":
            code = "Lambda.ProcessingFailedStatus" if verdict else "Lambda.FunctionError"
            bad.append({"attemptsMade": attempt, "arrivalTimestamp": now, "errorCode": code,
                        "errorMessage": "The function did not give this record back.",
                        "attemptEndingTimestamp": int(time.time() * 1000),
                        "rawData": base64.b64encode(record).decode(), "lambdaArn": given["LambdaArn"]})
    return good, bad


def invoke(arn, event):
    """The function's verdicts; None where it failed as a whole."""
    name, qualifier = lambda_svc._resolve_name_and_qualifier(arn)
    function, _ = lambda_svc._get_func_record_for_qualifier(name, qualifier)
    if function is None:
        return None
    result = lambda_svc._execute_function(function, event)
    body = result.get("body")
    if isinstance(body, (str, bytes)):
        try:
            body = json.loads(body)
        except ValueError:
            return None
    if result.get("error") or not isinstance(body, dict):
        return None
    return body.get("records")
