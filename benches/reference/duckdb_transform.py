#!/usr/bin/env python3
"""`transform` alone, as DuckDB does it: join the posts of a run with their scores, sum up windows, write both
tables. This is a reference for speed; for figures see oracle.py.

usage: duckdb_transform.py RUN_DIR OUT_DIR [MODEL]        needs: pip install duckdb
"""

import json
import os
import sys

import duckdb

LABELS = ["positive", "negative", "neutral", "mixed"]
POST = {
    "tweet_id": "VARCHAR", "created_at": "TIMESTAMP", "author_id": "VARCHAR", "username": "VARCHAR",
    "name": "VARCHAR", "location": "VARCHAR", "verified": "BOOLEAN", "lang": "VARCHAR",
    "referenced_tweet_id": "VARCHAR", "referenced_type": "VARCHAR", "post_url": "VARCHAR", "text": "VARCHAR",
}  # fmt: skip
SCORE = {"tweet_id": "VARCHAR", "label": "VARCHAR"} | dict.fromkeys(LABELS, "DOUBLE")


def lines(pattern, columns):
    return f"read_json('{pattern}', format='newline_delimited', columns={columns})"


def main():
    run, out = sys.argv[1:3]
    model = sys.argv[3] if len(sys.argv) > 3 else sorted(os.listdir(f"{run}/sentiments"))[0]
    os.makedirs(out, exist_ok=True)
    db = duckdb.connect()
    db.execute("set threads = 2; set TimeZone = 'UTC'")
    posts = lines(f"{run}/staging/*/*.jsonl*", POST)
    scores = lines(f"{run}/sentiments/{model}/*/*.jsonl*", SCORE)
    db.execute(f"create temp table tweet as select * from {posts} posts join {scores} scores using (tweet_id)")
    figures = ", ".join(
        f"sum({x}) as sum_{x}, avg({x}) as avg_{x}, count(*) filter (label = '{x}') as count_{x}, "
        f"count(*) filter (label = '{x}') / nullif(count(label), 0)::double as perc_tweet_{x}"
        for x in LABELS
    )
    db.execute(
        "create temp table sentiment as select time_bucket(interval '15 minutes', created_at, "
        "timestamp '1970-01-01') as window_time, count(*) as count_tweets, "
        f"count(*) - count(label) as unscored, {figures} from tweet group by 1 order by 1"
    )
    totals = {}
    for table in ("tweet", "sentiment"):
        db.execute(f"copy {table} to '{out}/{table}.parquet' (format parquet)")
        totals[table] = db.execute(f"select count(*) from {table}").fetchone()[0]
    print(json.dumps({"tweets": totals["tweet"], "windows": totals["sentiment"], "model": model}))


if __name__ == "__main__":
    main()
