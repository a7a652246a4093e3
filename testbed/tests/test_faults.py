"""Faults of calls in each protocol, and the log of calls."""

import time
import urllib.error
import urllib.request

import botocore.exceptions

from .support import Case

# One call for each wire format.
CALLS = {
    "cloudformation": "list_stacks", "ec2": "describe_instances", "s3": "list_buckets", "kinesis": "list_streams",
    "scheduler": "list_schedules", "lambda": "list_functions", "emr": "list_clusters", "iam": "list_roles",
    "redshift": "describe_clusters", "redshift-serverless": "list_workgroups", "sqs": "list_queues",
    "emr-serverless": "list_applications", "cloudwatch": "list_dashboards",
}
THROTTLED = {"Throttling", "ThrottlingException", "RequestLimitExceeded", "SlowDown"}
EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}
BROKEN = {"InternalFailure", "InternalError"}


class Faults(Case):
    def call(self, service):
        return getattr(self.client(service), CALLS[service])

    def test_every_protocol_writes_every_error_so_that_the_sdk_reads_it(self):
        for error, names in (("Throttling", THROTTLED), ("ExpiredToken", EXPIRED), ("AccessDenied", DENIED),
                             ("InternalFailure", BROKEN)):
            self.control("DELETE", "/faults")
            self.control("POST", "/faults", [{"error": error, "times": 1, "per": "action"}])
            for service in CALLS:
                with self.subTest(service=service, error=error):
                    code, message = self.refusal(self.call(service))
                    self.assertIn(code, names)
                    self.assertTrue(message)
                    self.call(service)()

    def test_cloudwatch_speaks_the_protocol_of_the_sdk_for_rust(self):
        import cbor2

        def ask():
            request = urllib.request.Request(
                self.bed.told["env"]["AWS_ENDPOINT_URL"] + "/service/Granite/operation/ListDashboards", method="POST",
                data=cbor2.dumps({"DashboardNamePrefix": "n"}), headers={
                    "smithy-protocol": "rpc-v2-cbor", "content-type": "application/cbor", "authorization":
                    "AWS4-HMAC-SHA256 Credential=testing/20260101/us-east-1/monitoring/aws4_request, Signature=0"})
            with urllib.request.urlopen(request) as answer:
                return cbor2.loads(answer.read())

        self.assertEqual(ask(), {"DashboardEntries": []})
        self.control("POST", "/faults", [{"service": "cloudwatch", "error": "Throttling"}])
        with self.assertRaises(urllib.error.HTTPError) as caught:
            ask()
        self.assertEqual(cbor2.loads(caught.exception.read())["__type"], "ThrottlingException")
        caught.exception.close()

    def test_a_rule_strikes_when_it_was_told_to(self):
        self.control("POST", "/faults", [{"service": "kinesis", "action": "ListStreams", "error": "Throttling",
                                          "after": 1, "every": 2, "times": 2}])
        struck = []
        for _ in range(8):
            try:
                self.call("kinesis")()
                struck.append(False)
            except Exception:
                struck.append(True)
        self.assertEqual(struck, [False, True, False, True, False, False, False, False])
        self.assertEqual(self.control("GET", "/faults")[0]["struck"], 2)

    def test_a_status_and_a_message_may_be_chosen(self):
        self.control("POST", "/faults", [{"service": "elasticmapreduce", "error": "Custom", "message": "so",
                                          "status": 418}])
        self.assertEqual(self.refusal(self.call("emr")), ("Custom", "so"))

    def test_a_call_may_be_slow(self):
        self.control("POST", "/faults", [{"service": "sqs", "latency_ms": 300}])
        began = time.monotonic()
        self.call("sqs")()
        self.assertGreater(time.monotonic() - began, 0.3)

    def test_an_answer_may_be_lost_before_or_after_the_call_is_done(self):
        kinesis = self.client("kinesis")
        for error, there in (("Disconnect", []), ("LostAnswer", ["n"])):
            self.control("POST", "/faults", [{"action": "CreateStream", "error": error, "times": 1}])
            with self.assertRaises(botocore.exceptions.HTTPClientError):
                kinesis.create_stream(StreamName="n", ShardCount=1)
            self.assertEqual(kinesis.list_streams()["StreamNames"], there)

    def test_an_unknown_field_is_refused(self):
        with self.assertRaises(Exception) as caught:
            self.control("POST", "/faults", [{"servise": "sqs"}])
        self.assertEqual(caught.exception.code, 400)
        caught.exception.close()

    def test_calls_are_logged_by_their_names_in_iam(self):
        self.client("emr").list_clusters()
        self.client("s3").list_buckets()
        self.client("kinesis").create_stream(StreamName="n", ShardCount=1)
        found = [(c["caller"], c["service"], c["action"], c["resource"]) for c in self.control("GET", "/calls")]
        self.assertEqual(found[0][:3], ("tool", "elasticmapreduce", "elasticmapreduce:ListClusters"))
        self.assertEqual(found[1][2], "s3:ListBuckets")
        self.assertEqual(found[2][2:], ("kinesis:CreateStream", "n"))
