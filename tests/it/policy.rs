//! The roles: each may do what it is there for, and names what it may do. Policies are read from the rendered
//! templates and evaluated here; conditions are taken as met, and looked at by themselves.

use std::collections::BTreeSet;

use sentistack::config::StackSettings;
use sentistack::render;
use sentistack::stack::caller;
use sentistack::stack::names::{Names, Part, Role};
use sentistack::stack::permissions::{CATALOG_NEEDS, TTL_CALLS, TTL_NEVER, needs};
use serde_yaml::Value;

use crate::render::{all, folder, of, settings, types};

const ACCOUNT: &str = "123456789012";

/// One statement that allows.
#[derive(Debug)]
struct Statement {
    actions: Vec<String>,
    resources: Vec<String>,
}

struct Storage {
    template: Value,
    names: Names,
}

impl Storage {
    fn of(settings: &StackSettings) -> Self {
        let text = render::render(Part::Storage, settings, &|_| None).unwrap();
        Self { template: serde_yaml::from_str(&text).unwrap(), names: Names::of(settings) }
    }

    fn filled(&self, text: &str) -> String {
        let bucket = format!("arn:aws:s3:::{}", self.names.bucket(ACCOUNT));
        text.replace("${AWS::AccountId}", ACCOUNT)
            .replace("${AWS::Region}", &self.names.region)
            .replace("{account}", ACCOUNT)
            .replace("{region}", &self.names.region)
            .replace("{name}", &self.names.name)
            .replace("{database}", &self.names.database())
            .replace("{balancer}", &self.names.balancer())
            .replace("${Bucket.Arn}", &bucket)
    }

    /// A string, or a function of CloudFormation's that gives one.
    fn string(&self, value: &Value) -> String {
        match value {
            Value::String(text) => text.clone(),
            Value::Tagged(tagged) => {
                let inner = tagged.value.as_str().unwrap_or_default();
                match tagged.tag.to_string().as_str() {
                    "!Sub" => self.filled(inner),
                    "!GetAtt" => self.arn(inner.strip_suffix(".Arn").unwrap()),
                    other => panic!("{other} {inner}"),
                }
            }
            other => panic!("{other:?}"),
        }
    }

    fn arn(&self, resource: &str) -> String {
        let properties = &self.template["Resources"][resource]["Properties"];
        let region = &self.names.region;
        match self.template["Resources"][resource]["Type"].as_str().unwrap() {
            "AWS::IAM::Role" => {
                format!("arn:aws:iam::{ACCOUNT}:role/{}", properties["RoleName"].as_str().unwrap())
            }
            "AWS::S3::Bucket" => self.filled("${Bucket.Arn}"),
            "AWS::SQS::Queue" => {
                format!("arn:aws:sqs:{region}:{ACCOUNT}:{}", properties["QueueName"].as_str().unwrap())
            }
            "AWS::ECR::Repository" => {
                format!(
                    "arn:aws:ecr:{region}:{ACCOUNT}:repository/{}",
                    properties["RepositoryName"].as_str().unwrap()
                )
            }
            "AWS::Logs::LogGroup" => {
                format!(
                    "arn:aws:logs:{region}:{ACCOUNT}:log-group:{}:*",
                    properties["LogGroupName"].as_str().unwrap()
                )
            }
            other => panic!("{resource}: {other}"),
        }
    }

    fn strings(&self, value: &Value) -> Vec<String> {
        match value {
            Value::Sequence(items) => items.iter().map(|item| self.string(item)).collect(),
            one => vec![self.string(one)],
        }
    }

