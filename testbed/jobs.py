"""Spark jobs as real processes: a script out of the test bed's own S3, run by a Spark of its own that reads and writes
there.

It knows no EMR: the doubles say what to run and ask how it went. Each job has a thread that waits for its process;
everything else happens on the event loop.
"""

import functools
import gzip
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

from .leftovers import with_parent
from .state import STATE

# Jobs call as this key, so that the log of calls can tell what a job does from what the tool does.
KEY = "job"
PYTHON, JARS = "SENTISTACK_TESTBED_SPARK_PYTHON", "SENTISTACK_TESTBED_SPARK_JARS"
# What spark-submit takes together with a value.
VALUED = {
    "--master", "--deploy-mode", "--class", "--name", "--jars", "--packages", "--exclude-packages", "--repositories",
    "--py-files", "--files", "--archives", "--conf", "-c", "--properties-file", "--driver-memory",
    "--driver-java-options", "--driver-library-path", "--driver-class-path", "--executor-memory", "--driver-cores",
    "--executor-cores", "--num-executors", "--principal", "--keytab", "--queue", "--proxy-user",
}
# Where a job runs and how large it is: here it has one small process.
PLACE = {
    "--master", "--deploy-mode", "--driver-memory", "--executor-memory", "--driver-cores", "--executor-cores",
    "--num-executors", "--queue", "--principal", "--keytab", "--proxy-user",
}
PLACED = re.compile(r"spark\.(master|submit\.|yarn\.|kubernetes\.|driver\.(memory|cores|extra)|executor\.|emr"
                    r"|dynamicAllocation\.|jars$|archives$|pyspark\.|hadoop\.(hive|fs\.s3))")
PATIENCE = 3.0
ALL = set()


class Job:
    """One process. `ended` is None while it runs; then `code` has its exit code, `failure` the reason of ours why it
    did not run at all."""

    def __init__(self, name, words, arguments, logs=None, controller="controller"):
        """`words` are spark-submit's own, with the script as their last; `logs` the URI of a folder for what it
        prints."""
        self.name, self.words, self.arguments, self.logs, self.controller = name, words, arguments, logs, controller
        self.began, self.ended, self.code, self.failure = STATE.now(), None, None, None
        self.process, self.stopped, self.tail = None, False, ""
        self.folder = tempfile.mkdtemp(prefix="job-")
        ALL.add(self)
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        try:
            self.code = self.execute()
        except Failed as error:
            self.failure = str(error)
        except Exception as error:  # whatever goes wrong in here is a failed job, and says so
            self.failure = f"{type(error).__name__}: {error}"
        try:
            self.keep_logs()
        except OSError as error:
            self.failure = self.failure or f"the logs cannot be written: {error}"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.ended = STATE.now()
        ALL.discard(self)

    def execute(self):
        command, environment = submission(self.folder, self.words, self.arguments)
        with self.log("stdout") as out, self.log("stderr") as err:
            if self.stopped:
                return -signal.SIGTERM
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                            env=environment, cwd=self.folder, start_new_session=True,
                                            preexec_fn=with_parent)
            if self.stopped:  # while the process was being made: there was nothing to send a signal to
                self.stop()
            return self.process.wait()

    def log(self, name):
        return open(os.path.join(self.folder, name), "wb")

    def keep_logs(self):
        texts = {name: self.read(name) for name in ("stdout", "stderr")}
        # What a Python program says of its end, spark-submit puts into standard output.
        self.tail = (texts["stderr"] + b"\n" + texts["stdout"]).decode(errors="replace")
        if not self.logs or self not in ALL:
            return
        said = self.failure or ("ended by a signal" if self.stopped else f"exit code {self.code}")
        texts[self.controller] = f"{' '.join(self.words + self.arguments)}\n{said}\n".encode()
        for name, text in texts.items():
            store(f"{self.logs}/{name}.gz", gzip.compress(text))

    def read(self, name):
        try:
            with open(os.path.join(self.folder, name), "rb") as file:
                return file.read()
        except FileNotFoundError:
            return b""

    def good(self):
        return self.ended is not None and self.failure is None and self.code == 0 and not self.stopped

    def stop(self):
        """Ends its processes: asked first, then told. Does not wait."""
        self.stopped = True
        if self.process and self.ended is None:
            self.signal(signal.SIGTERM)
            threading.Timer(PATIENCE, self.signal, [signal.SIGKILL]).start()

    def signal(self, number):
        # While the process is not waited for, its number is its own.
        if self.process.returncode is None:
            try:
                os.killpg(self.process.pid, number)
            except (ProcessLookupError, PermissionError):
                pass

    def message(self):
        """Why it failed, in one line: ours, or the last that looks like an error of what it printed."""
        if self.failure:
            return self.failure
        lines = [line.strip() for line in self.tail.splitlines() if line.strip()]
        errors = [line for line in lines if re.match(r"(error:|[\w.]*(Error|Exception)\b)", line)]
        return (errors or lines or [f"exit code {self.code}"])[-1][:1000]


