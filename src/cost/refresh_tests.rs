use super::*;

const TODAY: &str = "2026-11-22";

/// An offer file of the bulk API, as small as its shape allows.
const OFFER: &str = r#"{
  "formatVersion": "v1.0", "disclaimer": "…", "offerCode": "AmazonEC2", "version": "20261120000000",
  "publicationDate": "2026-11-20T08:00:00Z",
  "products": {
    "AAA": {"sku": "AAA", "productFamily": "Compute Instance", "attributes": {
      "servicecode": "AmazonEC2", "location": "EU (Ireland)", "regionCode": "eu-west-1",
      "instanceType": "m6g.xlarge", "operatingSystem": "Linux", "tenancy": "Shared", "preInstalledSw": "NA",
      "capacitystatus": "Used", "usagetype": "EUW1-BoxUsage:m6g.xlarge", "operation": "RunInstances"}},
    "BBB": {"sku": "BBB", "productFamily": "Compute Instance", "attributes": {
      "regionCode": "eu-west-1", "instanceType": "m6g.xlarge", "operatingSystem": "Windows", "tenancy": "Shared",
      "preInstalledSw": "NA", "capacitystatus": "Used", "usagetype": "EUW1-BoxUsage:m6g.xlarge"}},
    "CCC": {"sku": "CCC", "productFamily": "Compute Instance", "attributes": {
      "regionCode": "eu-west-1", "instanceType": "m6g.xlarge", "operatingSystem": "Linux", "tenancy": "Shared",
      "preInstalledSw": "NA", "capacitystatus": "UnusedCapacityReservation",
      "usagetype": "EUW1-UnusedBox:m6g.xlarge"}},
    "DDD": {"sku": "DDD", "productFamily": "Storage", "attributes": {
      "regionCode": "eu-west-1", "volumeApiName": "gp3", "usagetype": "EU-EBS:VolumeUsage.gp3"}}
  },
  "terms": {
    "OnDemand": {
      "AAA": {"AAA.JRTCKXETXF": {"offerTermCode": "JRTCKXETXF", "sku": "AAA",
        "effectiveDate": "2026-11-01T00:00:00Z", "termAttributes": {}, "priceDimensions": {
          "AAA.JRTCKXETXF.6YS6EN2CT7": {"rateCode": "AAA.JRTCKXETXF.6YS6EN2CT7", "unit": "Hrs",
            "description": "$0.172 per On Demand Linux m6g.xlarge Instance Hour", "beginRange": "0",
            "endRange": "Inf", "appliesTo": [], "pricePerUnit": {"USD": "0.1720000000"}}}}},
      "BBB": {"B": {"priceDimensions": {"B": {"unit": "Hrs", "pricePerUnit": {"USD": "0.9000000000"}}}}},
      "CCC": {"C": {"priceDimensions": {"C": {"unit": "Hrs", "pricePerUnit": {"USD": "0.1720000000"}}}}},
      "DDD": {"D": {"priceDimensions": {"D": {"unit": "GB-Mo", "pricePerUnit": {"USD": "0.0880000000"}}}}}
    },
    "Reserved": {"AAA": {"R": {"priceDimensions": {"R": {"unit": "Hrs", "pricePerUnit": {"USD": "0.1"}}}}}}
  }
}"#;

/// One product of an answer of GetProducts.
fn product(service: &str, attributes: &str, prices: &[&str]) -> String {
    let dimensions: Vec<String> = prices
        .iter()
        .enumerate()
        .map(|(i, usd)| format!(r#""S.T.{i}": {{"unit": "Hrs", "pricePerUnit": {{"USD": "{usd}"}}}}"#))
        .collect();
    format!(
        r#"{{"product": {{"productFamily": "x", "sku": "S", "attributes": {attributes}}}, "serviceCode": "{service}",
            "terms": {{"OnDemand": {{"S.T": {{"priceDimensions": {{{}}}}}}}}},
            "version": "1", "publicationDate": "2026-10-02T01:02:03Z"}}"#,
        dimensions.join(",")
    )
}

fn answer(products: &[String]) -> String {
    serde_json::json!({"FormatVersion": "aws_v1", "PriceList": products, "NextToken": "…"}).to_string()
}

#[test]
fn an_offer_file_gives_its_linux_prices_on_demand_and_no_others() {
    let prices = parse(OFFER, TODAY).unwrap();
    assert_eq!(prices.len(), 2);
    let price = prices.find("ec2/m6g.xlarge", "eu-west-1").unwrap();
    assert_eq!((price.usd, price.unit.as_str()), (0.172, "instance-hour"));
    assert_eq!((price.as_of.as_str(), price.checked), ("2026-11-20", true));
    assert!(price.source.ends_with("/AmazonEC2/current/eu-west-1/index.json"), "{}", price.source);
    assert_eq!(prices.find("ebs/gp3-gb-month", "eu-west-1").unwrap().usd, 0.088);
}

