"""The tool's own batches, out of the snapshots that its tests hold them to, for other runs and tables."""

import glob
import io
import json
import os
import re

from .support import ROOT

SNAPSHOTS = os.path.join(ROOT, "src/redshift/snapshots")
# What the snapshots are made with (src/redshift/batch_tests.rs).
SAMPLE = {"run_id": "20260301T123000Z-00a1b2", "model": "embedded", "topic": "gopdebate", "source": "replay",
          "version": "0.1.0", "role": "arn:aws:iam::123456789012:role/sentistack-redshift-us-east-1",
          "tweet": "s3://bucket/runs/20260301T123000Z-00a1b2/load/embedded/tweet.manifest",
          "sentiment": "s3://bucket/runs/20260301T123000Z-00a1b2/load/embedded/sentiment.manifest"}
COLUMNS = re.compile(r"^    (\w+) ([A-Z ]+?)(?:\((\d+)\))?( NOT NULL)?,?$", re.MULTILINE)


def batches(name):
    """Batches of a snapshot: lists of the name and the text of each statement."""
    found, = glob.glob(os.path.join(SNAPSHOTS, f"*__{name}.snap"))
    with open(found, encoding="utf-8") as snapshot:
        text = snapshot.read().split("---\n", 2)[2]
    return [[(label, body.strip()) for label, body in re.findall(
        r"^-- \d+ ([\w-]+)(?: \(answer\))?\n(.*?)(?=^-- \d+ |\Z)", batch, re.MULTILINE | re.DOTALL)]
        for batch in text.split("-- next batch\n")]


def load(form="parquet", **given):
    """The statements of a load."""
    statements = []
    for _, sql in batches(f"load-{form}")[0]:
        # The manifests' names hold the run's: they go first.
        for what in ("tweet", "sentiment", "role", "run_id", "model", "topic", "source"):
            if given.get(what):
                sql = sql.replace(f"'{SAMPLE[what]}'", f"'{given[what]}'")
        statements.append(sql)
    return statements


def stages(run, model):
    """The statements that write down what the stages of a run took."""
    return [sql.replace(f"'{SAMPLE['run_id']}'", f"'{run}'").replace(f"'{SAMPLE['model']}'", f"'{model}'")
            for _, sql in batches("stages")[0]]


def columns(table):
    """Name, type, width and whether it is required, of each column of a table."""
    with open(os.path.join(ROOT, f"redshift/create-{table}.sql"), encoding="utf-8") as text:
        return [(name, kind, width and int(width), bool(required))
                for name, kind, width, required in COLUMNS.findall(text.read())]


def parquet(table, rows, change=None, **written):
    """Rows of a table as Parquet, as the data contract has it. `change` may alter fields of the schema and columns."""
    import pyarrow
    import pyarrow.parquet

    kinds = {"VARCHAR": pyarrow.string(), "TIMESTAMP": pyarrow.timestamp("us", "UTC"), "BOOLEAN": pyarrow.bool_(),
             "DOUBLE PRECISION": pyarrow.float64(), "BIGINT": pyarrow.int64(), "INTEGER": pyarrow.int32()}
    fields = [pyarrow.field(name, kinds[kind], nullable=not required) for name, kind, _, required in columns(table)]
    data = [[row.get(field.name) for row in rows] for field in fields]
    if change:
        fields, data = change(fields, data)
    arrays = [pyarrow.array(values, field.type) for field, values in zip(fields, data, strict=True)]
    out = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_arrays(arrays, schema=pyarrow.schema(fields)), out,
                                compression="snappy", **written)
    return out.getvalue()


def manifest(files):
    """A manifest of `(url, length)`; a length of `None` is left out."""
    return json.dumps({"entries": [
        {"url": url, "mandatory": True, **({} if length is None else {"meta": {"content_length": length}})}
        for url, length in files]}).encode()
