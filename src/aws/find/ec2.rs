//! EC2 and its network, by tag. EC2 gives its own names to what it makes, so the tag is all there is.

use aws_sdk_ec2::types::{Filter, Tag};

use super::super::{Account, pages, send};
use crate::error::Result;
use crate::stack::names::{Names, tag};
use crate::stack::state::{Found, Kind};

/// The tag by which EMR marks the nodes of a cluster.
const EMR_NODE: &str = "aws:elasticmapreduce:job-flow-id";

fn tagged(names: &Names) -> Filter {
    Filter::builder().name(format!("tag:{}", tag::NAME)).values(names.plain()).build()
}

fn one_of(name: &str, values: &[&str]) -> Filter {
    Filter::builder().name(name).set_values(Some(values.iter().map(|v| (*v).to_owned()).collect())).build()
}

fn value(tags: &[Tag], key: &str) -> Option<String> {
    tags.iter().find(|t| t.key() == Some(key)).and_then(|t| t.value()).map(str::to_owned)
}

fn found(kind: Kind, id: Option<&str>, state: &str, tags: &[Tag]) -> Option<Found> {
    let id = id?;
    Some(Found {
        kind,
        id: id.to_owned(),
        name: value(tags, "Name").unwrap_or_else(|| id.to_owned()),
        state: state.to_owned(),
        part: value(tags, tag::PART),
        owner: value(tags, tag::NAME),
        belongs_to: None,
    })
}

impl Account {
    pub(super) async fn instances(&self, names: &Names) -> Result<Vec<Found>> {
        let alive =
            one_of("instance-state-name", &["pending", "running", "stopping", "stopped", "shutting-down"]);
        let reservations = pages!(self, ec2, "list EC2 instances", |c| c
            .describe_instances()
            .filters(tagged(names))
            .filters(alive.clone()))?;
        Ok(reservations
            .iter()
            .flat_map(|reservation| reservation.instances())
            .filter_map(|instance| {
                let state = instance.state().and_then(|s| s.name()).map_or("there", |s| s.as_str());
                let found = found(Kind::Instance, instance.instance_id(), state, instance.tags())?;
                Some(Found { belongs_to: value(instance.tags(), EMR_NODE), ..found })
            })
            .collect())
    }

    pub(super) async fn volumes(&self, names: &Names) -> Result<Vec<Found>> {
        let volumes = pages!(self, ec2, "list EBS volumes", |c| c.describe_volumes().filters(tagged(names)))?;
        Ok(volumes
            .iter()
            .filter_map(|volume| {
                let state = volume.state().map_or("there", |s| s.as_str());
                let found = found(Kind::Volume, volume.volume_id(), state, volume.tags())?;
                let instance = volume.attachments().first().and_then(|a| a.instance_id());
                Some(Found { belongs_to: instance.map(str::to_owned), ..found })
            })
            .collect())
    }

    pub(super) async fn snapshots(&self, names: &Names) -> Result<Vec<Found>> {
        let snapshots = pages!(self, ec2, "list EBS snapshots", |c| c
            .describe_snapshots()
            .owner_ids("self")
            .filters(tagged(names)))?;
        Ok(snapshots
            .iter()
            .filter_map(|snapshot| {
                let state = snapshot.state().map_or("there", |s| s.as_str());
                found(Kind::Snapshot, snapshot.snapshot_id(), state, snapshot.tags())
            })
            .collect())
    }

    pub(super) async fn addresses(&self, names: &Names) -> Result<Vec<Found>> {
        let answer =
            send!(self, ec2, "list Elastic IP addresses", |c| c.describe_addresses().filters(tagged(names)))?;
        Ok(answer
            .addresses()
            .iter()
            .filter_map(|address| {
                let state = address.public_ip().unwrap_or("there");
                let found = found(Kind::Address, address.allocation_id(), state, address.tags())?;
                Some(Found { belongs_to: address.instance_id().map(str::to_owned), ..found })
            })
            .collect())
    }

    pub(super) async fn interfaces(&self, names: &Names) -> Result<Vec<Found>> {
        let interfaces = pages!(self, ec2, "list network interfaces", |c| c
            .describe_network_interfaces()
            .filters(tagged(names)))?;
        Ok(interfaces
            .iter()
            .filter_map(|interface| {
                let state = interface.status().map_or("there", |s| s.as_str());
                let id = interface.network_interface_id();
                let found = found(Kind::NetworkInterface, id, state, interface.tag_set())?;
                let instance = interface.attachment().and_then(|a| a.instance_id());
                Some(Found { belongs_to: instance.map(str::to_owned), ..found })
            })
            .collect())
    }

    pub(super) async fn vpc_endpoints(&self, names: &Names) -> Result<Vec<Found>> {
        let endpoints =
            pages!(self, ec2, "list VPC endpoints", |c| c.describe_vpc_endpoints().filters(tagged(names)))?;
        Ok(endpoints
            .iter()
            .filter(|endpoint| endpoint.state().is_none_or(|s| !s.as_str().eq_ignore_ascii_case("deleted")))
            .filter_map(|endpoint| {
                let state = endpoint.state().map_or("there", |s| s.as_str());
                found(Kind::VpcEndpoint, endpoint.vpc_endpoint_id(), state, endpoint.tags())
            })
            .collect())
    }

    pub(super) async fn nat_gateways(&self, names: &Names) -> Result<Vec<Found>> {
        let alive = one_of("state", &["pending", "available", "deleting"]);
        let gateways = pages!(self, ec2, "list NAT gateways", |c| c
            .describe_nat_gateways()
            .filter(tagged(names))
            .filter(alive.clone()))?;
        Ok(gateways
            .iter()
            .filter_map(|gateway| {
                let state = gateway.state().map_or("there", |s| s.as_str());
                found(Kind::NatGateway, gateway.nat_gateway_id(), state, gateway.tags())
            })
            .collect())
    }
}
