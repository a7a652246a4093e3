//! The Grafana host's user data and installer, run as they are.

mod below_a_folder;
mod in_a_machine;
mod machine;

use sentistack::stack::grafana;
use sentistack::stack::names::Part;
use serde_yaml::Value;

use crate::render::{of, settings};

const PASSWORD: &str = "hunter2hunter2hunter2hunter2hunt";
const SECRET: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:GrafanaPassword-AbCdEf-123456";

/// What the host of a stack of these settings runs at its first start, as CloudFormation fills it in.
fn user_data(text: &str) -> String {
    let template = &of(&settings(text))[&Part::Batch];
    assert!(grafana::is_in(template));
    let template: Value = serde_yaml::from_str(template).unwrap();
    let script = &template["Resources"]["GrafanaHost"]["Properties"]["UserData"]["Fn::Base64"];
    let Value::Tagged(script) = script else { panic!("{script:?}") };
    let script = script.value.as_str().unwrap();
    script
        .replace("${AWS::AccountId}", "123456789012")
        .replace("${AWS::Region}", "us-east-1")
        .replace("${GrafanaPassword}", SECRET)
        .replace("${!", "${")
}
