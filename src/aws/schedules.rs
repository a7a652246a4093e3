//! EventBridge Scheduler: the time to live.

use aws_sdk_scheduler::types as sc;
use aws_smithy_types::DateTime;

use super::{Account, moment, pages, send};
use crate::error::Result;
use crate::stack::names::Names;
use crate::stack::state::Schedule;

const TARGET: &str = "arn:aws:scheduler:::aws-sdk:";

impl Account {
    pub(super) async fn list_schedules(&self, names: &Names) -> Result<Vec<Schedule>> {
        let group = names.plain();
        let listed = match pages!(self, scheduler, "list schedules", |c| c.list_schedules().group_name(group))
        {
            Ok(listed) => listed,
            // No group, no schedules.
            Err(failure) if failure.is_not_found() => return Ok(Vec::new()),
            Err(failure) => return Err(failure.into()),
        };
        let mut schedules = Vec::new();
        for summary in listed {
            let Some(name) = summary.name() else { continue };
            schedules.extend(self.schedule(group, name).await?);
        }
        schedules.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(schedules)
    }

    async fn schedule(&self, group: &str, name: &str) -> Result<Option<Schedule>> {
        let what = format!("read the schedule {name}");
        let answer = match send!(self, scheduler, &what, |c| c.get_schedule().group_name(group).name(name)) {
            Ok(answer) => answer,
            Err(failure) if failure.is_not_found() => return Ok(None),
            Err(failure) => return Err(failure.into()),
        };
        let target = answer.target();
        let minutes = answer
            .schedule_expression()
            .and_then(|text| text.strip_prefix("rate(")?.split_whitespace().next()?.parse().ok());
        Ok(Some(Schedule {
            name: name.to_owned(),
            group: group.to_owned(),
            start: answer.start_date().and_then(moment).unwrap_or_default(),
            end: answer.end_date().and_then(moment).unwrap_or_default(),
            every_minutes: minutes.unwrap_or(0),
            action: target.map(|t| t.arn().trim_start_matches(TARGET).to_owned()).unwrap_or_default(),
            input: target.and_then(|t| t.input()).unwrap_or_default().to_owned(),
            role_arn: target.map(|t| t.role_arn().to_owned()).unwrap_or_default(),
            dead_letter_arn: target
                .and_then(|t| t.dead_letter_config()?.arn())
                .unwrap_or_default()
                .to_owned(),
        }))
    }

    pub(super) async fn write_schedule(&self, schedule: &Schedule) -> Result<()> {
        let target = sc::Target::builder()
            .arn(format!("{TARGET}{}", schedule.action))
            .role_arn(&schedule.role_arn)
            .input(&schedule.input)
            .dead_letter_config(sc::DeadLetterConfig::builder().arn(&schedule.dead_letter_arn).build())
            // The schedule itself comes again every quarter of an hour: a few quick retries are enough.
            .retry_policy(
                sc::RetryPolicy::builder()
                    .maximum_retry_attempts(5)
                    .maximum_event_age_in_seconds(600)
                    .build(),
            )
            .build()
            .map_err(|e| crate::error::Error::failed("cannot write the schedule").because(e))?;
        let exactly = sc::FlexibleTimeWindow::builder()
            .mode(sc::FlexibleTimeWindowMode::Off)
            .build()
            .map_err(|e| crate::error::Error::failed("cannot write the schedule").because(e))?;
        let start = DateTime::from_secs(schedule.start.as_second());
        let end = DateTime::from_secs(schedule.end.as_second());
        let every = format!("rate({} minutes)", schedule.every_minutes);
        let (name, group) = (&schedule.name, &schedule.group);
        let there = self.schedule(group, name).await?.is_some();
        let what = format!("arm the schedule {name}");
        let (target, exactly, every) = (&target, &exactly, &every);
        if there {
            send!(self, scheduler, &what, |c| c
                .update_schedule()
                .name(name)
                .group_name(group)
                .schedule_expression(every)
                .start_date(start)
                .end_date(end)
                .flexible_time_window(exactly.clone())
                .target(target.clone()))?;
        } else {
            send!(self, scheduler, &what, |c| c
                .create_schedule()
                .name(name)
                .group_name(group)
                .schedule_expression(every)
                .start_date(start)
                .end_date(end)
                .flexible_time_window(exactly.clone())
                .target(target.clone()))?;
        }
        Ok(())
    }

    pub(super) async fn remove_schedule(&self, group: &str, name: &str) -> Result<()> {
        let what = format!("delete the schedule {name}");
        match send!(self, scheduler, &what, |c| c.delete_schedule().group_name(group).name(name)) {
            Ok(_) => Ok(()),
            Err(failure) if failure.is_not_found() => Ok(()),
            Err(failure) => Err(failure.into()),
        }
    }
}
