//! The least that a caller of the tool needs: the policy that `doctor --policy` prints. Pure. A test holds it against
//! every call that the tool makes.

mod pipeline;

use serde_json::{Value, json};

use super::names::{Names, Part, Role};

/// Calls of the tool itself that IAM knows no resource for, or that look over a whole region.
const ANYWHERE: &[&str] = &[
    "cloudformation:DescribeStacks",
    "ec2:DescribeAddresses",
    "ec2:DescribeInstanceTypeOfferings",
    "ec2:DescribeInstances",
    "ec2:DescribeNatGateways",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroupRules",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSnapshots",
    "ec2:DescribeVolumes",
    "ec2:DescribeVpcEndpoints",
    "ec2:DescribeVpcs",
    "elasticmapreduce:ListClusters",
    "emr-serverless:ListApplications",
    "kinesis:ListStreams",
    "logs:DescribeLogGroups",
    "pricing:GetProducts",
    "redshift:DescribeClusterSnapshots",
    "redshift:DescribeClusters",
    "redshift-serverless:ListNamespaces",
    "redshift-serverless:ListWorkgroups",
    "scheduler:ListSchedules",
    "servicequotas:GetServiceQuota",
    "ssm:GetParameters",
    "sts:GetCallerIdentity",
];

/// Calls on CloudFormation's stacks of the name.
const STACKS: &[&str] = &[
    "cloudformation:CreateChangeSet",
    "cloudformation:DeleteChangeSet",
    "cloudformation:DeleteStack",
    "cloudformation:DescribeChangeSet",
    "cloudformation:DescribeStackEvents",
    "cloudformation:DescribeStacks",
    "cloudformation:ExecuteChangeSet",
    "cloudformation:GetTemplate",
    "cloudformation:ListChangeSets",
    "cloudformation:ListStackResources",
    "cloudformation:TagResource",
];