    /// The documents of a role: its own, and those that name it; the managed ones apart.
    fn documents(&self, role: &str) -> (Vec<&Value>, Vec<&Value>) {
        let resources = self.template["Resources"].as_mapping().unwrap();
        let mut inline = Vec::new();
        let mut managed = Vec::new();
        for (name, resource) in resources {
            let properties = &resource["Properties"];
            let refers =
                |value: &Value| matches!(value, Value::Tagged(tagged) if tagged.value.as_str() == Some(role));
            match resource["Type"].as_str().unwrap() {
                "AWS::IAM::Role" if name.as_str() == Some(role) => {
                    let own = properties["Policies"].as_sequence().into_iter().flatten();
                    inline.extend(own.map(|policy| &policy["PolicyDocument"]));
                }
                "AWS::IAM::RolePolicy" if refers(&properties["RoleName"]) => {
                    inline.push(&properties["PolicyDocument"])
                }
                "AWS::IAM::ManagedPolicy"
                    if properties["Roles"].as_sequence().unwrap().iter().any(refers) =>
                {
                    managed.push(&properties["PolicyDocument"]);
                }
                _ => {}
            }
        }
        (inline, managed)
    }

    fn statements(&self, role: &str) -> Vec<Statement> {
        let (inline, managed) = self.documents(role);
        inline
            .into_iter()
            .chain(managed)
            .flat_map(|document| document["Statement"].as_sequence().unwrap())
            .filter(|statement| statement["Effect"] == "Allow")
            .map(|statement| Statement {
                actions: self.strings(&statement["Action"]),
                resources: self.strings(&statement["Resource"]),
            })
            .collect()
    }
}

/// IAM's wildcards.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|text| {
            rest.is_empty()
                || (0..=text.len()).any(|at| text.is_char_boundary(at) && matches(rest, &text[at..]))
        }),
    }
}

fn allows(statements: &[Statement], action: &str, resource: &str) -> bool {
    statements.iter().any(|statement| {
        statement.actions.iter().any(|pattern| matches(pattern, action))
            && statement.resources.iter().any(|pattern| matches(pattern, resource))
    })
}

/// The actions that a role of a stack with default settings may do, on some resource. One call needs no right.
#[cfg(feature = "aws")]
pub fn allowed(role: &str) -> BTreeSet<String> {
    let statements = Storage::of(&settings("")).statements(role);
    let free = std::iter::once("sts:GetCallerIdentity".to_owned());
    statements.into_iter().flat_map(|statement| statement.actions).chain(free).collect()
}

#[test]
fn the_deploy_role_may_do_what_cloudformation_does_for_every_resource() {
    let mut seen = BTreeSet::new();
    for (name, settings) in all() {
        let storage = Storage::of(&settings);
        let statements = storage.statements("DeployRole");
        let mut missing = Vec::new();
        for (part, text) in of(&settings) {
            if part == Part::Storage {
                continue;
            }
            for kind in types(&text).into_values() {
                let needs = needs().find(|needs| needs.resource_type == kind);
                let needs = needs.unwrap_or_else(|| panic!("{name}: nobody says what {kind} needs"));
                for (resource, actions) in needs.on {
                    for action in *actions {
                        if !allows(&statements, action, &storage.filled(resource)) {
                            missing.push(format!("{name}: {kind} needs {action} on {resource}"));
                        }
                    }
                }
                seen.insert(kind);
            }
        }
        missing.sort();
        missing.dedup();
        assert!(missing.is_empty(), "{}", missing.join("\n"));
    }
    let known: BTreeSet<String> = needs().map(|needs| needs.resource_type.to_owned()).collect();
    assert_eq!(seen, known, "types that no settings file brings up");
}

#[test]
fn the_deploy_role_may_not_touch_what_is_not_ours() {
    let storage = Storage::of(&settings(""));
    let statements = storage.statements("DeployRole");
    for (action, resource) in [
        ("s3:DeleteObject", "arn:aws:s3:::{name}-{account}-{region}/runs/x"),
        ("s3:GetObject", "arn:aws:s3:::{name}-{account}-{region}/runs/x"),
        ("iam:CreateRole", "arn:aws:iam::{account}:role/x"),
        ("iam:PassRole", "arn:aws:iam::{account}:role/{name}-deploy-{region}"),
        ("iam:PassRole", "arn:aws:iam::{account}:role/{name}-ttl-{region}"),
        ("kinesis:DeleteStream", "arn:aws:kinesis:{region}:{account}:stream/other"),
        ("redshift:DeleteCluster", "arn:aws:redshift:{region}:{account}:cluster:other"),
        ("lambda:DeleteFunction", "arn:aws:lambda:{region}:{account}:function:other"),
        (
            "elasticloadbalancing:DeleteLoadBalancer",
            "arn:aws:elasticloadbalancing:{region}:{account}:loadbalancer/net/other/1",
        ),
        ("cloudformation:DeleteStack", "arn:aws:cloudformation:{region}:{account}:stack/{name}-batch/1"),
        (
            "secretsmanager:GetSecretValue",
            "arn:aws:secretsmanager:{region}:{account}:secret:redshift!{name}-x-1",
        ),
    ] {
        assert!(!allows(&statements, action, &storage.filled(resource)), "{action} on {resource}");
    }
}

