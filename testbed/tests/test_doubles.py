"""The doubles refuse what their services refuse, and follow the clock."""

from .support import Case, cluster


class Doubles(Case):
    def test_an_idle_cluster_ends_by_itself_and_its_stack_does_not_notice(self):
        self.create("s", {"E": cluster(AutoTerminationPolicy={"IdleTimeout": 3600})})
        self.settled("s")
        emr = self.client("emr")
        self.control("POST", "/clock", {"advance_seconds": 3500})
        self.assertEqual(emr.list_clusters()["Clusters"][0]["Status"]["State"], "WAITING")
        self.control("POST", "/clock", {"advance_seconds": 200})
        self.assertEqual(emr.list_clusters()["Clusters"][0]["Status"]["State"], "TERMINATED")
        found = self.change_set("s", "c", {"E": cluster(AutoTerminationPolicy={"IdleTimeout": 3600})})
        self.assertEqual(found["Status"], "FAILED")

    def test_redshift_leaves_a_snapshot_unless_it_is_told_not_to(self):
        self.control("POST", "/delays", {"AWS::Redshift::Cluster": 0.3})
        redshift = self.client("redshift")
        redshift.create_cluster(ClusterIdentifier="c", NodeType="ra3.large", MasterUsername="admin",
                                ManageMasterPassword=True, ClusterType="single-node")

        def status():
            found = redshift.describe_clusters()["Clusters"]
            return found[0]["ClusterStatus"] if found else "gone"

        self.assertEqual(status(), "creating")
        self.until(lambda: status() == "available")
        self.assertEqual(len(self.client("secretsmanager").list_secrets()["SecretList"]), 1)
        self.assertEqual(self.refusal(redshift.delete_cluster, ClusterIdentifier="c")[0],
                         "InvalidParameterCombination")
        redshift.delete_cluster(ClusterIdentifier="c", FinalClusterSnapshotIdentifier="last")
        self.assertEqual(status(), "deleting")
        self.assertEqual(self.refusal(redshift.delete_cluster, ClusterIdentifier="c",
                                      SkipFinalClusterSnapshot=True)[0], "InvalidClusterState")
        self.until(lambda: status() == "gone")
        self.assertEqual(self.control("GET", "/left"), {"redshift_snapshots": ["last"]})
        self.assertEqual(self.client("secretsmanager").list_secrets()["SecretList"], [])
        redshift.delete_cluster_snapshot(SnapshotIdentifier="last")
        self.assertEqual(self.control("GET", "/left"), {})

    def test_redshift_serverless_has_its_order_and_its_sizes(self):
        serverless = self.client("redshift-serverless")
        serverless.create_namespace(namespaceName="space")
        named = {"workgroupName": "group", "namespaceName": "space"}
        self.assertIn("base capacity", self.refusal(serverless.create_workgroup, baseCapacity=12, **named)[1])
        made = serverless.create_workgroup(baseCapacity=4, **named)["workgroup"]
        limit = serverless.create_usage_limit(resourceArn=made["workgroupArn"], usageType="serverless-compute",
                                              amount=4, breachAction="deactivate")["usageLimit"]
        self.assertEqual(serverless.list_usage_limits()["usageLimits"], [limit])
        self.assertEqual(self.refusal(serverless.delete_namespace, namespaceName="space")[0], "ConflictException")
        serverless.delete_workgroup(workgroupName="group")
        serverless.delete_namespace(namespaceName="space")
        self.assertEqual(serverless.list_usage_limits()["usageLimits"], [])
        self.assertEqual(self.control("GET", "/left"), {})

    def test_a_started_application_cannot_be_deleted(self):
        serverless = self.client("emr-serverless")
        made = serverless.create_application(releaseLabel="emr-7.13.0", type="SPARK", clientToken="t")
        named = {"applicationId": made["applicationId"]}
        serverless.start_application(**named)
        self.assertEqual(self.refusal(serverless.delete_application, **named)[0], "ValidationException")
        serverless.stop_application(**named)
        serverless.delete_application(**named)
        self.assertEqual(serverless.get_application(**named)["application"]["state"], "TERMINATED")

    def test_quotas_may_be_lowered(self):
        quotas = self.client("service-quotas")
        named = {"ServiceCode": "ec2", "QuotaCode": "L-1216C47A"}
        self.assertEqual(quotas.get_service_quota(**named)["Quota"]["Value"], 64)
        self.control("POST", "/quotas", {"ec2/L-1216C47A": 2})
        self.assertEqual(quotas.get_service_quota(**named)["Quota"]["Value"], 2)

    def test_an_unknown_operation_says_so(self):
        emr = self.client("emr")
        self.assertEqual(self.refusal(emr.list_studios)[0], "UnknownOperationException")


class Left(Case):
    def test_everything_planted_is_left_under_its_name_alone(self):
        kinds = {"instance": "instances", "volume": "volumes", "address": "addresses", "snapshot": "snapshots",
                 "log_group": "log_groups", "schedule": "schedules", "stream": "streams",
                 "emr_cluster": "emr_clusters", "redshift_cluster": "redshift_clusters",
                 "nat_gateway": "nat_gateways", "network_interface": "network_interfaces",
                 "redshift_snapshot": "redshift_snapshots", "redshift_workgroup": "redshift_workgroups"}
        self.assertEqual(self.control("GET", "/left"), {})
        for kind in kinds:
            self.control("POST", "/plant", {"kind": kind, "name": "mine"})
        left = self.control("GET", "/left?name=mine")
        self.assertEqual(set(kinds.values()) - set(left), set())
        self.assertEqual(self.control("GET", "/left?name=min"), {})
        self.assertEqual(self.control("GET", "/left?name=other"), {})

    def test_a_name_that_begins_with_another_is_not_that_other(self):
        for name in ("demo", "demo-two"):
            for kind in ("volume", "emr_cluster", "redshift_cluster", "stream", "log_group"):
                self.control("POST", "/plant", {"kind": kind, "name": name})
        self.assertEqual({len(what) for what in self.control("GET", "/left?name=demo").values()}, {1})

    def test_without_a_tag_only_a_name_tells(self):
        self.control("POST", "/plant", {"kind": "volume", "name": "mine", "tagged": False})
        self.assertEqual(self.control("GET", "/left?name=mine"), {})
        self.assertEqual(list(self.control("GET", "/left")), ["volumes"])

    def test_other_regions_are_looked_at(self):
        self.control("POST", "/plant", {"kind": "instance", "name": "mine", "region": "ap-southeast-2"})
        self.assertIn("instances", self.control("GET", "/left"))
        self.assertEqual(self.control("GET", "/left?region=us-west-2"), {})
