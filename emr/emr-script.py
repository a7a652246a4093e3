#!/usr/bin/env python3
"""Transform on Spark: joins the posts of a run with their scores, sums up windows and writes both tables of
docs/data-contract.md, row for row as the embedded engine does.

    spark-submit emr-script.py --staging URI --sentiments URI --windows URI --output URI --summary URI
        --run-id R --topic T --source S --model M --window-seconds N [--format parquet|csv]
        [--planned-from TIME --planned-until TIME] [--keep-content]

Runs as it is on Spark 3.5 and 4.0 (ANSI mode), Python 3.9 and later. It knows what to read and where to write, and
no bucket, cluster or account. Functions from data frames to data frames come first; `main` is the only place that
reads and writes.

What a packet holds that cannot be read is kept aside and counted; every other doubt about the input ends the job
before anything is written. A job that runs again replaces what the one before it wrote.
"""

import argparse
import json
import math
import re
import sys

from pyspark import StorageLevel
from pyspark.sql import SparkSession, Window
from pyspark.sql import functions as F
from pyspark.sql import types as T

SUMMARY_VERSION = 1
LABELS = ("positive", "negative", "neutral", "mixed")
REFERENCES = ("retweeted", "quoted", "replied_to")
STATUSES = ("complete", "capped", "partial", "empty")
# Bytes of a file of a table at most (Redshift likes files of this size), and of names that are keys of the tables.
FILE_BYTES = 128 * 1024 * 1024
KEY_BYTES = 64
# Widths of text columns in bytes, as a warehouse declares them. What is longer is cut between two characters.
WIDTHS = {
    "tweet_id": 256, "author_id": 128, "username": 1024, "name": 1024, "location": 1024, "lang": 16,
    "referenced_tweet_id": 256, "post_url": 512, "text": 65535,
}  # fmt: skip
# Corrupt lines that are listed at most; the others are only counted.
CORRUPT_LISTED = 10000
# Tasks at most that write the table of windows, which is small.
MOST_TASKS = 64
# Sums are made of whole units of this size: whatever order rows come in, a sum is the same to the last bit.
UNIT = 10**15

TEXT, TIME, LONG, DOUBLE = T.StringType(), T.TimestampType(), T.LongType(), T.DoubleType()
POST = T.StructType(
    [T.StructField(name, TEXT) for name in ("tweet_id", "created_at", "author_id", "username", "name", "location")]
    + [T.StructField("verified", T.BooleanType())]
    + [T.StructField(name, TEXT) for name in ("lang", "referenced_tweet_id", "referenced_type", "post_url", "text")]
)
SCORE = T.StructType(
    [T.StructField("tweet_id", TEXT), T.StructField("label", TEXT)] + [T.StructField(name, DOUBLE) for name in LABELS]
)
FACTS = T.StructType(
    [T.StructField("window", TEXT), T.StructField("status", TEXT)]
    + [T.StructField(name, LONG) for name in ("posts", "collapsed", "count_available")]
    + [T.StructField("fetched_at", TEXT)]
)
PACKET = r"/(\d{8}T\d{6}Z)/([^/]+)\.jsonl(?:\.gz)?$"
# A time of RFC 3339, as a regular expression of Java's.
RFC3339 = r"^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$"


class Refused(Exception):
    """The input is not what it should be. The message says what, where, and what to do."""


# --- Expressions --------------------------------------------------------------------------------------------------


def cut(column, width):
    """`column`, or its longest start of at most `width` bytes that ends between two characters."""
    # A byte 10xxxxxx goes on with a character. The cut moves back until the first byte left out begins one; a
    # character has four bytes at most.
    raw = column.cast("binary")
    cutting = F.when(F.octet_length(column) <= width, column)
    for back in range(4):
        left_out = F.hex(F.substring(raw, width - back + 1, 1))
        cutting = cutting.when(~left_out.rlike("^[89AB]"), F.substring(raw, 1, width - back).cast("string"))
    return cutting


