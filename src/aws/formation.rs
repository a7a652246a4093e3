//! CloudFormation: stacks, their resources and events.

use aws_sdk_cloudformation::types as cf;

use super::error::Failure;
use super::{Account, moment, pages, send};
use crate::error::Result;
use crate::stack::names::tag;
use crate::stack::state::{Resource, StackEvent, StackState};
use crate::stack::status::{ResourceStatus, StackStatus};

/// What the description of our change sets starts with; the stack's name follows.
pub(super) const MARK: &str = "sentistack ";

impl Account {
    pub(super) async fn describe(&self, name: &str) -> Result<Option<StackState>> {
        let what = format!("describe the stack {name}");
        let answer = match send!(self, cloudformation, &what, |c| c.describe_stacks().stack_name(name)) {
            Ok(answer) => answer,
            Err(failure) if failure.is_no_stack() => return Ok(None),
            Err(failure) => return Err(failure.into()),
        };
        let Some(stack) = answer.stacks().first() else { return Ok(None) };
        let mut state = state(stack);
        if state.status == StackStatus::ReviewInProgress && state.owner().is_none() {
            self.adopt_shell(&mut state).await?;
        }
        Ok(Some(state))
    }

    /// A shell that a change set of ours left has no tags on some roads; the change set says whose it is.
    async fn adopt_shell(&self, state: &mut StackState) -> Result<()> {
        let name = &state.name;
        let sets =
            send!(self, cloudformation, "list change sets", |c| c.list_change_sets().stack_name(name))?;
        let mark = sets.summaries().iter().find_map(|set| set.description()?.strip_prefix(MARK));
        if let Some(mark) = mark {
            state.tags.insert(tag::NAME.to_owned(), mark.to_owned());
        }
        Ok(())
    }

    pub(super) async fn list_stacks(&self) -> Result<Vec<StackState>> {
        let stacks = pages!(self, cloudformation, "list stacks", |c| c.describe_stacks())?;
        Ok(stacks.iter().map(state).filter(|state| state.status != StackStatus::DeleteComplete).collect())
    }

    pub(super) async fn template_of(&self, stack: &str) -> Result<Option<String>> {
        let what = format!("read the template of {stack}");
        match send!(self, cloudformation, &what, |c| c.get_template().stack_name(stack)) {
            Ok(answer) => Ok(answer.template_body().map(str::to_owned)),
            Err(failure) if failure.is_no_stack() => Ok(None),
            Err(failure) => Err(failure.into()),
        }
    }

    pub(super) async fn list_resources(&self, stack: &str) -> Result<Vec<Resource>> {
        let what = format!("list the resources of {stack}");
        let resources =
            match pages!(self, cloudformation, &what, |c| c.list_stack_resources().stack_name(stack)) {
                Ok(resources) => resources,
                Err(failure) if failure.is_no_stack() => return Ok(Vec::new()),
                Err(failure) => return Err(failure.into()),
            };
        Ok(resources
            .iter()
            .map(|resource| Resource {
                logical_id: resource.logical_resource_id().unwrap_or_default().to_owned(),
                physical_id: resource.physical_resource_id().map(str::to_owned),
                kind: resource.resource_type().unwrap_or_default().to_owned(),
                status: ResourceStatus::parse(resource.resource_status().map_or("", |s| s.as_str())),
                reason: resource.resource_status_reason().map(str::to_owned),
            })
            .filter(|resource| resource.status != ResourceStatus::DeleteComplete)
            .collect())
    }

    /// Events come newest first, a page at a time: reading stops at the one that is known.
    pub(super) async fn list_events(&self, stack: &str, since: Option<&str>) -> Result<Vec<StackEvent>> {
        let mut events = Vec::new();
        let mut token: Option<String> = None;
        'pages: loop {
            let page = token.as_deref();
            let answer = send!(self, cloudformation, "read the stack's events", |c| c
                .describe_stack_events()
                .stack_name(stack)
                .set_next_token(page.map(str::to_owned)));
            let answer = match answer {
                Ok(answer) => answer,
                Err(failure) if failure.is_no_stack() => break,
                Err(failure) => return Err(Failure::into(failure)),
            };
            for event in answer.stack_events() {
                if event.event_id() == since && since.is_some() {
                    break 'pages;
                }
                events.extend(self::event(event));
            }
            token = answer.next_token().map(str::to_owned);
            if token.is_none() {
                break;
            }
        }
        events.reverse();
        Ok(events)
    }
}

fn state(stack: &cf::Stack) -> StackState {
    let pairs = |tags: &[cf::Tag]| {
        tags.iter()
            .filter_map(|tag| Some((tag.key()?.to_owned(), tag.value().unwrap_or_default().to_owned())))
            .collect()
    };
    StackState {
        name: stack.stack_name().unwrap_or_default().to_owned(),
        id: stack.stack_id().or(stack.stack_name()).unwrap_or_default().to_owned(),
        status: StackStatus::parse(stack.stack_status().map_or("", |status| status.as_str())),
        reason: stack.stack_status_reason().map(str::to_owned),
        created: stack.creation_time().and_then(moment),
        tags: pairs(stack.tags()),
        parameters: stack
            .parameters()
            .iter()
            .filter_map(|p| Some((p.parameter_key()?.to_owned(), p.parameter_value()?.to_owned())))
            .collect(),
        outputs: stack
            .outputs()
            .iter()
            .filter_map(|o| Some((o.output_key()?.to_owned(), o.output_value()?.to_owned())))
            .collect(),
    }
}

fn event(event: &cf::StackEvent) -> Option<StackEvent> {
    Some(StackEvent {
        id: event.event_id()?.to_owned(),
        at: event.timestamp().and_then(moment)?,
        stack: event.stack_name().unwrap_or_default().to_owned(),
        logical_id: event.logical_resource_id().unwrap_or_default().to_owned(),
        physical_id: event.physical_resource_id().map(str::to_owned),
        kind: event.resource_type().unwrap_or_default().to_owned(),
        status: ResourceStatus::parse(event.resource_status().map_or("", |status| status.as_str())),
        reason: event.resource_status_reason().map(str::to_owned),
    })
}
