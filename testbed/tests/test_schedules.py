"""Schedules fire on a clock that can be moved, do what they say, and bury what fails."""

import datetime
import json

from .support import Case, stream

TARGET = "arn:aws:scheduler:::aws-sdk:"


class Schedules(Case):
    def setUp(self):
        super().setUp()
        self.scheduler = self.client("scheduler")
        self.executor = self.role("ttl", "scheduler.amazonaws.com")
        self.scheduler.create_schedule_group(Name="n")
        self.now = datetime.datetime.now(datetime.timezone.utc)

    def schedule(self, name, api, given, **named):
        start = self.now + datetime.timedelta(hours=2)
        target = {"Arn": TARGET + api, "RoleArn": self.executor, "Input": json.dumps(given),
                  "RetryPolicy": {"MaximumRetryAttempts": 1}, **named.pop("Target", {})}
        self.scheduler.create_schedule(**{
            "Name": name, "GroupName": "n", "ScheduleExpression": "rate(15 minutes)", "StartDate": start,
            "EndDate": start + datetime.timedelta(hours=1), "FlexibleTimeWindow": {"Mode": "OFF"}, "Target": target,
            **named})

    def advance(self, **time):
        seconds = datetime.timedelta(**time).total_seconds()
        return self.control("POST", "/clock", {"advance_seconds": seconds})["fired"]

    def test_a_stack_is_deleted_at_its_expiry(self):
        role = self.role("deploy", "cloudformation.amazonaws.com")
        identity = self.create("s", {"K": stream()}, RoleARN=role)
        self.settled("s")
        self.schedule("s-ttl", "cloudformation:deleteStack", {"StackName": "s", "RoleARN": role})
        self.assertEqual(self.advance(minutes=119), [])
        self.assertEqual(self.status("s"), "CREATE_COMPLETE")
        fired, = self.advance(minutes=2)
        self.assertTrue(fired["ok"], fired)
        self.assertAlmostEqual(fired["at"], (self.now + datetime.timedelta(hours=2)).timestamp(), delta=1)
        self.assertEqual(self.settled(identity), "DELETE_COMPLETE")
        calls = [c for c in self.control("GET", "/calls") if c["caller"] == "scheduler"]
        self.assertEqual([(c["action"], c["role"]) for c in calls], [("cloudformation:DeleteStack", self.executor)])
        # Every 15 minutes until its end, an hour later.
        self.assertEqual(len(self.advance(hours=10)), 4)
        self.assertEqual(len(self.control("GET", "/fired")), 5)

    def test_meters_are_stopped(self):
        for kind in ("emr_cluster", "redshift_cluster", "redshift_workgroup", "instance"):
            made = self.control("POST", "/plant", {"kind": kind, "name": "met"})["id"]
            api, given = {
                "emr_cluster": ("emr:terminateJobFlows", {"JobFlowIds": [made]}),
                "redshift_cluster": ("redshift:deleteCluster", {"ClusterIdentifier": made,
                                                                "SkipFinalClusterSnapshot": True}),
                "redshift_workgroup": ("redshiftserverless:deleteWorkgroup", {"WorkgroupName": made}),
                "instance": ("ec2:terminateInstances", {"InstanceIds": [made]}),
            }[kind]
            self.schedule(f"stop-{kind.replace('_', '-')}", api, given)
        fired = self.advance(hours=2)
        self.assertEqual([f["error"] for f in fired], [None] * 4)
        self.assertEqual(self.control("GET", "/left?name=met"), {"redshift_namespaces": ["met"]})

    def test_what_fails_goes_to_the_dead_letters_after_its_retries(self):
        sqs = self.client("sqs")
        url = sqs.create_queue(QueueName="dead")["QueueUrl"]
        dead = {"DeadLetterConfig": {"Arn": "arn:aws:sqs:us-east-1:123456789012:dead"}}
        self.schedule("x", "redshift:deleteCluster", {"ClusterIdentifier": "gone", "SkipFinalClusterSnapshot": True},
                      Target=dead)
        fired, = self.advance(hours=2)
        self.assertEqual((fired["ok"], fired["attempts"], fired["dead_letter"]), (False, 2, "dead"))
        message, = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
        self.assertEqual(json.loads(message["Body"])["ClusterIdentifier"], "gone")
        self.assertEqual(message["MessageAttributes"]["ERROR_CODE"]["StringValue"], "ClusterNotFound")

    def test_what_aws_refuses_is_refused(self):
        for api, given, text in (
                ("emr:terminateJobFlows", {"jobFlowIds": ["j-1"]}, "'jobFlowIds' is not supported"),
                ("cloudformation:deleteStack", {}, "Missing property 'StackName'"),
                ("emr:nothing", {}, "not an API")):
            code, message = self.refusal(self.schedule, "x", api, given)
            self.assertEqual(code, "ValidationException")
            self.assertIn(text, message)
        self.executor = self.role("wrong", "ec2.amazonaws.com")
        message = self.refusal(self.schedule, "x", "cloudformation:deleteStack", {"StackName": "s"})[1]
        self.assertIn("must allow AWS EventBridge Scheduler to assume the role", message)

    def test_one_time_schedules_fire_once(self):
        at = (self.now + datetime.timedelta(minutes=30)).strftime("at(%Y-%m-%dT%H:%M:%S)")
        self.schedule("once", "cloudformation:deleteStack", {"StackName": "s"}, ScheduleExpression=at)
        self.assertEqual(len(self.advance(hours=5)), 1)

    def test_time_that_passes_by_itself_fires_too(self):
        start = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=1)
        self.schedule("soon", "cloudformation:deleteStack", {"StackName": "s"}, StartDate=start)
        self.until(lambda: self.control("GET", "/fired"))

    def test_an_extended_schedule_waits(self):
        self.schedule("s-ttl", "cloudformation:deleteStack", {"StackName": "s"})
        found = self.scheduler.get_schedule(Name="s-ttl", GroupName="n")
        later = {"StartDate": self.now + datetime.timedelta(hours=9),
                 "EndDate": self.now + datetime.timedelta(hours=10)}
        self.scheduler.update_schedule(**later, **{name: found[name] for name in (
            "Name", "GroupName", "ScheduleExpression", "FlexibleTimeWindow", "Target")})
        self.assertEqual(self.advance(hours=8), [])
        self.assertEqual(len(self.advance(hours=3)), 5)