def is_cut(column, width):
    """1 where `cut` shortens, else 0."""
    return F.when(F.octet_length(column) > width, 1).otherwise(0)


def instant(name):
    """The time of RFC 3339 in column `name`; null where it is none."""
    # What is finer than a microsecond is dropped, by the cast as by the embedded engine.
    return F.when(F.col(name).rlike(RFC3339), F.expr(f"try_cast(upper(`{name}`) as timestamp)"))


def window_start(name):
    """The time in a window's name, `YYYYMMDDTHHMMSSZ`; null where it is none."""
    iso = rf"regexp_replace(`{name}`, '^(....)(..)(..)T(..)(..)(..)Z$', '$1-$2-$3T$4:$5:$6Z')"
    good = F.col(name).rlike(r"^\d{8}T\d{6}Z$")
    return F.when(good, F.expr(f"try_cast({iso} as timestamp)"))


def required(column, nothing):
    """A column that is never null, said so that Parquet has it as `required`."""
    return F.coalesce(column, F.lit(nothing))


# --- Reading ------------------------------------------------------------------------------------------------------


def parsed(lines, schema, keep_content=False):
    """Columns of `schema` from a column `value` of JSON, and `problem`: why a line cannot be read, or null.
    A line of nothing but white space has the problem `blank`, which is none. `content` is the line itself, if it may
    be kept."""
    inner = T.StructType(list(schema.fields) + [T.StructField("_bad", TEXT)])
    options = {"mode": "PERMISSIVE", "columnNameOfCorruptRecord": "_bad", "allowNonNumericNumbers": "false"}
    value = F.col("value")
    raw = value.cast("binary")
    problem = (
        F.when(value.rlike(r"^\s*$"), "blank")
        .when(F.encode(F.decode(raw, "UTF-8"), "UTF-8") != raw, "not UTF-8")
        .when(F.col("json").isNull() | F.col("json._bad").isNotNull(), "not the JSON that the data contract asks for")
    )
    read = lines.withColumn("json", F.from_json(value, inner, options)).withColumn("problem", problem)
    rest = [name for name in lines.columns if name != "value"]
    content = value if keep_content else F.lit(None).cast(TEXT)
    return read.select(
        *rest, "problem", content.alias("content"), *(F.col(f"json.{field.name}") for field in schema.fields)
    )


def packet_lines(spark, folder, found):
    """The lines of all packets under `folder`: value, window, packet, line (a number that grows within a packet),
    gz (1 for a compressed packet). None where `found` says that the folder is not there."""
    schema = T.StructType([T.StructField("value", TEXT)])
    if found:
        # Only the line feed ends a line: other characters that Unicode calls line ends are text.
        lines = spark.read.schema(schema).option("recursiveFileLookup", "true").option("lineSep", "\n")
        lines = lines.option("pathGlobFilter", "*.jsonl*").text(folder).select("value", "_metadata.file_path")
    else:
        lines = spark.createDataFrame([], schema).withColumn("file_path", F.lit(""))
    path = F.col("file_path")
    lines = lines.select(
        "value",
        F.regexp_extract(path, PACKET, 1).alias("window"),
        F.regexp_extract(path, PACKET, 2).alias("packet"),
        F.monotonically_increasing_id().alias("line"),
        F.when(path.endswith(".gz"), 1).otherwise(0).alias("gz"),
    )
    return lines.where(F.col("window") != "")


def posts(lines, keep_content=False):
    """Staged posts, and lines that are none with their `problem`."""
    read = parsed(lines, POST, keep_content).withColumn("created", instant("created_at"))
    wrong = (
        F.when(F.col("problem").isNotNull(), F.col("problem"))
        .when(F.col("tweet_id").isNull(), "no tweet_id")
        .when(F.col("text").isNull(), "no text")
        .when(F.col("created").isNull(), "created_at is not a time of RFC 3339")
        .when(~F.col("referenced_type").isin(*REFERENCES), "referenced_type is none that there is")
    )
    read = read.withColumn("problem", wrong)
    # Without a key, a line that cannot be read meets no score.
    key = F.when(F.col("problem").isNull(), F.col("tweet_id"))
    return read.drop("created_at").withColumnRenamed("created", "created_at").withColumn("tweet_id", key)


