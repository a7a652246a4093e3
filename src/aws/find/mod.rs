//! What every service says is there of a name: by the names that a stack gives, and by the tag.
//! What has ended is not there.

mod compute;
mod data;
mod ec2;

use super::{Account, pages, send};
use crate::error::Result;
use crate::stack::names::{Names, tag};
use crate::stack::state::{Found, Kind};
use crate::stack::ttl;

impl Account {
    pub(super) async fn look_for(&self, kind: Kind, names: &Names, account: &str) -> Result<Vec<Found>> {
        match kind {
            Kind::EmrCluster => self.emr_clusters(names).await,
            Kind::EmrServerless => self.emr_applications(names).await,
            Kind::RedshiftCluster => self.redshift_clusters(names).await,
            Kind::RedshiftWorkgroup => self.redshift_workgroups(names).await,
            Kind::RedshiftNamespace => self.redshift_namespaces(names).await,
            Kind::RedshiftSnapshot => self.redshift_snapshots(names).await,
            Kind::Instance => self.instances(names).await,
            Kind::Volume => self.volumes(names).await,
            Kind::Snapshot => self.snapshots(names).await,
            Kind::Address => self.addresses(names).await,
            Kind::NetworkInterface => self.interfaces(names).await,
            Kind::VpcEndpoint => self.vpc_endpoints(names).await,
            Kind::NatGateway => self.nat_gateways(names).await,
            Kind::Stream => self.streams(names).await,
            Kind::LogGroup => self.log_groups(names).await,
            Kind::Schedule => self.stray_schedules(names).await,
            Kind::Bucket => self.buckets(names, account).await,
        }
    }

    async fn log_groups(&self, names: &Names) -> Result<Vec<Found>> {
        let name = names.plain();
        // What ends with a slash holds any group below it; the others are one group's name, and no more.
        let prefixes = [
            format!("{}/", names.log_prefix()),
            format!("/aws/lambda/{}", names.function()),
            format!("/aws/lambda/{}", names.scorer()),
            format!("/aws/kinesisfirehose/{name}"),
            format!("/aws/redshift/cluster/{name}/"),
        ];
        let mut found = Vec::new();
        for prefix in &prefixes {
            let groups = pages!(self, logs, "list log groups", |c| c
                .describe_log_groups()
                .log_group_name_prefix(prefix))?;
            found.extend(groups.iter().filter_map(|group| {
                let id = group.log_group_name()?.to_owned();
                if !prefix.ends_with('/') && id != *prefix {
                    return None;
                }
                let bytes = group.stored_bytes().unwrap_or(0);
                Some(Found { state: format!("{bytes} bytes"), ..named(Kind::LogGroup, &id, names) })
            }));
        }
        Ok(found)
    }

    async fn stray_schedules(&self, names: &Names) -> Result<Vec<Found>> {
        // In the group of the stack, and of its name in any other.
        let prefix = format!("{}-ttl-", names.name);
        let mut found = Vec::new();
        let group = names.plain();
        match pages!(self, scheduler, "list schedules", |c| c.list_schedules().group_name(group)) {
            Ok(listed) => found
                .extend(listed.iter().filter_map(|s| Some(schedule(s.name()?, s.state()?.as_str(), names)))),
            Err(failure) if failure.is_not_found() => {}
            Err(failure) => return Err(failure.into()),
        }
        let listed = pages!(self, scheduler, "list schedules", |c| c.list_schedules().name_prefix(&prefix))?;
        // A longer name may be another stack's, which is called like a part of ours.
        let whats = ttl::METERS.into_iter().chain(["batch", "live"]);
        let known: Vec<String> = whats.map(|what| names.schedule(what)).collect();
        let of_ours = listed.iter().filter(|s| s.name().is_some_and(|name| known.iter().any(|k| k == name)));
        found.extend(of_ours.filter_map(|s| Some(schedule(s.name()?, s.state()?.as_str(), names))));
        Ok(found)
    }

    async fn buckets(&self, names: &Names, account: &str) -> Result<Vec<Found>> {
        let bucket = names.bucket(account);
        match send!(self, s3, "look for the bucket", |c| c.head_bucket().bucket(&bucket)) {
            Ok(_) => Ok(vec![named(Kind::Bucket, &bucket, names)]),
            Err(failure) if failure.is_not_found() => Ok(Vec::new()),
            Err(failure) => Err(failure.into()),
        }
    }

    async fn streams(&self, names: &Names) -> Result<Vec<Found>> {
        let mut listed: Vec<String> = Vec::new();
        loop {
            let last = listed.last().cloned();
            let page = send!(self, kinesis, "list streams", |c| c
                .list_streams()
                .set_exclusive_start_stream_name(last.clone()))?;
            listed.extend(page.stream_names().iter().cloned());
            if !page.has_more_streams() || page.stream_names().is_empty() {
                break;
            }
        }
        let mut found = Vec::new();
        for stream in listed {
            let tags = send!(self, kinesis, "read a stream's tags", |c| c
                .list_tags_for_stream()
                .stream_name(&stream));
            let tags = match tags {
                Ok(answer) => answer.tags,
                // Gone between the two calls.
                Err(failure) if failure.is_not_found() => continue,
                Err(failure) => return Err(failure.into()),
            };
            let tags: Vec<_> =
                tags.iter().map(|t| (t.key().to_owned(), t.value().unwrap_or_default().to_owned())).collect();
            found.extend(ours(Kind::Stream, &stream, &stream, "there", &tags, names));
        }
        Ok(found)
    }
}

fn schedule(name: &str, state: &str, names: &Names) -> Found {
    Found { state: state.to_ascii_lowercase(), ..named(Kind::Schedule, name, names) }
}

/// Something whose name says enough.
fn named(kind: Kind, id: &str, names: &Names) -> Found {
    Found {
        kind,
        id: id.to_owned(),
        name: id.to_owned(),
        state: "there".to_owned(),
        part: None,
        owner: Some(names.name.clone()),
        belongs_to: None,
    }
}

/// Something that has our tag, or a name that only ours have and no tag that says otherwise.
fn ours(
    kind: Kind,
    id: &str,
    name: &str,
    state: &str,
    tags: &[(String, String)],
    names: &Names,
) -> Option<Found> {
    let value = |key: &str| tags.iter().find(|(k, _)| k == key).map(|(_, v)| v.clone());
    let owner = value(tag::NAME);
    let matches = match &owner {
        Some(owner) => *owner == names.name,
        None => is_our_name(kind, name, names),
    };
    matches.then(|| Found {
        kind,
        id: id.to_owned(),
        name: name.to_owned(),
        state: state.to_owned(),
        part: value(tag::PART),
        owner,
        belongs_to: None,
    })
}

fn is_our_name(kind: Kind, name: &str, names: &Names) -> bool {
    match kind {
        Kind::EmrCluster => {
            name.strip_prefix(names.plain()).and_then(|rest| rest.strip_prefix('-')).is_some_and(
                |generation| !generation.is_empty() && generation.bytes().all(|b| b.is_ascii_digit()),
            )
        }
        _ => name == names.plain(),
    }
}
