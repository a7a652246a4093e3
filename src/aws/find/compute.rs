//! EMR clusters and applications.

use aws_sdk_emr::types::ClusterState;

use super::super::{Account, pages, send};
use super::ours;
use crate::error::Result;
use crate::stack::names::Names;
use crate::stack::state::{Found, Kind};

/// States in which a cluster bills, or is about to end.
const ALIVE: [ClusterState; 5] = [
    ClusterState::Starting,
    ClusterState::Bootstrapping,
    ClusterState::Running,
    ClusterState::Waiting,
    ClusterState::Terminating,
];

impl Account {
    pub(super) async fn emr_clusters(&self, names: &Names) -> Result<Vec<Found>> {
        let listed = pages!(self, emr, "list EMR clusters", |c| c
            .list_clusters()
            .set_cluster_states(Some(ALIVE.to_vec())))?;
        let mut found = Vec::new();
        for summary in listed {
            let Some(id) = summary.id() else { continue };
            let answer =
                send!(self, emr, "describe an EMR cluster", |c| c.describe_cluster().cluster_id(id))?;
            let Some(cluster) = answer.cluster() else { continue };
            let tags: Vec<_> = cluster
                .tags()
                .iter()
                .filter_map(|t| Some((t.key()?.to_owned(), t.value().unwrap_or_default().to_owned())))
                .collect();
            let state = cluster.status().and_then(|s| s.state()).map_or("there", |s| s.as_str());
            found.extend(ours(Kind::EmrCluster, id, cluster.name().unwrap_or_default(), state, &tags, names));
        }
        Ok(found)
    }

    pub(super) async fn emr_applications(&self, names: &Names) -> Result<Vec<Found>> {
        let listed =
            pages!(self, emr_serverless, "list EMR Serverless applications", |c| c.list_applications())?;
        let mut found = Vec::new();
        for summary in listed {
            let id = summary.id();
            if summary.state().as_str() == "TERMINATED" {
                continue;
            }
            let answer = send!(self, emr_serverless, "describe an EMR Serverless application", |c| c
                .get_application()
                .application_id(id));
            let tags: Vec<(String, String)> = match answer {
                Ok(answer) => answer
                    .application()
                    .and_then(|application| application.tags())
                    .map(|tags| tags.iter().map(|(k, v)| (k.clone(), v.clone())).collect())
                    .unwrap_or_default(),
                Err(failure) if failure.is_not_found() => continue,
                Err(failure) => return Err(failure.into()),
            };
            let name = summary.name().unwrap_or_default();
            found.extend(ours(Kind::EmrServerless, id, name, summary.state().as_str(), &tags, names));
        }
        Ok(found)
    }
}