def scores(lines, keep_content=False):
    """Scores, and lines that are none with their `problem`. Figures of a post that was not scored are null."""
    read = parsed(lines, SCORE, keep_content)
    half = F.lit(False)
    for name in LABELS:
        half = half | F.col(name).isNull()
    wrong = (
        F.when(F.col("problem").isNotNull(), F.col("problem"))
        .when(F.col("tweet_id").isNull(), "no tweet_id")
        .when(~F.col("label").isin(*LABELS), "label is none that there is")
        .when(F.col("label").isNotNull() & half, "a label, but not all four scores")
    )
    read = read.withColumn("problem", wrong)
    good = F.col("problem").isNull()
    read = read.withColumn("tweet_id", F.when(good, F.col("tweet_id")))
    for name in LABELS:
        read = read.withColumn(name, F.when(good & F.col("label").isNotNull(), F.col(name)))
    return read.withColumn("label", F.when(good, F.col("label")))


def facts(lines, length, planned=None):
    """One row for each window: window, start, status, collapsed, count_available, fetched_at. Of a window that is
    listed twice the last line counts; one that is planned (from, until: times of RFC 3339) and not listed is empty.
    """
    read = parsed(lines.withColumn("line", F.monotonically_increasing_id()), FACTS)
    read = read.where(~F.col("problem").eqNullSafe("blank")).select(
        "line",
        "window",
        window_start("window").alias("start"),
        "status",
        "collapsed",
        "count_available",
        instant("fetched_at").alias("fetched_at"),
        (
            F.col("problem").isNotNull()
            | F.col("window").isNull()
            | F.col("collapsed").isNull()
            | ~F.coalesce(F.col("status").isin(*STATUSES), F.lit(False))
            | (F.col("fetched_at").isNotNull() & instant("fetched_at").isNull())
        ).alias("bad"),
    )
    read = read.withColumn("bad", F.col("bad") | F.col("start").isNull())
    values = F.struct("start", "status", "collapsed", "count_available", "fetched_at", "bad")
    listed = read.groupBy("window").agg(F.max_by(values, F.col("line")).alias("v")).select("window", "v.*")
    if planned is None:
        return listed
    return listed.unionByName(empty_windows(lines.sparkSession, length, planned).join(listed, "window", "left_anti"))


