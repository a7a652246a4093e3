//! What has to be so in an account before a stack can come up.

use super::{Account, send};
use crate::error::Result;

/// What was found out. `None`: the caller may not ask.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// Instance types, of those asked for, that the region does not offer.
    pub missing_types: Option<Vec<String>>,
    /// Service-linked roles that are missing.
    pub missing_roles: Vec<String>,
    /// vCPU that on-demand instances may use at once.
    pub vcpu_quota: Option<f64>,
    /// Elastic addresses are not used, but public subnets and gateways count.
    pub vpc_quota: Option<f64>,
}

/// Roles that a service makes for itself the first time, if the caller may.
const SERVICE_ROLES: [&str; 2] = ["AWSServiceRoleForEMRCleanup", "AWSServiceRoleForRedshift"];

impl Account {
    /// Looks at what a stack of these instance types needs.
    pub async fn facts(&self, instance_types: &[String]) -> Result<Facts> {
        let mut facts =
            Facts { missing_types: self.missing_types(instance_types).await?, ..Facts::default() };
        for role in SERVICE_ROLES {
            match send!(self, iam, "look for a service-linked role", |c| c.get_role().role_name(role)) {
                Ok(_) => {}
                Err(failure) if failure.is_not_found() => facts.missing_roles.push(role.to_owned()),
                // Who may not ask is not told.
                Err(_) => {}
            }
        }
        // "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances", in vCPU; "VPCs per Region".
        facts.vcpu_quota = self.quota("ec2", "L-1216C47A").await;
        facts.vpc_quota = self.quota("vpc", "L-F678F1CE").await;
        Ok(facts)
    }

    async fn quota(&self, service: &str, code: &str) -> Option<f64> {
        let answer = send!(self, quotas, "read a quota", |c| c
            .get_service_quota()
            .service_code(service)
            .quota_code(code));
        answer.ok()?.quota()?.value()
    }

    /// Those of `types` that no zone of the region offers; `None` if it will not say.
    pub async fn missing_types(&self, types: &[String]) -> Result<Option<Vec<String>>> {
        let mut missing = Vec::new();
        for kind in types {
            let by_type =
                aws_sdk_ec2::types::Filter::builder().name("instance-type").values(kind.clone()).build();
            let answer = send!(self, ec2, "ask which instance types the region has", |c| c
                .describe_instance_type_offerings()
                .filters(by_type.clone()));
            match answer {
                Ok(answer) if answer.instance_type_offerings().is_empty() => missing.push(kind.clone()),
                Ok(_) => {}
                Err(failure) if failure.is("UnauthorizedOperation") => return Ok(None),
                Err(failure) => return Err(failure.into()),
            }
        }
        Ok(Some(missing))
    }
}