/// The policy for stacks of this name, in this account and region.
pub fn policy(names: &Names, account: &str) -> Value {
    let mut statements = vec![
        statement("Look", ANYWHERE, &["*".to_owned()]),
        statement(
            "Stacks",
            STACKS,
            &Part::ALL
                .map(|part| arn(names, account, "cloudformation", &format!("stack/{}/*", names.stack(part)))),
        ),
        statement(
            "PassRoles",
            &["iam:PassRole"],
            // The last four go into instance profiles.
            &[Role::Deploy, Role::Ttl, Role::EmrNodes, Role::Grafana, Role::Runner, Role::Endpoint]
                .map(|role| names.role_arn(role, account)),
        ),
        statement(
            "ServiceRoles",
            &["iam:GetRole"],
            &[format!("arn:aws:iam::{account}:role/aws-service-role/*")],
        ),
        statement(
            "TimeToLive",
            &[
                "scheduler:CreateSchedule",
                "scheduler:DeleteSchedule",
                "scheduler:GetSchedule",
                "scheduler:UpdateSchedule",
            ],
            &[arn(names, account, "scheduler", &format!("schedule/{}/{}-ttl-*", names.plain(), names.name))],
        ),
    ];
    statements.extend(data(names, account));
    statements.extend(pipeline::statements(names, account));
    statements.extend(storage(names, account));
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// What bills, and is ended or deleted by the tool itself.
fn data(names: &Names, account: &str) -> Vec<Value> {
    let name = names.plain();
    let tagged = json!({ "StringEquals": { "aws:ResourceTag/sentistack:name": name } });
    let on = |service: &str, what: &str| arn(names, account, service, what);
    let tagged_statement = |id: &str, actions: &[&str], resources: &[String]| {
        with(statement(id, actions, resources), tagged.clone())
    };
    vec![
        tagged_statement(
            "EndClusters",
            &[
                "elasticmapreduce:TerminateJobFlows",
                "emr-serverless:DeleteApplication",
                "emr-serverless:StopApplication",
            ],
            &[on("elasticmapreduce", "cluster/*"), on("emr-serverless", "/applications/*")],
        ),
        tagged_statement(
            "EndMachines",
            &[
                "ec2:DeleteNatGateway",
                "ec2:DeleteNetworkInterface",
                "ec2:DeleteSnapshot",
                "ec2:DeleteVolume",
                "ec2:DeleteVpcEndpoints",
                "ec2:ReleaseAddress",
                "ec2:RevokeSecurityGroupEgress",
                "ec2:RevokeSecurityGroupIngress",
                "ec2:TerminateInstances",
            ],
            &[on("ec2", "*")],
        ),
        statement(
            "Clusters",
            &["elasticmapreduce:DescribeCluster", "emr-serverless:GetApplication"],
            &[on("elasticmapreduce", "cluster/*"), on("emr-serverless", "/applications/*")],
        ),
        statement(
            "Warehouse",
            &["redshift:DeleteCluster", "redshift:DeleteClusterSnapshot"],
            &[on("redshift", &format!("cluster:{name}")), on("redshift", &format!("snapshot:{name}/*"))],
        ),
        tagged_statement(
            "ServerlessWarehouse",
            &[
                "redshift-serverless:CreateUsageLimit",
                "redshift-serverless:DeleteNamespace",
                "redshift-serverless:DeleteWorkgroup",
                "redshift-serverless:GetNamespace",
                "redshift-serverless:GetWorkgroup",
                "redshift-serverless:ListUsageLimits",
                "redshift-serverless:UpdateUsageLimit",
            ],
            &[on("redshift-serverless", "*")],
        ),
        statement(
            "WarehouseTags",
            &["redshift-serverless:ListTagsForResource"],
            &[on("redshift-serverless", "*")],
        ),
        with(
            statement("Grafana", &["ssm:StartSession"], &[on("ec2", "instance/*")]),
            json!({ "StringEquals": { "ssm:resourceTag/sentistack:name": name } }),
        ),
        statement(
            "GrafanaPort",
            &["ssm:StartSession"],
            &[format!("arn:aws:ssm:{}::document/AWS-StartPortForwardingSession", names.region)],
        ),
        // Sessions are named after whoever began them.
        statement("GrafanaEnd", &["ssm:TerminateSession"], &[on("ssm", "session/${aws:userid}-*")]),
        statement("StreamTags", &["kinesis:ListTagsForStream"], &[on("kinesis", "stream/*")]),
        statement("Stream", &["kinesis:DeleteStream"], &[on("kinesis", &format!("stream/{name}"))]),
    ]
}

/// The storage stack is made with the caller's own rights: the roles that the others are made with are in it.
fn storage(names: &Names, account: &str) -> Vec<Value> {
    let name = names.plain();
    let on = |service: &str, what: &str| arn(names, account, service, what);
    let bucket = format!("arn:aws:s3:::{}", names.bucket(account));
    vec![
        statement("Bucket", BUCKET, std::slice::from_ref(&bucket)),
        statement("Objects", OBJECTS, &[format!("{bucket}/*")]),
        statement(
            "Roles",
            ROLES,
            &[
                format!("arn:aws:iam::{account}:role/{name}-*-{}", names.region),
                format!("arn:aws:iam::{account}:instance-profile/{name}-*-{}", names.region),
            ],
        ),
        statement("Policies", POLICIES, &[format!("arn:aws:iam::{account}:policy/{name}-*")]),
        statement("Images", IMAGES, &[on("ecr", &format!("repository/{name}"))]),
        statement("ScheduleGroup", SCHEDULE_GROUP, &[on("scheduler", &format!("schedule-group/{name}"))]),
        statement(
            "DeadLetters",
            QUEUE,
            &[on("sqs", &names.dead_letters()), on("sqs", &names.scorer_failed())],
        ),
        statement("Catalog", CATALOG, &catalog(names, account)),
        statement("Queries", QUERIES, &[on("athena", &format!("workgroup/{name}"))]),
        statement("Logs", LOGS, &[on("logs", &format!("log-group:{}/*", names.log_prefix()))]),
    ]
}

/// Glue's catalog asks for rights on the whole of it, on the database, and on what is in that.
fn catalog(names: &Names, account: &str) -> [String; 4] {
    let database = names.database();
    [
        "catalog".to_owned(),
        format!("database/{database}"),
        format!("table/{database}/*"),
        format!("userDefinedFunction/{database}/*"),
    ]
    .map(|what| arn(names, account, "glue", &what))
}

const BUCKET: &[&str] = &[
    "s3:CreateBucket",
    "s3:DeleteBucket",
    "s3:DeleteBucketPolicy",
    "s3:GetBucketLocation",
    "s3:GetBucketPolicy",
    "s3:GetBucketVersioning",
    "s3:GetEncryptionConfiguration",
    "s3:GetLifecycleConfiguration",
    "s3:ListBucket",
    "s3:ListBucketMultipartUploads",
    "s3:ListBucketVersions",
    "s3:PutBucketOwnershipControls",
    "s3:PutBucketPolicy",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketTagging",
    "s3:PutBucketVersioning",
    "s3:PutEncryptionConfiguration",
    "s3:PutLifecycleConfiguration",
];

const OBJECTS: &[&str] = &[
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:GetObject",
    "s3:ListMultipartUploadParts",
    "s3:PutObject",
    "s3:PutObjectTagging",
];

const ROLES: &[&str] = &[
    "iam:AddRoleToInstanceProfile",
    "iam:AttachRolePolicy",
    "iam:CreateInstanceProfile",
    "iam:CreateRole",
    "iam:DeleteInstanceProfile",
    "iam:DeleteRole",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:GetInstanceProfile",
    "iam:GetRole",
    "iam:GetRolePolicy",
    "iam:ListAttachedRolePolicies",
    "iam:ListRolePolicies",
    "iam:PutRolePolicy",
    "iam:RemoveRoleFromInstanceProfile",
    "iam:TagInstanceProfile",
    "iam:TagRole",
    "iam:UntagRole",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateRole",
    "iam:UpdateRoleDescription",
];

const POLICIES: &[&str] = &[
    "iam:CreatePolicy",
    "iam:CreatePolicyVersion",
    "iam:DeletePolicy",
    "iam:DeletePolicyVersion",
    "iam:GetPolicy",
    "iam:GetPolicyVersion",
    "iam:ListPolicyVersions",
    "iam:TagPolicy",
];

const IMAGES: &[&str] = &[
    "ecr:CreateRepository",
    "ecr:DeleteRepository",
    "ecr:DescribeRepositories",
    "ecr:GetLifecyclePolicy",
    "ecr:GetRepositoryPolicy",
    "ecr:ListTagsForResource",
    "ecr:PutImageScanningConfiguration",
    "ecr:PutLifecyclePolicy",
    "ecr:TagResource",
];

const SCHEDULE_GROUP: &[&str] = &[
    "scheduler:CreateScheduleGroup",
    "scheduler:DeleteScheduleGroup",
    "scheduler:GetScheduleGroup",
    "scheduler:ListTagsForResource",
    "scheduler:TagResource",
];

const QUEUE: &[&str] = &[
    "sqs:CreateQueue",
    "sqs:DeleteQueue",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
    "sqs:ListQueueTags",
    "sqs:SetQueueAttributes",
    "sqs:TagQueue",
];

const CATALOG: &[&str] = &[
    "glue:CreateDatabase",
    "glue:CreateTable",
    "glue:DeleteDatabase",
    "glue:DeleteTable",
    "glue:GetDatabase",
    "glue:GetTable",
    "glue:UpdateDatabase",
    "glue:UpdateTable",
];

const QUERIES: &[&str] = &[
    "athena:CreateWorkGroup",
    "athena:DeleteWorkGroup",
    "athena:GetWorkGroup",
    "athena:ListTagsForResource",
    "athena:TagResource",
    "athena:UntagResource",
    "athena:UpdateWorkGroup",
];

const LOGS: &[&str] = &[
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:DeleteLogGroup",
    "logs:DeleteLogStream",
    "logs:DeleteRetentionPolicy",
    "logs:DescribeLogStreams",
    "logs:FilterLogEvents",
    "logs:ListTagsForResource",
    "logs:PutRetentionPolicy",
    "logs:TagResource",
];

fn with(mut statement: Value, condition: Value) -> Value {
    statement["Condition"] = condition;
    statement
}

fn statement(id: &str, actions: &[&str], resources: &[String]) -> Value {
    json!({ "Sid": id, "Effect": "Allow", "Action": actions, "Resource": resources })
}

fn arn(names: &Names, account: &str, service: &str, what: &str) -> String {
    format!("arn:aws:{service}:{}:{account}:{what}", names.region)
}

/// Whether the policy allows the action on anything at all; conditions are taken as met.
pub fn allows(policy: &Value, action: &str) -> bool {
    policy["Statement"].as_array().into_iter().flatten().any(|statement| {
        statement["Action"].as_array().into_iter().flatten().any(|allowed| allowed == action)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_names_no_wildcard_action_and_only_looks_at_everything() {
        let policy = policy(&Names::new("s", "us-east-1"), "123456789012");
        for statement in policy["Statement"].as_array().unwrap() {
            for action in statement["Action"].as_array().unwrap() {
                assert!(!action.as_str().unwrap().contains('*'), "{action}");
            }
            let everything = statement["Resource"].as_array().unwrap().contains(&json!("*"));
            let knows_none =
                ["Look", "RegistryLogin", "Results", "Score"].iter().any(|id| statement["Sid"] == *id);
            assert!(!everything || knows_none, "{statement}");
        }
        assert!(allows(&policy, "cloudformation:DeleteStack"));
        assert!(!allows(&policy, "iam:CreateUser"));
    }

    #[test]
    fn looking_at_everything_changes_nothing() {
        let reads = ["Describe", "List", "Get"];
        for action in ANYWHERE {
            let verb = action.split(':').nth(1).unwrap();
            assert!(reads.iter().any(|read| verb.starts_with(read)), "{action}");
        }
    }
}
