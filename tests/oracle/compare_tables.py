#!/usr/bin/env python3
"""Holds both tables of one run against those that an oracle computed from the same run.

usage: compare_tables.py RUN_DIR ORACLE_DIR [--model NAME] [--columns all|common] [--tweets N] [--windows N]
needs: pip install duckdb

Checks that
- every staging packet has its sentiment packet, and the other way round;
- every post is in the partition (dt=) of its window's day, once;
- both sides have the same rows, and --tweets and --windows of them;
- every column is equal: figures within 1e-9, everything else exactly. With `--columns all` the oracle must
  have every column of ours and no other; with `common` those that it has are compared, and windows without a
  post may be missing on its side.

Prints the counts and the largest difference. Exit code 0 if all of it holds, else 1.
"""

import argparse
import os
import sys

import duckdb

TOLERANCE = 1e-9
KEYS = {"tweet": "tweet_id", "sentiment": "window_time"}


class Differs(Exception):
    pass


def demand(holds, message):
    if not holds:
        raise Differs(message)


def packets(folder):
    found = set()
    for base, _, names in os.walk(folder):
        for name in names:
            if name.startswith("."):
                continue
            stem = name.removesuffix(".gz").removesuffix(".jsonl")
            found.add(os.path.join(os.path.relpath(base, folder), stem))
    return found


def check_packets(run, model):
    staged, scored = packets(f"{run}/staging"), packets(f"{run}/sentiments/{model}")
    demand(staged, "staging is empty")
    demand(not staged - scored, f"staging packets without sentiments: {sorted(staged - scored)[:5]}")
    demand(not scored - staged, f"sentiment packets without staging: {sorted(scored - staged)[:5]}")
    return len(staged)


def columns(db, table):
    return {name: kind for name, kind, *_ in db.execute(f"describe {table}").fetchall()}


def count(db, sql):
    return db.execute(f"select count(*) from {sql}").fetchone()[0]


def read_both(db, run, model, oracle, table):
    ours = f"{run}/tables/{model}/{table}/dt=*/*.parquet"
    db.execute(
        f"create table our_{table} as select * exclude (filename), "
        f"regexp_extract(filename, 'dt=([0-9-]+)', 1) as _day "
        f"from read_parquet('{ours}', hive_partitioning=false, filename=true)"
    )
    db.execute(f"create table their_{table} as select * from read_parquet('{oracle}/{table}.parquet')")


def as_text(kind, column):
    """How a column is compared when it is not a figure: times without their zone, the rest as it is."""
    if kind.startswith("TIMESTAMP"):
        return f"epoch_us({column})"
    return column


def check_table(db, table, everything):
    key = KEYS[table]
    ours, theirs = columns(db, f"our_{table}"), columns(db, f"their_{table}")
    ours.pop("_day")
    demand(ours, f"{table}: no file")
    if everything:
        demand(set(ours) == set(theirs), f"{table}: columns differ: {sorted(set(ours) ^ set(theirs))}")
    for side in ("our", "their"):
        twice = count(db, f"(select {key} from {side}_{table} group by 1 having count(*) > 1)")
        demand(twice == 0, f"{table}: {twice} keys are there twice on {side} side")
    # Windows without a post can be known from the run's plan alone.
    optional = "where o.count_tweets > 0" if table == "sentiment" and not everything else ""
    o, t = (as_text(kinds[key], f"{side}.{key}") for kinds, side in ((ours, "o"), (theirs, "t")))
    only_ours = count(db, f"(select * from our_{table} o anti join their_{table} t on {o} = {t}) o {optional}")
    only_theirs = count(db, f"their_{table} t anti join our_{table} o on {o} = {t}")
    demand(only_ours == 0, f"{table}: {only_ours} rows are in our table alone")
    demand(only_theirs == 0, f"{table}: {only_theirs} rows are missing in our table")
    common = [name for name in ours if name in theirs and name != key]
    largest, cells = 0.0, 0
    for name in common:
        difference, compared = check_column(db, table, name, (o, t), (ours[name], theirs[name]))
        largest, cells = max(largest, difference), cells + compared
    return {"rows": count(db, f"our_{table}"), "columns": len(common) + 1, "cells": cells, "largest": largest}


def check_column(db, table, name, on, kinds):
    both = f"our_{table} o join their_{table} t on {on[0]} = {on[1]}"
    ours, theirs = as_text(kinds[0], f"o.{name}"), as_text(kinds[1], f"t.{name}")
    if "DOUBLE" in kinds or "FLOAT" in kinds:
        nulls = count(db, f"(select 1 from {both} where (o.{name} is null) <> (t.{name} is null))")
        demand(nulls == 0, f"{table}.{name}: {nulls} rows have a figure on one side alone")
        strange = count(db, f"(select 1 from {both} where not isfinite(o.{name}) or not isfinite(t.{name}))")
        demand(strange == 0, f"{table}.{name}: {strange} rows are not finite")
        largest = db.execute(f"select coalesce(max(abs(o.{name} - t.{name})), 0) from {both}").fetchone()[0]
        demand(largest <= TOLERANCE, f"{table}.{name}: differs by {largest:.3g}, more than {TOLERANCE:g}")
    else:
        largest = 0.0
        unequal = count(db, f"(select 1 from {both} where {ours} is distinct from {theirs})")
        if unequal:
            row = db.execute(
                f"select {on[0]}, {ours}, {theirs} from {both} where {ours} is distinct from {theirs} limit 1"
            ).fetchone()
            raise Differs(f"{table}.{name}: {unequal} rows differ, the first at {row[0]}: {row[1]!r} and {row[2]!r}")
    return largest, count(db, f"(select 1 from {both})")


def check_partitions(db):
    for table, key in KEYS.items():
        if table == "sentiment":
            day = f"strftime({key} at time zone 'UTC', '%Y-%m-%d')"
            wrong = count(db, f"our_{table} where _day <> {day}")
        else:
            # A post is in the partition of its window, which may have begun the day before.
            wrong = count(
                db,
                "our_tweet o asof join our_sentiment s on o.created_at >= s.window_time where o._day <> s._day",
            )
        demand(wrong == 0, f"{table}: {wrong} rows are in another day's partition")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("run")
    parser.add_argument("oracle")
    parser.add_argument("--model", default="embedded")
    parser.add_argument("--columns", choices=["all", "common"], default="all")
    parser.add_argument("--tweets", type=int)
    parser.add_argument("--windows", type=int)
    args = parser.parse_args()
    db = duckdb.connect()
    db.execute("set TimeZone = 'UTC'; set threads = 2")
    found = check_packets(args.run, args.model)
    expected = {"tweet": args.tweets, "sentiment": args.windows}
    for table in KEYS:
        read_both(db, args.run, args.model, args.oracle, table)
    for table in KEYS:
        result = check_table(db, table, args.columns == "all")
        rows, wanted = result["rows"], expected[table]
        demand(wanted is None or rows == wanted, f"{table}: {rows} rows where the run says {wanted}")
        print(
            f"    {table}: {rows} rows, {result['columns']} columns, {result['cells']} cells equal; "
            f"largest difference {result['largest']:.2g}"
        )
    check_partitions(db)
    print(f"    packets: {found} staged, {found} scored")


if __name__ == "__main__":
    try:
        main()
    except (Differs, duckdb.Error) as error:
        print(f"    DIFFERS: {error}", file=sys.stderr)
        sys.exit(1)
