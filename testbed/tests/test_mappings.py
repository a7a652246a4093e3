"""A function reads a stream as Lambda lets it: in part, halved, tried so often, left aside, and in order."""

import io
import json
import os
import tempfile
import zipfile

from .support import Case

# It fails at `poison`, reports what comes from `part` on, breaks at `break`, and notes what it was given.
FUNCTION = """
import base64, json, os
def handler(event, context):
    given = [(r["kinesis"]["sequenceNumber"], json.loads(base64.b64decode(r["kinesis"]["data"]))["word"])
             for r in event["Records"]]
    with open(os.environ["NOTES"], "a") as file:
        file.write(json.dumps([word for _, word in given]) + "\\n")
    if any(word == "break" for _, word in given):
        raise ValueError("broken")
    bad = [n for n, (_, word) in enumerate(given) if word == "poison"]
    return {"batchItemFailures": [{"itemIdentifier": number} for number, _ in given[bad[0]:]] if bad else []}
"""
ROLE = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*", "Action": [
    "kinesis:DescribeStream", "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards",
    "kinesis:ListStreams", "sqs:SendMessage"]}]}


class Mappings(Case):
    def setUp(self):
        super().setUp()
        self.kinesis, self.sqs = self.client("kinesis"), self.client("sqs")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.notes = os.path.join(folder.name, "notes")
        role = self.role("r", "lambda.amazonaws.com")
        self.client("iam").put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=json.dumps(ROLE))
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as file:
            file.writestr("index.py", FUNCTION)
        self.client("lambda").create_function(
            FunctionName="f", Runtime="python3.13", Role=role, Handler="index.handler",
            Code={"ZipFile": packed.getvalue()}, Environment={"Variables": {"NOTES": self.notes}})
        self.queue = self.sqs.create_queue(QueueName="q")["QueueUrl"]
        self.kinesis.create_stream(StreamName="n", ShardCount=1)

    def mapping(self, **more):
        return {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {
            "FunctionName": "f", "EventSourceArn": "arn:aws:kinesis:us-east-1:123456789012:stream/n",
            "StartingPosition": "TRIM_HORIZON", "BatchSize": "100", "BisectBatchOnFunctionError": True,
            "MaximumRetryAttempts": 2, "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:123456789012:q"}}, **more}}

    def up(self, **more):
        self.create("s", {"M": self.mapping(**more)})
        self.assertEqual(self.settled("s"), "CREATE_COMPLETE")

    def put(self, *words, key="k"):
        self.kinesis.put_records(StreamName="n", Records=[
            {"Data": json.dumps({"word": word}).encode(), "PartitionKey": key} for word in words])

    def given(self):
        try:
            with open(self.notes) as file:
                return [json.loads(line) for line in file]
        except FileNotFoundError:
            return []

    def messages(self):
        found = self.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(message["Body"]) for message in found]

    def test_what_fails_is_brought_again_alone_and_then_left_aside(self):
        self.put("a", "b", "poison", "c", "d")
        self.up()
        # The poison is found by halving, tried three times, and what is behind it is done after it.
        self.until(lambda: ["c", "d"] in self.given() or ["d"] in self.given())
        given = self.given()
        self.assertEqual(given[0], ["a", "b", "poison", "c", "d"])
        self.assertEqual(given[1], ["poison", "c", "d"])
        self.assertEqual(given.count(["poison"]), 3)
        self.assertEqual(sum(each.count("a") for each in given), 1)
        told = self.messages()
        self.assertEqual([(each["requestContext"]["condition"], each["KinesisBatchInfo"]["batchSize"],
                           each["requestContext"]["approximateInvokeCount"]) for each in told],
                         [("RetryAttemptsExhausted", 1, 3)])

    def test_a_function_that_breaks_is_halved_too(self):
        self.up(MaximumRetryAttempts=0)
        self.put("a", "break", "b")
        self.until(lambda: ["b"] in self.given() or ["a"] in self.given() and self.given()[-1] == ["break", "b"])
        self.until(lambda: any("b" in each and "break" not in each for each in self.given()))
        self.assertTrue(any("a" in each and "break" not in each for each in self.given()))

    def test_without_the_response_type_a_partial_answer_is_no_failure(self):
        self.up(FunctionResponseTypes=[])
        self.put("a", "poison", "b")
        self.put("c")
        self.until(lambda: any("c" in each for each in self.given()))
        self.assertEqual(sum(each.count("poison") for each in self.given()), 1)

    def test_only_what_the_filter_lets_through_comes(self):
        self.up(FilterCriteria={"Filters": [{"Pattern": json.dumps({"data": {"word": ["a", "b"]}})}]})
        self.put("x", "a", "y", "b")
        self.kinesis.put_record(StreamName="n", Data=b"no JSON", PartitionKey="k")
        self.put("b")
        self.until(lambda: sum(map(len, self.given())) == 3)
        self.assertEqual(sum(self.given(), []), ["a", "b", "b"])

    def test_keys_keep_their_order_beside_each_other(self):
        self.up(ParallelizationFactor=4, BatchSize=3)
        for number in range(20):
            for key in "pqrs":
                self.put(f"{key}{number}", key=key)
        words = self.until(lambda: sum(self.given(), []), lambda found: len(found) == 80)
        for key in "pqrs":
            self.assertEqual([w for w in words if w[0] == key], [f"{key}{n}" for n in range(20)])

    def test_a_child_begins_when_its_parent_is_read(self):
        self.put(*[f"p{n}" for n in range(30)])
        self.kinesis.update_shard_count(StreamName="n", TargetShardCount=2, ScalingType="UNIFORM_SCALING")
        self.put(*[f"c{n}" for n in range(30)])
        self.up(BatchSize=5)
        words = self.until(lambda: sum(self.given(), []), lambda found: len(found) == 60)
        self.assertEqual(words, [f"p{n}" for n in range(30)] + [f"c{n}" for n in range(30)])

    def test_old_records_are_left_aside(self):
        self.put("old")
        self.control("POST", "/clock", {"advance_seconds": 120})
        self.up(MaximumRecordAgeInSeconds=60, MaximumRetryAttempts=-1)
        told = self.until(self.messages)
        self.assertEqual([each["requestContext"]["condition"] for each in told], ["RecordAgeExceeded"])
        self.assertEqual(self.given(), [])

    def test_what_lambda_refuses_is_refused(self):
        for more in ({"ParallelizationFactor": 11}, {"MaximumRecordAgeInSeconds": 59}, {"FunctionName": "other"},
                     {"EventSourceArn": "arn:aws:kinesis:us-east-1:123456789012:stream/other"},
                     {"StartingPosition": "ANYWHERE"},
                     {"FilterCriteria": {"Filters": [{"Pattern": '{"partitionKey": ["1"]}'}]}},
                     {"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:123456789012:x"}}}):
            with self.subTest(more):
                self.create("s", {"M": self.mapping(**more)})
                self.assertEqual(self.settled("s"), "ROLLBACK_COMPLETE")
                self.cfn.delete_stack(StackName="s")
                self.until(lambda: not [s for s in self.cfn.list_stacks()["StackSummaries"]
                                        if s["StackName"] == "s" and s["StackStatus"] != "DELETE_COMPLETE"])

    def test_a_mapping_goes_with_its_stack(self):
        self.up()
        self.cfn.delete_stack(StackName="s")
        self.until(lambda: not self.client("lambda").list_event_source_mappings()["EventSourceMappings"])
        self.put("a")
        self.assertEqual(self.given(), [])
