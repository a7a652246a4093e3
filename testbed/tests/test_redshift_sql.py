"""The tool's SQL on the test bed's Redshift: loads are idempotent, whole, and of their own rows alone."""

import csv
import datetime
import io
import json
import os
import subprocess
import tempfile
import threading
import unittest

from . import sql
from .support import Case

BUCKET = "tables"
DAY = datetime.datetime(2026, 3, 1, tzinfo=datetime.timezone.utc)
TOOL = os.environ.get("SENTISTACK_TEST_TOOL")


def tweets(run, ids, topic="a", **given):
    return [{"topic": topic, "source": "replay", "model": "embedded", "run_id": run, "tweet_id": str(i),
             "created_at": DAY + datetime.timedelta(minutes=i, microseconds=123456), "text": f"post {i}, \"é\\ '\nö",
             "text_truncated": False, "label": "positive" if i % 2 else None, "location": "" if i % 3 else None,
             "positive": 0.1 * i, "verified": i % 2 == 0, **given} for i in ids]


def windows(run, hours, topic="a", **given):
    numbers = {name: 1 for name, kind, *_ in sql.columns("sentiment") if kind == "BIGINT"}
    sums = {name: 1 / 3 for name, *_ in sql.columns("sentiment") if name.startswith("sum_")}
    return [{"topic": topic, "source": "replay", "model": "embedded", "run_id": run, "window_seconds": 3600,
             "window_time": DAY + datetime.timedelta(hours=h), "status": "complete", **numbers, **sums, **given}
            for h in hours]


