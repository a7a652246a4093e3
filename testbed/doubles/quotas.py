"""Service Quotas: those that can stand in the way of a stack. A test may lower them."""

from ..codec import Refusal
from .common import arn, regional

DEFAULTS = {
    ("ec2", "L-1216C47A"): ("Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances", 64.0),
    ("ec2", "L-34B43A08"): ("All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests", 64.0),
    ("ec2", "L-0263D0A3"): ("EC2-VPC Elastic IPs", 5.0),
    ("vpc", "L-F678F1CE"): ("VPCs per Region", 5.0),
    ("vpc", "L-A4707A72"): ("Internet gateways per Region", 5.0),
    ("elasticmapreduce", "L-0F2F2B4F"): ("Active clusters", 500.0),
    ("emr-serverless", "L-D05C8A75"): ("Max concurrent vCPUs per account", 16.0),
    ("kinesis", "L-2A32E0B4"): ("Shards per Region", 500.0),
    ("redshift", "L-AEC2A1C8"): ("Nodes", 200.0),
    ("redshift-serverless", "L-8C66F5F2"): ("RPUs", 512.0),
    ("lambda", "L-B99A9384"): ("Concurrent executions", 1000.0),
    ("cloudformation", "L-0485CB21"): ("Stack count", 2000.0),
}


class Quotas:
    def __init__(self, region):
        self.region, self.values = region, {}

    def quota(self, service, code):
        if (service, code) not in DEFAULTS:
            raise Refusal("NoSuchResourceException", "The request failed because the specified quota does not "
                                                     "exist.")
        name, value = DEFAULTS[service, code]
        return {"ServiceCode": service, "ServiceName": service, "QuotaCode": code, "QuotaName": name,
                "QuotaArn": arn("servicequotas", self.region, f"{service}/{code}"), "Unit": "None",
                "Value": float(self.values.get(f"{service}/{code}", value)), "Adjustable": True,
                "GlobalQuota": False}

    def get_service_quota(self, given):
        return {"Quota": self.quota(given["ServiceCode"], given["QuotaCode"])}

    def get_aws_default_service_quota(self, given):
        return {"Quota": self.quota(given["ServiceCode"], given["QuotaCode"])}

    def list_service_quotas(self, given):
        return {"Quotas": [self.quota(*key) for key in DEFAULTS if key[0] == given["ServiceCode"]]}

    def list_aws_default_service_quotas(self, given):
        return self.list_service_quotas(given)


REGIONS, at = regional(Quotas)
