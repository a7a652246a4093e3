//! Asks every service what is left of a stack, by name and by tag. A stack's own status proves nothing.

use std::collections::BTreeSet;

use futures_util::future::try_join_all;

use super::names::{Names, Part};
use super::port::Observe;
use super::state::{Found, Kind};
use crate::error::Result;

/// What is looked for, in the order in which it is told.
pub const KINDS: [Kind; 17] = [
    Kind::EmrCluster,
    Kind::EmrServerless,
    Kind::RedshiftCluster,
    Kind::RedshiftWorkgroup,
    Kind::RedshiftNamespace,
    Kind::RedshiftSnapshot,
    Kind::Instance,
    Kind::Volume,
    Kind::Snapshot,
    Kind::Address,
    Kind::NetworkInterface,
    Kind::VpcEndpoint,
    Kind::NatGateway,
    Kind::Stream,
    Kind::LogGroup,
    Kind::Schedule,
    Kind::Bucket,
];

/// What carries the name or the tag and belongs to no stack that is there.
pub async fn leftovers(observe: &dyn Observe, names: &Names, account: &str) -> Result<Vec<Found>> {
    let (all, owned) = tokio::try_join!(everything(observe, names, account), owned(observe, names))?;
    Ok(unowned(all, &owned))
}

/// All that is found of the name, whatever it belongs to.
pub async fn everything(observe: &dyn Observe, names: &Names, account: &str) -> Result<Vec<Found>> {
    let found = try_join_all(KINDS.into_iter().map(|kind| observe.find(kind, names, account))).await?;
    let mut found: Vec<Found> = found.into_iter().flatten().collect();
    found.sort();
    found.dedup_by(|a, b| a.kind == b.kind && a.id == b.id);
    Ok(found)
}

/// Physical ids of the resources of the stacks that are there, and the names of armed schedules of theirs.
async fn owned(observe: &dyn Observe, names: &Names) -> Result<BTreeSet<String>> {
    let mut owned = BTreeSet::new();
    for part in Part::ALL {
        let stack = names.stack(part);
        let Some(state) = observe.stack(&stack).await? else { continue };
        if state.owner() != Some(names.name.as_str()) {
            continue;
        }
        let resources = observe.resources(&stack).await?;
        owned.extend(resources.into_iter().filter_map(|resource| resource.physical_id));
        // The schedules that end it are no leftovers while it is there.
        owned.insert(names.schedule(part.as_str()));
        if part == Part::Batch {
            owned.extend(["emr", "redshift", "workgroup", "ec2"].map(|what| names.schedule(what)));
        }
    }
    Ok(owned)
}

/// Those that are in no stack, nor part of something that is.
fn unowned(all: Vec<Found>, owned: &BTreeSet<String>) -> Vec<Found> {
    let mut known = owned.clone();
    // A volume belongs to an instance, and that to a cluster: two rounds carry it up.
    for _ in 0..2 {
        for found in &all {
            if found.belongs_to.as_ref().is_some_and(|owner| known.contains(owner)) {
                known.insert(found.id.clone());
            }
        }
    }
    all.into_iter().filter(|found| !known.contains(&found.id) && !known.contains(&found.name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(kind: Kind, id: &str, belongs_to: Option<&str>) -> Found {
        Found {
            kind,
            id: id.into(),
            name: id.into(),
            state: "there".into(),
            part: None,
            owner: Some("s".into()),
            belongs_to: belongs_to.map(str::to_owned),
        }
    }

    #[test]
    fn what_goes_away_with_something_of_a_stack_is_no_leftover() {
        let all = vec![
            found(Kind::EmrCluster, "j-1", None),
            found(Kind::Instance, "i-1", Some("j-1")),
            found(Kind::Volume, "vol-1", Some("i-1")),
            found(Kind::Volume, "vol-2", None),
            found(Kind::Instance, "i-2", Some("j-9")),
        ];
        let owned = BTreeSet::from(["j-1".to_owned()]);
        let left: Vec<_> = unowned(all.clone(), &owned).into_iter().map(|f| f.id).collect();
        assert_eq!(left, ["vol-2", "i-2"]);
        assert_eq!(unowned(all, &BTreeSet::new()).len(), 5);
    }
}
