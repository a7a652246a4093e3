"""Faults that a test asked for: of calls, of CloudFormation's resources, of SQL statements, of documents, of Spark's jobs.

A rule counts what it matches: it lets the first `after` pass, then strikes every `every`-th, `times` times. With
`"per": "action"` it counts each pair of service and action apart.
"""

import hashlib
import random

from .state import STATE

FIELDS = {"service", "action", "error", "message", "status", "times", "after", "every", "latency_ms", "per",
          "resource", "on", "reason", "stack", "late", "statement", "document", "share", "seed", "step", "records",
          "path"}
# Fields by which a rule is for something else than a call.
OTHERS = {"resource", "statement", "document", "step", "records"}


def add(rules):
    for rule in rules:
        unknown = set(rule) - FIELDS
        if unknown:
            raise ValueError(f"unknown fields of a fault: {', '.join(sorted(unknown))}")
        if "resource" in rule and rule.get("on") not in ("create", "update", "delete"):
            raise ValueError("a fault of a resource needs `on`: create, update or delete")
        if "records" in rule and not 0 < rule["records"] <= 1:
            raise ValueError("a fault of records needs `records`: the share of them that fails, above 0, at most 1")
        STATE.faults.append({**rule, "_seen": {}, "_struck": {}, "_random": random.Random(rule.get("seed", 0))})


def strikes(rule, key):
    """Whether this match is one that the rule strikes."""
    if rule.get("per") != "action":
        key = None
    seen = rule["_seen"][key] = rule["_seen"].get(key, 0) + 1
    struck = rule["_struck"].get(key, 0)
    if seen <= (rule.get("after") or 0):
        return False
    if (seen - (rule.get("after") or 0) - 1) % (rule.get("every") or 1):
        return False
    times = rule.get("times")
    if times is not None and struck >= times:
        return False
    rule["_struck"][key] = struck + 1
    return True


def call_fault(call):
    """The first rule that strikes this call."""
    names = {call.service, call.model, call.name.split(":")[0], "*"}
    for rule in STATE.faults:
        if OTHERS & set(rule) or rule.get("service", "*") not in names:
            continue
        if rule.get("path", "") not in call.path:
            continue
        if rule.get("action", "*") in ("*", call.action) and strikes(rule, (call.service, call.action)):
            return rule
    return None


def resource_fault(operation, kind, logical, stack):
    """The rule by which this operation on a resource fails."""
    for rule in STATE.faults:
        if rule.get("resource") in (kind, logical) and rule.get("on") == operation \
                and rule.get("stack", stack) == stack and strikes(rule, None):
            return {"reason": "Internal Failure", **rule}
    return None


def statement_fault(sql):
    """The rule by which this statement fails, or takes its time: `statement` is in it, letter case aside."""
    for rule in STATE.faults:
        if "statement" in rule and rule["statement"].lower() in sql.lower() and strikes(rule, None):
            return rule
    return None


def document_fault(text):
    """The rule by which a model fails on this text: `document` is in it, and with `share` it is one of that share of
    all texts, which `seed` chooses."""
    for rule in STATE.faults:
        if "document" in rule and rule["document"] in text and chosen(rule, text) and strikes(rule, None):
            return rule
    return None


def chosen(rule, text):
    share = rule.get("share")
    if share is None:
        return True
    digest = hashlib.sha256(f"{rule.get('seed', 0)}\0{text}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < float(share) * 2 ** 64


def step_fault(name):
    """The rule by which a step of EMR, or a job run of EMR Serverless, of this name fails."""
    for rule in STATE.faults:
        if rule.get("step") in (name, "*") and strikes(rule, None):
            return {"reason": "Unknown Error.", **rule}
    return None


def record_fault(service):
    """The rule by which records of a batch fail, each by its own luck: `records` is the share, `_random` the luck."""
    for rule in STATE.faults:
        if "records" in rule and rule.get("service", service) == service and strikes(rule, None):
            return rule
    return None


def shown():
    """The rules and how often each has struck."""
    return [{**{k: v for k, v in rule.items() if not k.startswith("_")}, "struck": sum(rule["_struck"].values())}
            for rule in STATE.faults]