/// Storage is made with the rights of whoever runs the tool.
#[test]
fn the_caller_may_do_what_cloudformation_does_for_what_athena_reads_through() {
    let kinds = |text: &str| -> BTreeSet<String> {
        let ours = |kind: &String| kind.starts_with("AWS::Glue::") || kind.starts_with("AWS::Athena::");
        types(&of(&settings(text))[&Part::Storage]).into_values().filter(ours).collect()
    };
    let known: BTreeSet<String> = CATALOG_NEEDS.iter().map(|needs| needs.resource_type.to_owned()).collect();
    assert_eq!(kinds(""), known);
    assert_eq!(kinds("stack: { athena: false }"), BTreeSet::new());
    for (name, settings) in all() {
        let storage = Storage::of(&settings);
        let policy = caller::policy(&storage.names, ACCOUNT);
        let strings = |value: &serde_json::Value| -> Vec<String> {
            value.as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect()
        };
        let statements: Vec<Statement> = policy["Statement"]
            .as_array()
            .unwrap()
            .iter()
            .map(|s| Statement { actions: strings(&s["Action"]), resources: strings(&s["Resource"]) })
            .collect();
        for needs in CATALOG_NEEDS {
            for (resource, actions) in needs.on {
                for action in *actions {
                    let resource = storage.filled(resource);
                    let kind = needs.resource_type;
                    assert!(
                        allows(&statements, action, &resource),
                        "{name}: {kind} needs {action} on {resource}"
                    );
                }
            }
        }
        for other in ["database/other", "table/other/tweet"] {
            let other = storage.filled(&format!("arn:aws:glue:{{region}}:{{account}}:{other}"));
            assert!(!allows(&statements, "glue:DeleteTable", &other), "{name}: {other}");
        }
    }
}

#[test]
fn the_ttl_role_may_do_what_the_schedules_call_and_no_more() {
    for (name, settings) in all() {
        let storage = Storage::of(&settings);
        let statements = storage.statements("TtlRole");
        for (action, resource) in TTL_CALLS {
            assert!(allows(&statements, action, &storage.filled(resource)), "{name}: {action} on {resource}");
        }
        for (action, resource) in TTL_NEVER {
            assert!(
                !allows(&statements, action, &storage.filled(resource)),
                "{name}: {action} on {resource}"
            );
        }
    }
}

#[test]
fn every_role_of_the_names_is_there() {
    let settings = settings("");
    let storage = Storage::of(&settings);
    let there: BTreeSet<String> = types(&of(&settings)[&Part::Storage])
        .into_iter()
        .filter(|(_, kind)| kind == "AWS::IAM::Role")
        .map(|(name, _)| {
            storage.template["Resources"][&*name]["Properties"]["RoleName"].as_str().unwrap().to_owned()
        })
        .collect();
    let wanted: BTreeSet<String> = Role::ALL.into_iter().map(|role| storage.names.role(role)).collect();
    assert_eq!(there, wanted);
    assert!(wanted.iter().all(|role| role.len() <= 64));
}

