"""The Data API's double refuses what Redshift and its Data API refuse."""

import json
import os
import signal
import time
import uuid

from botocore.exceptions import BotoCoreError

from . import sql, support
from .support import Case, start
from .test_redshift_sql import BUCKET, Warehouse, tweets, windows

COPY = "COPY {table} FROM '{uri}' IAM_ROLE '{role}' "


def processes(word):
    """Processes with `word` in their command line."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as line:
                if word.encode() in line.read():
                    found.append(int(pid))
        except OSError:
            continue
    return found


class Copies(Warehouse):
    """Everything that COPY refuses, each beside the same that it takes."""

    def setUp(self):
        super().setUp()
        self.prepare()

    def copy(self, table, uri, options="FORMAT AS PARQUET", role=None):
        return [COPY.format(table=table, uri=uri, role=role or self.copier) + options]

    def file(self, body, key="t/part-0000.parquet"):
        return self.put(key, body)

    def refused(self, words, statements):
        error = self.failed(statements)
        self.assertIn(words, error)
        self.assertEqual(self.rows("SELECT COUNT(*) FROM tweet"), [(0,)])

    def test_manifests(self):
        url, length = self.file(sql.parquet("tweet", tweets("r", range(3))))
        for words, entries in (("content_length", [(url, None)]), ("the manifest says", [(url, length + 1)]),
                               ("NoSuchKey", [(url + "x", 1)]), ("names no file", [])):
            uri, _ = self.put("m", sql.manifest(entries))
            self.refused(words, self.copy("tweet", uri, "FORMAT AS PARQUET MANIFEST"))
        uri, _ = self.put("m", b"{}")
        self.refused("json format", self.copy("tweet", uri, "FORMAT AS PARQUET MANIFEST"))
        self.refused("NoSuchKey", self.copy("tweet", f"s3://{BUCKET}/none", "FORMAT AS PARQUET MANIFEST"))
        # Without MANIFEST the manifest itself is taken for a file.
        uri, _ = self.put("m", sql.manifest([(url, length)]))
        self.refused("not a Parquet file", self.copy("tweet", uri))
        self.assertEqual(self.done(self.copy("tweet", uri, "PARQUET MANIFEST"))["SubStatements"][0]["ResultRows"], 3)

    def test_schemas(self):
        import pyarrow

        def less(fields, data):
            return fields[:-1], data[:-1]

        def swapped(fields, data):
            fields[4], fields[5], data[4], data[5] = fields[5], fields[4], data[5], data[4]
            return fields, data

        def renamed(fields, data):
            fields[6], fields[7] = fields[7], fields[6]
            return fields, data

        def typed(at, kind, values):
            def change(fields, data):
                fields[at], data[at] = pyarrow.field(fields[at].name, kind), values
                return fields, data
            return change

        posts = tweets("r", [1])
        for words, body in (
                ("Table columns: 22, Data columns: 21", sql.parquet("tweet", posts, less)),
                ("incompatible Parquet schema for column 'tweet_id'", sql.parquet("tweet", posts, swapped)),
                ("by position", sql.parquet("tweet", posts, renamed)),
                ("column 'positive'", sql.parquet("tweet", posts, typed(18, pyarrow.float32(), [0.5]))),
                ("column 'created_at'", sql.parquet("tweet", posts, typed(5, pyarrow.int64(), [1]))),
                ("column 'created_at'", sql.parquet("tweet", posts, typed(5, pyarrow.string(), ["2026-01-01"]))),
                ("column 'created_at'", sql.parquet("tweet", posts, typed(5, pyarrow.timestamp("ns", "UTC"), [1]),
                                                    version="2.6")),
                ("Cannot insert a NULL value into column text", sql.parquet("tweet", posts, typed(15, pyarrow.string(),
                                                                                                 [None]))),
                ("not a Parquet file", b"no"),
                ("Table: 65535, Data: 65536", sql.parquet("tweet", tweets("r", [1], text="é" * 32768))),
                ("column label is longer", sql.parquet("tweet", tweets("r", [1], label="positively")))):
            url, _ = self.file(body)
            self.refused(words, self.copy("tweet", url))
        self.file(sql.parquet("tweet", tweets("r", [1], text="é" * 32767)))
        self.done(self.copy("tweet", f"s3://{BUCKET}/t/"))

    def test_options(self):
        url, _ = self.file(sql.parquet("tweet", tweets("r", [1])))
        for words, options in (("TRUNCATECOLUMNS is not supported", "PARQUET TRUNCATECOLUMNS"),
                               ("REGION is not supported", "FORMAT AS PARQUET REGION 'us-east-1'"),
                               ("MAXERROR is not supported", "FORMAT AS PARQUET MAXERROR 10"),
                               ("syntax error", "FORMAT AS PARQUET WITHOUT CARE")):
            self.refused(words, self.copy("tweet", url, options))
        self.refused("credentials", [f"COPY tweet FROM '{url}' FORMAT AS PARQUET"])
        self.refused("does not exist", self.copy("tweet", f"s3://{BUCKET}/nothing/here"))
        self.refused("NoSuchBucket", self.copy("tweet", "s3://no-such-bucket/x"))
        self.refused("not valid", self.copy("tweet", "http://elsewhere/x"))
        self.assertIn('relation "no" does not exist', self.failed(self.copy("no", url)))

    def test_roles(self):
        url, _ = self.file(sql.parquet("tweet", tweets("r", [1])))
        other = self.role("other", "redshift.amazonaws.com")
        for role in (other, self.copier + "x"):
            self.refused("not authorized to assume IAM Role", self.copy("tweet", url, role=role))
        self.client("iam").delete_role(RoleName="copier")
        self.refused("not authorized to assume IAM Role", self.copy("tweet", url))
        self.client("redshift").modify_cluster_iam_roles(ClusterIdentifier="c", AddIamRoles=[other])
        self.done(self.copy("tweet", url, role=other))
        calls = [c for c in self.control("GET", "/calls") if c["caller"] == "redshift"]
        self.assertEqual({(c["action"], c["role"]) for c in calls if c["role"] == other},
                         {("s3:ListBucket", other), ("s3:GetObject", other)})

    def test_csv_tells_the_line_and_the_column(self):
        self.done(["CREATE TABLE t (a INTEGER NOT NULL, b VARCHAR(4), c TIMESTAMP, d BOOLEAN)"])
        auto = "FORMAT AS CSV IGNOREHEADER 1 TIMEFORMAT 'auto'"
        for line, options, column, reason in (
                ("x,b,,", auto, "a", "Invalid digit"),
                (",b,,", auto, "a", "Missing data for not-null field"),
                ("1,ééé,,", auto, "b", "String length exceeds DDL length"),
                ("1,b,yesterday,", auto, "c", "Invalid timestamp"),
                ("1,b,2026-03-01T00:00:00Z,", "CSV IGNOREHEADER 1", "c", "Invalid timestamp"),
                ("1,b,,maybe", auto, "d", "Unknown boolean format"),
                ("1,b", auto, None, "Delimiter not found"),
                ("1,b,,,5", auto, None, "Extra column(s) found")):
            url, _ = self.file(f"a,b,c,d\n1,b,,\n{line}\n".encode(), "t.csv")
            found = self.batch(self.copy("t", url, options))
            self.assertIn("sys_load_error_detail", found["Error"], line)
            with open(os.path.join(sql.ROOT, "redshift/load-errors.sql"), encoding="utf-8") as text:
                rows = self.rows(text.read().replace(":'prefix'", f"'{url}'"))
            self.assertEqual((url, 3, column), rows[0][:3])
            self.assertIn(reason, rows[0][3])
        self.file(b"a,b,c,d\n1,\"\"\"q\n\",2026-03-01T00:00:00.5Z,true\n2,,,\n", "t.csv")
        self.done(self.copy("t", f"s3://{BUCKET}/t.csv", auto))
        self.assertEqual(self.rows("SELECT * FROM t ORDER BY a"),
                         [(1, '"q\n', "2026-03-01 00:00:00.5", True), (2, "", None, None)])
        self.done(["TRUNCATE t", *self.copy("t", f"s3://{BUCKET}/t.csv", auto + " EMPTYASNULL")])
        self.assertEqual(self.rows("SELECT b FROM t WHERE a = 2"), [(None,)])


class Statements(Warehouse):
    def error(self, text):
        return self.failed([text]).removeprefix("Query #1 failed with ERROR: ")

    def test_what_redshift_refuses(self):
        self.done(["CREATE TABLE t (a INTEGER PRIMARY KEY, b VARCHAR) DISTKEY (a) COMPOUND SORTKEY (a, b)"])
        # Keys are not enforced, and VARCHAR without a length is 256 bytes.
        self.done(["INSERT INTO t VALUES (1, 'x'), (1, 'y')"])
        for words, text in (
                ("Value too long for character type", f"INSERT INTO t VALUES (1, '{'é' * 129}')"),
                ("distkey column", "CREATE TABLE u (a INTEGER) DISTKEY (b)"),
                ("sortkey column", "CREATE TABLE u (a INTEGER) SORTKEY (a, b)"),
                ("invalid encoding", "CREATE TABLE u (a INTEGER ENCODE best)"),
                ("syntax error", "CREATE TABLE u (a INTEGER) WITH (fillfactor = 70)"),
                ("cannot exceed 65535", "CREATE TABLE u (a VARCHAR(65536))"),
                ("unsupported type", "CREATE TABLE u (a SERIAL)"),
                ("not supported on Redshift", "CREATE INDEX i ON t (a)"),
                ("syntax error", "INSERT INTO t VALUES (1, 'x') ON CONFLICT DO NOTHING"),
                ("syntax error", "DELETE FROM t RETURNING a"),
                ("not supported", "SELECT DISTINCT ON (a) a FROM t"),
                ("syntax error", "CREATE USER u"),
                ("password must", "CREATE USER u PASSWORD 'secret'"),
                ("not allowed", "BEGIN"), ("not allowed", "COMMIT"),
                ("multiple commands", "SELECT 1; SELECT 2"),
                ("does not exist", "SELECT * FROM nothing"),
                ("Cannot insert a NULL value", "INSERT INTO t VALUES (NULL, 'x')")):
            self.assertIn(words, self.error(text), text)
        self.assertEqual(self.rows("SELECT 7 / 2, EXTRACT(EPOCH FROM TIMESTAMP '2026-03-01') / 4, 'a\\\\b', "
                                   "DATEDIFF(day, '2026-03-01'::TIMESTAMP, DATEADD(hour, 25, '2026-03-01 23:00'))"),
                         [(3, 443080800.0, "a\\b", 2)])

    def test_a_batch_is_one_transaction(self):
        found = self.batch(["CREATE TABLE t (a INTEGER)", "SELECT 1", "SELECT no", "SELECT 2"])
        self.assertEqual(found["Status"], "FAILED")
        self.assertTrue(found["Error"].startswith('Query #3 failed with ERROR: column "no" does not exist'))
        self.assertEqual([s["Status"] for s in found["SubStatements"]], ["FINISHED", "FINISHED", "FAILED", "ABORTED"])
        self.assertIn("does not exist", self.error("SELECT * FROM t"))
        made = self.data.batch_execute_statement(
            Sqls=["CREATE TABLE t (a INTEGER)", "SELECT no", "SELECT 2"], ExecutionMode="AUTO_COMMIT", **self.who)
        found = self.data.describe_statement(Id=made["Id"], WaitTimeSeconds=30)
        self.assertEqual([s["Status"] for s in found["SubStatements"]], ["FINISHED", "FAILED", "FINISHED"])
        self.assertEqual(self.rows("SELECT COUNT(*) FROM t"), [(0,)])

    def test_limits(self):
        self.assertEqual(self.refusal(self.batch, ["SELECT 1"] * 41)[0], "ValidationException")
        self.done(["SELECT 1"] * 40)
        long = "SELECT '" + "x" * 99_991 + "'"
        self.done([long])
        self.assertIn("100 KB", self.refusal(self.batch, [long[:-1] + "x'"])[1])

    def test_who_is_asked_and_as_whom(self):
        ask = self.data.execute_statement
        plain = {"Database": "sentistack", "Sql": "SELECT CURRENT_USER"}
        self.assertIn("doesn't exist in this region", self.refusal(ask, ClusterIdentifier="other", **plain)[1])
        self.assertIn("doesn't exist in this region", self.refusal(ask, WorkgroupName="other", **plain)[1])
        self.assertIn("Either", self.refusal(ask, **plain)[1])
        self.assertIn("Database", self.refusal(ask, ClusterIdentifier="c", Sql="SELECT 1")[1])
        self.assertIn("secret", self.refusal(ask, ClusterIdentifier="c", SecretArn="none", **plain)[1])

        def user(**who):
            found = self.data.describe_statement(Id=ask(**plain, **who)["Id"], WaitTimeSeconds=30)
            if found["Status"] == "FAILED":
                return found["Error"]
            return self.data.get_statement_result(Id=found["Id"])["Records"][0][0]["stringValue"]

        self.assertEqual(user(ClusterIdentifier="c", SecretArn=self.who["SecretArn"]), "sentistack")
        self.assertEqual(user(ClusterIdentifier="c", DbUser="sentistack"), "sentistack")
        self.assertEqual(user(ClusterIdentifier="c"), "iam:testing")
        self.assertIn("does not exist", user(ClusterIdentifier="c", DbUser="nobody"))
        found = self.batch(["SELECT 1"], **{**self.who, "Database": "other"})
        self.assertIn('database "other" does not exist', found["Error"])
        self.client("redshift").pause_cluster(ClusterIdentifier="c")
        self.assertIn("not available", self.refusal(self.batch, ["SELECT 1"])[1])

    def test_serverless_and_clusters_are_apart(self):
        serverless = self.client("redshift-serverless")
        serverless.create_namespace(namespaceName="space", dbName="sentistack", adminUsername="sentistack",
                                    manageAdminPassword=True, iamRoles=[self.copier])
        serverless.create_workgroup(workgroupName="group", namespaceName="space", baseCapacity=8)
        secret = serverless.get_namespace(namespaceName="space")["namespace"]["adminPasswordSecretArn"]
        cluster = dict(self.who)
        self.prepare()
        self.who = {"WorkgroupName": "group", "Database": "sentistack", "SecretArn": secret}
        self.assertIn("does not exist", self.failed(["SELECT * FROM tweet"]))
        self.prepare()
        self.assertEqual(self.loaded("r", "a", tweets("r", range(4)), windows("r", range(2))), (4, 2))
        self.assertEqual(self.rows("SELECT COUNT(*) FROM tweet", **cluster), [(0,)])
        role = "IAMR:Sentistack-Grafana"
        _, _, find, reader = sql.batches("prepare")
        self.assertEqual(self.rows(find[0][1].replace("grafana_ro", role)), [(0,)])
        self.done([text.replace("grafana_ro", role) for _, text in reader])
        self.assertEqual(self.rows(find[0][1].replace("grafana_ro", role)), [(1,)])

    def test_a_token_makes_a_call_once(self):
        self.done(["CREATE TABLE t (a INTEGER)"])
        token = str(uuid.uuid4())
        insert = {"Sql": "INSERT INTO t VALUES (1)", "ClientToken": token, **self.who}
        self.control("POST", "/faults", [{"service": "redshift-data", "error": "LostAnswer", "times": 1}])
        with self.assertRaises(BotoCoreError):
            self.data.execute_statement(**insert)
        again = [self.data.execute_statement(**insert)["Id"] for _ in range(2)]
        self.assertEqual(again[0], again[1])
        self.data.describe_statement(Id=again[0], WaitTimeSeconds=30)
        self.assertEqual(self.rows("SELECT COUNT(*) FROM t"), [(1,)])

    def test_waiting_canceling_and_paging(self):
        self.control("POST", "/delays", {"AWS::RedshiftData::Statement": 0.4})
        made = self.data.execute_statement(Sql="SELECT 1", **self.who)["Id"]
        self.assertIn(self.data.describe_statement(Id=made)["Status"], ("SUBMITTED", "PICKED"))
        self.assertIn("does not have result", self.refusal(self.data.get_statement_result, Id=made)[1])
        self.assertEqual(self.data.describe_statement(Id=made, WaitTimeSeconds=5)["Status"], "FINISHED")
        made = self.data.execute_statement(Sql="SELECT 1", WaitTimeSeconds=10, **self.who)
        self.assertEqual((made["Status"], made["HasResultSet"]), ("FINISHED", True))
        self.control("POST", "/delays", {})
        self.control("POST", "/faults", [{"statement": "SELECT 'slow'", "latency_ms": 60_000}])
        slow = self.data.execute_statement(Sql="SELECT 'slow'", **self.who)["Id"]
        self.until(lambda: self.data.describe_statement(Id=slow)["Status"] == "STARTED")
        began = time.monotonic()
        self.assertEqual(self.data.describe_statement(Id=slow, WaitTimeSeconds=1)["Status"], "STARTED")
        self.assertGreater(time.monotonic() - began, 0.9)
        self.data.cancel_statement(Id=slow)
        self.assertEqual(self.data.describe_statement(Id=slow, WaitTimeSeconds=5)["Status"], "ABORTED")
        self.assertEqual(self.refusal(self.data.cancel_statement, Id=slow)[0], "ValidationException")
        self.assertEqual(self.refusal(self.data.describe_statement, Id=str(uuid.uuid4()))[0],
                         "ResourceNotFoundException")
        digits = " UNION ALL ".join(f"SELECT {n} AS n" for n in range(13))
        text = f"SELECT a.n * 169 + b.n * 13 + c.n AS n FROM ({digits}) a, ({digits}) b, ({digits}) c ORDER BY 1"
        found = self.done([text])
        pages = list(self.data.get_paginator("get_statement_result").paginate(Id=f"{found['Id']}:1"))
        numbers = [row[0]["longValue"] for page in pages for row in page["Records"]]
        self.assertEqual((numbers, len(pages)), (list(range(13 ** 3)), 3))
        self.assertEqual(pages[0]["ColumnMetadata"][0]["typeName"], "int4")
        self.assertEqual(self.refusal(self.data.get_statement_result, Id=found["Id"])[0], "ResourceNotFoundException")

    def test_results_as_csv(self):
        made = self.data.execute_statement(Sql="SELECT 1 AS a, 'x,y' AS b, NULL AS c", ResultFormat="CSV", **self.who)
        self.data.describe_statement(Id=made["Id"], WaitTimeSeconds=9)
        found = self.data.get_statement_result_v2(Id=made["Id"])
        self.assertEqual(found["Records"], [{"CSVRecords": 'a,b,c\r\n1,"x,y",\r\n'}])
        self.assertEqual(self.refusal(self.data.get_statement_result, Id=made["Id"])[0], "ValidationException")

    def test_statements_are_listed(self):
        self.done(["SELECT 1", "SELECT 2"])
        self.failed(["SELECT no"])
        listed = self.data.list_statements(Status="FINISHED")["Statements"]
        self.assertEqual([(s["QueryStrings"], s["IsBatchStatement"]) for s in listed], [(["SELECT 1", "SELECT 2"], True)])
        self.assertEqual(len(self.data.list_statements(Status="ALL")["Statements"]), 2)

    def test_parameters(self):
        ask = {"Sql": "SELECT :a, ':b', 1::INTEGER WHERE :a = 'x%''\\\\y'", **self.who}
        found = self.data.execute_statement(Parameters=[{"name": "a", "value": "x%'\\y"}], **ask)["Id"]
        self.assertEqual(self.data.describe_statement(Id=found, WaitTimeSeconds=9)["Status"], "FINISHED")
        row, = self.data.get_statement_result(Id=found)["Records"]
        self.assertEqual([list(f.values())[0] for f in row], ["x%'\\y", ":b", 1])
        self.assertIn("unused", self.refusal(self.data.execute_statement, **ask, Parameters=[
            {"name": "a", "value": "x"}, {"name": "c", "value": "x"}])[1])


class Life(Case):
    """PostgreSQL ends with its test bed, whatever it was doing."""

    def setUp(self):
        super().setUp()
        self.own = start("--json")
        self.addCleanup(self.own.stdout.close)
        bed = support.Bed.__new__(support.Bed)
        bed.told, bed.session = json.loads(self.own.stdout.readline()), self.bed.session
        bed.client("redshift").create_cluster(ClusterIdentifier="c", NodeType="ra3.large", MasterUsername="m",
                                              MasterUserPassword="Password1")
        self.data, self.who = bed.client("redshift-data"), {"ClusterIdentifier": "c", "Database": "dev", "DbUser": "m"}
        made = self.data.execute_statement(Sql="SELECT 1", **self.who)["Id"]
        self.assertEqual(self.data.describe_statement(Id=made, WaitTimeSeconds=30)["Status"], "FINISHED")
        self.mine = f"sentistack-testbed-{self.own.pid}-"
        self.assertTrue(processes(self.mine))
        held = self.data.execute_statement(Sql="SELECT pg_sleep(60)", **self.who)["Id"]
        self.until(lambda: self.data.describe_statement(Id=held)["Status"] == "STARTED")

    def gone(self):
        self.until(lambda: not processes(self.mine), seconds=10)

    def test_when_it_is_killed(self):
        self.own.send_signal(signal.SIGKILL)
        self.own.wait(10)
        self.own.stdin.close()
        self.gone()

    def test_when_it_is_told_to(self):
        self.own.stdin.close()
        self.assertEqual(self.own.wait(10), 0)
        self.gone()
