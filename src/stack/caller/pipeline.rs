//! What a run on the stack calls: packets in and out, Spark, the warehouse, Comprehend, and secrets of its own.

use serde_json::{Value, json};

use super::{arn, statement};
use crate::stack::names::{Names, Role};

pub(super) fn statements(names: &Names, account: &str) -> Vec<Value> {
    let name = names.plain();
    let on = |service: &str, what: &str| arn(names, account, service, what);
    let tagged = |id: &str, actions: &[&str], resources: &[String]| {
        let mut statement = statement(id, actions, resources);
        statement["Condition"] = json!({ "StringEquals": { "aws:ResourceTag/sentistack:name": name } });
        statement
    };
    let mut results = statement(
        "Results",
        &["redshift-data:DescribeStatement", "redshift-data:GetStatementResult"],
        // A statement is its own caller's: there is no resource to name.
        &["*".to_owned()],
    );
    results["Condition"] =
        json!({ "StringEquals": { "redshift-data:statement-owner-iam-userid": "${aws:userid}" } });
    vec![
        statement(
            "Packets",
            &["kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards", "kinesis:PutRecords"],
            &[on("kinesis", &format!("stream/{name}"))],
        ),
        statement(
            "LivePosts",
            &["firehose:DescribeDeliveryStream", "firehose:PutRecordBatch"],
            &[on("firehose", &format!("deliverystream/{name}"))],
        ),
        // It names no repository: a token is for the whole registry.
        statement("RegistryLogin", &["ecr:GetAuthorizationToken"], &["*".to_owned()]),
        statement(
            "Images",
            &[
                "ecr:BatchCheckLayerAvailability",
                "ecr:BatchGetImage",
                "ecr:CompleteLayerUpload",
                "ecr:GetDownloadUrlForLayer",
                "ecr:InitiateLayerUpload",
                "ecr:PutImage",
                "ecr:UploadLayerPart",
            ],
            &[on("ecr", &format!("repository/{name}"))],
        ),
        tagged(
            "Steps",
            &[
                "elasticmapreduce:AddJobFlowSteps",
                "elasticmapreduce:DescribeStep",
                "elasticmapreduce:ListSteps",
            ],
            &[on("elasticmapreduce", "cluster/*")],
        ),
        tagged(
            "Jobs",
            &["emr-serverless:GetJobRun", "emr-serverless:StartJobRun"],
            &[on("emr-serverless", "/applications/*")],
        ),
        statement("PassJobRole", &["iam:PassRole"], &[names.role_arn(Role::EmrJob, account)]),
        statement(
            "Statements",
            &["redshift-data:BatchExecuteStatement", "redshift-data:ExecuteStatement"],
            &[on("redshift", &format!("cluster:{name}")), on("redshift-serverless", "workgroup/*")],
        ),
        results,
        // The warehouse's own password, and tokens that the settings name: secrets called `<name>/…`.
        statement(
            "Secrets",
            &["secretsmanager:GetSecretValue"],
            &[on("secretsmanager", "secret:redshift!*"), on("secretsmanager", &format!("secret:{name}/*"))],
        ),
        // Texts have no ARN.
        statement("Score", &["comprehend:BatchDetectSentiment"], &["*".to_owned()]),
    ]
}
