"""The script's functions from data frames to data frames."""

import contextlib
import io
from datetime import datetime

from pyspark.sql import functions as F

from .support import Case, fact, post, score, script


def ours(text, width):
    """The longest start of at most `width` bytes that ends between two characters, by Python."""
    return text.encode()[:width].decode(errors="ignore")


class Expressions(Case):
    def test_a_cut_is_between_two_characters_and_as_late_as_can_be(self):
        texts = ["", "short", "x" * 20, "é" * 12, "日本語日本語", "a😀b😀😀😀", "👩‍👩‍👧‍👦👩‍👩‍👧‍👦", "a\u0301" * 9, "😀" * 9, None]
        rows = self.frame([(text,) for text in texts], "text string")
        for width in range(4, 24):
            cut = script.cut(F.col("text"), width)
            for text, found, changed in self.values(rows, "text", cut, script.is_cut(F.col("text"), width)):
                expected = None if text is None else ours(text, width)
                self.assertEqual(found, expected, (text, width))
                self.assertEqual(changed, int(expected != text), (text, width))

    def test_times_are_rfc_3339_or_nothing(self):
        good = {"2015-02-28T23:59:59Z": (59, 0), "2015-02-28T23:59:59.5Z": (59, 500000),
                "2015-02-28T23:59:59.000000999Z": (59, 0), "2015-02-28T15:59:59-08:00": (59, 0),
                "2015-02-28t23:59:59.123456z": (59, 123456)}
        bad = ["", "2015-02-29T00:00:00Z", "2015-13-01T00:00:00Z", "2015-02-28", "2015", "2015-02-28T23:59:59", "now"]
        rows = self.frame([(text,) for text in [*good, *bad]], "at string")
        found = dict(self.values(rows, "at", F.unix_micros(script.instant("at"))))
        base = 1425167940000000
        for text, (second, micros) in good.items():
            self.assertEqual(found[text], base + second * 1000000 + micros, text)
        self.assertEqual([found[text] for text in bad], [None] * len(bad))

    def test_windows_are_named_by_their_start(self):
        names = ["20150217T073000Z", "19700101T000000Z", "20150230T000000Z", "2015", "x0150217T073000Z"]
        rows = self.frame([(name,) for name in names], "window string")
        found = [at for (at,) in self.values(rows, F.unix_seconds(script.window_start("window")))]
        self.assertEqual(found, [1424158200, 0, None, None, None])


class Lines(Case):
    def lines(self, *values):
        rows = [(value if isinstance(value, (str, bytearray)) else script.json.dumps(value), at)
                for at, value in enumerate(values)]
        if any(isinstance(value, bytearray) for value, _ in rows):
            rows = self.frame([(bytearray(value.encode()) if isinstance(value, str) else value, at)
                               for value, at in rows], "value binary, line long")
            rows = rows.withColumn("value", F.col("value").cast("string"))
        else:
            rows = self.frame(rows, "value string, line long")
        return rows.selectExpr("value", "'w' as window", "'1' as packet", "line", "0 as gz")

    def test_what_is_no_post_says_why(self):
        given = [post("1"), "", "   ", "{", "[1]", '{"tweet_id":"2"', post(None), post("3", text=None),
                 post("4", created_at="yesterday"), post("5", referenced_type="liked"), post("6", verified="yes"),
                 post("7", referenced_type="quoted", verified=True, more="unknown"),
                 bytearray(b'{"tweet_id":"8","created_at":"2015-02-17T07:31:00Z","text":"\xff"}'),
                 bytearray("{\"tweet_id\":\"9\",\"created_at\":\"2015-02-17T07:31:00Z\",\"text\":\"\\u2028 \u2028 \U0001f600\"}"
                           .encode())]
        found = script.posts(self.lines(*given)).orderBy("line")
        json = "not the JSON that the data contract asks for"
        self.assertEqual([problem for (problem,) in self.values(found, "problem")],
                         [None, "blank", "blank", json, json, json, "no tweet_id", "no text",
                          "created_at is not a time of RFC 3339", "referenced_type is none that there is", json, None,
                          "not UTF-8", None])
        self.assertEqual([key for (key,) in self.values(found, "tweet_id") if key], ["1", "7", "9"])
        self.assertEqual(found.where("tweet_id = '9'").first()["text"], "\u2028 \u2028 \U0001f600")

    def test_what_is_no_score_says_why(self):
        given = [score("1"), score("2", None), score("3", "happy"), score("4", "mixed", (0.5, None, 0.1, 0.1)),
                 score(None), '{"tweet_id":"5","label":"positive","positive":NaN,"negative":0,"neutral":0,"mixed":0}',
                 {"tweet_id": "6", "label": None, "positive": 1.0}]
        found = script.scores(self.lines(*given)).orderBy("line")
        json = "not the JSON that the data contract asks for"
        self.assertEqual([problem for (problem,) in self.values(found, "problem")],
                         [None, None, "label is none that there is", "a label, but not all four scores", "no tweet_id",
                          json, None])
        self.assertEqual(self.values(found.where("problem is null"), "label", "positive"),
                         [("positive", 0.7), (None, None), (None, None)])

    def test_content_is_kept_only_where_it_may_be(self):
        lines = self.lines("{secret")
        self.assertEqual(self.values(script.posts(lines), "content"), [(None,)])
        self.assertEqual(self.values(script.posts(lines, True), "content"), [("{secret",)])

    def test_scores_are_found_by_id_and_the_first_counts(self):
        posts = script.posts(self.lines(post("1"), post("2"), post("3"), "{"))
        scores = script.scores(self.lines(score("3", "mixed"), score("1", "negative"), score("1", "positive"),
                                          score("9"), "}", "]"))
        both = script.merged(posts, scores)
        rows = self.values(both.where("post").orderBy("tweet_id"), "tweet_id", "label", "score")
        self.assertEqual(rows, [("1", "negative", True), ("2", None, False), ("3", "mixed", True)])
        counts = self.values(script.by_packet(both, 900), "posts", "missing", "corrupt_posts", "corrupt_scores")
        self.assertEqual(counts, [(3, 1, 1, 2)])


