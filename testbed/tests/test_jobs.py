"""Steps of EMR and job runs of EMR Serverless run real Spark, one after the other, and end as AWS says."""

import gzip
import json
import os
import unittest
from unittest import mock

from .. import jobs
from .support import ROOT, Case

SPARK = os.environ.get("SENTISTACK_TESTBED_SPARK_PYTHON")
# Copies an object with Spark, if it is told where.
COPY = """
import sys, time
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
if sys.argv[1] == "sleep":
    print("asleep", flush=True)
    time.sleep(600)
spark.read.text(sys.argv[1]).coalesce(1).write.mode("overwrite").text(sys.argv[2])
print("copied with", spark.conf.get("spark.sql.shuffle.partitions"))
"""


class Jobs(Case):
    def setUp(self):
        super().setUp()
        self.s3, self.emr = self.client("s3"), self.client("emr")
        self.s3.create_bucket(Bucket="bed")
        self.s3.put_object(Bucket="bed", Key="code/copier.py", Body=COPY.encode())
        self.s3.put_object(Bucket="bed", Key="in/a.txt", Body="one\ntwo 😀\n".encode())

    def cluster(self, **more):
        return self.emr.run_job_flow(Name="c", ReleaseLabel="emr-7.13.0", LogUri="s3://bed/logs/", Instances={
            "MasterInstanceType": "m5.xlarge", "KeepJobFlowAliveWhenNoSteps": True, **more})["JobFlowId"]

    def add(self, cluster, *arguments, name="copy", on_failure="CONTINUE", jar="command-runner.jar"):
        step = {"Name": name, "ActionOnFailure": on_failure,
                "HadoopJarStep": {"Jar": jar, "Args": list(arguments)}}
        return self.emr.add_job_flow_steps(JobFlowId=cluster, Steps=[step])["StepIds"][0]

    def submit(self, cluster, *arguments, **named):
        return self.add(cluster, "spark-submit", "--deploy-mode", "client", "--conf", "spark.sql.shuffle.partitions=7",
                        "--conf", "spark.executor.memory=9g", "s3://bed/code/copier.py", *arguments, **named)

    def step(self, cluster, step):
        return self.emr.describe_step(ClusterId=cluster, StepId=step)["Step"]["Status"]

    def state(self, cluster, step):
        return self.step(cluster, step)["State"]

    def ends(self, cluster, step, seconds=60):
        return self.until(lambda: self.state(cluster, step),
                          lambda state: state in ("COMPLETED", "FAILED", "CANCELLED"), seconds)

    def cluster_state(self, cluster):
        return self.emr.describe_cluster(ClusterId=cluster)["Cluster"]["Status"]["State"]

    def test_a_fault_fails_a_step_once_and_what_follows_is_as_the_step_says(self):
        self.control("POST", "/faults", {"step": "bad", "times": 3, "reason": "Out of luck.", "message": "no"})
        cluster = self.cluster()
        for on_failure, following, after in (("CONTINUE", "COMPLETED", "WAITING"),
                                             ("CANCEL_AND_WAIT", "CANCELLED", "WAITING"),
                                             ("TERMINATE_CLUSTER", "CANCELLED", "TERMINATED")):
            steps = [{"Name": name, "ActionOnFailure": on_failure,
                      "HadoopJarStep": {"Jar": "command-runner.jar", "Args": ["true"]}} for name in ("bad", "next")]
            first, second = self.emr.add_job_flow_steps(JobFlowId=cluster, Steps=steps)["StepIds"]
            self.assertEqual(self.ends(cluster, first), "FAILED")
            self.assertEqual(self.ends(cluster, second), following)
            self.assertEqual(self.cluster_state(cluster), after)
        details = self.step(cluster, first)["FailureDetails"]
        self.assertEqual((details["Reason"], details["Message"]), ("Out of luck.", "no"))
        self.assertEqual(details["LogFile"], f"s3://bed/logs/{cluster}/steps/{first}/stderr.gz")
        reason = self.emr.describe_cluster(ClusterId=cluster)["Cluster"]["Status"]["StateChangeReason"]
        self.assertEqual(reason["Code"], "STEP_FAILURE")

    def test_steps_have_limits(self):
        cluster = self.cluster()
        self.assertEqual(self.refusal(self.add, cluster, "x" * 10_240)[0], "ValidationException")
        self.control("POST", "/delays", {"AWS::EMR::Cluster": 60})
        slow = self.cluster()
        step = {"Name": "s", "HadoopJarStep": {"Jar": "command-runner.jar", "Args": ["true"]}}
        self.emr.add_job_flow_steps(JobFlowId=slow, Steps=[step] * 256)
        self.assertIn("exceeded", self.refusal(self.emr.add_job_flow_steps, JobFlowId=slow, Steps=[step])[1])
        first = self.emr.list_steps(ClusterId=slow)
        self.assertEqual((len(first["Steps"]), first["Steps"][0]["Status"]["State"]), (50, "PENDING"))
        told = self.emr.cancel_steps(ClusterId=slow, StepIds=[first["Steps"][0]["Id"]])["CancelStepsInfoList"]
        self.assertEqual(told[0]["Status"], "SUBMITTED")
        told = self.emr.cancel_steps(ClusterId=slow, StepIds=[first["Steps"][0]["Id"]])["CancelStepsInfoList"]
        self.assertEqual(told[0]["Status"], "FAILED")

    @unittest.skipIf(SPARK, "there is a Spark")
    def test_without_a_spark_a_step_fails_and_says_why(self):
        cluster = self.cluster()
        step = self.submit(cluster, "a", "b")
        self.assertEqual(self.ends(cluster, step), "FAILED")
        self.assertIn("no Spark", self.step(cluster, step)["FailureDetails"]["Message"])

    @unittest.skipUnless(SPARK, "SENTISTACK_TESTBED_SPARK_PYTHON is not set")
    def test_a_step_runs_spark_against_the_same_s3_one_after_the_other(self):
        cluster = self.cluster()
        first = self.submit(cluster, "s3://bed/in/", "s3://bed/out/")
        second = self.submit(cluster, "s3://bed/nothing-here/", "s3://bed/out2/")
        self.until(lambda: self.state(cluster, first) == "RUNNING")
        self.assertEqual((self.state(cluster, second), self.cluster_state(cluster)), ("PENDING", "RUNNING"))
        self.assertEqual(self.ends(cluster, first, 120), "COMPLETED", self.step(cluster, first))
        found = [entry["Key"] for entry in self.s3.list_objects_v2(Bucket="bed", Prefix="out/part")["Contents"]]
        self.assertEqual(self.s3.get_object(Bucket="bed", Key=found[0])["Body"].read(),
                         "one\ntwo 😀\n".encode())
        logs = self.s3.get_object(Bucket="bed", Key=f"logs/{cluster}/steps/{first}/stdout.gz")["Body"].read()
        self.assertIn(b"copied with 7", gzip.decompress(logs))
        self.assertEqual(self.ends(cluster, second, 120), "FAILED")
        details = self.step(cluster, second)["FailureDetails"]
        self.assertEqual(details["Reason"], "Unknown Error.")
        self.assertIn("PATH_NOT_FOUND", details["Message"])
        self.assertIn("job", {call["caller"] for call in self.control("GET", "/calls")})
        self.assertEqual(self.cluster_state(cluster), "WAITING")

    @unittest.skipUnless(SPARK, "SENTISTACK_TESTBED_SPARK_PYTHON is not set")
    def test_the_script_of_the_pipeline_runs_as_a_step_through_s3(self):
        window, run = "20150217T073000Z", "s3://bed/root/runs/r"
        figures = {"positive": 0.7, "negative": 0.1, "neutral": 0.1, "mixed": 0.1}
        files = {
            f"staging/{window}/000001.jsonl": [{"tweet_id": "1", "created_at": "2015-02-17T07:31:00Z", "text": "a"}],
            f"sentiments/m/{window}/000001.jsonl": [{"tweet_id": "1", "label": "positive", **figures}],
            "windows.jsonl": [{"window": window, "status": "complete", "posts": 1, "collapsed": 0}],
            "tables/m/tweet/dt=2015-02-16/part-0000.parquet": ["of an earlier attempt"],
        }
        for name, lines in files.items():
            body = "".join(json.dumps(line) + "\n" for line in lines).encode()
            self.s3.put_object(Bucket="bed", Key=f"root/runs/r/{name}", Body=body)
        with open(os.path.join(ROOT, "emr", "emr-script.py"), "rb") as script:
            self.s3.put_object(Bucket="bed", Key="root/code/emr-script.py", Body=script.read())
        cluster = self.cluster()
        step = self.add(cluster, "spark-submit", "--deploy-mode", "cluster", "s3://bed/root/code/emr-script.py",
                        "--staging", f"{run}/staging", "--sentiments", f"{run}/sentiments/m",
                        "--windows", f"{run}/windows.jsonl", "--output", f"{run}/tables/m",
                        "--summary", f"{run}/spark/m/summary.json", "--run-id", "r", "--topic", "t",
                        "--source", "replay", "--model", "m", "--window-seconds", "900",
                        "--planned-from", "2015-02-17T07:30:00Z", "--planned-until", "2015-02-17T08:00:00Z")
        self.assertEqual(self.ends(cluster, step, 180), "COMPLETED", self.step(cluster, step))
        told = json.load(self.s3.get_object(Bucket="bed", Key="root/runs/r/spark/m/summary.json")["Body"])
        self.assertEqual((told["ok"], told["tweets"], told["windows"], told["labels"]), (True, 1, 2, [1, 0, 0, 0]))
        found = self.s3.list_objects_v2(Bucket="bed", Prefix="root/runs/r/tables/m/")["Contents"]
        found = {entry["Key"]: entry["Size"] for entry in found if not entry["Key"].endswith("/")}
        said = {f"root/runs/r/tables/m/{name}": size for name, size in zip(told["files"], told["file_bytes"], strict=True)}
        self.assertEqual(found, said)
        self.assertEqual(sorted(name.split("/")[5:7] for name in found),
                         [["sentiment", "dt=2015-02-17"], ["tweet", "dt=2015-02-17"]])

    @unittest.skipUnless(SPARK, "SENTISTACK_TESTBED_SPARK_PYTHON is not set")
    def test_a_running_step_ends_with_its_cancellation_and_with_its_cluster(self):
        for end in ("cancel", "terminate"):
            cluster = self.cluster()
            step = self.submit(cluster, "sleep", name="sleeper")
            self.until(lambda c=cluster, s=step: self.state(c, s) == "RUNNING")
            if end == "cancel":
                told = self.emr.cancel_steps(ClusterId=cluster, StepIds=[step])["CancelStepsInfoList"]
                self.assertEqual(told, [{"StepId": step, "Status": "SUBMITTED"}])
            else:
                self.emr.terminate_job_flows(JobFlowIds=[cluster])
            self.assertEqual(self.ends(cluster, step), "CANCELLED")

    def test_a_job_that_is_stopped_while_its_process_is_made_ends(self):
        made = jobs.subprocess.Popen

        def stopped_meanwhile(*arguments, **named):
            process = made(*arguments, **named)
            list(jobs.ALL)[0].stop()
            return process

        with mock.patch.object(jobs, "submission", lambda *_: (["sleep", "600"], dict(os.environ))), \
                mock.patch.object(jobs.subprocess, "Popen", stopped_meanwhile):
            job = jobs.Job("sleeper", [], [])
            self.until(lambda: job.ended, lambda ended: ended is not None, 10)
        self.assertFalse(job.good())

    @unittest.skipUnless(SPARK, "SENTISTACK_TESTBED_SPARK_PYTHON is not set")
    def test_a_job_run_is_run_and_billed(self):
        serverless = self.client("emr-serverless")
        application = serverless.create_application(releaseLabel="emr-7.13.0", type="SPARK",
                                                    clientToken="t")["applicationId"]
        given = {"applicationId": application, "clientToken": "one", "name": "copy",
                 "executionRoleArn": "arn:aws:iam::123456789012:role/r",
                 "jobDriver": {"sparkSubmit": {
                     "entryPoint": "s3://bed/code/copier.py", "entryPointArguments": ["s3://bed/in/", "s3://bed/out/"],
                     "sparkSubmitParameters": "--conf spark.sql.shuffle.partitions=7 --conf spark.executor.instances=1"
                                              " --conf spark.executor.cores=2 --conf spark.executor.memory=3g"}},
                 "configurationOverrides": {"monitoringConfiguration": {
                     "s3MonitoringConfiguration": {"logUri": "s3://bed/slogs/"}}}}
        begun = serverless.start_job_run(**given)
        self.assertEqual(serverless.start_job_run(**given)["jobRunId"], begun["jobRunId"])
        named = {"applicationId": application, "jobRunId": begun["jobRunId"]}
        self.assertEqual(self.refusal(serverless.stop_application, applicationId=application)[0],
                         "ValidationException")
        run = self.until(lambda: serverless.get_job_run(**named)["jobRun"],
                         lambda found: found["state"] in ("SUCCESS", "FAILED"), 120)
        self.assertEqual(run["state"], "SUCCESS", run)
        self.assertTrue(self.s3.list_objects_v2(Bucket="bed", Prefix="out/part")["KeyCount"])
        # A minute at least: driver of 4 vCPU and 16 GB, executor of 2 vCPU and 4 GB.
        billed, minutes = run["billedResourceUtilization"], max(60, run["totalExecutionDurationSeconds"]) / 3600
        self.assertAlmostEqual(billed["vCPUHour"], 6 * minutes, delta=0.01)
        self.assertAlmostEqual(billed["memoryGBHour"], 20 * minutes, delta=0.02)
        self.assertEqual(billed["storageGBHour"], 0)
        self.assertLessEqual(run["totalResourceUtilization"]["vCPUHour"], billed["vCPUHour"])
        logs = self.s3.list_objects_v2(Bucket="bed", Prefix=f"slogs/applications/{application}/jobs/")["Contents"]
        self.assertTrue(any(entry["Key"].endswith("SPARK_DRIVER/stdout.gz") for entry in logs))
        runs = serverless.list_job_runs(applicationId=application, states=["SUCCESS"])["jobRuns"]
        self.assertEqual([each["id"] for each in runs], [begun["jobRunId"]])

    def test_a_job_run_fails_once_and_a_late_one_is_cancelled(self):
        serverless = self.client("emr-serverless")
        application = serverless.create_application(releaseLabel="emr-7.13.0", type="SPARK",
                                                    clientToken="t")["applicationId"]
        self.control("POST", "/faults", {"step": "*", "times": 1, "reason": "Out of luck."})
        driver = {"sparkSubmit": {"entryPoint": "s3://bed/code/copier.py", "entryPointArguments": ["sleep"]}}
        named = {"applicationId": application, "executionRoleArn": "arn:aws:iam::123456789012:role/r",
                 "jobDriver": driver}
        first = serverless.start_job_run(clientToken="one", **named)["jobRunId"]

        def run(identity):
            return serverless.get_job_run(applicationId=application, jobRunId=identity)["jobRun"]

        self.until(lambda: run(first)["state"] == "FAILED")
        self.assertEqual(run(first)["stateDetails"], "Out of luck.")
        self.assertEqual(serverless.get_application(applicationId=application)["application"]["state"], "STARTED")
        if not SPARK:
            return
        second = serverless.start_job_run(clientToken="two", **named)["jobRunId"]
        self.until(lambda: run(second)["state"] == "RUNNING")
        serverless.cancel_job_run(applicationId=application, jobRunId=second)
        self.until(lambda: run(second)["state"] == "CANCELLED", seconds=30)