class Failed(Exception):
    """The job cannot be run."""


def reset():
    """Ends all jobs and waits for them."""
    jobs = list(ALL)
    for job in jobs:
        job.stopped = True
        if job.process:
            job.signal(signal.SIGKILL)
    until = time.monotonic() + PATIENCE
    # A thread that is in the middle of a call to us would wait for this loop; it ends by itself later.
    while any(job.process and job.process.returncode is None for job in jobs) and time.monotonic() < until:
        time.sleep(0.02)
    ALL.clear()


def submission(folder, words, arguments):
    """The command of spark-submit and its environment. Raises `Failed` where there is no Spark, or no script."""
    interpreter = os.environ.get(PYTHON)
    if not interpreter:
        raise Failed(f"the test bed has no Spark: {PYTHON} is not set (`cargo xtask testbed --spark` sets it)")
    home = spark_home(interpreter)
    options, script = options_of(words)
    if not script:
        raise Failed("spark-submit has no script to run")
    path = os.path.join(folder, os.path.basename(script))
    with open(path, "wb") as file:
        file.write(fetch(script))
    conf = [word for name, value in settings(folder).items() for word in ("--conf", f"{name}={value}")]
    command = [os.path.join(home, "bin", "spark-submit"), *options, "--master", "local[2]", "--driver-memory", "1g",
               *conf, path, *arguments]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SPARK_"))}
    environment.update({"SPARK_HOME": home, "PYSPARK_PYTHON": interpreter, "PYSPARK_DRIVER_PYTHON": interpreter,
                        "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": KEY, "AWS_EC2_METADATA_DISABLED": "true",
                        "PYTHONNOUSERSITE": "1", "SPARK_LOCAL_IP": "127.0.0.1", "TMPDIR": folder})
    return command, environment


@functools.lru_cache(maxsize=None)
def spark_home(interpreter):
    say = "import os, pyspark; print(os.path.dirname(pyspark.__file__))"
    try:
        found = subprocess.run([interpreter, "-c", say], capture_output=True, text=True, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise Failed(f"the test bed has no Spark: {interpreter} cannot import pyspark") from error
    return found.stdout.strip()


def options_of(words):
    """spark-submit's own options without those of a place and a size, and the script."""
    kept, rest = [], list(words)
    while rest:
        word = rest.pop(0)
        if not word.startswith("-"):
            return kept, word
        name, equals, value = word.partition("=")
        if name not in VALUED:
            kept.append(word)
            continue
        if not equals:
            if not rest:
                raise Failed(f"spark-submit: {word} has no value")
            value = rest.pop(0)
        if name not in PLACE and not (name in ("--conf", "-c") and PLACED.match(value)):
            kept += [name, value]
    return kept, None


def settings(folder):
    """Spark's settings that stand for EMR's: s3:// is the test bed's."""
    jars = os.environ.get(JARS, "")
    if os.path.isdir(jars):
        jars = ",".join(sorted(os.path.join(jars, name) for name in os.listdir(jars) if name.endswith(".jar")))
    endpoint = f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}"
    s3 = {"endpoint": endpoint, "path.style.access": "true", "connection.ssl.enabled": "false", "access.key": KEY,
          "secret.key": KEY, "endpoint.region": "us-east-1", "buffer.dir": folder,
          "aws.credentials.provider": "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider"}
    found = {f"spark.hadoop.fs.s3a.{name}": value for name, value in s3.items()}
    found.update({
        "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
        "spark.hadoop.fs.AbstractFileSystem.s3.impl": "org.apache.hadoop.fs.s3a.S3A",
        "spark.jars": jars, "spark.local.dir": folder, "spark.ui.enabled": "false",
        "spark.sql.warehouse.dir": folder, "spark.log.level": "WARN",
        # Short jobs: what compilers would gain, Spark's and the second of Java's, is never earned back.
        "spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.driver.extraJavaOptions": f"-XX:TieredStopAtLevel=1 -Djava.io.tmpdir={folder}",
    })
    return found


def address(uri):
    found = re.fullmatch(r"s3[an]?://([^/]+)/(.+)", uri)
    if not found:
        raise Failed(f"{uri} is no object in S3")
    return f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}/{found[1]}/{urllib.parse.quote(found[2])}"


def fetch(uri):
    """An object of the test bed's S3."""
    try:
        with urllib.request.urlopen(address(uri), timeout=60) as answer:
            return answer.read()
    except urllib.error.HTTPError as error:
        raise Failed(f"{uri} cannot be read: {error.code} {error.reason}") from error


def store(uri, body):
    request = urllib.request.Request(address(uri), data=body, method="PUT")
    try:
        urllib.request.urlopen(request, timeout=60).close()
    except urllib.error.HTTPError as error:
        raise OSError(f"{uri}: {error.code} {error.reason}") from error