class Windows(Case):
    def facts(self, *given, planned=None):
        lines = self.frame([(script.json.dumps(each) if isinstance(each, dict) else each,) for each in given],
                           "value string")
        return script.facts(lines, 900, planned)

    def test_planned_windows_that_are_not_listed_are_empty(self):
        listed = fact(status="capped", collapsed=2, count_available=7, fetched_at="2015-02-17T08:00:00.25Z")
        found = self.facts(listed, planned=("2015-02-17T07:20:00Z", "2015-02-17T08:00:00.000001Z")).orderBy("window")
        self.assertEqual(self.values(found, "window", "status", "collapsed", "count_available", "bad"), [
            ("20150217T071500Z", "empty", 0, None, False), ("20150217T073000Z", "capped", 2, 7, False),
            ("20150217T074500Z", "empty", 0, None, False), ("20150217T080000Z", "empty", 0, None, False)])
        self.assertEqual(self.facts(listed, planned=("2015-02-17T08:00:00Z", "2015-02-17T08:00:00Z")).count(), 1)
        with self.assertRaises(script.Refused):
            self.facts(listed, planned=("yesterday", "today"))

    def test_the_last_line_of_a_window_counts_and_nonsense_is_told(self):
        found = self.facts(fact(collapsed=1), "", fact(collapsed=5))
        self.assertEqual(self.values(found, "collapsed", "bad"), [(5, False)])
        for nonsense in ("{", fact(window="2015"), fact(status="done"), fact(fetched_at="now"), {"window": None}):
            self.assertTrue(self.facts(nonsense).first()["bad"], nonsense)

    def test_sums_are_exact_in_any_order(self):
        many = 30000
        rows = self.spark.range(many).selectExpr("'w' as window", "true as post", "'positive' as label",
                                                 "0.1D as positive", "0.2D as negative", "0.3D as neutral",
                                                 "0.3333333D as mixed")
        for name in script.WIDTHS:
            rows = rows.withColumn(name, F.lit("x"))
        found = script.window_sums(rows.repartition(7)).first()
        self.assertEqual(tuple(found[f"sum_{name}"] for name in script.LABELS), (3000.0, 6000.0, 9000.0, 9999.999))
        self.assertEqual((found["count_positive"], found["unscored"]), (many, 0))


class Files(Case):
    def test_a_day_is_one_file_until_it_is_too_large(self):
        packets = self.frame(
            [("20150217T000000Z", "1", 1, 60), ("20150217T000000Z", "2", 1, 60), ("20150217T234500Z", "1", 1, 60),
             ("20150218T000000Z", "1", 1, 10), ("20150219T000000Z", "1", 0, 0)],
            "window string, packet string, posts long, bytes long")
        found = self.values(script.parts(packets, 100).orderBy("window", "packet"), "packet", "part")
        self.assertEqual(found, [("1", 0), ("2", 0), ("1", 1), ("1", 2)])
        found = self.values(script.parts(packets).orderBy("window", "packet"), "part")
        self.assertEqual(found, [(0,), (0,), (0,), (1,)])

    def test_each_part_has_a_task_of_its_own(self):
        for count in (1, 2, 37):
            rows = self.spark.range(count * 3).select((F.col("id") % count).cast("int").alias("part"))
            spread = script.spread(self.spark, rows, "part", count)
            self.assertEqual(spread.rdd.getNumPartitions(), count)
            where = spread.withColumn("task", F.spark_partition_id()).distinct()
            self.assertEqual(self.values(where.where("task <> part")), [])
            self.assertEqual(where.count(), count)


class Arguments(Case):
    GOOD = ["--staging", "s3://b/s/", "--sentiments", "e", "--windows", "w", "--output", "o", "--summary", "u",
            "--run-id", "r", "--topic", "t", "--source", "s", "--model", "m", "--window-seconds", "900"]

    def test_they_are_checked_before_anything_is_done(self):
        given = script.arguments(self.GOOD)
        self.assertEqual((given.staging, given.window_seconds, given.format), ("s3://b/s", 900, "parquet"))
        for more in (["--topic", "é" * 33], ["--model", ""], ["--window-seconds", "0"], ["--window-seconds", "x"],
                     ["--format", "orc"], ["--planned-from", "2015-02-17T00:00:00Z"], ["--bucket", "b"]):
            with self.assertRaises(SystemExit, msg=more), contextlib.redirect_stderr(io.StringIO()):
                script.arguments([*self.GOOD, *more])

    def test_nothing_of_the_cluster_s_settings_is_left(self):
        self.assertEqual(self.spark.conf.get("spark.sql.session.timeZone"), "UTC")
        self.assertEqual(self.spark.range(1).select(F.lit(datetime(1970, 1, 1))).count(), 1)