#[test]
fn what_is_not_tied_to_a_resource_is_tied_to_our_tag() {
    let storage = Storage::of(&settings("name: mine"));
    let resources = storage.template["Resources"].as_mapping().unwrap();
    for name in resources.keys().map(|name| name.as_str().unwrap()) {
        let (inline, managed) = storage.documents(name);
        let statements =
            inline.into_iter().chain(managed).flat_map(|d| d["Statement"].as_sequence().unwrap());
        for statement in statements {
            let Some(condition) = statement.get("Condition") else { continue };
            for (_, keys) in condition.as_mapping().unwrap() {
                for (key, value) in keys.as_mapping().unwrap() {
                    if key.as_str().unwrap().contains("sentistack:name") {
                        assert_eq!(value.as_str(), Some("mine"), "{name}: {statement:?}");
                    }
                }
            }
        }
    }
}

/// IAM counts without white space: 10,240 for all inline policies of a role, 6,144 for a managed one.
#[test]
fn policies_are_within_iams_limits_for_the_longest_names() {
    let longest = settings("name: a-name-that-is-as-long-as-can-be-x1\nregion: ap-southeast-1\n");
    let storage = Storage::of(&longest);
    let size = |document: &Value| {
        let mut text = serde_json::to_string(&plain(&storage, document)).unwrap();
        text.retain(|c| !c.is_whitespace());
        text.len()
    };
    for (name, kind) in types(&of(&longest)[&Part::Storage]) {
        if kind != "AWS::IAM::Role" {
            continue;
        }
        let (inline, managed) = storage.documents(&name);
        let inline: usize = inline.into_iter().map(size).sum();
        assert!(inline <= 10_240, "{name}: {inline}");
        for policy in managed {
            assert!(size(policy) <= 6_144, "{name}: {}", size(policy));
        }
    }
}

/// The document as it is sent to IAM.
fn plain(storage: &Storage, value: &Value) -> serde_json::Value {
    match value {
        Value::Tagged(tagged) if tagged.tag == "!Ref" => storage.filled("${AWS::AccountId}").into(),
        Value::Tagged(_) => storage.string(value).into(),
        Value::Mapping(entries) => entries
            .iter()
            .map(|(key, value)| (key.as_str().unwrap().to_owned(), plain(storage, value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Value::Sequence(items) => items.iter().map(|item| plain(storage, item)).collect::<Vec<_>>().into(),
        other => serde_json::to_value(other).unwrap(),
    }
}

#[test]
fn every_star_is_explained_right_above_it() {
    for (name, settings) in all() {
        for (part, text) in of(&settings) {
            let lines: Vec<&str> = text.lines().collect();
            for (at, line) in lines.iter().enumerate() {
                let bare = line.trim();
                let star = bare == "Resource: \"*\"" || bare == "- \"*\"" || bare.ends_with("Resource: '*'");
                let above = lines[at.saturating_sub(1)].trim();
                assert!(!star || above.starts_with("# "), "{name} {part}.yaml:{}: {line}", at + 1);
                let wide = bare.trim_start_matches("- ").trim_start_matches("Action: ").trim_matches('"');
                let wide = wide == "*" && bare.contains("Action")
                    || wide.split_once(':').is_some_and(|(service, verb)| {
                        verb == "*" && !service.contains(' ') && service != "arn"
                    });
                let denied = lines[at.saturating_sub(4)..at].iter().any(|line| line.contains("Effect: Deny"));
                assert!(!wide || denied, "{name} {part}.yaml:{}: {line}", at + 1);
            }
        }
    }
}

/// What the linters find and we leave is explained where people look for it.
#[test]
fn every_finding_that_is_left_is_explained_in_the_docs() {
    let root = folder().join("../..");
    let left = std::fs::read_to_string(root.join("crates/xtask/cfn/explained.txt")).unwrap();
    let docs = std::fs::read_to_string(root.join("docs/security.md")).unwrap();
    let ids: Vec<&str> = left
        .lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
        .map(|line| line.split_whitespace().next().unwrap())
        .collect();
    assert!(ids.len() > 10);
    for id in ids {
        assert!(docs.contains(&format!("`{id}`")), "docs/security.md does not explain {id}");
    }
}

#[test]
fn the_wildcards_are_iams() {
    assert!(matches("a*c", "abc") && matches("*", "") && matches("a*", "a") && matches("a:*/b-*", "a:x/b-1"));
    assert!(!matches("a*c", "abd") && !matches("a", "ab") && !matches("", "a"));
}
