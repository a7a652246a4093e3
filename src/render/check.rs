//! What is looked at before a template is sent. Small: the built-in templates are held by cfn-lint and others when
//! they are made; this is for templates of one's own.

use std::collections::BTreeSet;

use serde_yaml::Value;

use crate::limits;

/// Whether the template is too large for the call itself.
pub fn through_bucket(text: &str) -> bool {
    text.len() > limits::TEMPLATE_BYTES
}

/// Something that must not be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Where: `Resources.Bucket`.
    pub place: String,
    pub message: String,
}

/// Everything that speaks against sending the template.
pub fn check(text: &str) -> Vec<Finding> {
    match serde_yaml::from_str::<Value>(text) {
        Ok(template) => check_value(text, &template),
        Err(_) => {
            vec![Finding { place: "the template".to_owned(), message: "it is no YAML".to_owned() }]
        }
    }
}

/// The same, of a template that has been read.
pub(super) fn check_value(text: &str, template: &Value) -> Vec<Finding> {
    let mut found = Findings::default();
    if text.len() > limits::TEMPLATE_BUCKET_BYTES {
        found.add("the template", format!("{} bytes are more than CloudFormation takes", text.len()));
    }
    let count = super::resources(template);
    if count > limits::STACK_RESOURCES {
        found.add(
            "Resources",
            format!("{count} are more than CloudFormation takes ({})", limits::STACK_RESOURCES),
        );
    }
    let known = known(template);
    for section in ["Conditions", "Resources", "Outputs"] {
        let Some(entries) = template.get(section).and_then(Value::as_mapping) else { continue };
        for (name, entry) in entries {
            let place = format!("{section}.{}", name.as_str().unwrap_or_default());
            walk(entry, &place, &known, &mut found);
        }
    }
    for (name, resource) in template.get("Resources").and_then(Value::as_mapping).into_iter().flatten() {
        let place = format!("Resources.{}", name.as_str().unwrap_or_default());
        if resource.get("Type").and_then(Value::as_str) == Some("AWS::IAM::Role") {
            role(resource, &place, &mut found);
        }
    }
    found.0
}

#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, place: &str, message: impl Into<String>) {
        let finding = Finding { place: place.to_owned(), message: message.into() };
        if !self.0.contains(&finding) {
            self.0.push(finding);
        }
    }
}

/// What Ref, GetAtt and Sub may name.
fn known(template: &Value) -> BTreeSet<&str> {
    ["Parameters", "Resources"]
        .into_iter()
        .filter_map(|section| template.get(section).and_then(Value::as_mapping))
        .flat_map(|entries| entries.keys().filter_map(Value::as_str))
        .collect()
}

