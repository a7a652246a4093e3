//! Redshift: clusters, workgroups, namespaces, snapshots.

use super::super::{Account, pages};
use super::{named, ours};
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
        Ok(listed
            .iter()
            .filter(|workgroup| workgroup.workgroup_name() == Some(names.plain()))
            .map(|workgroup| Found {
                state: workgroup.status().map_or("there", |s| s.as_str()).to_ascii_lowercase(),
                ..named(Kind::RedshiftWorkgroup, names.plain(), names)
            })
            .collect())
    }

    pub(super) async fn redshift_namespaces(&self, names: &Names) -> Result<Vec<Found>> {
        let listed = pages!(self, redshift_serverless, "list Redshift namespaces", |c| c.list_namespaces())?;
        Ok(listed
            .iter()
            .filter(|namespace| namespace.namespace_name() == Some(names.plain()))
            .map(|namespace| Found {
                state: namespace.status().map_or("there", |s| s.as_str()).to_ascii_lowercase(),
                ..named(Kind::RedshiftNamespace, names.plain(), names)
            })
            .collect())
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
