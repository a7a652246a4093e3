//! The warehouse, what watches, and the live path.

use super::{ANY, Needs};

pub(super) const NEEDS: &[Needs] = &[
    Needs {
        resource_type: "AWS::Redshift::Cluster",
        on: &[
            (ANY, &["redshift:DescribeClusters"]),
            (
                "arn:aws:redshift:{region}:{account}:cluster:{name}",
                &[
                    "redshift:CreateCluster",
                    "redshift:ModifyCluster",
                    "redshift:ModifyClusterIamRoles",
                    "redshift:ModifyClusterMaintenance",
                    "redshift:ResizeCluster",
                    "redshift:RebootCluster",
                    "redshift:EnableLogging",
                    "redshift:DisableLogging",
                    "redshift:DescribeLoggingStatus",
                    "redshift:CreateTags",
                    "redshift:DeleteTags",
                    "redshift:DescribeTags",
                    "redshift:DeleteCluster",
                ],
            ),
            ("arn:aws:redshift:{region}:{account}:namespace:1", &["redshift:GetResourcePolicy"]),
            ("arn:aws:iam::{account}:role/{name}-redshift-{region}", &["iam:PassRole"]),
            (
                "arn:aws:iam::{account}:role/aws-service-role/redshift.amazonaws.com/x",
                &["iam:CreateServiceLinkedRole"],
            ),
            (
                "arn:aws:secretsmanager:{region}:{account}:secret:redshift!{name}-sentistack-1",
                &[
                    "secretsmanager:CreateSecret",
                    "secretsmanager:TagResource",
                    "secretsmanager:DeleteSecret",
                    "secretsmanager:DescribeSecret",
                    "secretsmanager:RotateSecret",
                    "secretsmanager:UpdateSecret",
                ],
            ),
            (
                ANY,
                &[
                    "ec2:DescribeAddresses",
                    "ec2:DescribeSubnets",
                    "ec2:DescribeVpcs",
                    "ec2:DescribeSecurityGroups",
                    "ec2:DescribeInternetGateways",
                    "ec2:DescribeAccountAttributes",
                    "ec2:DescribeAvailabilityZones",
                ],
            ),
        ],
    },
    Needs {
        resource_type: "AWS::SecretsManager::Secret",
        on: &[
            (ANY, &["secretsmanager:GetRandomPassword"]),
            (
                "arn:aws:secretsmanager:{region}:{account}:secret:GrafanaPassword-1",
                &[
                    "secretsmanager:CreateSecret",
                    "secretsmanager:TagResource",
                    "secretsmanager:UntagResource",
                    "secretsmanager:DescribeSecret",
                    "secretsmanager:UpdateSecret",
                    "secretsmanager:DeleteSecret",
                ],
            ),
        ],
    },
    Needs {
        resource_type: "AWS::Redshift::ClusterSubnetGroup",
        on: &[
            (ANY, &["redshift:DescribeClusterSubnetGroups"]),
            (
                "arn:aws:redshift:{region}:{account}:subnetgroup:{name}-batch-redshiftsubnets-1",
                &[
                    "redshift:CreateClusterSubnetGroup",
                    "redshift:ModifyClusterSubnetGroup",
                    "redshift:CreateTags",
                    "redshift:DeleteTags",
                    "redshift:DescribeTags",
                    "redshift:DeleteClusterSubnetGroup",
                ],
            ),
        ],
    },
    Needs {
        resource_type: "AWS::Redshift::ClusterParameterGroup",
        on: &[
            (ANY, &["redshift:DescribeClusterParameterGroups"]),
            (
                "arn:aws:redshift:{region}:{account}:parametergroup:{name}",
                &[
                    "redshift:CreateClusterParameterGroup",
                    "redshift:ModifyClusterParameterGroup",
                    "redshift:ResetClusterParameterGroup",
                    "redshift:DescribeClusterParameters",
                    "redshift:CreateTags",
                    "redshift:DeleteTags",
                    "redshift:DescribeTags",
                    "redshift:DeleteClusterParameterGroup",
                ],
            ),
        ],
    },
    Needs {
        resource_type: "AWS::RedshiftServerless::Namespace",
        on: &[
            (ANY, &["redshift-serverless:ListSnapshotCopyConfigurations"]),
            (
                "arn:aws:redshift-serverless:{region}:{account}:namespace/1",
                &[
                    "redshift-serverless:CreateNamespace",
                    "redshift-serverless:GetNamespace",
                    "redshift-serverless:UpdateNamespace",
                    "redshift-serverless:TagResource",
                    "redshift-serverless:UntagResource",
                    "redshift-serverless:ListTagsForResource",
                    "redshift-serverless:DeleteNamespace",
                ],
            ),
            ("arn:aws:redshift:{region}:{account}:namespace:1", &["redshift:GetResourcePolicy"]),
            ("arn:aws:iam::{account}:role/{name}-redshift-{region}", &["iam:PassRole"]),
            (
                "arn:aws:iam::{account}:role/aws-service-role/redshift.amazonaws.com/x",
                &["iam:CreateServiceLinkedRole"],
            ),
            (
                "arn:aws:secretsmanager:{region}:{account}:secret:redshift!{name}-sentistack-1",
                &[
                    "secretsmanager:CreateSecret",
                    "secretsmanager:TagResource",
                    "secretsmanager:DeleteSecret",
                    "secretsmanager:DescribeSecret",
                    "secretsmanager:RotateSecret",
                    "secretsmanager:UpdateSecret",
                ],
            ),
        ],
    },
    Needs {
        resource_type: "AWS::RedshiftServerless::Workgroup",
        on: &[
            (
                ANY,
                &[
                    "ec2:DescribeVpcAttribute",
                    "ec2:DescribeSecurityGroups",
                    "ec2:DescribeAddresses",
                    "ec2:DescribeInternetGateways",
                    "ec2:DescribeSubnets",
                    "ec2:DescribeAccountAttributes",
                    "ec2:DescribeAvailabilityZones",
                ],
            ),
            (
                "arn:aws:redshift-serverless:{region}:{account}:workgroup/1",
                &[
                    "redshift-serverless:CreateWorkgroup",
                    "redshift-serverless:GetWorkgroup",
                    "redshift-serverless:UpdateWorkgroup",
                    "redshift-serverless:TagResource",
                    "redshift-serverless:UntagResource",
                    "redshift-serverless:ListTagsForResource",
                    "redshift-serverless:DeleteWorkgroup",
                ],
            ),
            (
                "arn:aws:redshift-serverless:{region}:{account}:namespace/1",
                &["redshift-serverless:GetNamespace"],
            ),
        ],
    },
    Needs {
        resource_type: "AWS::CloudWatch::Alarm",
        on: &[(
            "arn:aws:cloudwatch:{region}:{account}:alarm:{name}-stream-late",
            &[
                "cloudwatch:PutMetricAlarm",
                "cloudwatch:DescribeAlarms",
                "cloudwatch:TagResource",
                "cloudwatch:UntagResource",
                "cloudwatch:ListTagsForResource",
                "cloudwatch:DeleteAlarms",
            ],
        )],
    },
    Needs {
        resource_type: "AWS::CloudWatch::Dashboard",
        on: &[(
            "arn:aws:cloudwatch::{account}:dashboard/{name}",
            &[
                "cloudwatch:PutDashboard",
                "cloudwatch:GetDashboard",
                "cloudwatch:TagResource",
                "cloudwatch:UntagResource",
                "cloudwatch:ListTagsForResource",
                "cloudwatch:DeleteDashboards",
            ],
        )],
    },
    Needs {
        resource_type: "AWS::KinesisFirehose::DeliveryStream",
        on: &[
            (
                "arn:aws:firehose:{region}:{account}:deliverystream/{name}",
                &[
                    "firehose:CreateDeliveryStream",
                    "firehose:DescribeDeliveryStream",
                    "firehose:UpdateDestination",
                    "firehose:TagDeliveryStream",
                    "firehose:UntagDeliveryStream",
                    "firehose:ListTagsForDeliveryStream",
                    "firehose:StartDeliveryStreamEncryption",
                    "firehose:StopDeliveryStreamEncryption",
                    "firehose:DeleteDeliveryStream",
                ],
            ),
            ("arn:aws:iam::{account}:role/{name}-firehose-{region}", &["iam:PassRole", "iam:GetRole"]),
        ],
    },
    Needs {
        resource_type: "AWS::Lambda::Function",
        on: &[
            (
                "arn:aws:lambda:{region}:{account}:function:{name}-sentiment",
                &[
                    "lambda:CreateFunction",
                    "lambda:GetFunction",
                    "lambda:GetFunctionCodeSigningConfig",
                    "lambda:GetFunctionRecursionConfig",
                    "lambda:GetRuntimeManagementConfig",
                    "lambda:TagResource",
                    "lambda:UntagResource",
                    "lambda:UpdateFunctionCode",
                    "lambda:UpdateFunctionConfiguration",
                    "lambda:DeleteFunction",
                ],
            ),
            ("arn:aws:iam::{account}:role/{name}-function-{region}", &["iam:PassRole"]),
            (
                "arn:aws:s3:::{name}-{account}-{region}/functions/transform.zip",
                &["s3:GetObject", "s3:GetObjectVersion"],
            ),
            (
                "arn:aws:ecr:{region}:{account}:repository/{name}",
                &["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            ),
            (
                ANY,
                &[
                    "ec2:DescribeSecurityGroups",
                    "ec2:DescribeSubnets",
                    "ec2:DescribeVpcs",
                    "ec2:DescribeNetworkInterfaces",
                ],
            ),
        ],
    },
];
