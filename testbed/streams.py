"""Kinesis at its limits, and resharded: what MiniStack leaves out.

A shard takes so many records and bytes a second and gives so many; what is over that fails, in PutRecords record by
record. Resharding closes shards: they stay readable to their end, and then name their children.

MiniStack's own functions are wrapped, so every protocol and every caller meets the same.
"""

import base64
import json
import time

from ministack.core.responses import error_response_json, json_response
from ministack.services import kinesis as own

from . import faults
from .state import STATE

MIB = 1024 * 1024
# Of one call: records, bytes, bytes of one record with its key. Of one shard a second: records and bytes in, calls and
# bytes out. Bytes that one call gives at most.
CALL_RECORDS, CALL_BYTES, RECORD_BYTES = 500, 10 * MIB, MIB
IN_RECORDS, IN_BYTES, OUT_CALLS, OUT_BYTES, GIVEN_BYTES = 1000, MIB, 5, 2 * MIB, 10 * MIB
# MiniStack's own limit of bytes in a call is below AWS's.
OWN_BYTES = 4 * MIB
THROUGHPUT = "ProvisionedThroughputExceededException"
BUCKETS = {}
ORIGINAL = {}


class Bucket:
    """So much a second, and at most a second's worth at once."""

    def __init__(self, rate):
        self.rate, self.left, self.at = rate, float(rate), time.monotonic()

    def has(self, wanted):
        now = time.monotonic()
        self.left, self.at = min(self.rate, self.left + (now - self.at) * self.rate), now
        return self.left >= wanted

    def take(self, amount):
        self.left -= amount


def install():
    for name, function in (
        ("_resolve_stream", resolve), ("_route_to_shard", route), ("_shard_out", shown), ("_put_record", put_record),
        ("_put_records", put_records), ("_get_records", get_records), ("_list_shards", list_shards),
        ("_describe_stream_summary", summary), ("_split_shard", split), ("_merge_shards", merge),
        ("_update_shard_count", update_count),
    ):  # fmt: skip
        ORIGINAL[name] = getattr(own, name)
        setattr(own, name, function)


def reset():
    BUCKETS.clear()


def bucket(stream, shard, what, rate):
    return BUCKETS.setdefault((stream["StreamARN"], shard, what), Bucket(rate))


def refused(code, message):
    return error_response_json(code, message, 400)


def resolve(data):
    """A stream as it is by now."""
    name, stream = ORIGINAL["_resolve_stream"](data)
    if stream:
        if stream["StreamStatus"] == "UPDATING" and STATE.now() >= stream["updated_at"]:
            stream["StreamStatus"] = "ACTIVE"
        kept = stream["RetentionPeriodHours"] * 3600
        for sid in [sid for sid, shard in stream["shards"].items()
                    if shard.get("closed_at") and STATE.now() - shard["closed_at"] > kept]:
            del stream["shards"][sid]
    return name, stream


def open_shards(stream):
    """Identifiers of the open shards, in order of their ranges."""
    found = [sid for sid, shard in stream["shards"].items() if not shard.get("closed_at")]
    return sorted(found, key=lambda sid: int(stream["shards"][sid]["starting_hash_key"]))


def route(key, stream):
    for sid in open_shards(stream):
        if int(stream["shards"][sid]["starting_hash_key"]) <= key <= int(stream["shards"][sid]["ending_hash_key"]):
            return sid
    raise ValueError(f"no shard of {stream['StreamName']} is for {key}")


def shown(sid, shard):
    found = ORIGINAL["_shard_out"](sid, shard)
    if shard.get("closed_at"):
        found["SequenceNumberRange"]["EndingSequenceNumber"] = shard["ending_sequence_number"]
    return found


# Records in and out


def size(record):
    """Bytes of a record: its data and its key."""
    return len(base64.b64decode(record.get("Data") or "")) + len(record.get("PartitionKey", "").encode())


def shard_of(stream, record):
    explicit = record.get("ExplicitHashKey")
    return route(int(explicit) if explicit else own._partition_key_to_hash(record.get("PartitionKey", "")), stream)


def admitted(stream, sid, length):
    """Whether a shard takes a record of `length` bytes now."""
    if not STATE.limits["kinesis"]:
        return True
    records, volume = bucket(stream, sid, "records", IN_RECORDS), bucket(stream, sid, "bytes", IN_BYTES)
    if not (records.has(1) and volume.has(length)):
        return False
    records.take(1)
    volume.take(length)
    return True


def too_much(stream, sid):
    return f"Rate exceeded for shard {sid} in stream {stream['StreamName']} under account."


def written(name, stream, data):
    """The original, which knows only ACTIVE streams; one that is being updated takes records, too."""
    state = stream["StreamStatus"]
    stream["StreamStatus"] = "ACTIVE" if state == "UPDATING" else state
    try:
        return ORIGINAL[name](data)
    finally:
        stream["StreamStatus"] = state