def as_csv(table, rows):
    """A table as the tool writes CSV."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    names = [name for name, *_ in sql.columns(table)]
    writer.writerow(names)

    def field(value):
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, datetime.datetime):
            return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        return "" if value is None else value

    writer.writerows([field(row.get(name)) for name in names] for row in rows)
    return out.getvalue().encode()


class Warehouse(Case):
    """A cluster with its role, a bucket, and the schema."""

    def setUp(self):
        super().setUp()
        self.data, self.s3 = self.client("redshift-data"), self.client("s3")
        self.copier = self.role("copier", "redshift.amazonaws.com")
        self.client("redshift").create_cluster(
            ClusterIdentifier="c", NodeType="ra3.large", MasterUsername="sentistack", DBName="sentistack",
            ManageMasterPassword=True, IamRoles=[self.copier])
        cluster, = self.client("redshift").describe_clusters()["Clusters"]
        self.who = {"ClusterIdentifier": "c", "Database": "sentistack", "SecretArn": cluster["MasterPasswordSecretArn"]}
        self.s3.create_bucket(Bucket=BUCKET)

    def prepare(self):
        opened, made, _, reader = sql.batches("prepare")
        for batch in (opened, made, reader):
            self.done([text for _, text in batch])

    def batch(self, statements, **who):
        made = self.data.batch_execute_statement(Sqls=statements, **(who or self.who))
        return self.data.describe_statement(Id=made["Id"], WaitTimeSeconds=30)

    def done(self, statements):
        found = self.batch(statements)
        self.assertEqual(found["Status"], "FINISHED", found.get("Error"))
        return found

    def failed(self, statements, **who):
        """The error that a batch ends with."""
        found = self.batch(statements, **who)
        self.assertEqual(found["Status"], "FAILED")
        return found["Error"]

    def rows(self, text, **who):
        found = self.batch([text], **who)
        self.assertEqual(found["Status"], "FINISHED", found.get("Error"))
        records = self.data.get_statement_result(Id=f"{found['Id']}:1")["Records"]
        return [tuple(None if "isNull" in field else next(iter(field.values())) for field in row) for row in records]

    def put(self, key, body):
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=body)
        return f"s3://{BUCKET}/{key}", len(body)

    def load(self, run, topic, posts, hours, form="parquet"):
        """The statements that load a run of these posts and windows."""
        given = {"run_id": run, "topic": topic, "role": self.copier}
        for table, rows in (("tweet", posts), ("sentiment", hours)):
            body = sql.parquet(table, rows) if form == "parquet" else as_csv(table, rows)
            file = self.put(f"runs/{run}/tables/{table}/dt=2026-03-01/part-0000.{form}", body)
            given[table], _ = self.put(f"runs/{run}/load/{table}.manifest", sql.manifest([file]))
        return sql.load(form, **given)

    def loaded(self, *arguments, **named):
        found = self.done(self.load(*arguments, **named))
        answer = self.data.get_statement_result(Id=found["SubStatements"][-1]["Id"])["Records"][0]
        return tuple(field["longValue"] for field in answer)

    def tables(self):
        return {table: self.rows(f"SELECT * FROM {table} ORDER BY {order}") for table, order in (
            ("tweet", "topic, tweet_id, run_id"), ("sentiment", "topic, window_time, run_id"))}


class Loads(Warehouse):
    def setUp(self):
        super().setUp()
        self.prepare()

    def test_a_run_loaded_twice_is_there_once(self):
        load = ("r1", "a", tweets("r1", range(20)), windows("r1", range(3)))
        self.assertEqual(self.loaded(*load), (20, 3))
        once = self.tables()
        self.assertEqual(self.loaded(*load), (20, 3))
        self.assertEqual(self.tables(), once)
        self.assertEqual(self.rows("SELECT run_id, tweets, windows FROM loaded_run"), [("r1", 20, 3)])
        self.assertEqual(once["tweet"][1][5], "2026-03-01 00:01:00.123456")
        self.assertEqual(once["tweet"][0][15], "post 0, \"é\\ '\nö")

    def test_runs_that_overlap_leave_no_duplicate_and_no_hole(self):
        self.loaded("r1", "a", tweets("r1", range(0, 20)), windows("r1", range(0, 4)))
        self.assertEqual(self.loaded("r2", "a", tweets("r2", range(10, 30)), windows("r2", range(3, 6))), (20, 3))
        found = self.tables()
        self.assertEqual(sorted(int(row[4]) for row in found["tweet"]), list(range(30)))
        self.assertEqual({row[3] for row in found["tweet"] if int(row[4]) >= 10}, {"r2"})
        self.assertEqual([row[3] for row in found["sentiment"]], ["r1"] * 3 + ["r2"] * 3)
        self.loaded("r1", "a", tweets("r1", range(0, 20)), windows("r1", range(0, 4)))
        self.assertEqual(len(self.tables()["tweet"]), 30)

    def test_two_topics_over_the_same_hours_both_survive(self):
        self.loaded("r1", "a", tweets("r1", range(10)), windows("r1", range(2)))
        self.loaded("r2", "b", tweets("r2", range(10), "b"), windows("r2", range(2), "b"))
        self.assertEqual(self.rows("SELECT topic, COUNT(*) FROM tweet GROUP BY 1 ORDER BY 1"), [("a", 10), ("b", 10)])
        self.assertEqual(self.rows("SELECT topic, COUNT(*) FROM sentiment GROUP BY 1 ORDER BY 1"),
                         [("a", 2), ("b", 2)])

    def test_what_a_run_no_longer_has_goes(self):
        self.loaded("r1", "a", tweets("r1", range(10)), windows("r1", range(4)))
        self.loaded("r2", "a", tweets("r2", range(50, 55)), windows("r2", range(8, 9)))
        self.assertEqual(self.loaded("r1", "a", tweets("r1", range(5)), windows("r1", range(2))), (5, 2))
        found = self.tables()
        self.assertEqual(len(found["tweet"]), 10)
        self.assertEqual(len(found["sentiment"]), 3)

    def test_duplicates_in_the_files_are_loaded_once(self):
        posts = tweets("r1", [1, 2]) + tweets("r1", [1])
        self.assertEqual(self.loaded("r1", "a", posts, windows("r1", [0, 0])), (2, 1))

    def test_csv_gives_the_same_rows(self):
        posts, hours = tweets("r1", range(20), location="here"), windows("r1", range(3))
        posts[3]["text"] = ""
        self.loaded("r1", "a", posts, hours)
        parquet = self.tables()
        self.loaded("r1", "a", posts, hours, form="csv")
        self.assertEqual(self.tables(), parquet)

    def test_a_failing_copy_rolls_everything_back(self):
        self.loaded("r1", "a", tweets("r1", range(10)), windows("r1", range(2)))
        before = self.tables()
        wrong = self.load("r1", "a", tweets("r1", range(5)), windows("r1", range(1)))
        self.put("runs/r1/tables/sentiment/dt=2026-03-01/part-0000.parquet", b"PAR1 no PAR1")
        error = self.failed(wrong)
        self.assertIn("Query #5 failed with ERROR", error)
        self.assertEqual(self.tables(), before)
        self.assertEqual(self.rows("SELECT tweets, windows FROM loaded_run"), [(10, 2)])

    def test_a_copy_that_fails_once_is_done_by_the_next_try(self):
        self.control("POST", "/faults", [{"statement": "COPY stage_sentiment", "times": 1,
                                          "reason": "S3ServiceException:Please reduce your request rate.,Status 503"}])
        load = self.load("r1", "a", tweets("r1", range(10)), windows("r1", range(2)))
        self.assertIn("Status 503", self.failed(load))
        self.assertEqual(self.tables(), {"tweet": [], "sentiment": []})
        self.done(load)
        self.assertEqual(len(self.tables()["tweet"]), 10)

    def side_by_side(self, first, second):
        """Two batches at the same time, the first one held up in the middle; how they end."""
        self.control("POST", "/faults", [{"statement": "COPY stage_tweet", "times": 1, "latency_ms": 400}])
        ends = {}

        def run(name, statements):
            ends[name] = self.batch(statements)["Status"]

        one = threading.Thread(target=run, args=("first", first))
        one.start()
        self.until(lambda: self.control("GET", "/faults")[0]["struck"])
        run("second", second)
        one.join()
        return ends

    def test_loads_side_by_side_wait_for_each_other(self):
        loads = [self.load(run, "a", tweets(run, range(10)), windows(run, range(2))) for run in ("r1", "r2")]
        self.assertEqual(self.side_by_side(*loads), {"first": "FINISHED", "second": "FINISHED"})
        found = self.tables()
        self.assertEqual((len(found["tweet"]), len(found["sentiment"])), (10, 2))
        self.assertEqual({row[3] for row in found["tweet"]}, {"r2"})

    def test_without_the_lock_they_would_not_see_each_other(self):
        loads = [self.load(run, "a", tweets(run, range(10)), windows(run, range(2)))[1:] for run in ("r1", "r2")]
        self.side_by_side(*loads)
        self.assertEqual(len(self.tables()["tweet"]), 20)

    def test_a_reader_is_not_kept_waiting_by_a_load(self):
        self.loaded("r1", "a", tweets("r1", range(10)), windows("r1", range(2)))
        self.control("POST", "/faults", [{"statement": "insert into loaded_run", "times": 1, "latency_ms": 60_000}])
        held = self.data.batch_execute_statement(
            Sqls=self.load("r2", "a", tweets("r2", range(5)), windows("r2", range(2))), **self.who)["Id"]
        self.until(lambda: self.control("GET", "/faults")[0]["struck"])
        self.assertEqual(self.rows("SELECT COUNT(*) FROM tweet WHERE run_id = 'r1'"), [(10,)])
        self.assertTrue(self.data.cancel_statement(Id=held)["Status"])
        self.assertEqual(self.data.describe_statement(Id=held, WaitTimeSeconds=30)["Status"], "ABORTED")
        self.assertEqual(self.rows("SELECT COUNT(*) FROM tweet"), [(10,)])

    def test_the_reader_reads_and_nothing_else(self):
        reader = {"ClusterIdentifier": "c", "Database": "sentistack", "DbUser": "grafana_ro"}
        self.loaded("r1", "a", tweets("r1", range(10)), windows("r1", range(2)))
        for table, count in (("tweet", 10), ("sentiment", 2), ("loaded_run", 1), ("run_stage", 0)):
            self.assertEqual(self.rows(f"SELECT COUNT(*) FROM {table}", **reader), [(count,)])
        self.assertEqual(self.rows("SELECT SUM(tweets) FROM tweet_lang", **reader), [("10",)])
        for statement in ("DELETE FROM tweet", "CREATE TABLE mine (a INTEGER)", "DROP TABLE tweet",
                          "SELECT * FROM warehouse_version", "INSERT INTO loaded_run SELECT * FROM loaded_run",
                          "CREATE USER other PASSWORD DISABLE"):
            self.assertRegex(self.failed([statement], **reader), "permission denied|must be", statement)
        anybody = {"ClusterIdentifier": "c", "Database": "sentistack"}
        self.assertIn("permission denied", self.failed(["SELECT * FROM tweet"], **anybody))

    def test_the_schema_is_made_once(self):
        _, made, find, _ = sql.batches("prepare")
        self.assertEqual(self.rows("SELECT MAX(version) FROM warehouse_version"), [(2,)])
        self.assertEqual(self.rows(find[0][1]), [(1,)])
        self.done([text for _, text in made])
        self.assertEqual(self.rows("SELECT MAX(version) FROM warehouse_version"), [(2,)])

    @unittest.skipUnless(TOOL, "SENTISTACK_TEST_TOOL names no build of the tool")
    def test_tables_that_the_tool_wrote(self):
        for form in ("parquet", "csv"):
            with tempfile.TemporaryDirectory() as root:
                subprocess.run(
                    [TOOL, "pipeline", "run", "--source", "sample", "--limit", "2000", "--root", root, "--run-id", "r1",
                     "--table-format", form], check=True, env={}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                given = {"run_id": "r1", "role": self.copier}
                with open(f"{root}/runs/r1/manifest.json", encoding="utf-8") as text:
                    given.update({name: value for name, value in json.load(text).items() if name in ("topic", "source")})
                for table in ("tweet", "sentiment"):
                    files = []
                    for folder, _, names in os.walk(f"{root}/runs/r1/tables/embedded/{table}"):
                        for name in names:
                            with open(os.path.join(folder, name), "rb") as body:
                                files.append(self.put(os.path.relpath(os.path.join(folder, name), root), body.read()))
                    given[table], _ = self.put(f"runs/r1/load/{table}.manifest", sql.manifest(files))
                found = self.done(sql.load(form, **given))
                self.assertEqual(found["SubStatements"][-1]["ResultRows"], 1)
                self.same_as_embedded(root)

    def same_as_embedded(self, root):
        import sqlite3

        base = sqlite3.connect(f"{root}/warehouse.sqlite")
        for table, order in (("tweet", "tweet_id"), ("sentiment", "window_time")):
            ours = self.all_rows(f"SELECT * FROM {table} ORDER BY {order}")
            theirs = base.execute(f"SELECT * FROM {table} ORDER BY {order}").fetchall()
            self.assertGreater(len(theirs), 100)
            self.assertEqual(len(ours), len(theirs))
            for left, right in zip(ours, theirs, strict=True):
                self.assertEqual([plain(v) for v in left], [plain(v) for v in right])
        # What the one counts when it is asked, the other has counted; nulls come first in one and last in the other.
        counts = "SELECT quarter_hour, COALESCE(lang, ''), COALESCE(label, ''), tweets FROM tweet_lang ORDER BY 1, 2, 3"
        ours, theirs = self.all_rows(counts), base.execute(counts).fetchall()
        self.assertGreater(len(theirs), 100)
        self.assertEqual([[plain(v) for v in row] for row in ours], [[plain(v) for v in row] for row in theirs])
        base.close()

    def all_rows(self, text):
        found = self.done([text])
        pages = self.data.get_paginator("get_statement_result").paginate(Id=f"{found['Id']}:1")
        return [tuple(None if "isNull" in field else next(iter(field.values())) for field in row)
                for page in pages for row in page["Records"]]


def plain(value):
    """A value as both warehouses would write it: SQLite has times of fixed width, and booleans are numbers."""
    if isinstance(value, str) and len(value) in range(19, 28) and value[10:11] in " T" and value[4:5] == "-":
        return value.rstrip("Z").replace("T", " ").rstrip("0").rstrip(".").ljust(19, "0")
    return float(value) if isinstance(value, (bool, int, float)) else value
