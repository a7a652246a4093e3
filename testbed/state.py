"""What tests set and read: delays, faults, the clock, the log of calls.

One object for the whole process; everything runs on one event loop, so nothing here is locked.
"""

import itertools
import time
from dataclasses import dataclass, field

CALLS_KEPT = 20_000
# Limits that tests may switch off.
LIMITS = {"kinesis": True}


@dataclass
class State:
    delays: dict = field(default_factory=dict)
    faults: list = field(default_factory=list)
    calls: list = field(default_factory=list)
    fired: list = field(default_factory=list)
    limits: dict = field(default_factory=lambda: dict(LIMITS))
    offset: float = 0.0
    numbers: itertools.count = field(default_factory=lambda: itertools.count(1))

    def reset(self):
        self.delays, self.faults, self.calls, self.fired = {}, [], [], []
        self.offset, self.limits = 0.0, dict(LIMITS)

    def now(self):
        """The clock that schedules and the services' own times follow."""
        return time.time() + self.offset

    def delay(self, kind, operation):
        """Seconds that `operation` (create, update, delete) of a resource of type `kind` takes."""
        for name in (kind, "*"):
            entry = self.delays.get(name)
            if isinstance(entry, (int, float)):
                return float(entry)
            if entry and (operation in entry or operation == "update"):
                return float(entry.get(operation, entry.get("create", 0)))
        return 0.0

    def record(self, caller, **what):
        entry = {"number": next(self.numbers), "caller": caller, **what, "at": time.time()}
        self.calls.append(entry)
        if len(self.calls) > CALLS_KEPT:
            del self.calls[: CALLS_KEPT // 10]
        return entry


STATE = State()
