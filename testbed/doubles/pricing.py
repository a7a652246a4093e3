"""The Price List API: a few products in the shape that AWS sends them, in pages of two."""

import json

from .common import regional

# Service, product family, attributes, dollars.
PRODUCTS = [
    ("AmazonEC2", "Compute Instance", {
        "instanceType": "m6g.xlarge", "operatingSystem": "Linux", "tenancy": "Shared", "preInstalledSw": "NA",
        "capacitystatus": "Used", "usagetype": "BoxUsage:m6g.xlarge"}, "0.1600000000"),
    ("AmazonEC2", "Compute Instance", {
        "instanceType": "m6g.xlarge", "operatingSystem": "Windows", "tenancy": "Shared", "preInstalledSw": "NA",
        "capacitystatus": "Used", "usagetype": "BoxUsage:m6g.xlarge"}, "0.9900000000"),
    ("AmazonEC2", "Storage", {"volumeApiName": "gp3", "usagetype": "EBS:VolumeUsage.gp3"}, "0.0800000000"),
    ("AmazonKinesis", "Kinesis Streams", {"usagetype": "Storage-ShardHour"}, "0.0160000000"),
    ("AmazonKinesis", "Kinesis Streams", {"usagetype": "PutRequestPayloadUnits"}, "0.0000000140"),
    ("AmazonKinesis", "Kinesis Streams", {"usagetype": "SomethingNew"}, "7.0000000000"),
    ("AmazonRedshift", "Compute Instance", {"usagetype": "Node:ra3.large"}, "0.5430000000"),
]
PAGE = 2


class Pricing:
    def __init__(self, region):
        self.region = region

    def get_products(self, given):
        wanted = {item["Field"]: item["Value"] for item in given.get("Filters", [])}
        found = []
        for service, family, attributes, usd in PRODUCTS:
            has = {**attributes, "regionCode": wanted.get("regionCode", "us-east-1"), "productFamily": family}
            if service == given["ServiceCode"] and all(has.get(field) == value for field, value in wanted.items()):
                found.append(self.product(service, family, has, usd))
        start = int(given.get("NextToken", 0))
        answer = {"FormatVersion": "aws_v1", "PriceList": found[start:start + PAGE]}
        if start + PAGE < len(found):
            answer["NextToken"] = str(start + PAGE)
        return answer

    @staticmethod
    def product(service, family, attributes, usd):
        dimension = {"unit": "Hrs", "beginRange": "0", "endRange": "Inf", "pricePerUnit": {"USD": usd}}
        return json.dumps({
            "product": {"productFamily": family, "sku": "SKU", "attributes": attributes}, "serviceCode": service,
            "terms": {"OnDemand": {"SKU.T": {"priceDimensions": {"SKU.T.D": dimension}}}},
            "version": "1", "publicationDate": "2026-11-20T00:00:00Z"})


REGIONS, at = regional(Pricing)
