"""The panels' queries on Redshift's double and on SQLite over the same rows: equal figures, and types that Grafana reads.

The queries are those of the tool's own snapshots, so their macros are expanded as the datasource's plugin does it.
"""

import datetime
import glob
import math
import os
import random
import re
import sqlite3

from . import sql
from .support import ROOT
from .test_redshift_sql import DAY, Warehouse, plain

LABELS = ("positive", "negative", "neutral", "mixed")
TEXTS = {"text", "label", "post_url", "username", "topic", "source", "model", "run_id", "status", "stage", "lang", "value", "tags", "path"}
COUNTS = {"tweets", "windows", "unscored", "collapsed", "count_tweets", "count_available", "incomplete"}
TIMES = {"time", "first_window", "last_window", "finished_at"}
SECONDS = 900
# As the tool's own test has them (src/redshift/batch_tests.rs), and the embedded warehouse writes them.
STAGES = (("ingest", "2026-03-01T12:00:00.250000Z", 12.5, 0.165), ("load", "2026-03-01T12:00:00.250000Z", 0.3, 0.0))
LIVE = "r2"
READER = {"ClusterIdentifier": "c", "Database": "sentistack", "DbUser": "grafana_ro"}


def queries(which, dialect):
    """Queries of a snapshot, by the panel's name."""
    found, = glob.glob(os.path.join(ROOT, "src/panels/snapshots", f"*__{which}-{dialect}.snap"))
    with open(found, encoding="utf-8") as snapshot:
        text = snapshot.read().split("---\n", 2)[2]
    # A query has comments of its own, which are sentences.
    return {name: body.strip() for name, body in re.findall(
        r"^-- ([\w-]+)\n(.*?)(?=^-- [\w-]+\n|\Z)", text, re.MULTILINE | re.DOTALL)}


def posts(run, topic, model, count, seed):
    """Posts over four hours: languages, places in a window and scores by chance, every seventh without a score."""
    chance = random.Random(seed)
    made = []
    for number in range(count):
        parts = [chance.random() ** 3 for _ in LABELS]
        scores = [round(part / sum(parts), 7) for part in parts]
        scored = number % 7 != 0
        made.append({
            "topic": topic, "source": "replay", "model": model, "run_id": run, "tweet_id": f"{run}{number:05}",
            "created_at": DAY + datetime.timedelta(microseconds=chance.randrange(4 * 3600 * 1_000_000)),
            "text": f"<script>alert({number})</script> it's \\ 'so' \u202egood\u202c\n🎉", "text_truncated": False,
            "lang": chance.choice(["en", "de", None]), "post_url": f"https://example.org/{number}" if number % 2 else None,
            "label": LABELS[max(range(4), key=scores.__getitem__)] if scored else None,
            **(dict(zip(LABELS, scores, strict=True)) if scored else {})})
    return made


