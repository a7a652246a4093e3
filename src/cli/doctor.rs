//! `doctor`: whether an account, and this machine, have what a stack needs; and the policy that a caller needs.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Map;

use crate::aws::Facts;
use crate::cli::document::Outcome;
use crate::cli::stack::account::open::{Intent, Session};
use crate::cli::stack::account::up::instance_types;
use crate::cli::{Global, settings};
use crate::config::StackSettings;
use crate::config::stack::region;
use crate::config::stack::settings::Provision;
use crate::error::{Error, Result};
use crate::stack::caller;
use crate::stack::names::Names;
use crate::stack::port::Pace;
use crate::ui::Printer;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print the least IAM policy that a caller needs, as JSON; needs no account
    #[arg(long)]
    pub policy: bool,
}

/// What `doctor` prints.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct DoctorDocument {
    pub checks: Vec<Check>,
}

/// One thing that was looked at.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Check {
    pub name: String,
    pub ok: bool,
    pub detail: String,
    /// What to do; null where nothing is to be done.
    pub hint: Option<String>,
}

impl Check {
    fn ok(name: &str, detail: impl Into<String>) -> Self {
        Self { name: name.to_owned(), ok: true, detail: detail.into(), hint: None }
    }

    fn bad(name: &str, detail: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { name: name.to_owned(), ok: false, detail: detail.into(), hint: Some(hint.into()) }
    }
}

pub fn run(args: &Args, global: &Global, printer: Printer) -> Outcome {
    if args.policy {
        return policy(global).unwrap_or_else(Outcome::from);
    }
    match crate::cli::pipeline::small_runtime() {
        Ok(runtime) => runtime.block_on(look(global, printer)).unwrap_or_else(Outcome::from),
        Err(error) => error.into(),
    }
}

/// Where no account is named by a setting, it stands as a word to be replaced.
fn policy(global: &Global) -> Result<Outcome> {
    let stack = settings::for_stack(global)?;
    let account = stack.allow_account.as_deref().unwrap_or("ACCOUNT");
    let policy = caller::policy(&Names::of(&stack.settings), account);
    let text = serde_json::to_string_pretty(&policy)
        .map_err(|e| Error::failed("the policy cannot be written").because(e))?;
    #[derive(Serialize)]
    struct Body {
        policy: serde_json::Value,
    }
    Ok(Outcome::ok(format!("{text}\n"), &Body { policy }))
}

async fn look(global: &Global, printer: Printer) -> Result<Outcome> {
    let mut document = DoctorDocument::default();
    let session = match Session::open(Map::new(), global, printer, Intent::Look).await {
        Ok(session) => session,
        Err(error) => {
            let hint = error.hint.clone().unwrap_or_default();
            document.checks.push(Check::bad("credentials", error.to_string(), hint));
            let text = text(&document);
            return Ok(Outcome::failed(error, text, &document));
        }
    };
    let settings = &session.stack.settings;
    document.checks.push(credentials(&session));
    document.checks.push(prices(settings));
    let facts = session.account.facts(&instance_types(settings)).await?;
    document.checks.extend(of_account(&facts, settings));
    document.checks.push(plugin());
    let text = text(&document);
    let failed: Vec<&Check> = document.checks.iter().filter(|check| !check.ok).collect();
    let Some((first, rest)) = failed.split_first() else { return Ok(Outcome::ok(text, &document)) };
    let error = Error::failed(format!("{}: {}", first.name, first.detail))
        .hint(first.hint.clone().unwrap_or_default());
    let error = rest
        .iter()
        .fold(error, |error, check| error.because(format!("also {}: {}", check.name, check.detail)));
    Ok(Outcome::failed(error, text, &document))
}

fn credentials(session: &Session) -> Check {
    let who = format!("account {} as {}", session.identity.account, session.identity.arn);
    match session.identity.expires {
        None => Check::ok("credentials", format!("{who}; they do not expire")),
        Some(at) => {
            let minutes = at.duration_since(session.pace.now()).as_mins();
            let detail = format!("{who}; they expire in {minutes} minutes");
            match minutes < 30 {
                true => Check::bad(
                    "credentials",
                    detail,
                    "log in again: a stack takes about 20 minutes to come up",
                ),
                false => Check::ok("credentials", detail),
            }
        }
    }
}

