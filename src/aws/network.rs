//! What keeps a network from being deleted: EMR adds rules by which its security groups name each other, and
//! services leave interfaces behind.

use aws_sdk_ec2::types::{Filter, SecurityGroupRule};

use super::{Account, pages, send};
use crate::error::Result;
use crate::stack::names::{Names, tag};

impl Account {
    pub(super) async fn loosen(&self, names: &Names) -> Result<Vec<String>> {
        let tagged = Filter::builder().name(format!("tag:{}", tag::NAME)).values(names.plain()).build();
        let groups = pages!(self, ec2, "list security groups", |c| c
            .describe_security_groups()
            .filters(tagged.clone()))?;
        let mut done = Vec::new();
        for id in groups.iter().filter_map(|group| group.group_id()) {
            let of_group = Filter::builder().name("group-id").values(id).build();
            let rules = pages!(self, ec2, "list the rules of a security group", |c| c
                .describe_security_group_rules()
                .filters(of_group.clone()))?;
            // Only rules that name a group hold that group.
            let naming: Vec<&SecurityGroupRule> =
                rules.iter().filter(|rule| rule.referenced_group_info().is_some()).collect();
            for egress in [false, true] {
                let ids: Vec<String> = naming
                    .iter()
                    .filter(|rule| rule.is_egress().unwrap_or(false) == egress)
                    .filter_map(|rule| rule.security_group_rule_id().map(str::to_owned))
                    .collect();
                if !ids.is_empty() {
                    done.push(format!("{} rules of {id} that name other groups are taken back", ids.len()));
                    self.revoke(id, ids, egress).await?;
                }
            }
        }
        done.extend(self.drop_idle_interfaces(names).await?);
        Ok(done)
    }

    async fn revoke(&self, group: &str, ids: Vec<String>, egress: bool) -> Result<()> {
        let what = format!("take back rules of {group}");
        let answer = match egress {
            true => send!(self, ec2, &what, |c| c
                .revoke_security_group_egress()
                .group_id(group)
                .set_security_group_rule_ids(Some(ids.clone())))
            .map(|_| ()),
            false => send!(self, ec2, &what, |c| c
                .revoke_security_group_ingress()
                .group_id(group)
                .set_security_group_rule_ids(Some(ids.clone())))
            .map(|_| ()),
        };
        match answer {
            Ok(()) => Ok(()),
            // CloudFormation was quicker.
            Err(failure) if failure.is_not_found() => Ok(()),
            Err(failure) => Err(failure.into()),
        }
    }

    /// Interfaces in our networks that nothing uses any more.
    async fn drop_idle_interfaces(&self, names: &Names) -> Result<Vec<String>> {
        let tagged = Filter::builder().name(format!("tag:{}", tag::NAME)).values(names.plain()).build();
        let networks = pages!(self, ec2, "list networks", |c| c.describe_vpcs().filters(tagged.clone()))?;
        let mut done = Vec::new();
        for vpc in networks.iter().filter_map(|vpc| vpc.vpc_id()) {
            let of_vpc = Filter::builder().name("vpc-id").values(vpc).build();
            let idle = Filter::builder().name("status").values("available").build();
            let interfaces = pages!(self, ec2, "list network interfaces", |c| c
                .describe_network_interfaces()
                .filters(of_vpc.clone())
                .filters(idle.clone()))?;
            for id in interfaces.iter().filter_map(|interface| interface.network_interface_id()) {
                match send!(self, ec2, "delete an interface", |c| c
                    .delete_network_interface()
                    .network_interface_id(id))
                {
                    Ok(_) => done.push(format!("the unused network interface {id} is deleted")),
                    Err(failure) if failure.is_not_found() || failure.is("InvalidParameterValue") => {}
                    Err(failure) => return Err(failure.into()),
                }
            }
        }
        Ok(done)
    }
}
