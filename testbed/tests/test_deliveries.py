"""Firehose takes, transforms and delivers as AWS says, with a function that is really run."""

import base64
import gzip
import io
import json
import zipfile

from .support import Case

FUNCTION = """
import base64
def handler(event, context):
    if any(base64.b64decode(r["data"]) == b"break" for r in event["records"]):
        raise ValueError("broken")
    verdicts = {b"drop": "Dropped", b"fail": "ProcessingFailed"}
    return {"records": [{"recordId": r["recordId"], "result": verdicts.get(base64.b64decode(r["data"]), "Ok"),
                         "data": base64.b64encode(base64.b64decode(r["data"]).upper() + b"\\n").decode()}
                        for r in event["records"]]}
"""


class Deliveries(Case):
    def setUp(self):
        super().setUp()
        self.s3, self.firehose = self.client("s3"), self.client("firehose")
        self.s3.create_bucket(Bucket="bed")
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as file:
            file.writestr("index.py", FUNCTION)
        arn = self.client("lambda").create_function(
            FunctionName="f", Runtime="python3.13", Role="arn:aws:iam::123456789012:role/r", Handler="index.handler",
            Code={"ZipFile": packed.getvalue()})["FunctionArn"]
        self.stream("plain", arn)
        self.stream("packed", arn, CompressionFormat="GZIP")

    def stream(self, name, arn, **more):
        parameters = {"LambdaArn": arn, "NumberOfRetries": "1", "BufferSizeInMBs": "1"}
        self.firehose.create_delivery_stream(DeliveryStreamName=name, ExtendedS3DestinationConfiguration={
            "RoleARN": "arn:aws:iam::123456789012:role/r", "BucketARN": "arn:aws:s3:::bed", **more,
            "Prefix": f"{name}/dt=!{{timestamp:yyyy-MM-dd}}/",
            "ErrorOutputPrefix": f"bad-{name}/!{{firehose:error-output-type}}/",
            "ProcessingConfiguration": {"Enabled": True, "Processors": [{"Type": "Lambda", "Parameters": [
                {"ParameterName": key, "ParameterValue": value} for key, value in parameters.items()]}]}})

    def put(self, stream, *records):
        return self.firehose.put_record_batch(DeliveryStreamName=stream, Records=[{"Data": r} for r in records])

    def objects(self, prefix):
        found = self.s3.list_objects_v2(Bucket="bed", Prefix=prefix).get("Contents", [])
        return [self.s3.get_object(Bucket="bed", Key=entry["Key"])["Body"].read() for entry in found]

    def test_a_batch_is_one_object_and_what_fails_is_kept_apart(self):
        self.assertEqual(self.put("plain", b"a", b"drop", b"fail", b"b")["FailedPutCount"], 0)
        self.assertEqual(self.objects("plain/dt=2"), [b"A\nB\n"])
        lines = b"".join(self.objects("bad-plain/processing-failed/")).splitlines()
        self.assertEqual([base64.b64decode(json.loads(line)["rawData"]) for line in lines], [b"fail"])

    def test_objects_are_packed_and_buffers_have_a_size(self):
        self.put("packed", b"x" * 700_000, b"y" * 700_000)
        self.assertEqual(sorted(map(len, map(gzip.decompress, self.objects("packed/")))), [700_001, 700_001])

    def test_what_firehose_cannot_pack_is_refused(self):
        self.assertEqual(self.refusal(self.stream, "zstd", "arn:aws:lambda:us-east-1:123456789012:function:f",
                                      CompressionFormat="ZSTD")[0], "ValidationException")

    def test_a_function_that_breaks_loses_nothing(self):
        self.put("plain", b"a", b"break")
        lines = b"".join(self.objects("bad-plain/")).splitlines()
        told = [json.loads(line) for line in lines]
        self.assertEqual({base64.b64decode(each["rawData"]) for each in told}, {b"a", b"break"})
        self.assertEqual({(each["errorCode"], each["attemptsMade"]) for each in told}, {("Lambda.FunctionError", 2)})
        self.assertEqual(self.objects("plain/"), [])

    def test_records_are_not_taken_one_by_one(self):
        self.control("POST", "/faults", {"service": "firehose", "records": 0.5, "seed": 1, "times": 1})
        answer = self.put("plain", *[b"a"] * 100)
        failed = [each for each in answer["RequestResponses"] if "ErrorCode" in each]
        self.assertTrue(20 < len(failed) == answer["FailedPutCount"] < 80)
        self.assertEqual(len(b"".join(self.objects("plain/")).splitlines()), 100 - len(failed))

    def test_a_record_has_a_size(self):
        self.assertEqual(self.refusal(self.put, "plain", b"a" * 1_024_001)[0], "InvalidArgumentException")