def put_record(data):
    _, stream = resolve(data)
    if not stream or not data.get("PartitionKey"):
        return ORIGINAL["_put_record"](data)
    if size(data) > RECORD_BYTES:
        return refused("ValidationException", f"The record has more than {RECORD_BYTES} bytes with its key.")
    sid = shard_of(stream, data)
    if not admitted(stream, sid, size(data)):
        return refused(THROUGHPUT, too_much(stream, sid))
    return written("_put_record", stream, data)


def put_records(data):
    _, stream = resolve(data)
    records = data.get("Records") or []
    if not stream or not records or len(records) > CALL_RECORDS:
        return ORIGINAL["_put_records"](data) if records else refused(
            "ValidationException", "Value at 'records' failed to satisfy constraint: at least one record.")
    sizes = [size(record) for record in records]
    if max(sizes) > RECORD_BYTES:
        return refused("ValidationException", f"Record {sizes.index(max(sizes))} has more than {RECORD_BYTES} bytes "
                                              "with its key.")
    if sum(sizes) > CALL_BYTES:
        return refused("InvalidArgumentException", f"Records size exceeds the limit of {CALL_BYTES} bytes.")
    unlucky, results, taken = faults.record_fault("kinesis"), [None] * len(records), []
    for at, (record, length) in enumerate(zip(records, sizes, strict=True)):
        sid = shard_of(stream, record)
        if unlucky and unlucky["_random"].random() < unlucky["records"]:
            code = unlucky.get("error", THROUGHPUT)
            results[at] = {"ErrorCode": code, "ErrorMessage": unlucky.get("message") or too_much(stream, sid)}
        elif admitted(stream, sid, length):
            taken.append(at)
        else:
            results[at] = {"ErrorCode": THROUGHPUT, "ErrorMessage": too_much(stream, sid)}
    for some in pieces(taken, sizes):
        status, headers, body = written("_put_records", stream, {**data, "Records": [records[at] for at in some]})
        if status != 200:
            return status, headers, body
        for at, result in zip(some, json.loads(body)["Records"], strict=True):
            results[at] = {name: result[name] for name in ("SequenceNumber", "ShardId")}
    return json_response({"FailedRecordCount": sum("ErrorCode" in result for result in results), "Records": results,
                          "EncryptionType": stream.get("EncryptionType", "NONE")})


def pieces(places, sizes):
    """Lots of records that MiniStack takes in one call."""
    lot, length = [], 0
    for at in places:
        if lot and length + sizes[at] > OWN_BYTES:
            yield lot
            lot, length = [], 0
        lot.append(at)
        length += sizes[at]
    if lot:
        yield lot


def get_records(data):
    token = own._shard_iterators.get(data.get("ShardIterator"))
    stream = token and own._streams.get(token["stream"])
    shard = stream and stream["shards"].get(token["shard_id"])
    if not shard:
        return ORIGINAL["_get_records"](data)
    sid = token["shard_id"]
    calls, volume = bucket(stream, sid, "calls", OUT_CALLS), bucket(stream, sid, "read", OUT_BYTES)
    if STATE.limits["kinesis"]:
        # A large answer is given whole; the next ones wait until the shard has caught up.
        if not (calls.has(1) and volume.has(1)):
            return refused(THROUGHPUT, too_much(stream, sid))
        calls.take(1)
    count, length = 0, 0
    for record in shard["records"][token["position"]:][:min(int(data.get("Limit") or 10_000), 10_000)]:
        length += size(record)
        if count and length > GIVEN_BYTES:
            break
        count += 1
    status, headers, body = ORIGINAL["_get_records"]({**data, "Limit": count})
    if status != 200:
        return status, headers, body
    found = json.loads(body)
    volume.take(sum(size(record) for record in found["Records"]))
    following = own._shard_iterators[found["NextShardIterator"]]
    if shard.get("closed_at") and following["position"] >= len(shard["records"]):
        del own._shard_iterators[found["NextShardIterator"]]
        found.update(NextShardIterator=None, ChildShards=children(stream, sid))
    return json_response(found)


def parents(shard):
    return [sid for sid in (shard.get("parent_shard_id"), shard.get("adjacent_parent_shard_id")) if sid]


def children(stream, sid):
    return [{"ShardId": child, "ParentShards": parents(shard),
             "HashKeyRange": {"StartingHashKey": shard["starting_hash_key"],
                              "EndingHashKey": shard["ending_hash_key"]}}
            for child, shard in sorted(stream["shards"].items()) if sid in parents(shard)]


# Shards


def list_shards(data):
    kind = (data.get("ShardFilter") or {}).get("Type")
    after = (data.get("ShardFilter") or {}).get("ShardId")
    if kind == "AFTER_SHARD_ID":
        data = {**data, "ExclusiveStartShardId": after}
    status, headers, body = ORIGINAL["_list_shards"](data)
    _, stream = resolve(data)
    if status != 200 or kind not in ("AT_LATEST", "AT_TRIM_HORIZON"):
        return status, headers, body
    found, shards = json.loads(body), stream["shards"]
    if kind == "AT_LATEST":
        wanted = set(open_shards(stream))
    else:
        wanted = {sid for sid, shard in shards.items() if not any(parent in shards for parent in parents(shard))}
    found["Shards"] = [shard for shard in found["Shards"] if shard["ShardId"] in wanted]
    return json_response(found)