def empty_windows(spark, length, planned):
    """The windows that `planned` touches, each as one that nothing is known of."""
    bounds = spark.createDataFrame([planned], ["first", "last"])
    first, last = bounds.select(F.unix_micros(instant("first")), F.unix_micros(instant("last"))).first()
    if first is None or last is None:
        raise Refused("--planned-from and --planned-until are to be times of RFC 3339, as 2015-02-17T00:00:00Z")
    unit = length * 1000000
    made = spark.range(first // unit, max(first // unit, -(-last // unit)))
    start = F.timestamp_seconds(F.col("id") * length)
    return made.select(
        F.date_format(start, "yyyyMMdd'T'HHmmss'Z'").alias("window"),
        start.alias("start"),
        F.lit("empty").alias("status"),
        F.lit(0).cast(LONG).alias("collapsed"),
        F.lit(None).cast(LONG).alias("count_available"),
        F.lit(None).cast(TIME).alias("fetched_at"),
        F.lit(False).alias("bad"),
    )


# --- Putting together ---------------------------------------------------------------------------------------------


def is_corrupt(problem):
    """Whether a line could not be read, by the column `problem`."""
    return F.col(problem).isNotNull() & (F.col(problem) != "blank")


def merged(posts_, scores_):
    """Posts with their scores, found in the packet of the same name by tweet_id, and what has no other side: a post
    without a score line, lines that could not be read, scores without a post. `post` and `score` say which of both a
    row has; `post_problem` and `score_problem` why one could not be read."""
    keys = ["window", "packet", "tweet_id"]
    # Where a packet scores a post twice, the first counts. It is a number in a window and no filter on what was
    # parsed, which Spark would move ahead of the parsing and so parse every line again.
    number = F.row_number().over(Window.partitionBy(*keys).orderBy("line"))
    right = scores_.withColumn("number", number).where(F.col("problem").isNotNull() | (F.col("number") == 1))
    right = right.drop("number")
    for name in ("line", "gz", "problem", "content"):
        right = right.withColumnRenamed(name, f"score_{name}")
    right = right.withColumn("score", F.col("score_problem").isNull())
    left = posts_.withColumnRenamed("problem", "post_problem").withColumn("post", F.col("post_problem").isNull())
    both = left.join(right, keys, "full_outer")
    return both.withColumn("post", required(F.col("post"), False)).withColumn("score", required(F.col("score"), False))


def by_packet(merged_, length):
    """One row for each packet: what it holds, what is wrong in it, where its lines begin and how big its posts are."""
    at = F.unix_micros("created_at") - F.unix_micros(window_start("window"))
    outside = ~required((at >= 0) & (at < length * 1000000), False)
    size = F.lit(64)
    for name in WIDTHS:
        size = size + F.coalesce(F.octet_length(name), F.lit(0))
    return merged_.groupBy("window", "packet").agg(
        F.count_if("post").alias("posts"),
        F.count_if(F.col("post") & ~F.col("score")).alias("missing"),
        F.count_if(is_corrupt("post_problem")).alias("corrupt_posts"),
        F.count_if(is_corrupt("score_problem")).alias("corrupt_scores"),
        F.count_if(F.col("post") & outside).alias("astray"),
        # One packet is one file: plain or compressed.
        (required(F.max("gz") - F.min("gz"), 0) + required(F.max("score_gz") - F.min("score_gz"), 0)).alias("doubled"),
        F.min("line").alias("first_line"),
        F.min("score_line").alias("first_score_line"),
        F.sum(F.when(F.col("post"), size).otherwise(0)).alias("bytes"),
    )


def refuse(facts_, packets):
    """Raises `Refused` where the input is not what the embedded engine would take: nothing is written then. Gives
    the number of lines that could not be read, in staging and in sentiments."""
    name = F.concat("window", F.lit("/"), "packet")
    listed = facts_.select("window", F.lit(True).alias("listed"))
    # A score line that cannot be read leaves its post without one: those are counted, all others are missing.
    unscored = F.col("missing") > F.col("corrupt_scores")
    found = packets.join(F.broadcast(listed), "window", "left").agg(
        F.min(F.when((F.col("posts") > 0) & F.col("listed").isNull(), F.col("window"))).alias("stray"),
        F.min(F.when(F.col("doubled") > 0, name)).alias("doubled"),
        F.min(F.when(F.col("astray") > 0, F.struct(name, "astray"))).alias("astray"),
        F.min(F.when(unscored, F.struct(name, "missing", "posts"))).alias("missing"),
        *(required(F.sum(name), 0).alias(name) for name in ("corrupt_posts", "corrupt_scores")),
    )
    bad = facts_.where("bad").agg(F.min(required(F.col("window"), "without a name")).alias("bad"))
    found = found.crossJoin(bad).first()
    again = "run it again with --from-stage ingest"
    if found["bad"] is not None:
        raise Refused(f"the list of windows cannot be read (window {found['bad']}); {again}")
    if found["stray"] is not None:
        raise Refused(f"staging has posts of window {found['stray']}, which the run does not list; {again}")
    if found["doubled"] is not None:
        raise Refused(f"packet {found['doubled']} is there plain and compressed; remove one of both")
    if found["astray"] is not None:
        packet, count = found["astray"]
        raise Refused(f"{count} posts in packet {packet} are of another window; {again}")
    if found["missing"] is not None:
        packet, missing, count = found["missing"]
        raise Refused(f"packet {packet} is not scored whole: {missing} of {count} posts have no sentiment; resume "
                      "the run, or score it anew with --from-stage score")
    return found["corrupt_posts"], found["corrupt_scores"]


def parts(packets, limit=FILE_BYTES):
    """Which file each packet's posts go to: `part` counts all files of the table in order of time. A day is one file
    while its posts, before compression, stay below `limit` bytes."""
    day = packets.where("posts > 0").select("window", "packet", "bytes", F.to_date(window_start("window")).alias("dt"))
    before = F.sum("bytes").over(Window.partitionBy("dt").orderBy("window", "packet")) - F.col("bytes")
    chunk = day.withColumn("chunk", F.floor(before / limit))
    files = chunk.select("dt", "chunk").distinct()
    # As many rows as there are files: few enough for one task.
    files = files.withColumn("part", F.row_number().over(Window.orderBy("dt", "chunk")) - 1)
    return chunk.join(files, ["dt", "chunk"]).select("window", "packet", "dt", "part")


def tweet_rows(merged_, names):
    """Rows of the table `tweet`, and `truncated`: how many of a row's values were cut."""
    fields = [F.lit(names[name]).alias(name) for name in ("topic", "source", "model", "run_id")]
    fields += [required(cut(F.col("tweet_id"), WIDTHS["tweet_id"]), "").alias("tweet_id"),
               F.coalesce(F.col("created_at"), F.timestamp_seconds(F.lit(0))).alias("created_at")]
    for name in ("author_id", "username", "name", "location"):
        fields.append(cut(F.col(name), WIDTHS[name]).alias(name))
    fields.append(F.col("verified"))
    fields += [cut(F.col(name), WIDTHS[name]).alias(name) for name in ("lang", "referenced_tweet_id")]
    fields += [F.col("referenced_type"), cut(F.col("post_url"), WIDTHS["post_url"]).alias("post_url"),
               required(cut(F.col("text"), WIDTHS["text"]), "").alias("text"),
               required(F.octet_length("text") > WIDTHS["text"], False).alias("text_truncated"),
               F.col("label"), *LABELS]
    return merged_.where("post").select(*fields, "window", "packet", "line")


def window_sums(merged_):
    """Figures of the windows that have posts."""
    scored = F.col("label").isNotNull()
    figures = [F.count(F.lit(1)).alias("count_tweets"), F.sum(F.when(scored, 0).otherwise(1)).alias("unscored")]
    for name in LABELS:
        figures.append(F.sum(F.when(F.col("label") == name, 1).otherwise(0)).alias(f"count_{name}"))
    for name in LABELS:
        # Up to 18 digits Spark adds decimals as whole numbers: exact, and the same in any order.
        units = F.round(F.col(name) * F.lit(float(UNIT))).cast("bigint").cast("decimal(18,0)")
        total = F.coalesce(F.sum(units).cast(DOUBLE), F.lit(0.0)) / F.lit(float(UNIT))
        figures.append(total.alias(f"sum_{name}"))
    cuts = F.lit(0)
    for name, width in WIDTHS.items():
        cuts = cuts + is_cut(F.col(name), width)
    figures.append(F.sum(cuts).alias("truncated"))
    return merged_.where("post").groupBy("window").agg(*figures)


def sentiment_rows(facts_, sums, names, length):
    """Rows of the table `sentiment`: one for each window, whether it has posts or not."""
    joined = facts_.join(sums, "window", "left")
    scored = F.coalesce(F.col("count_tweets") - F.col("unscored"), F.lit(0))

    def whole(name):
        return required(F.col(name).cast(LONG), 0).alias(name)

    def per_scored(name):
        return F.when(scored > 0, F.col(name).cast(DOUBLE) / scored.cast(DOUBLE))

    fields = [F.lit(names[name]).alias(name) for name in ("topic", "source", "model", "run_id")]
    fields += [F.coalesce(F.col("start"), F.timestamp_seconds(F.lit(0))).alias("window_time"), F.lit(length).cast("int").alias("window_seconds"),
               required(F.col("status"), "").alias("status"), whole("count_tweets"), whole("unscored"),
               whole("collapsed"), F.col("count_available")]
    fields += [whole(f"count_{name}") for name in LABELS]
    fields += [required(F.col(f"sum_{name}"), 0.0).alias(f"sum_{name}") for name in LABELS]
    fields += [per_scored(f"sum_{name}").alias(f"avg_{name}") for name in LABELS]
    fields += [per_scored(f"count_{name}").alias(f"perc_tweet_{name}") for name in LABELS]
    return joined.select(*fields, "fetched_at", F.to_date("start").alias("dt"))


def corrupt_lines(merged_, packets):
    """Lines that could not be read: file, line, reason, and their content where it was kept. All packets of the run
    are below the same folder, so `file` begins with `staging/` or `sentiments/`."""

    def side(folder, problem, content, line, first):
        wrong = merged_.where(is_corrupt(problem))
        wrong = wrong.join(F.broadcast(packets.where("corrupt_posts + corrupt_scores > 0")), ["window", "packet"])
        file = F.concat(F.lit(f"{folder}/"), "window", F.lit("/"), "packet", F.lit(".jsonl"))
        number = F.col(line) - F.col(first) + 1
        reason, text = F.col(problem).alias("reason"), F.col(content).alias("content")
        return wrong.select(file.alias("file"), number.alias("line"), reason, text)

    staged = side("staging", "post_problem", "content", "line", "first_line")
    scored = side("sentiments", "score_problem", "score_content", "score_line", "first_score_line")
    return staged.unionByName(scored).orderBy("file", "line").limit(CORRUPT_LISTED)


# --- Writing ------------------------------------------------------------------------------------------------------


def spread(spark, frame, column, count):
    """`frame` in `count` partitions: the rows whose `column` is N in the Nth, and no others in it."""
    if count <= 1:
        return frame.repartition(1)
    # Spark puts a row where the hash of a key says. For each partition a key is looked for that leads to it.
    enough = int(count * (math.log(count) + 20))
    keys = spark.range(enough).groupBy(F.pmod(F.hash("id"), F.lit(count)).cast("int").alias(column))
    keys = keys.agg(F.min("id").alias("_key"))
    return frame.join(F.broadcast(keys), column).repartition(count, "_key").drop("_key")


def write_table(frame, folder, form):
    """Writes rows by day in place of what is in `folder`."""
    if form == "parquet":
        frame.write.mode("overwrite").partitionBy("dt").option("compression", "snappy").parquet(folder)
        return
    stamps = [field.name for field in frame.schema.fields if isinstance(field.dataType, T.TimestampType)]
    for name in stamps:
        frame = frame.withColumn(name, F.date_format(name, "yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'"))
    writer = frame.write.mode("overwrite").partitionBy("dt").option("header", "true").option("escape", '"')
    for side in ("Leading", "Trailing"):
        writer = writer.option(f"ignore{side}WhiteSpace", "false")
    writer.option("nullValue", "").option("emptyValue", "").csv(folder)


def file_system(spark, uri):
    """Hadoop's file system and path of `uri`: what Spark itself reads and writes with."""
    path = spark.sparkContext._jvm.org.apache.hadoop.fs.Path(uri)
    return path.getFileSystem(spark.sparkContext._jsc.hadoopConfiguration()), path


def exists(spark, uri):
    system, path = file_system(spark, uri)
    return system.exists(path)


def remove(spark, uri):
    system, path = file_system(spark, uri)
    system.delete(path, True)


def write_text(spark, uri, text):
    system, path = file_system(spark, uri)
    stream = system.create(path, True)
    try:
        stream.write(bytearray(text.encode("utf-8")))
    finally:
        stream.close()


def files_of(spark, root, table):
    """Keys below `root` and bytes of a table's files, in order."""
    system, path = file_system(spark, f"{root}/{table}")
    if not system.exists(path):
        return []
    base, found = system.makeQualified(path).toString(), []
    listing = system.listFiles(path, True)
    while listing.hasNext():
        status = listing.next()
        name = status.getPath().toString()
        if not status.getPath().getName().startswith((".", "_")):
            found.append((table + name[len(base):], status.getLen()))
    return sorted(found)


# --- The job ------------------------------------------------------------------------------------------------------


def arguments(given):
    parser = argparse.ArgumentParser(description="Both tables of a run, on Spark.", allow_abbrev=False)
    add = parser.add_argument
    add("--staging", required=True, metavar="URI", help="the run's folder staging")
    add("--sentiments", required=True, metavar="URI", help="the run's folder sentiments/MODEL")
    add("--windows", required=True, metavar="URI", help="the run's windows.jsonl")
    add("--output", required=True, metavar="URI", help="the run's folder tables/MODEL")
    add("--summary", required=True, metavar="URI", help="the file that says at the end what was done")
    for name in ("run-id", "topic", "source", "model"):
        add(f"--{name}", required=True, type=key, metavar="NAME")
    add("--window-seconds", required=True, type=seconds, metavar="N", help="length of a window")
    add("--format", default="parquet", choices=("parquet", "csv"), help="of the tables' files (%(default)s)")
    add("--planned-from", metavar="TIME", help="start of the plan: its windows that are not listed are empty")
    add("--planned-until", metavar="TIME", help="end of the plan")
    add("--keep-content", action="store_true", help="list corrupt lines with their content")
    found = parser.parse_args(given)
    if bool(found.planned_from) != bool(found.planned_until):
        parser.error("--planned-from and --planned-until belong together")
    for name in ("staging", "sentiments", "windows", "output", "summary"):
        setattr(found, name, getattr(found, name).rstrip("/"))
    return found


def key(text):
    """A name that is part of the tables' keys: cutting one could make two runs one."""
    if not text or len(text.encode("utf-8")) > KEY_BYTES:
        raise argparse.ArgumentTypeError(f"{text!r} is empty or has more than {KEY_BYTES} bytes")
    return text


def seconds(text):
    if not re.fullmatch(r"[0-9]{1,7}", text) or not 1 <= int(text) <= 31 * 86400:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds from 1 to {31 * 86400}")
    return int(text)


SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.adaptive.enabled": "true",
    # Folders of windows are many and small: some are listed by one task.
    "spark.sql.sources.parallelPartitionDiscovery.parallelism": "64",
    # And a hundred or so packets are read by one task, not thirty.
    "spark.sql.files.openCostInBytes": "1048576",
    # Redshift reads this one alone: neither INT96 nor a time without its ConvertedType.
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.sources.partitionOverwriteMode": "static",
    # Whoever reads a folder of tables takes every file in it for one of a table.
    "mapreduce.fileoutputcommitter.marksuccessfuljobs": "false",
    # Spark 4 ends the job at a byte that is not UTF-8; the line is to be kept aside instead.
    "spark.sql.legacy.codingErrorAction": "true",
}  # fmt: skip


