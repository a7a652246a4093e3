//! Networks and machines.

use super::{ANY, Needs};

/// An ARN of EC2's.
macro_rules! ec2 {
    ($kind:literal) => {
        concat!("arn:aws:ec2:{region}:{account}:", $kind, "/x-1")
    };
}

/// What load balancing calls ours.
macro_rules! elb {
    ($what:literal) => {
        concat!("arn:aws:elasticloadbalancing:{region}:{account}:", $what, "/{balancer}/1")
    };
}

pub(super) const NEEDS: &[Needs] = &[
    Needs {
        resource_type: "AWS::EC2::VPC",
        on: &[
            (ANY, &["ec2:DescribeVpcs", "ec2:DescribeVpcAttribute", "ec2:DescribeNetworkAcls"]),
            (
                ec2!("vpc"),
                &[
                    "ec2:CreateVpc",
                    "ec2:CreateTags",
                    "ec2:DeleteTags",
                    "ec2:ModifyVpcAttribute",
                    "ec2:DeleteVpc",
                ],
            ),
        ],
    },
    Needs {
        resource_type: "AWS::EC2::InternetGateway",
        on: &[
            (ANY, &["ec2:DescribeInternetGateways"]),
            (
                ec2!("internet-gateway"),
                &[
                    "ec2:CreateInternetGateway",
                    "ec2:CreateTags",
                    "ec2:DeleteTags",
                    "ec2:DeleteInternetGateway",
                ],
            ),
        ],
    },
    Needs {
        resource_type: "AWS::EC2::VPCGatewayAttachment",
        on: &[
            (ec2!("internet-gateway"), &["ec2:AttachInternetGateway", "ec2:DetachInternetGateway"]),
            (ec2!("vpc"), &["ec2:AttachInternetGateway", "ec2:DetachInternetGateway"]),
        ],
    },
    Needs {
        resource_type: "AWS::EC2::Subnet",
        on: &[
            (ANY, &["ec2:DescribeSubnets", "ec2:DescribeNetworkAcls", "ec2:DescribeAvailabilityZones"]),
            (
                ec2!("subnet"),
                &[
                    "ec2:CreateSubnet",
                    "ec2:CreateTags",
                    "ec2:DeleteTags",
                    "ec2:ModifySubnetAttribute",
                    "ec2:DeleteSubnet",
                ],
            ),
            (ec2!("vpc"), &["ec2:CreateSubnet"]),
        ],
    },
    Needs {
        resource_type: "AWS::EC2::RouteTable",
        on: &[
            (ANY, &["ec2:DescribeRouteTables"]),
            (
                ec2!("route-table"),
                &["ec2:CreateRouteTable", "ec2:CreateTags", "ec2:DeleteTags", "ec2:DeleteRouteTable"],
            ),
            (ec2!("vpc"), &["ec2:CreateRouteTable"]),
        ],
    },
    Needs {
        resource_type: "AWS::EC2::Route",
        on: &[
            (ANY, &["ec2:DescribeRouteTables", "ec2:DescribeNetworkInterfaces"]),
            (ec2!("route-table"), &["ec2:CreateRoute", "ec2:ReplaceRoute", "ec2:DeleteRoute"]),
        ],
    },
    Needs {
        resource_type: "AWS::EC2::SubnetRouteTableAssociation",
        on: &[
            (
                ec2!("route-table"),
                &[
                    "ec2:AssociateRouteTable",
                    "ec2:ReplaceRouteTableAssociation",
                    "ec2:DisassociateRouteTable",
                ],
            ),
            (ec2!("subnet"), &["ec2:AssociateRouteTable", "ec2:DisassociateRouteTable"]),
        ],
    },
    Needs {
        resource_type: "AWS::EC2::SecurityGroup",
        on: &[
            (ANY, &["ec2:DescribeSecurityGroups", "ec2:DescribeInstances"]),
            (
                ec2!("security-group"),
                &[
                    "ec2:CreateSecurityGroup",
                    "ec2:CreateTags",
                    "ec2:DeleteTags",
                    "ec2:DeleteSecurityGroup",
                    "ec2:AuthorizeSecurityGroupEgress",
                    "ec2:RevokeSecurityGroupEgress",
                    "ec2:AuthorizeSecurityGroupIngress",
                    "ec2:RevokeSecurityGroupIngress",
                    "ec2:UpdateSecurityGroupRuleDescriptionsEgress",
                    "ec2:UpdateSecurityGroupRuleDescriptionsIngress",
                ],
            ),
            (ec2!("vpc"), &["ec2:CreateSecurityGroup"]),
        ],
    },
    Needs {
        resource_type: "AWS::EC2::SecurityGroupIngress",
        on: &[
            (ANY, &["ec2:DescribeSecurityGroupRules"]),
            (
                ec2!("security-group"),
                &[
                    "ec2:AuthorizeSecurityGroupIngress",
                    "ec2:RevokeSecurityGroupIngress",
                    "ec2:UpdateSecurityGroupRuleDescriptionsIngress",
                ],
            ),
        ],
    },
    Needs {
        resource_type: "AWS::EC2::SecurityGroupEgress",
        on: &[
            (ANY, &["ec2:DescribeSecurityGroupRules"]),
            (
                ec2!("security-group"),
                &[
                    "ec2:AuthorizeSecurityGroupEgress",
                    "ec2:RevokeSecurityGroupEgress",
                    "ec2:UpdateSecurityGroupRuleDescriptionsEgress",
                ],
            ),
        ],
    },
    Needs {
        resource_type: "AWS::EC2::VPCEndpoint",
        on: &[
            (ANY, &["ec2:DescribeVpcEndpoints"]),
            (
                ec2!("vpc-endpoint"),
                &[
                    "ec2:CreateVpcEndpoint",
                    "ec2:CreateTags",
                    "ec2:DeleteTags",
                    "ec2:ModifyVpcEndpoint",
                    "ec2:DeleteVpcEndpoints",
                ],
            ),
            (ec2!("vpc"), &["ec2:CreateVpcEndpoint"]),
            (ec2!("subnet"), &["ec2:CreateVpcEndpoint"]),
            (ec2!("security-group"), &["ec2:CreateVpcEndpoint"]),
            (ec2!("route-table"), &["ec2:CreateVpcEndpoint"]),
        ],
    },
    Needs {
        resource_type: "AWS::EC2::Instance",
        on: &[
            (
                ANY,
                &[
                    "ec2:DescribeInstances",
                    "ec2:DescribeInstanceAttribute",
                    "ec2:DescribeInstanceCreditSpecifications",
                    "ec2:DescribeIamInstanceProfileAssociations",
                    "ec2:DescribeNetworkInterfaces",
                    "ec2:DescribeVolumes",
                ],
            ),
            (
                ec2!("instance"),
                &[
                    "ec2:RunInstances",
                    "ec2:CreateTags",
                    "ec2:DeleteTags",
                    "ec2:ModifyInstanceAttribute",
                    "ec2:ModifyInstanceMetadataOptions",
                    "ec2:StartInstances",
                    "ec2:StopInstances",
                    "ec2:TerminateInstances",
                    "ec2:AssociateIamInstanceProfile",
                ],
            ),
            (ec2!("subnet"), &["ec2:RunInstances"]),
            (ec2!("security-group"), &["ec2:RunInstances"]),
            (ec2!("network-interface"), &["ec2:RunInstances"]),
            (ec2!("volume"), &["ec2:RunInstances"]),
            ("arn:aws:ec2:{region}::image/ami-1", &["ec2:RunInstances"]),
            ("arn:aws:iam::{account}:role/{name}-grafana-{region}", &["iam:PassRole"]),
            ("arn:aws:iam::{account}:role/{name}-runner-{region}", &["iam:PassRole"]),
            ("arn:aws:iam::{account}:role/{name}-endpoint-{region}", &["iam:PassRole"]),
            (
                "arn:aws:ssm:{region}::parameter/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64",
                &["ssm:GetParameters"],
            ),
        ],
    },
    Needs {
        resource_type: "AWS::ElasticLoadBalancingV2::LoadBalancer",
        on: &[
            (
                ANY,
                &[
                    "elasticloadbalancing:DescribeLoadBalancers",
                    "elasticloadbalancing:DescribeLoadBalancerAttributes",
                    "elasticloadbalancing:DescribeTags",
                ],
            ),
            (
                elb!("loadbalancer/net"),
                &[
                    "elasticloadbalancing:CreateLoadBalancer",
                    "elasticloadbalancing:AddTags",
                    "elasticloadbalancing:RemoveTags",
                    "elasticloadbalancing:ModifyLoadBalancerAttributes",
                    "elasticloadbalancing:SetIpAddressType",
                    "elasticloadbalancing:SetSecurityGroups",
                    "elasticloadbalancing:SetSubnets",
                    "elasticloadbalancing:DeleteLoadBalancer",
                ],
            ),
            (
                "arn:aws:iam::{account}:role/aws-service-role/elasticloadbalancing.amazonaws.com/x",
                &["iam:CreateServiceLinkedRole"],
            ),
        ],
    },
    Needs {
        resource_type: "AWS::ElasticLoadBalancingV2::TargetGroup",
        on: &[
            (
                ANY,
                &[
                    "elasticloadbalancing:DescribeTargetGroups",
                    "elasticloadbalancing:DescribeTargetGroupAttributes",
                    "elasticloadbalancing:DescribeTargetHealth",
                    "elasticloadbalancing:DescribeTags",
                ],
            ),
            (
                elb!("targetgroup"),
                &[
                    "elasticloadbalancing:CreateTargetGroup",
                    "elasticloadbalancing:AddTags",
                    "elasticloadbalancing:RemoveTags",
                    "elasticloadbalancing:RegisterTargets",
                    "elasticloadbalancing:DeregisterTargets",
                    "elasticloadbalancing:ModifyTargetGroup",
                    "elasticloadbalancing:ModifyTargetGroupAttributes",
                    "elasticloadbalancing:DeleteTargetGroup",
                ],
            ),
        ],
    },
    Needs {
        resource_type: "AWS::ElasticLoadBalancingV2::Listener",
        on: &[
            (
                ANY,
                &[
                    "elasticloadbalancing:DescribeListeners",
                    "elasticloadbalancing:DescribeListenerAttributes",
                    "elasticloadbalancing:DescribeTags",
                ],
            ),
            (elb!("loadbalancer/net"), &["elasticloadbalancing:CreateListener"]),
            (
                "arn:aws:elasticloadbalancing:{region}:{account}:listener/net/{balancer}/1/2",
                &[
                    "elasticloadbalancing:AddTags",
                    "elasticloadbalancing:RemoveTags",
                    "elasticloadbalancing:ModifyListener",
                    "elasticloadbalancing:ModifyListenerAttributes",
                    "elasticloadbalancing:DeleteListener",
                ],
            ),
        ],
    },
];