fn walk(value: &Value, place: &str, known: &BTreeSet<&str>, found: &mut Findings) {
    match value {
        Value::Tagged(tagged) => {
            let tag = tagged.tag.to_string();
            function(tag.trim_start_matches('!'), &tagged.value, place, known, found);
            walk(&tagged.value, place, known, found);
        }
        Value::Mapping(entries) => {
            for (key, value) in entries {
                let key = key.as_str().unwrap_or_default();
                function(key.strip_prefix("Fn::").unwrap_or(key), value, place, known, found);
                if key == "Action" {
                    actions(value, place, entries.get("Effect").and_then(Value::as_str), found);
                }
                secret(key, value, place, found);
                walk(value, place, known, found);
            }
        }
        Value::Sequence(items) => items.iter().for_each(|item| walk(item, place, known, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A function of CloudFormation's, with or without the short tag.
fn function(name: &str, value: &Value, place: &str, known: &BTreeSet<&str>, found: &mut Findings) {
    let mut name_of = |name: &str| {
        let name = name.split('.').next().unwrap_or_default();
        if !known.contains(name) && !name.starts_with("AWS::") {
            found.add(place, format!("it refers to {name}, which is not there"));
        }
    };
    match (name, value) {
        ("Ref" | "GetAtt", Value::String(name)) => name_of(name),
        ("GetAtt", Value::Sequence(parts)) => {
            name_of(parts.first().and_then(Value::as_str).unwrap_or_default())
        }
        ("Sub", Value::String(text)) => placeholders(text).into_iter().for_each(name_of),
        ("ImportValue", _) => found.add(place, "it imports a value: stacks find each other by name"),
        _ => {}
    }
}

/// The names in `${…}`; `${!…}` is a literal.
fn placeholders(text: &str) -> Vec<&str> {
    text.split("${")
        .skip(1)
        .filter_map(|rest| rest.split_once('}').map(|(name, _)| name.trim()))
        .filter(|name| !name.starts_with('!'))
        .collect()
}

/// A denial may name everything; what allows may not.
fn actions(value: &Value, place: &str, effect: Option<&str>, found: &mut Findings) {
    if effect != Some("Allow") {
        return;
    }
    let one = value.as_str().into_iter();
    let many = value.as_sequence().into_iter().flatten().filter_map(Value::as_str);
    for action in one.chain(many).filter(|action| action.contains('*')) {
        found.add(place, format!("it allows {action}: name the actions"));
    }
}

fn secret(key: &str, value: &Value, place: &str, found: &mut Findings) {
    let Some(text) = value.as_str() else { return };
    let named = ["Password", "Secret", "SecretString", "AuthToken", "PrivateKey", "SecretAccessKey"];
    let named = named.iter().any(|end| key.ends_with(end)) && !text.starts_with("{{resolve:");
    // An access key's id: AKIA (or ASIA) and sixteen more.
    let access_key = text.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| {
        word.len() == 20
            && (word.starts_with("AKIA") || word.starts_with("ASIA"))
            && word.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
    });
    if named || access_key || text.contains("PRIVATE KEY-----") {
        found.add(place, format!("{key} looks like a secret: let AWS make it, or refer to Secrets Manager"));
    }
}

/// A role says who may take it, and what it may.
fn role(resource: &Value, place: &str, found: &mut Findings) {
    let properties = resource.get("Properties");
    let property = |name: &str| properties.and_then(|properties| properties.get(name));
    if property("AssumeRolePolicyDocument").is_none() {
        found.add(place, "it does not say who may assume it");
    }
    let has = |name: &str| property(name).and_then(Value::as_sequence).is_some_and(|items| !items.is_empty());
    if !has("Policies") {
        found.add(place, "it has no policy of its own");
    }
    let managed = property("ManagedPolicyArns").and_then(Value::as_sequence).into_iter().flatten();
    for arn in managed.filter_map(Value::as_str) {
        if !arn.contains(":policy/service-role/") {
            found.add(place, format!("{arn} is wider than a service needs"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(text: &str) -> Vec<String> {
        check(text).into_iter().map(|finding| format!("{}: {}", finding.place, finding.message)).collect()
    }

    #[test]
    fn what_is_not_there_is_found() {
        let text = "Resources:\n  A:\n    Type: X\n    Properties:\n      P: !Ref B\n      Q: !GetAtt C.Arn\n      R: !Sub '${D}-${AWS::Region}-${!E}'\n      S: { 'Fn::GetAtt': [A, Arn] }\n";
        assert_eq!(
            messages(text),
            [
                "Resources.A: it refers to B, which is not there",
                "Resources.A: it refers to C, which is not there",
                "Resources.A: it refers to D, which is not there"
            ]
        );
    }

    #[test]
    fn wide_policies_imports_and_secrets_are_found() {
        let text = "Resources:\n  A:\n    Type: AWS::IAM::Role\n    Properties:\n      ManagedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess']\n      Policies:\n        - PolicyDocument:\n            Statement:\n              - { Effect: Allow, Action: 's3:*', Resource: '*' }\n              - { Effect: Deny, Action: 's3:*', Resource: '*' }\n  B:\n    Type: X\n    Properties:\n      MasterUserPassword: hunter2\n      Other: !ImportValue x\n      Key: AKIAIOSFODNN7EXAMPLE\n      Fine: '{{resolve:secretsmanager:x}}'\n";
        let found = messages(text);
        assert_eq!(found.len(), 6, "{found:#?}");
        for word in ["s3:*", "looks like a secret", "imports", "who may assume", "AdministratorAccess"] {
            assert!(found.iter().any(|line| line.contains(word)), "{word}: {found:#?}");
        }
    }

    #[test]
    fn too_large_and_broken_are_found() {
        let many: String = (0..501).map(|i| format!("  A{i}: {{ Type: X }}\n")).collect();
        assert!(messages(&format!("Resources:\n{many}"))[0].contains("501"));
        assert_eq!(messages("a: [").len(), 1);
        assert!(through_bucket(&" ".repeat(limits::TEMPLATE_BYTES + 1)) && !through_bucket(""));
    }
}
