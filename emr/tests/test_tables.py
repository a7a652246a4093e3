"""Both tables of real runs, held row for row and type for type against those of the embedded engine; and what a job
does with input that is not whole."""

import csv
import glob
import json
import os
import random
import unittest

import pyarrow.parquet as pq

from .support import SCRATCH, SHARED, Case, compiled, fact, made_run, post, run_script, run_tool, score, script, written

AIRLINE = os.path.join(SHARED, "data", "tweets", "airline-2015-02.jsonl.gz")
TOLERANCE = 1e-9


def columns(path):
    """Every column as its footer has it: name, physical type, converted type, logical type, whether it may be null."""
    schema = pq.ParquetFile(path).schema
    found = [schema.column(at) for at in range(len(schema.names))]
    return [(c.name, c.physical_type, c.converted_type, str(c.logical_type), c.max_definition_level) for c in found]


def parquet_rows(paths):
    return [row for path in paths for row in pq.ParquetFile(path).read().to_pylist()]


def csv_rows(paths):
    found = []
    for path in paths:
        with open(path, encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file, strict=True))
        assert rows[0][0] == "topic", rows[0]
        found += [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    return found


def figure(text):
    try:
        return float(text)
    except ValueError:
        return None


class Tables(Case):
    def same(self, ours, theirs, text=False):
        """Rows are equal, in the same order: figures to 1e-9, everything else exactly."""
        self.assertEqual(len(ours), len(theirs))
        for one, other in zip(ours, theirs, strict=True):
            self.assertEqual(list(one), list(other))
            for name, value in one.items():
                figures = (figure(value), figure(other[name])) if text and name.startswith(
                    ("avg_", "sum_", "perc_", *script.LABELS)) else (value, other[name])
                if isinstance(figures[0], float) and isinstance(figures[1], float):
                    self.assertLessEqual(abs(figures[0] - figures[1]), TOLERANCE, (name, one))
                else:
                    self.assertEqual(value, other[name], (name, one))

    def compare(self, run, out, form="parquet"):
        """Holds what the script wrote against what the tool did; the number of rows of both tables."""
        counts = []
        for table in ("tweet", "sentiment"):
            ours = written(f"{run['run_dir']}/tables/embedded", table, form)
            theirs = written(f"{out}/tables", table, form)
            self.assertEqual(list(ours), list(theirs), table)
            read = parquet_rows if form == "parquet" else csv_rows
            for day, paths in theirs.items():
                self.assertEqual(len(paths), 1, f"{table} {day} is one file")
                self.same(read(ours[day]), read(paths), form == "csv")
                if form == "parquet":
                    self.assertEqual(columns(ours[day][0]), columns(paths[0]), table)
                    group = pq.ParquetFile(paths[0]).metadata.row_group(0)
                    self.assertEqual({group.column(at).compression for at in range(group.num_columns)}, {"SNAPPY"})
            counts.append(sum(len(read(paths)) for paths in theirs.values()))
        return counts

    def whole(self, run, **more):
        code, told, out = run_script(run, **more)
        self.assertEqual((code, told["ok"]), (0, True), told)
        self.assertEqual(told["corrupt"], {"staging": 0, "sentiments": 0})
        self.assertEqual((told["tweets"], told["windows"], told["unscored"]),
                         (run["tweets"], run["windows"], run["unscored"]))
        self.assertEqual(told["scored"], sum(told["labels"]))
        sizes = {f"{name}": os.path.getsize(f"{out}/tables/{name}") for name in told["files"]}
        self.assertEqual(sizes, dict(zip(told["files"], told["file_bytes"], strict=True)))
        return told, out

    def test_the_sample(self):
        run = run_tool("--source", "sample")
        with compiled():
            told, out = self.whole(run)
        self.assertEqual(self.compare(run, out), [told["tweets"], told["windows"]])
        self.assertGreater(told["unscored"], 0)

    @unittest.skipUnless(os.path.exists(AIRLINE), "../shared/data/tweets is not there")
    def test_real_posts(self):
        run = run_tool("--source", "replay", "--input", AIRLINE)
        _, out = self.whole(run)
        self.assertEqual(self.compare(run, out), [14485, 706])

    def nasty(self, form):
        """A run whose texts are as bad as texts can be."""
        chance = random.Random(7)
        alphabet = ["a", " ", "é", "日", "😀", "👩‍👩‍👧‍👦", '"', ",", "\n", "\r", "\r\n", "\\", "\u2028", "\t", "'", "\u0301", "\ufeff"]
        path = os.path.join(SCRATCH, "nasty.jsonl")
        with open(path, "w", encoding="utf-8") as file:
            for at in range(400):
                text = "".join(chance.choices(alphabet, k=chance.choice([1, 5, 60])))
                if at % 40 == 0:
                    # Around the width of the column, at every offset in a character of four bytes.
                    text = "x" * (at // 40) + "😀" * 16383 + "é" * (at // 80)
                name = "".join(chance.choices(alphabet, k=chance.choice([1, 30, 900])))
                line = {"id": str(9000 + at), "text": f"t{text}", "lang": chance.choice(["en", "de", None]),
                        "created_at": f"2015-02-{17 + at % 3}T{at % 24:02}:{at % 60:02}:07.{at:06}Z",
                        "author": {"id": str(at % 7), "username": f"u{at % 7}", "name": f"n{name}",
                                   "location": chance.choice([None, " a ", "b\\"]), "verified": bool(at % 2)}}
                file.write(json.dumps({key: value for key, value in line.items() if value is not None}) + "\n")
        run = run_tool("--source", "replay", "--input", path, "--privacy", "keep", "--table-format", form, "--start",
                       "2015-02-16T22:00:00Z", "--end", "2015-02-21T01:30:00Z")
        planned = {"planned-from": "2015-02-16T22:00:00Z", "planned-until": "2015-02-21T01:30:00Z"}
        return run, self.whole(run, format=form, **planned)

    def test_the_worst_of_texts_and_planned_windows(self):
        run, (told, out) = self.nasty("parquet")
        self.assertGreater(told["truncated"], 5)
        self.assertEqual(self.compare(run, out)[1], told["windows"])

    def test_the_same_as_csv(self):
        run, (_, out) = self.nasty("csv")
        self.compare(run, out, "csv")


class Jobs(Case):
    def two_days(self):
        late = "20150218T000000Z"
        return {"000001": ([post("1"), post("2")], [score("2"), score("1", None)]),
                "000002z": ([post("3", "\U0001f600")], [score("3", "negative", (0.0, 1.0, 0.0, 0.0))]),
                f"{late}/000001": ([post("4", created_at="2015-02-18T00:14:59.999999Z")], [score("4")])}, late

    def rows(self, out, table="tweet"):
        return {day: parquet_rows(paths) for day, paths in written(f"{out}/tables", table).items()}

    def test_a_second_attempt_leaves_the_same_and_nothing_of_the_first(self):
        packets, late = self.two_days()
        run = made_run(packets, [fact(), fact(late)])
        _, told, out = run_script(run)
        self.assertEqual((told["tweets"], told["labels"], told["unscored"]), (4, [2, 1, 0, 0], 1))
        before = self.rows(out)
        self.assertEqual([row["tweet_id"] for row in before["dt=2015-02-17"]], ["1", "2", "3"])
        self.assertEqual(run_script(run, out)[0], 0)
        self.assertEqual((self.rows(out), len(glob.glob(f"{out}/tables/*/*/*.parquet"))), (before, 4))
        del packets[f"{late}/000001"]
        smaller = made_run(packets, [fact()])
        self.assertEqual(run_script(smaller, out)[0], 0)
        self.assertEqual(sorted(os.listdir(f"{out}/tables/tweet")), ["dt=2015-02-17"])
        self.assertEqual(sorted(os.listdir(f"{out}/tables/sentiment")), ["dt=2015-02-17"])

    def test_a_run_without_a_post_has_its_windows(self):
        run = made_run({}, [fact(status="empty")])
        code, told, out = run_script(run, **{"planned-from": "2015-02-17T07:00:00Z",
                                             "planned-until": "2015-02-17T08:00:00Z"})
        self.assertEqual((code, told["tweets"], told["windows"]), (0, 0, 4))
        rows = self.rows(out, "sentiment")["dt=2015-02-17"]
        self.assertEqual({(row["status"], row["count_tweets"], row["sum_mixed"], row["avg_mixed"],
                           row["perc_tweet_positive"]) for row in rows}, {("empty", 0, 0.0, None, None)})
        self.assertEqual(written(f"{out}/tables", "tweet"), {})

    def test_corrupt_lines_are_kept_aside_without_their_content(self):
        run = made_run({"000001": ([post("1"), "{secret", "", post("2"), post("3", created_at="secret")],
                                   ["secret", score("1")])}, [fact()])
        code, told, out = run_script(run)
        self.assertEqual((code, told["corrupt"]), (0, {"staging": 2, "sentiments": 1}))
        self.assertEqual((told["tweets"], told["scored"], told["unscored"]), (2, 1, 1))

        def listed():
            lines = [line for path in sorted(glob.glob(f"{out}/corrupt/part-*"))
                     for line in open(path, encoding="utf-8")]
            return [json.loads(line) for line in lines]

        found = listed()
        self.assertNotIn("secret", json.dumps(found))
        self.assertEqual([(each["file"], each["line"]) for each in found], [
            ("sentiments/20150217T073000Z/000001.jsonl", 1), ("staging/20150217T073000Z/000001.jsonl", 2),
            ("staging/20150217T073000Z/000001.jsonl", 5)])
        run_script(run, out, ["--keep-content"])
        self.assertEqual([each["content"] for each in listed()][:2], ["secret", "{secret"])
        good = made_run({"000001": ([post("1")], [score("1")])}, [fact()])
        run_script(good, out)
        self.assertFalse(os.path.exists(f"{out}/corrupt"))

    def test_doubtful_input_ends_the_job_before_anything_is_written(self):
        one = ([post("1")], [score("1")])
        _, _, out = run_script(made_run({"000001": one}, [fact()]))
        before = self.rows(out)
        wrong = {
            "not scored whole": ({"000001": ([post("1"), post("2")], [score("1")])}, [fact()]),
            "000002 is not scored whole": ({"000001": one, "000002": ([post("2")], None)}, [fact()]),
            "does not list": ({"000001": one, "20150217T080000Z/000001": ([post("2")], [score("2")])}, [fact()]),
            "another window": ({"000001": ([post("1", created_at="2015-02-17T07:45:00Z")], [score("1")])}, [fact()]),
            "cannot be read": ({"000001": one}, [fact(), "{"]),
        }
        for message, (packets, facts) in wrong.items():
            code, told, _ = run_script(made_run(packets, facts), out)
            self.assertEqual((code, told["ok"], told["refused"]), (1, False, True), message)
            self.assertIn(message, told["error"])
            self.assertEqual(self.rows(out), before, message)