def summed(rows):
    """The windows of a run's posts, as transform makes them; the fifth is capped, and an empty one follows."""
    first = rows[0]
    by_start = {}
    for row in rows:
        start = DAY + datetime.timedelta(seconds=(row["created_at"] - DAY).total_seconds() // SECONDS * SECONDS)
        by_start.setdefault(start, []).append(row)
    by_start[DAY + datetime.timedelta(hours=4, minutes=30)] = []
    made = []
    for number, (start, posts_of) in enumerate(sorted(by_start.items())):
        scored = [row for row in posts_of if row["label"]]
        status = "capped" if number == 4 else "complete" if posts_of else "empty"
        window = {key: first[key] for key in ("topic", "source", "model", "run_id")}
        window |= {"window_time": start, "window_seconds": SECONDS, "status": status, "count_tweets": len(posts_of),
                   "unscored": len(posts_of) - len(scored), "collapsed": number % 3,
                   "count_available": 5000 if status == "capped" else None}
        for label in LABELS:
            window[f"count_{label}"] = sum(row["label"] == label for row in scored)
            window[f"sum_{label}"] = math.fsum(row[label] for row in scored)
        made.append(window)
    return made


class Panels(Warehouse):
    def setUp(self):
        super().setUp()
        self.prepare()
        self.lite = sqlite3.connect(":memory:")
        self.lite.create_function("sqrt", 1, lambda x: None if x is None else math.sqrt(x), deterministic=True)
        kinds = {"VARCHAR": "TEXT", "TIMESTAMP": "TEXT", "DOUBLE PRECISION": "REAL"}
        self.tweets = []
        for table in ("tweet", "sentiment", "run-stage"):
            columns = ", ".join(f"{name} {kinds.get(kind, 'INTEGER')}" for name, kind, *_ in sql.columns(table))
            self.lite.execute(f"CREATE TABLE {table.replace('-', '_')} ({columns})")
        # As the embedded warehouse counts them, from the same rows.
        self.lite.execute("""CREATE VIEW tweet_lang AS SELECT topic, source, model, run_id, strftime(
            '%Y-%m-%dT%H:%M:%S.000000Z', CAST(strftime('%s', created_at) AS INTEGER) / 900 * 900, 'unixepoch')
            AS quarter_hour, lang, label, COUNT(*) AS tweets FROM tweet GROUP BY 1, 2, 3, 4, 5, 6, 7""")
        # A hostile topic; the same posts by two models; a topic that is not chosen.
        for run, topic, model, count, seed in (("r1", "tea", "embedded", 900, 1), ("r1", "tea", "vader", 900, 2),
                                               ("r2", "coffee", "embedded", 300, 3), ("r3", "it's \\b", "embedded", 500, 4)):
            self.both(run, topic, model, posts(run, topic, model, count, seed))

    def both(self, run, topic, model, rows):
        """Loads a run into both warehouses."""
        self.tweets += rows
        given = {"run_id": run, "model": model, "topic": topic.replace("\\", "\\\\").replace("'", "''"),
                 "role": self.copier}
        for table, of in (("tweet", rows), ("sentiment", summed(rows))):
            file = self.put(f"runs/{run}/{model}/{table}/part-0000.parquet", sql.parquet(table, of))
            given[table], _ = self.put(f"runs/{run}/{model}/{table}.manifest", sql.manifest([file]))
            names = [name for name, *_ in sql.columns(table)]
            places = ", ".join("?" * len(names))
            self.lite.executemany(f"INSERT INTO {table} VALUES ({places})",
                                  [[written(row.get(name)) for name in names] for row in of])
        self.done(sql.load(**given))
        # A live run has been scored before it comes.
        first = "score" if run == LIVE else "ingest"
        self.done([text.replace("'ingest'", f"'{first}'") for text in sql.stages(run, model)])
        self.lite.executemany("INSERT INTO run_stage VALUES (?, ?, ?, ?, ?, ?)",
                              [(run, model, first if name == "ingest" else name, *stage) for name, *stage in STAGES])

    def asked(self, text):
        """Rows and types that Grafana gets: as its own user, and nobody else."""
        found = self.batch([text], **READER)
        self.assertEqual(found["Status"], "FINISHED", f"{found.get('Error')}\n{text}")
        pages = list(self.data.get_paginator("get_statement_result").paginate(Id=f"{found['Id']}:1"))
        kinds = {column["name"]: column["typeName"] for column in pages[0]["ColumnMetadata"]}
        return kinds, [tuple(None if "isNull" in field else next(iter(field.values())) for field in row)
                       for page in pages for row in page["Records"]]

    def same(self, which):
        """The figures of each panel, which both warehouses agree upon."""
        theirs, figures = queries(which, "sqlite"), {}
        for name, text in queries(which, "redshift").items():
            kinds, left = self.asked(text)
            cursor = self.lite.execute(theirs[name])
            right = cursor.fetchall()
            self.assertEqual(list(kinds), [column[0] for column in cursor.description], name)
            self.assertEqual(len(left), len(right), name)
            for one, other in zip(left, right, strict=True):
                for a, b in zip(map(plain, one), map(plain, other), strict=True):
                    if isinstance(a, float) and isinstance(b, float):
                        self.assertTrue(math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9), f"{name}: {a} {b}")
                    else:
                        self.assertEqual(a, b, name)
            figures[name] = [dict(zip(kinds, row, strict=True)) for row in left]
            self.typed(name, kinds)
        return figures

    def typed(self, name, kinds):
        """Grafana takes a time from a TIMESTAMP, a number from DOUBLE PRECISION or BIGINT; NUMERIC is neither's."""
        for column, kind in kinds.items():
            if column in TIMES:
                wanted = "timestamp"
            elif column in COUNTS:
                wanted = "int8"
            elif column in TEXTS:
                wanted = "varchar"
            else:
                wanted = "float8"
            self.assertEqual(kind, wanted, f"{name}.{column}")

    def test_both_warehouses_say_the_same(self):
        figures = self.same("all")
        self.assertEqual(figures["models"][1]["model"], "vader")
        self.assertEqual(len(figures["runs"]), 4)
        self.assertEqual(len(figures["windows"]), 6)
        self.assertEqual([row["seconds"] for row in figures["runs"]], [12.8] * 4)
        self.assertEqual([(row["run_id"], row["stage"]) for row in figures["run_stages"]],
                         [("r3", "ingest"), ("r3", "load"), ("r2", "score"), ("r2", "load")] + [("r1", "ingest"), ("r1", "load")] * 2)
        live = [row["run_id"] == LIVE for row in self.tweets if row["model"] == "embedded"]
        for path, tweets in (("live", sum(live)), ("batch", len(live) - sum(live))):
            self.assertEqual(sum(row["tweets"] for row in figures["sources"] if row["path"] == path), tweets)
        self.assertEqual([row["value"] for row in figures["choices-model"]], ["embedded", "vader"])
        self.tell(figures, [row for row in self.tweets if row["model"] == "embedded"])

    def test_a_narrower_choice_is_the_same_too(self):
        figures = self.same("some")
        chosen = [row for row in self.tweets if row["model"] == "embedded" and row["run_id"] in ("r1", "r3")]
        self.tell(figures, chosen)
        labels = {row["label"] for row in figures["window_tweets"]}
        self.assertEqual(labels, {"positive", "mixed", None})
        self.assertEqual({row["lang"] for row in figures["langs"]}, {"en", "none"})

    def tell(self, figures, rows):
        """Panels over several windows are what the posts say."""
        scored = [row for row in rows if row["label"]]
        self.assertEqual(figures["total"], [{"tweets": len(rows)}])
        for label in LABELS:
            share = sum(row["label"] == label for row in scored) / len(scored)
            self.assertAlmostEqual(figures[f"share_{label}"][0][label], share, 9)
            average = math.fsum(row[label] for row in scored) / len(scored)
            self.assertAlmostEqual(figures["average_scores"][0][label], average, 9)
        self.assertEqual(sum(row["tweets"] for row in figures["tweets_by_window"]), len(rows))


def written(value):
    """A value as the embedded warehouse stores it."""
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return int(value) if isinstance(value, bool) else value
