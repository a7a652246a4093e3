"""What the doubles share: one service for each region, names of things, tags, states that follow the clock."""

import random
import string

from ..place import ACCOUNT
from ..state import STATE


def regional(kind):
    """A dictionary of the service in each region, and the function that finds or makes it."""
    regions = {}

    def at(region):
        if region not in regions:
            regions[region] = kind(region)
        return regions[region]

    return regions, at


def identity(prefix, length, letters=string.ascii_uppercase + string.digits):
    return prefix + "".join(random.choices(letters, k=length))


def arn(service, region, resource):
    return f"arn:aws:{service}:{region}:{ACCOUNT}:{resource}"


def pairs(tags):
    """Tags as a dictionary, from a list of Key and Value, of key and value, or a dictionary."""
    if isinstance(tags, dict):
        return dict(tags)
    return {t.get("Key", t.get("key")): str(t.get("Value", t.get("value", ""))) for t in tags or []}


def listed(tags, key="Key", value="Value"):
    return [{key: k, value: v} for k, v in tags.items()]


class Timed:
    """Something that takes time to come up, to change and to go."""

    def __init__(self, kind):
        self.kind = kind
        self.created = STATE.now()
        self.ready = self.created + STATE.delay(kind, "create")
        self.changed = self.created
        self.gone = None

    def change(self):
        self.changed = STATE.now() + STATE.delay(self.kind, "update")

    def end(self):
        if self.gone is None:
            self.gone = STATE.now() + STATE.delay(self.kind, "delete")

    def phase(self):
        """creating, changing, ready, deleting or gone."""
        now = STATE.now()
        if self.gone is not None:
            return "deleting" if now < self.gone else "gone"
        if now < self.ready:
            return "creating"
        return "changing" if now < self.changed else "ready"


def groups_of(region):
    """EC2's security groups of a region, as MiniStack keeps them."""
    from ministack.core.responses import request_scope
    from ministack.services import ec2

    with request_scope(ACCOUNT, region):
        return {key: value for key, value in ec2._security_groups.items()}


def zones_of(region, subnets):
    """The zones of `subnets`, and those of them that are not there."""
    from ministack.core.responses import request_scope
    from ministack.services import ec2

    with request_scope(ACCOUNT, region):
        found = {subnet: ec2._subnets.get(subnet) for subnet in subnets}
    zones = {record["AvailabilityZone"] for record in found.values() if record}
    return zones, [subnet for subnet, record in found.items() if not record]