fn prices(settings: &StackSettings) -> Check {
    match region::PRICED.contains(&settings.region.as_str()) {
        true => Check::ok("region", format!("{}, prices are known", settings.region)),
        false => Check::bad(
            "region",
            format!("no prices are known for {}", settings.region),
            format!("choose {}", region::PRICED.join(", ")),
        ),
    }
}

fn of_account(facts: &Facts, settings: &StackSettings) -> Vec<Check> {
    let mut checks = Vec::new();
    checks.push(match &facts.missing_types {
        None => Check::ok("instance types", "the caller may not ask"),
        Some(missing) if missing.is_empty() => Check::ok("instance types", "the region has all of them"),
        Some(missing) => Check::bad(
            "instance types",
            format!("{} has no {}", settings.region, missing.join(", ")),
            "choose other types: stack.emr_primary_type, stack.emr_core_type, stack.grafana_type",
        ),
    });
    checks.push(match facts.missing_roles.as_slice() {
        [] => Check::ok("service-linked roles", "there, or the caller may not ask"),
        missing => {
            let commands: Vec<_> = missing.iter().filter_map(|role| role_command(role)).collect();
            Check::bad(
                "service-linked roles",
                format!("missing: {}", missing.join(", ")),
                commands.join("; "),
            )
        }
    });
    let needed = vcpu(settings);
    checks.push(match facts.vcpu_quota {
        None => Check::ok("vCPU quota", format!("{needed} needed; the caller may not ask for the quota")),
        Some(quota) if quota >= f64::from(needed) => {
            Check::ok("vCPU quota", format!("{needed} needed of {quota}; what else runs counts too"))
        }
        Some(quota) => Check::bad(
            "vCPU quota",
            format!("{needed} needed, and the account may use {quota}"),
            "ask for more in the Service Quotas console: Running On-Demand Standard instances",
        ),
    });
    checks
}

fn role_command(role: &str) -> Option<String> {
    let service = match role {
        "AWSServiceRoleForEMRCleanup" => "elasticmapreduce.amazonaws.com",
        "AWSServiceRoleForRedshift" => "redshift.amazonaws.com",
        _ => return None,
    };
    Some(format!("aws iam create-service-linked-role --aws-service-name {service}"))
}

/// vCPU of the on-demand machines that the settings ask for.
fn vcpu(settings: &StackSettings) -> u32 {
    let mut sum = 0;
    if settings.spark == Provision::Cluster {
        let emr = &settings.emr;
        sum += cores(&emr.primary_type) + emr.core_count * cores(&emr.core_type);
        if !emr.task_spot {
            sum += emr.task_count * cores(&emr.task_type);
        }
    }
    if settings.grafana {
        sum += cores(&settings.grafana_type);
    }
    sum
}

/// vCPU of an instance type, by its size; families differ only for the smallest ones.
fn cores(kind: &str) -> u32 {
    let size = kind.rsplit('.').next().unwrap_or_default();
    match size {
        "medium" | "small" | "micro" | "nano" => 2,
        "large" => 2,
        "xlarge" => 4,
        other => other.strip_suffix("xlarge").and_then(|n| n.parse::<u32>().ok()).map_or(4, |n| 4 * n),
    }
}

/// Grafana is reached through Session Manager, which needs its plugin here.
fn plugin() -> Check {
    let name = "session-manager-plugin";
    let path = std::env::var_os("PATH").unwrap_or_default();
    let there = std::env::split_paths(&path).any(|folder| folder.join(name).is_file());
    match there {
        true => Check::ok("Session Manager plugin", "there"),
        false => Check {
            name: "Session Manager plugin".to_owned(),
            ok: true,
            detail: "not on PATH: only `grafana open` needs it".to_owned(),
            hint: Some("install session-manager-plugin from AWS before opening Grafana".to_owned()),
        },
    }
}

fn text(document: &DoctorDocument) -> String {
    let mut out = String::new();
    for check in &document.checks {
        let mark = if check.ok { "ok " } else { "BAD" };
        let _ = writeln!(out, "{mark} {:<24} {}", check.name, check.detail);
        if let Some(hint) = &check.hint {
            let _ = writeln!(out, "      {hint}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_are_counted_in_vcpu() {
        assert_eq!((cores("m6g.xlarge"), cores("m5.2xlarge"), cores("t4g.small")), (4, 8, 2));
        let settings = crate::config::resolve_stack(&crate::config::Layers::default()).unwrap();
        assert_eq!(vcpu(&settings), 10);
    }
}
