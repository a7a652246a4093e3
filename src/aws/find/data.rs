//! Redshift: clusters, workgroups, namespaces, snapshots.

use super::super::{Account, pages, send};
use super::ours;
use crate::error::Result;
use crate::stack::names::Names;
use crate::stack::state::{Found, Kind};

type Tags = Vec<(String, String)>;

fn tags(tags: &[aws_sdk_redshift::types::Tag]) -> Tags {
    tags.iter()
        .filter_map(|t| Some((t.key()?.to_owned(), t.value().unwrap_or_default().to_owned())))
        .collect()
}

impl Account {
    pub(super) async fn redshift_clusters(&self, names: &Names) -> Result<Vec<Found>> {
        let listed = pages!(self, redshift, "list Redshift clusters", |c| c.describe_clusters())?;
        Ok(listed
            .iter()
            .filter_map(|cluster| {
                let id = cluster.cluster_identifier()?;
                let state = cluster.cluster_status().unwrap_or("there");
                ours(Kind::RedshiftCluster, id, id, state, &tags(cluster.tags()), names)
            })
            .collect())
    }

    pub(super) async fn redshift_workgroups(&self, names: &Names) -> Result<Vec<Found>> {
        let listed = pages!(self, redshift_serverless, "list Redshift workgroups", |c| c.list_workgroups())?;
        let mut found = Vec::new();
        for workgroup in listed {
            let (Some(id), Some(arn)) = (workgroup.workgroup_name(), workgroup.workgroup_arn()) else {
                continue;
            };
            let state = workgroup.status().map_or("there", |s| s.as_str()).to_ascii_lowercase();
            let tags = self.serverless_tags(arn).await?;
            found.extend(ours(Kind::RedshiftWorkgroup, id, id, &state, &tags, names));
        }
        Ok(found)
    }

    pub(super) async fn redshift_namespaces(&self, names: &Names) -> Result<Vec<Found>> {
        let listed = pages!(self, redshift_serverless, "list Redshift namespaces", |c| c.list_namespaces())?;
        let mut found = Vec::new();
        for namespace in listed {
            let (Some(id), Some(arn)) = (namespace.namespace_name(), namespace.namespace_arn()) else {
                continue;
            };
            let state = namespace.status().map_or("there", |s| s.as_str()).to_ascii_lowercase();
            let tags = self.serverless_tags(arn).await?;
            found.extend(ours(Kind::RedshiftNamespace, id, id, &state, &tags, names));
        }
        Ok(found)
    }

    async fn serverless_tags(&self, arn: &str) -> Result<Tags> {
        let what = "read the tags of Redshift Serverless";
        match send!(self, redshift_serverless, what, |c| c.list_tags_for_resource().resource_arn(arn)) {
            Ok(answer) => {
                Ok(answer.tags().iter().map(|t| (t.key().to_owned(), t.value().to_owned())).collect())
            }
            // Gone between the two calls.
            Err(failure) if failure.is_not_found() => Ok(Tags::new()),
            Err(failure) => Err(failure.into()),
        }
    }

    /// Snapshots of a cluster of ours; an automated one goes with its cluster.
    pub(super) async fn redshift_snapshots(&self, names: &Names) -> Result<Vec<Found>> {
        let listed = pages!(self, redshift, "list Redshift snapshots", |c| c.describe_cluster_snapshots())?;
        let of_clusters = listed.iter().filter_map(|snapshot| {
            let id = snapshot.snapshot_identifier()?;
            let cluster = snapshot.cluster_identifier()?;
            let state = snapshot.status().unwrap_or("there");
            let found = ours(Kind::RedshiftSnapshot, id, cluster, state, &tags(snapshot.tags()), names)?;
            let automated = snapshot.snapshot_type() == Some("automated");
            Some(Found { name: id.to_owned(), belongs_to: automated.then(|| cluster.to_owned()), ..found })
        });
        Ok(of_clusters.collect())
    }
}
