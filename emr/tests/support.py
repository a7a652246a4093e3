"""One Spark session for all tests, the script as a module, and runs of the tool to hold it against.

The session has a bucket `s3://bed/` that is a folder (ViewFs), so that URIs are what they are on EMR. Spark against
real S3 requests is tested in testbed/tests/test_jobs.py.
"""

import atexit
import contextlib
import functools
import gzip
import importlib.util
import io
import json
import os
import shutil
import subprocess
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
SHARED = os.path.join(ROOT, "..", "shared")
SCRATCH = tempfile.mkdtemp(prefix="sentistack-spark-")
atexit.register(shutil.rmtree, SCRATCH, ignore_errors=True)
MODEL = "embedded"


def load():
    spec = importlib.util.spec_from_file_location("emr_script", os.path.join(ROOT, "emr", "emr-script.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


script = load()


@functools.lru_cache(maxsize=None)
def session():
    from pyspark.sql import SparkSession

    bucket = os.path.join(SCRATCH, "bed")
    os.makedirs(bucket, exist_ok=True)
    conf = {
        "spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.sql.shuffle.partitions": "2",
        "spark.driver.memory": "1g", "spark.log.level": "ERROR",
        "spark.local.dir": SCRATCH, "spark.sql.warehouse.dir": SCRATCH, "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1", "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",
        "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.viewfs.ViewFileSystemOverloadScheme",
        "spark.hadoop.fs.viewfs.overload.scheme.target.file.impl": "org.apache.hadoop.fs.LocalFileSystem",
        "spark.hadoop.fs.viewfs.mounttable.bed.linkFallback": f"file://{bucket}",
        # Small tables: compiling takes longer than interpreting. Where the tables are real, it is compiled.
        "spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        # A cluster's own settings that would spoil the tables: the script is to have its way.
        "spark.sql.session.timeZone": "Asia/Kathmandu", "spark.sql.parquet.outputTimestampType": "INT96",
        "spark.sql.parquet.compression.codec": "gzip",
        "spark.sql.sources.partitionOverwriteMode": "dynamic",
    }  # fmt: skip
    builder = SparkSession.builder.master("local[2]")
    for name, value in conf.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    script.settle(spark)
    return spark


@contextlib.contextmanager
def compiled():
    """Spark as it is on a cluster: it compiles its plans."""
    conf, names = session().conf, {"spark.sql.codegen.wholeStage": "true", "spark.sql.codegen.factoryMode": "FALLBACK"}
    before = {name: conf.get(name) for name in names}
    try:
        for name, value in names.items():
            conf.set(name, value)
        yield
    finally:
        for name, value in before.items():
            conf.set(name, value)


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.spark = session()

    def frame(self, rows, schema):
        return self.spark.createDataFrame(rows, schema)

    def values(self, frame, *columns):
        return [tuple(row) for row in frame.select(*columns).collect()]


def tool():
    """The command of the tool: SENTISTACK_BIN, or cargo builds it."""
    given = os.environ.get("SENTISTACK_BIN")
    if given:
        return [given]
    return ["cargo", "run", "--quiet", "--manifest-path", os.path.join(ROOT, "Cargo.toml"), "--no-default-features",
            "--features", "local", "--"]


def run_tool(*arguments):
    """Runs the pipeline with the embedded engine below the bucket; what it says of the run."""
    root = tempfile.mkdtemp(prefix="root-", dir=os.path.join(SCRATCH, "bed"))
    env = {name: value for name, value in os.environ.items() if not name.startswith("SENTISTACK_")}
    command = [*tool(), "--output", "json", "--quiet", "pipeline", "run", "--root", root, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=env, cwd=SCRATCH)
    if done.returncode:
        raise AssertionError(f"{' '.join(command)}: {done.stdout}{done.stderr}")
    return json.loads(done.stdout)


def uri(path):
    """A folder below the bucket as S3 has it."""
    return "s3://bed/" + os.path.relpath(path, os.path.join(SCRATCH, "bed"))


def script_arguments(run, out, **more):
    """What the tool gives the script for a run."""
    folder = run["run_dir"]
    given = {"staging": uri(f"{folder}/staging"), "sentiments": uri(f"{folder}/sentiments/{MODEL}"),
             "windows": uri(f"{folder}/windows.jsonl"), "output": uri(f"{out}/tables"),
             "summary": uri(f"{out}/summary.json"), "run-id": run["run_id"], "topic": run["topic"],
             "source": run["source"], "model": MODEL, "window-seconds": str(run.get("window_seconds", 900)), **more}
    return [word for name, value in given.items() for word in (f"--{name}", value)]


def run_script(run, out=None, flags=(), **more):
    """Runs the script on a run; its exit code, its summary and the folder that it wrote to."""
    # A job of its own has nothing cached by another.
    session().catalog.clearCache()
    out = out or tempfile.mkdtemp(prefix="out-", dir=os.path.join(SCRATCH, "bed"))
    # What it says is in its summary, too.
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        code = script.main(script_arguments(run, out, **more) + list(flags))
    with open(f"{out}/summary.json", encoding="utf-8") as file:
        return code, json.load(file), out


def written(folder, table, form="parquet"):
    """The files of a table, by day."""
    found = {}
    for base, _, names in sorted(os.walk(os.path.join(folder, table))):
        for name in sorted(names):
            if not name.startswith((".", "_")):
                found.setdefault(os.path.basename(base), []).append(os.path.join(base, name))
    assert all(path.endswith(f".{form}") for paths in found.values() for path in paths), found
    return found


def made_run(packets, facts, window="20150217T073000Z"):
    """A run of our own making: `packets` maps a packet's name to its staged posts and its scores; a string is a
    line as it is, anything else becomes JSON."""
    folder = tempfile.mkdtemp(prefix="made-", dir=os.path.join(SCRATCH, "bed"))
    run = {"run_dir": folder, "run_id": "run", "topic": "topic", "source": "replay"}
    for name, sides in packets.items():
        parent, _, packet = name.rpartition("/")
        for side, lines in zip(("staging", f"sentiments/{MODEL}"), sides, strict=True):
            if lines is None:
                continue
            path = f"{folder}/{side}/{parent or window}/{packet}.jsonl"
            os.makedirs(os.path.dirname(path), exist_ok=True)
            body = "".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines).encode()
            with open(path + (".gz" if packet.endswith("z") else ""), "wb") as file:
                file.write(gzip.compress(body) if packet.endswith("z") else body)
    with open(f"{folder}/windows.jsonl", "w", encoding="utf-8") as file:
        for fact in facts:
            file.write((fact if isinstance(fact, str) else json.dumps(fact)) + "\n")
    return run


def post(identity, text="text", created_at="2015-02-17T07:31:00Z", **more):
    return {"tweet_id": identity, "created_at": created_at, "text": text, **more}


def score(identity, label="positive", figures=(0.7, 0.1, 0.1, 0.1)):
    if label is None:
        figures = (None,) * 4
    return {"tweet_id": identity, "label": label, **dict(zip(script.LABELS, figures, strict=True))}


def fact(window="20150217T073000Z", status="complete", **more):
    return {"window": window, "status": status, "posts": 1, "collapsed": 0, **more}