def summary(data):
    status, headers, body = ORIGINAL["_describe_stream_summary"](data)
    if status != 200:
        return status, headers, body
    found = json.loads(body)
    found["StreamDescriptionSummary"]["OpenShardCount"] = len(open_shards(resolve(data)[1]))
    return json_response(found)


def born(stream, first, last, *before):
    """A new shard in place of those `before`, which are closed."""
    sid = f"shardId-{own._max_shard_index(stream) + 1:012d}"
    stream["shards"][sid] = {
        "records": [], "starting_hash_key": str(first), "ending_hash_key": str(last),
        "starting_sequence_number": own._next_sequence_number(), "parent_shard_id": before[0],
        "adjacent_parent_shard_id": before[1] if len(before) > 1 else None,
    }  # fmt: skip
    return sid


def close(stream, sid):
    shard = stream["shards"][sid]
    shard.update(closed_at=STATE.now(), ending_sequence_number=own._next_sequence_number())


def halve(stream, sid, at):
    shard = stream["shards"][sid]
    close(stream, sid)
    return (born(stream, shard["starting_hash_key"], at - 1, sid), born(stream, at, shard["ending_hash_key"], sid))


def join(stream, one, other):
    first, last = stream["shards"][one]["starting_hash_key"], stream["shards"][other]["ending_hash_key"]
    close(stream, one)
    close(stream, other)
    return born(stream, first, last, one, other)


def changing(data, *shards):
    """The stream, or why it cannot be resharded."""
    name, stream = resolve(data)
    if not stream:
        return None, refused("ResourceNotFoundException", f"Stream {name} not found")
    if stream["StreamStatus"] != "ACTIVE":
        return None, refused("ResourceInUseException", f"Stream {stream['StreamName']} is {stream['StreamStatus']}")
    for sid in shards:
        if sid not in stream["shards"]:
            return None, refused("ResourceNotFoundException", f"Could not find shard {sid} in stream {name}")
        if stream["shards"][sid].get("closed_at"):
            return None, refused("InvalidArgumentException", f"Shard {sid} in stream {name} is closed")
    return stream, None


def changed(stream):
    seconds = STATE.delay("AWS::Kinesis::Stream", "update")
    if seconds:
        stream.update(StreamStatus="UPDATING", updated_at=STATE.now() + seconds)


def split(data):
    stream, refusal = changing(data, data.get("ShardToSplit"))
    if refusal:
        return refusal
    shard, at = stream["shards"][data["ShardToSplit"]], int(data["NewStartingHashKey"])
    if not int(shard["starting_hash_key"]) < at <= int(shard["ending_hash_key"]):
        return refused("InvalidArgumentException", f"NewStartingHashKey {at} is not inside the range of the shard")
    halve(stream, data["ShardToSplit"], at)
    changed(stream)
    return json_response({})


def merge(data):
    pair = data.get("ShardToMerge"), data.get("AdjacentShardToMerge")
    stream, refusal = changing(data, *pair)
    if refusal:
        return refusal
    one, other = sorted(pair, key=lambda sid: int(stream["shards"][sid]["starting_hash_key"]))
    if int(stream["shards"][one]["ending_hash_key"]) + 1 != int(stream["shards"][other]["starting_hash_key"]):
        return refused("InvalidArgumentException", f"Shards {one} and {other} are not adjacent")
    join(stream, one, other)
    changed(stream)
    return json_response({})


def update_count(data):
    stream, refusal = changing(data)
    if refusal:
        return refusal
    target, current = int(data.get("TargetShardCount") or 0), len(open_shards(stream))
    if not -(-current // 2) <= target <= 2 * current:
        return refused("InvalidArgumentException", f"UpdateShardCount cannot go from {current} to {target} shards: "
                                                   "twice as many or half of them at most")
    reshard(stream, target)
    changed(stream)
    return json_response({"StreamName": stream["StreamName"], "CurrentShardCount": current,
                          "TargetShardCount": target, "StreamARN": stream["StreamARN"]})


def reshard(stream, target):
    """Equal ranges, by splitting what crosses one of their bounds and merging what is between two."""
    ranges = [(int(first), int(last)) for first, last in own._compute_hash_ranges(target)]
    parts = []
    for sid in open_shards(stream):
        last = int(stream["shards"][sid]["ending_hash_key"])
        for first, _ in ranges:
            if int(stream["shards"][sid]["starting_hash_key"]) < first <= last:
                done, sid = halve(stream, sid, first)
                parts.append(done)
        parts.append(sid)
    for first, last in ranges:
        inside = [sid for sid in parts if first <= int(stream["shards"][sid]["starting_hash_key"]) <= last]
        whole = inside[0]
        for sid in inside[1:]:
            whole = join(stream, whole, sid)
