"""What AWS publishes to every account: images by parameter, and the instance types of a region."""

import hashlib

from ministack.core.responses import get_region
from ministack.services import ssm

from .codec import Refusal

LATEST = "/aws/service/ami-amazon-linux-latest/"
IMAGES = [f"{LATEST}{name}" for name in (
    "al2023-ami-kernel-default-arm64", "al2023-ami-kernel-default-x86_64", "al2023-ami-minimal-kernel-default-arm64",
    "al2023-ami-minimal-kernel-default-x86_64", "amzn2-ami-hvm-x86_64-gp2")]
# Family: memory in GiB for each vCPU, architecture.
FAMILIES = {
    "t3": (4, "x86_64"), "t4g": (4, "arm64"), "m5": (4, "x86_64"), "m6i": (4, "x86_64"), "m6g": (4, "arm64"),
    "m7i": (4, "x86_64"), "m7g": (4, "arm64"), "m8g": (4, "arm64"), "c5": (2, "x86_64"), "c6g": (2, "arm64"),
    "c7g": (2, "arm64"), "c7i": (2, "x86_64"), "r5": (8, "x86_64"), "r6g": (8, "arm64"), "r7g": (8, "arm64"),
}
SIZES = {"large": 2, "xlarge": 4, "2xlarge": 8, "4xlarge": 16, "8xlarge": 32}
SMALL = {"nano": 0.5, "micro": 1, "small": 2, "medium": 4}
# Not every zone offers every family, and a stack must cope with that.
ABSENT = {"c": ("r7g", "m8g")}
ZONES = "abc"
lookup = ssm._lookup_parameter


def install():
    ssm._lookup_parameter = with_public


def with_public(name, **options):
    """A parameter, or one that AWS publishes."""
    found = lookup(name, **options)
    if found[1] is None and name in IMAGES:
        region = get_region()
        digest = hashlib.sha256(f"{region}{name}".encode()).hexdigest()[:17]
        ssm._parameters[name] = {
            "Name": name, "Value": f"ami-{digest}", "Type": "String", "Version": 1, "DataType": "aws:ec2:image",
            "LastModifiedDate": 1760000000.0, "ARN": f"arn:aws:ssm:{region}::parameter{name}", "KeyId": "",
            "Description": "", "Labels": [], "Tier": "Standard", "Tags": []}
        return lookup(name, **options)
    return found


def types():
    """Name, vCPUs, MiB and architecture of every type."""
    for family, (memory, architecture) in FAMILIES.items():
        if family.startswith("t"):
            for size, gigabytes in SMALL.items():
                yield f"{family}.{size}", 2, int(gigabytes * 1024), architecture
        for size, count in SIZES.items():
            if not family.startswith("t") or count <= 8:
                yield f"{family}.{size}", count, count * memory * 1024, architecture


def wanted(given, name):
    """The values of a filter; `None` when there is none."""
    return next((f.get("Values") for f in given.get("Filters") or [] if f.get("Name") == name), None)


def matches(value, patterns):
    from fnmatch import fnmatchcase

    return patterns is None or any(fnmatchcase(value, pattern) for pattern in patterns)


class InstanceTypes:
    """Two operations of EC2 that MiniStack lacks or answers at random."""

    def __init__(self, region):
        self.region = region

    def describe_instance_type_offerings(self, given):
        kind = given.get("LocationType") or "region"
        places = [self.region] if kind == "region" else [f"{self.region}{zone}" for zone in ZONES]
        if kind == "availability-zone-id":
            places = [f"{self.region.replace('-', '')[:4]}-az{n}" for n in (1, 2, 3)]
        found = []
        for name, *_ in types():
            for place in places:
                offered = name.split(".")[0] not in ABSENT.get(place[-1], ()) or kind != "availability-zone"
                if offered and matches(name, wanted(given, "instance-type")) \
                        and matches(place, wanted(given, "location")):
                    found.append({"InstanceType": name, "LocationType": kind, "Location": place})
        return {"InstanceTypeOfferings": found}

    def describe_instance_types(self, given):
        known = {name: rest for name, *rest in types()}
        names = given.get("InstanceTypes") or list(known)
        missing = [name for name in names if name not in known]
        if missing:
            raise Refusal("InvalidInstanceType", f"The following supplied instance types do not exist: {missing}")
        return {"InstanceTypes": [{
            "InstanceType": name, "CurrentGeneration": True, "SupportedUsageClasses": ["on-demand", "spot"],
            "ProcessorInfo": {"SupportedArchitectures": [known[name][2]]}, "VCpuInfo": {"DefaultVCpus": known[name][0]},
            "MemoryInfo": {"SizeInMiB": known[name][1]}, "SupportedRootDeviceTypes": ["ebs"],
        } for name in names if matches(name, wanted(given, "instance-type"))]}


OWN = {"DescribeInstanceTypeOfferings", "DescribeInstanceTypes"}


def ec2(call):
    """EC2's answer to what is published; `None`: MiniStack answers."""
    from .codec import double

    return double(InstanceTypes)(call) if call.action in OWN else None
