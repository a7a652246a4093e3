//! Change sets: worked out, executed, and always deleted again when they are only looked at.

use std::time::Duration;

use aws_sdk_cloudformation::types as cf;

use super::formation::MARK;
use super::{Account, missing, send};
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use crate::stack::change::{Change, ChangeAction, ChangeSet, Desired, OnFailure, Replacement};
use crate::stack::names::tag;
use crate::stack::status::StackStatus;

/// What CloudFormation says of a change set with nothing in it.
const NOTHING: [&str; 2] = ["didn't contain changes", "No updates are to be performed"];

impl Account {
    /// Creates a change set and waits until it is worked out.
    pub(super) async fn work_out(&self, desired: &Desired, on_failure: OnFailure) -> Result<ChangeSet> {
        let existing = self.describe(&desired.stack).await?;
        let creates = existing.is_none_or(|stack| {
            matches!(stack.status, StackStatus::ReviewInProgress | StackStatus::DeleteComplete)
        });
        let stamp = jiff::Timestamp::now().as_millisecond();
        let name = format!("sentistack-{stamp:x}");
        let owner = desired.tags.iter().find(|(key, _)| key == tag::NAME).map_or("", |(_, value)| value);
        let (body, url) = self.place_template(desired).await?;
        let tags: Vec<_> =
            desired.tags.iter().map(|(k, v)| cf::Tag::builder().key(k).value(v).build()).collect();
        let parameters: Vec<_> = desired
            .parameters
            .iter()
            .map(|(k, v)| cf::Parameter::builder().parameter_key(k).parameter_value(v).build())
            .collect();
        let kind = if creates { cf::ChangeSetType::Create } else { cf::ChangeSetType::Update };
        // DELETE goes with a creation alone.
        let failure = match on_failure {
            OnFailure::Delete if creates => Some(cf::OnStackFailure::Delete),
            OnFailure::Keep => Some(cf::OnStackFailure::DoNothing),
            OnFailure::Rollback | OnFailure::Delete => None,
        };
        let what = format!("work out the changes of {}", desired.stack);
        let answer = send!(self, cloudformation, &what, |c| c
            .create_change_set()
            .stack_name(&desired.stack)
            .change_set_name(&name)
            .description(format!("{MARK}{owner}"))
            // An answer that is lost on its way is no reason to refuse the next try.
            .client_token(&name)
            .change_set_type(kind.clone())
            .capabilities(cf::Capability::CapabilityNamedIam)
            .set_template_body(body.clone())
            .set_template_url(url.clone())
            .set_tags(Some(tags.clone()))
            .set_parameters(Some(parameters.clone()))
            .set_on_stack_failure(failure.clone())
            .set_role_arn(desired.role_arn.clone()))?;
        let id = answer.id().ok_or_else(|| missing("the change set's id"))?.to_owned();
        let stack_id = answer.stack_id().unwrap_or(&desired.stack).to_owned();
        let worked = self
            .worked_out(ChangeSet { id: id.clone(), stack_id: stack_id.clone(), changes: Vec::new() })
            .await;
        if worked.is_err() {
            // Whatever went wrong, nothing of it stays: neither the change set nor the shell that it made.
            let _ = self.discard(&id).await;
            if creates {
                let _ = send!(self, cloudformation, "delete the empty stack", |c| c
                    .delete_stack()
                    .stack_name(&stack_id));
            }
        }
        worked
    }

    /// Inline, or by way of the bucket where it is too long for that.
    async fn place_template(&self, desired: &Desired) -> Result<(Option<String>, Option<String>)> {
        let size = desired.template.len();
        if size <= limits::TEMPLATE_BYTES {
            return Ok((Some(desired.template.clone()), None));
        }
        let Some(bucket) = desired.bucket.as_deref().filter(|_| size <= limits::TEMPLATE_BUCKET_BYTES) else {
            return Err(Error::failed(format!("the template of {} has {size} bytes", desired.stack))
                .hint(format!("CloudFormation takes {} at most", limits::TEMPLATE_BYTES)));
        };
        let key = format!("templates/{}.yaml", desired.stack);
        let url = self.put_template(bucket, &key, &desired.template).await?;
        Ok((None, Some(url)))
    }

