//! The clients, with one HTTP client and one way to try again for all of them.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_smithy_http_client::tls::{self, rustls_provider::CryptoMode};

/// How the account is reached.
#[derive(Clone, Debug, Default)]
pub struct Access {
    pub region: String,
    /// A profile of `~/.aws`; `None`: as AWS's tools choose.
    pub profile: Option<String>,
    /// Whether buckets are named in the path, as a local endpoint wants it.
    pub path_style: bool,
}

pub struct Clients {
    pub config: SdkConfig,
    pub cloudformation: aws_sdk_cloudformation::Client,
    pub comprehend: aws_sdk_comprehend::Client,
    pub ec2: aws_sdk_ec2::Client,
    pub ecr: aws_sdk_ecr::Client,
    pub emr: aws_sdk_emr::Client,
    pub emr_serverless: aws_sdk_emrserverless::Client,
    pub firehose: aws_sdk_firehose::Client,
    pub iam: aws_sdk_iam::Client,
    pub kinesis: aws_sdk_kinesis::Client,
    pub logs: aws_sdk_cloudwatchlogs::Client,
    pub pricing: aws_sdk_pricing::Client,
    pub redshift: aws_sdk_redshift::Client,
    pub redshift_data: aws_sdk_redshiftdata::Client,
    pub redshift_serverless: aws_sdk_redshiftserverless::Client,
    pub s3: aws_sdk_s3::Client,
    pub scheduler: aws_sdk_scheduler::Client,
    pub secrets: aws_sdk_secretsmanager::Client,
    pub quotas: aws_sdk_servicequotas::Client,
    pub ssm: aws_sdk_ssm::Client,
    pub sts: aws_sdk_sts::Client,
}

/// Attempts of one call, the first one counted.
const ATTEMPTS: u32 = 6;

impl Clients {
    pub async fn open(access: &Access) -> Self {
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(tls::Provider::Rustls(CryptoMode::Ring))
            .build_https();
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(10))
            .operation_attempt_timeout(Duration::from_secs(60))
            .build();
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new(access.region.clone()))
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
            .timeout_config(timeouts)
            .http_client(http);
        if let Some(profile) = &access.profile {
            loader = loader.profile_name(profile);
        }
        let config = loader.load().await;
        let s3 = aws_sdk_s3::config::Builder::from(&config).force_path_style(access.path_style).build();
        // The price list is served from a few regions alone.
        let pricing =
            aws_sdk_pricing::config::Builder::from(&config).region(Region::new("us-east-1")).build();
        Self {
            cloudformation: aws_sdk_cloudformation::Client::new(&config),
            comprehend: aws_sdk_comprehend::Client::new(&config),
            ec2: aws_sdk_ec2::Client::new(&config),
            ecr: aws_sdk_ecr::Client::new(&config),
            emr: aws_sdk_emr::Client::new(&config),
            emr_serverless: aws_sdk_emrserverless::Client::new(&config),
            firehose: aws_sdk_firehose::Client::new(&config),
            iam: aws_sdk_iam::Client::new(&config),
            kinesis: aws_sdk_kinesis::Client::new(&config),
            logs: aws_sdk_cloudwatchlogs::Client::new(&config),
            pricing: aws_sdk_pricing::Client::from_conf(pricing),
            redshift: aws_sdk_redshift::Client::new(&config),
            redshift_data: aws_sdk_redshiftdata::Client::new(&config),
            redshift_serverless: aws_sdk_redshiftserverless::Client::new(&config),
            s3: aws_sdk_s3::Client::from_conf(s3),
            scheduler: aws_sdk_scheduler::Client::new(&config),
            secrets: aws_sdk_secretsmanager::Client::new(&config),
            quotas: aws_sdk_servicequotas::Client::new(&config),
            ssm: aws_sdk_ssm::Client::new(&config),
            sts: aws_sdk_sts::Client::new(&config),
            config,
        }
    }
}
