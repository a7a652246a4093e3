//! Ends what bills, and deletes what was found.

use std::time::Duration;

use super::{Account, send};
use crate::error::{Error, Result};
use crate::stack::state::{Found, Kind};

/// Ended already, or on its way: as good as done.
macro_rules! unless_gone {
    ($answer:expr) => {
        match $answer {
            Ok(_) => Ok(()),
            Err(failure) if failure.is_not_found() => Ok(()),
            Err(failure) => Err(failure.into()),
        }
    };
}

impl Account {
    pub(super) async fn cluster_state(&self, id: &str) -> Result<Option<String>> {
        match send!(self, emr, "describe the EMR cluster", |c| c.describe_cluster().cluster_id(id)) {
            Ok(answer) => Ok(answer
                .cluster()
                .and_then(|cluster| cluster.status())
                .and_then(|status| status.state())
                .map(|state| state.as_str().to_owned())),
            // EMR has no code of its own for a cluster that it does not know.
            Err(failure) if failure.is_not_found() || failure.is("InvalidRequestException") => Ok(None),
            Err(failure) => Err(failure.into()),
        }
    }

    pub(super) async fn stop(&self, found: &Found) -> Result<()> {
        let id = &found.id;
        let what = format!("stop the {} {id}", found.kind.words());
        match found.kind {
            Kind::EmrServerless => {
                unless_gone!(send!(self, emr_serverless, &what, |c| c.stop_application().application_id(id)))
            }
            _ => Box::pin(self.remove(found)).await,
        }
    }

    pub(super) async fn remove(&self, found: &Found) -> Result<()> {
        let id = &found.id;
        let what = format!("delete the {} {id}", found.kind.words());
        match found.kind {
            Kind::EmrCluster => {
                unless_gone!(send!(self, emr, &what, |c| c.terminate_job_flows().job_flow_ids(id)))
            }
            Kind::EmrServerless => {
                self.stop_application_first(found).await?;
                unless_gone!(send!(self, emr_serverless, &what, |c| c
                    .delete_application()
                    .application_id(id)))
            }
            Kind::RedshiftCluster => unless_gone!(send!(self, redshift, &what, |c| c
                .delete_cluster()
                .cluster_identifier(id)
                .skip_final_cluster_snapshot(true))),
            Kind::RedshiftWorkgroup => {
                unless_gone!(send!(self, redshift_serverless, &what, |c| c
                    .delete_workgroup()
                    .workgroup_name(id)))
            }
            Kind::RedshiftNamespace => {
                unless_gone!(send!(self, redshift_serverless, &what, |c| c
                    .delete_namespace()
                    .namespace_name(id)))
            }
            Kind::RedshiftSnapshot => unless_gone!(send!(self, redshift, &what, |c| c
                .delete_cluster_snapshot()
                .snapshot_identifier(id))),
            Kind::Instance => {
                unless_gone!(send!(self, ec2, &what, |c| c.terminate_instances().instance_ids(id)))
            }
            Kind::Volume => unless_gone!(send!(self, ec2, &what, |c| c.delete_volume().volume_id(id))),
            Kind::Snapshot => unless_gone!(send!(self, ec2, &what, |c| c.delete_snapshot().snapshot_id(id))),
            Kind::Address => unless_gone!(send!(self, ec2, &what, |c| c.release_address().allocation_id(id))),
            Kind::NetworkInterface => {
                unless_gone!(send!(self, ec2, &what, |c| c
                    .delete_network_interface()
                    .network_interface_id(id)))
            }
            Kind::VpcEndpoint => {
                unless_gone!(send!(self, ec2, &what, |c| c.delete_vpc_endpoints().vpc_endpoint_ids(id)))
            }
            Kind::NatGateway => {
                unless_gone!(send!(self, ec2, &what, |c| c.delete_nat_gateway().nat_gateway_id(id)))
            }
            Kind::Stream => unless_gone!(send!(self, kinesis, &what, |c| c
                .delete_stream()
                .stream_name(id)
                .enforce_consumer_deletion(true))),
            Kind::LogGroup => {
                unless_gone!(send!(self, logs, &what, |c| c.delete_log_group().log_group_name(id)))
            }
            Kind::Schedule => self.remove_stray_schedule(id).await,
            Kind::Bucket => Err(Error::failed(format!("the bucket {id} holds posts: it is not swept"))
                .hint("`sentistack stack down --purge --confirm NAME` deletes it with its contents")),
        }
    }

    /// An application can be deleted only when it is stopped.
    async fn stop_application_first(&self, found: &Found) -> Result<()> {
        self.stop(found).await?;
        let id = &found.id;
        for _ in 0..60 {
            let answer = send!(self, emr_serverless, "describe the EMR Serverless application", |c| c
                .get_application()
                .application_id(id));
            let state = match answer {
                Ok(answer) => answer.application().map(|a| a.state().as_str().to_owned()),
                Err(failure) if failure.is_not_found() => return Ok(()),
                Err(failure) => return Err(failure.into()),
            };
            if matches!(state.as_deref(), None | Some("STOPPED" | "CREATED" | "TERMINATED")) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        Ok(())
    }

    /// A schedule of our name may be in any group.
    async fn remove_stray_schedule(&self, name: &str) -> Result<()> {
        let listed =
            super::pages!(self, scheduler, "list schedules", |c| c.list_schedules().name_prefix(name))?;
        for schedule in listed.iter().filter(|schedule| schedule.name() == Some(name)) {
            self.remove_schedule(schedule.group_name().unwrap_or("default"), name).await?;
        }
        Ok(())
    }
}