    async fn worked_out(&self, mut set: ChangeSet) -> Result<ChangeSet> {
        let started = std::time::Instant::now();
        let mut wait = Duration::from_millis(limits::POLL_FIRST_MILLIS / 4);
        loop {
            let id = &set.id;
            let mut token: Option<String> = None;
            let mut changes = Vec::new();
            let (status, reason) = loop {
                let page = token.as_deref();
                let answer = send!(self, cloudformation, "read the change set", |c| c
                    .describe_change_set()
                    .change_set_name(id)
                    .include_property_values(false)
                    .set_next_token(page.map(str::to_owned)))?;
                changes.extend(answer.changes().iter().filter_map(change));
                token = answer.next_token().map(str::to_owned);
                if token.is_none() {
                    break (answer.status().cloned(), answer.status_reason().unwrap_or_default().to_owned());
                }
            };
            match status {
                Some(cf::ChangeSetStatus::CreateComplete) => {
                    set.changes = changes;
                    return Ok(set);
                }
                Some(cf::ChangeSetStatus::Failed) if NOTHING.iter().any(|text| reason.contains(text)) => {
                    self.discard(&set.id).await?;
                    return Ok(set);
                }
                Some(cf::ChangeSetStatus::Failed) => {
                    self.discard(&set.id).await?;
                    return Err(Error::failed("CloudFormation refuses the change")
                        .because(crate::stack::reason::tidy(&reason))
                        .hint("`sentistack stack render` writes the templates out to be looked at"));
                }
                _ => {}
            }
            if started.elapsed().as_secs() > limits::CHANGE_SET_WAIT_SECONDS {
                return Err(Error::new(ErrorKind::Outside, "CloudFormation does not work out the changes")
                    .hint("try again later"));
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 3 / 2).min(Duration::from_millis(limits::POLL_LONGEST_MILLIS));
        }
    }

    pub(super) async fn discard(&self, id: &str) -> Result<()> {
        match send!(self, cloudformation, "delete the change set", |c| c
            .delete_change_set()
            .change_set_name(id))
        {
            Ok(_) => Ok(()),
            Err(failure) if failure.is_no_stack() => Ok(()),
            Err(failure) => Err(failure.into()),
        }
    }

    pub(super) async fn carry_out(&self, set: &ChangeSet) -> Result<()> {
        let id = &set.id;
        // Rollback is the default; it must not be stated beside what the change set says of failures.
        send!(self, cloudformation, "execute the change set", |c| c
            .execute_change_set()
            .change_set_name(id))?;
        Ok(())
    }
}

fn change(change: &cf::Change) -> Option<Change> {
    let resource = change.resource_change()?;
    let action = match resource.action()? {
        cf::ChangeAction::Add | cf::ChangeAction::Import => ChangeAction::Add,
        cf::ChangeAction::Remove => ChangeAction::Remove,
        _ => ChangeAction::Modify,
    };
    let replacement = match resource.replacement() {
        Some(cf::Replacement::True) => Replacement::Yes,
        Some(cf::Replacement::Conditional) => Replacement::Maybe,
        _ => Replacement::No,
    };
    let mut because: Vec<String> = resource
        .details()
        .iter()
        .filter_map(|detail| {
            let target = detail.target()?;
            Some(target.name().map_or_else(
                || target.attribute().map(|a| a.as_str()).unwrap_or("").to_owned(),
                str::to_owned,
            ))
        })
        .collect();
    because.sort();
    because.dedup();
    Some(Change {
        action,
        logical_id: resource.logical_resource_id().unwrap_or_default().to_owned(),
        physical_id: resource.physical_resource_id().map(str::to_owned),
        kind: resource.resource_type().unwrap_or_default().to_owned(),
        replacement,
        because,
    })
}