def settle(spark):
    """What the tables depend on must not come from the cluster's settings."""
    for name, value in SETTINGS.items():
        spark.conf.set(name, value)


def transform(spark, given):
    """The whole job; gives the summary."""
    names = {"topic": given.topic, "source": given.source, "model": given.model, "run_id": given.run_id}
    length = given.window_seconds
    planned = (given.planned_from, given.planned_until) if given.planned_from else None
    if not exists(spark, given.windows):
        raise Refused(f"the run's list of windows is not there ({given.windows}); resume the run: ingest did not end")
    staged = packet_lines(spark, given.staging, exists(spark, given.staging))
    scored = packet_lines(spark, given.sentiments, exists(spark, given.sentiments))
    # As many pieces as the files are read in: Spark's own 200 are far too many for a small run, too few for a large one.
    pieces = staged.rdd.getNumPartitions() + scored.rdd.getNumPartitions()
    spark.conf.set("spark.sql.shuffle.partitions", str(max(pieces, 1)))
    both = merged(posts(staged, given.keep_content), scores(scored, given.keep_content))
    # All that follows reads this: lines are parsed and joined once.
    both = both.persist(StorageLevel.MEMORY_AND_DISK)
    windows = facts(spark.read.option("lineSep", "\n").text(given.windows), length, planned).coalesce(1).persist()
    # Windows and packets are few beside their posts: one piece each, and no task for nothing.
    packets = by_packet(both, length).coalesce(1).persist()
    corrupt = refuse(windows, packets)
    write_tweets(spark, tweet_rows(both, names), packets, given)
    sums = window_sums(both).coalesce(1).persist()
    rows = sentiment_rows(windows, F.broadcast(sums), names, length)
    days, count = windows.agg(F.countDistinct(F.to_date("start")), F.count(F.lit(1))).first()
    rows = rows.repartition(max(1, min(days, MOST_TASKS)), "dt").sortWithinPartitions("dt", "window_time")
    write_table(rows, f"{given.output}/sentiment", given.format)
    write_corrupt(corrupt_lines(both, packets), given, sum(corrupt))
    return summary(spark, given, sums, count, corrupt)


