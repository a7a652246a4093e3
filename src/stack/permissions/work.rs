//! The stream, and Spark.

use super::{ANY, Needs};

pub(super) const NEEDS: &[Needs] = &[
    Needs {
        resource_type: "AWS::Kinesis::Stream",
        on: &[(
            "arn:aws:kinesis:{region}:{account}:stream/{name}",
            &[
                "kinesis:CreateStream",
                "kinesis:DescribeStreamSummary",
                "kinesis:AddTagsToStream",
                "kinesis:IncreaseStreamRetentionPeriod",
                "kinesis:DecreaseStreamRetentionPeriod",
                "kinesis:StartStreamEncryption",
                "kinesis:StopStreamEncryption",
                "kinesis:UpdateShardCount",
                "kinesis:UpdateStreamMode",
                "kinesis:ListTagsForStream",
                "kinesis:ListTagsForResource",
                "kinesis:TagResource",
                "kinesis:UntagResource",
                "kinesis:RemoveTagsFromStream",
                "kinesis:DeleteStream",
            ],
        )],
    },
    Needs {
        resource_type: "AWS::EMR::Cluster",
        on: &[
            (ANY, &["elasticmapreduce:RunJobFlow"]),
            (
                "arn:aws:elasticmapreduce:{region}:{account}:cluster/j-1",
                &[
                    "elasticmapreduce:AddTags",
                    "elasticmapreduce:RemoveTags",
                    "elasticmapreduce:DescribeCluster",
                    "elasticmapreduce:ListInstanceFleets",
                    "elasticmapreduce:ModifyInstanceFleet",
                    "elasticmapreduce:AddInstanceFleet",
                    "elasticmapreduce:PutAutoTerminationPolicy",
                    "elasticmapreduce:GetAutoTerminationPolicy",
                    "elasticmapreduce:RemoveAutoTerminationPolicy",
                    "elasticmapreduce:SetTerminationProtection",
                    "elasticmapreduce:TerminateJobFlows",
                ],
            ),
            ("arn:aws:iam::{account}:role/{name}-emr-{region}", &["iam:PassRole", "iam:GetRole"]),
            ("arn:aws:iam::{account}:role/{name}-emr-nodes-{region}", &["iam:PassRole"]),
            (
                "arn:aws:iam::{account}:instance-profile/{name}-emr-nodes-{region}",
                &["iam:GetInstanceProfile"],
            ),
            (
                "arn:aws:iam::{account}:role/aws-service-role/elasticmapreduce.amazonaws.com/x",
                &["iam:CreateServiceLinkedRole"],
            ),
        ],
    },
    Needs {
        resource_type: "AWS::EMR::SecurityConfiguration",
        on: &[(
            ANY,
            &[
                "elasticmapreduce:CreateSecurityConfiguration",
                "elasticmapreduce:DescribeSecurityConfiguration",
                "elasticmapreduce:DeleteSecurityConfiguration",
            ],
        )],
    },
    Needs {
        resource_type: "AWS::KMS::Key",
        on: &[
            (ANY, &["kms:CreateKey"]),
            (
                "arn:aws:kms:{region}:{account}:key/1",
                &[
                    "kms:EnableKeyRotation",
                    "kms:DisableKeyRotation",
                    "kms:EnableKey",
                    "kms:DisableKey",
                    "kms:TagResource",
                    "kms:UntagResource",
                    "kms:PutKeyPolicy",
                    "kms:GetKeyPolicy",
                    "kms:GetKeyRotationStatus",
                    "kms:ListResourceTags",
                    "kms:DescribeKey",
                    "kms:UpdateKeyDescription",
                    "kms:ScheduleKeyDeletion",
                ],
            ),
        ],
    },
    Needs {
        resource_type: "AWS::EMRServerless::Application",
        on: &[
            (ANY, &["emr-serverless:CreateApplication"]),
            (
                "arn:aws:emr-serverless:{region}:{account}:/applications/1",
                &[
                    "emr-serverless:GetApplication",
                    "emr-serverless:UpdateApplication",
                    "emr-serverless:TagResource",
                    "emr-serverless:UntagResource",
                    "emr-serverless:DeleteApplication",
                ],
            ),
            ("arn:aws:ec2:{region}:{account}:network-interface/x-1", &["ec2:CreateNetworkInterface"]),
            (
                "arn:aws:iam::{account}:role/aws-service-role/ops.emr-serverless.amazonaws.com/x",
                &["iam:CreateServiceLinkedRole"],
            ),
        ],
    },
];
