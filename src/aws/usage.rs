//! The hard cap on what Redshift Serverless may use.

use aws_sdk_redshiftserverless::types as rs;

use super::{Account, missing, send};
use crate::error::Result;

impl Account {
    pub(super) async fn cap(&self, workgroup: &str, rpu_hours: u64) -> Result<bool> {
        let amount = i64::try_from(rpu_hours).unwrap_or(i64::MAX);
        let answer = send!(self, redshift_serverless, "describe the workgroup", |c| c
            .get_workgroup()
            .workgroup_name(workgroup))?;
        let arn = answer
            .workgroup()
            .and_then(|workgroup| workgroup.workgroup_arn())
            .ok_or_else(|| missing("the workgroup's ARN"))?
            .to_owned();
        let limits = send!(self, redshift_serverless, "list usage limits", |c| c
            .list_usage_limits()
            .resource_arn(&arn)
            .usage_type(rs::UsageLimitUsageType::ServerlessCompute))?;
        let Some(there) = limits.usage_limits().first() else {
            send!(self, redshift_serverless, "set the usage limit", |c| c
                .create_usage_limit()
                .resource_arn(&arn)
                .usage_type(rs::UsageLimitUsageType::ServerlessCompute)
                .amount(amount)
                .period(rs::UsageLimitPeriod::Monthly)
                .breach_action(rs::UsageLimitBreachAction::Deactivate))?;
            return Ok(true);
        };
        if there.amount() == Some(amount) {
            return Ok(false);
        }
        let id = there.usage_limit_id().unwrap_or_default().to_owned();
        send!(self, redshift_serverless, "change the usage limit", |c| c
            .update_usage_limit()
            .usage_limit_id(&id)
            .amount(amount)
            .breach_action(rs::UsageLimitBreachAction::Deactivate))?;
        Ok(true)
    }
}