def write_tweets(spark, rows, packets, given):
    where = parts(packets).coalesce(1).persist()
    count = where.agg(required(F.max("part"), -1) + 1).first()[0]
    rows = rows.join(F.broadcast(where), ["window", "packet"])
    rows = spread(spark, rows, "part", count).sortWithinPartitions("dt", "window", "packet", "line")
    write_table(rows.drop("part", "window", "packet", "line"), f"{given.output}/tweet", given.format)


def write_corrupt(lines, given, count):
    """Lists the corrupt lines beside the summary."""
    folder = given.summary.rsplit("/", 1)[0] + "/corrupt"
    remove(lines.sparkSession, folder)
    if count:
        lines.select(F.to_json(F.struct("*")).alias("value")).coalesce(1).write.mode("overwrite").text(folder)


def summary(spark, given, sums, windows, corrupt):
    names = ["count_tweets", "unscored", *(f"count_{name}" for name in LABELS), "truncated"]
    tweets, unscored, *labels, truncated = sums.agg(*(required(F.sum(name), 0) for name in names)).first()
    files = files_of(spark, given.output, "tweet") + files_of(spark, given.output, "sentiment")
    return {
        "tweets": tweets, "windows": windows, "scored": tweets - unscored, "unscored": unscored, "labels": labels,
        "truncated": truncated, "corrupt": {"staging": corrupt[0], "sentiments": corrupt[1]},
        "files": [name for name, _ in files], "file_bytes": [size for _, size in files],
    }  # fmt: skip


def main(given):
    given = arguments(given)
    spark = SparkSession.builder.appName(f"sentistack transform {given.run_id}").getOrCreate()
    settle(spark)
    about = {"version": SUMMARY_VERSION, "run_id": given.run_id, "model": given.model, "format": given.format,
             "spark": spark.version}  # fmt: skip
    # What an earlier attempt said must not be taken for this one's.
    remove(spark, given.summary)
    try:
        done = {**about, "ok": True, **transform(spark, given)}
    except Exception as error:
        message = str(error) if isinstance(error, Refused) else f"{type(error).__name__}: {error}"
        told = {**about, "ok": False, "error": message[:4000], "refused": isinstance(error, Refused)}
        write_text(spark, given.summary, json.dumps(told) + "\n")
        if not isinstance(error, Refused):
            raise
        print(f"error: {error}", file=sys.stderr)
        return 1
    write_text(spark, given.summary, json.dumps(done) + "\n")
    print(json.dumps(done))
    return 0


if __name__ == "__main__":
    code = main(sys.argv[1:])
    SparkSession.builder.getOrCreate().stop()
    sys.exit(code)