#[test]
fn an_answer_of_get_products_is_a_list_of_texts() {
    let emr = r#"{"regionCode": "us-east-1", "instanceType": "m6g.xlarge", "softwareType": "EMR",
        "usagetype": "USE1-BoxUsage:m6g.xlarge"}"#;
    let node = r#"{"regionCode": "us-east-1", "instanceType": "rg.xlarge", "usagetype": "Node:rg.xlarge"}"#;
    let rpu = r#"{"regionCode": "eu-west-1", "usagetype": "EU-Redshift:ServerlessUsage"}"#;
    let shard = r#"{"regionCode": "us-west-2", "usagetype": "USW2-Storage-ShardHour"}"#;
    let s3 = r#"{"regionCode": "us-east-1", "usagetype": "TimedStorage-ByteHrs"}"#;
    let kms = r#"{"regionCode": "us-east-1", "usagetype": "us-east-1-KMS-Requests"}"#;
    let json = answer(&[
        product("ElasticMapReduce", emr, &["0.0385"]),
        product("AmazonRedshift", node, &["0.5"]),
        product("AmazonRedshift", rpu, &["0.4"]),
        product("AmazonKinesis", shard, &["0.0150000000"]),
        product("AmazonS3", s3, &["0.0210000000", "0.0230000000", "0.0220000000"]),
        product("awskms", kms, &["0.0000000000", "0.0000030000"]),
    ]);
    let prices = parse(&json, TODAY).unwrap();
    let usd = |key: &str, region: &str| prices.find(key, region).map(|price| price.usd);
    assert_eq!(usd("emr/m6g.xlarge", "us-east-1"), Some(0.0385));
    assert_eq!(usd("redshift/rg.xlarge", "us-east-1"), Some(0.5));
    assert_eq!(usd("redshift-serverless/rpu-hour", "eu-west-1"), Some(0.4));
    assert_eq!(usd("kinesis/shard-hour", "us-west-2"), Some(0.015));
    assert_eq!(usd("s3/gb-month", "us-east-1"), Some(0.023));
    assert_eq!(usd("kms/request", "us-east-1"), Some(0.000_003));
    assert!(prices.iter().all(|price| price.as_of == "2026-10-02" && price.checked));
}

#[test]
fn what_was_read_goes_over_the_table() {
    let refreshed = parse(OFFER, TODAY).unwrap().to_csv().unwrap();
    let table = Prices::built_in().with(&refreshed).unwrap();
    let price = table.find("ec2/m6g.xlarge", "eu-west-1").unwrap();
    assert_eq!((price.as_of.as_str(), price.checked), ("2026-11-20", true));
}

#[test]
fn serverless_spark_is_told_from_instances_and_arm_from_x86() {
    let of = |usage: &str| {
        let attributes = serde_json::json!({"regionCode": "us-east-1", "usagetype": usage});
        key_of("ElasticMapReduce", "", &attributes).map(|(key, _)| key)
    };
    let key = |usage: &str| of(usage).unwrap_or_default();
    assert_eq!(key("USE1-EMR-SERVERLESS-vCPUHours"), "emr-serverless/x86-vcpu-hour");
    assert_eq!(key("USE1-EMR-SERVERLESS-ARM-MemoryGBHours"), "emr-serverless/arm-gb-hour");
    assert_eq!(of("USE1-EMR-SERVERLESS-Other"), None);
    assert_eq!(of("USE1-BoxUsage:m5.xlarge"), None);
}

#[test]
fn what_is_no_price_list_is_refused_and_odd_products_are_passed_over() {
    for bad in ["", "{", "{}", "3", r#"{"PriceList": 3}"#] {
        assert!(parse(bad, TODAY).is_err(), "{bad}");
    }
    let odd = r#"{"PriceList": ["not json", 3, {"product": 1}, {"product": {"attributes": {}}},
        {"product": {"attributes": {"regionCode": "us-east-1", "usagetype": "USE1-Storage-ShardHour"}},
         "serviceCode": "AmazonKinesis", "terms": {"OnDemand": {"x": {"priceDimensions": {"y":
         {"pricePerUnit": {"CNY": "1"}}}}}}}]}"#;
    assert!(parse(odd, TODAY).unwrap().is_empty());
    assert!(parse("[]", TODAY).unwrap().is_empty());
}

#[test]
fn a_list_without_a_date_takes_that_of_today() {
    assert_eq!(day("", TODAY), TODAY);
    assert_eq!(day("2026-11-20T08:00:00Z", TODAY), "2026-11-20");
}

/// The usage types of all load balancers are the same: the family tells them apart.
#[test]
fn load_balancers_are_told_apart_by_their_family() {
    let of = |family: &str, usage: &str, usd: &str| {
        let attributes = format!(r#"{{"regionCode": "eu-west-1", "usagetype": "{usage}"}}"#);
        let plain = product("AWSELB", &attributes, &[usd]);
        plain.replace(r#""productFamily": "x""#, &format!(r#""productFamily": "{family}""#))
    };
    let prices = parse(
        &answer(&[
            of("Load Balancer", "EU-LoadBalancerUsage", "0.0280000000"),
            of("Load Balancer-Application", "EU-LCUUsage", "0.0080000000"),
            of("Load Balancer-Network", "EU-LoadBalancerUsage", "0.0252000000"),
            of("Load Balancer-Network", "EU-LCUUsage", "0.0060000000"),
        ]),
        TODAY,
    )
    .unwrap();
    let usd = |key: &str| prices.find(key, "eu-west-1").unwrap().usd;
    assert_eq!((usd("elb/network-hour"), usd("elb/network-lcu-hour")), (0.0252, 0.006));
    assert_eq!(prices.len(), 2);
}
