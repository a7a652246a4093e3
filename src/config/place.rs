//! Where runs are kept, and the stack and account that they may use.

use super::choice::On;
use super::problems::Problems;
use super::resolve::{Case, defaults};

/// Bytes of a stack's name at most: its bucket is `<name>-<account>-<region>`, 63 bytes at most, of which the
/// account takes 12, the longest region 14 and the dashes 2.
pub const NAME_BYTES: usize = 35;

pub(super) fn name(case: &Case<'_>, problems: &mut Problems) -> String {
    let Some(name) = case.typed.name.as_deref().map(str::trim) else { return defaults::NAME.to_owned() };
    let spelt = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    // Bucket names that AWS keeps for itself.
    let reserved = ["xn--", "sthree-", "amzn-s3-demo-"].into_iter().find(|start| name.starts_with(start));
    let fits = (1..=NAME_BYTES).contains(&name.len()) && !name.ends_with('-');
    if let Some(start) = reserved {
        problems.add(
            format!("{} cannot be a stack's name", case.subject("name")),
            format!("AWS keeps bucket names that start with {start} for itself"),
        );
    } else if !spelt || !fits || !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        problems.add(
            format!("{} cannot be a stack's name", case.subject("name")),
            format!(
                "a to z, 0 to 9 and dashes, starting with a letter, not ending with a dash, {NAME_BYTES} at most: \
                 it becomes part of a bucket's name"
            ),
        );
    }
    name.to_owned()
}

pub(super) fn allow_account(case: &Case<'_>, problems: &mut Problems) -> Option<String> {
    let account = case.typed.allow_account.as_deref()?.trim();
    // As the console writes it: 1234-5678-9012.
    let digits = account.replace('-', "");
    if digits.len() != 12 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        problems.add(
            format!("{} is not an AWS account", case.subject("allow_account")),
            "an account is 12 digits, as `aws sts get-caller-identity` prints it",
        );
    }
    Some(digits)
}

/// `in_bucket`: a backend of the run works in the bucket. A folder from a layer below the one that says so gives way.
pub(super) fn root(case: &Case<'_>, in_bucket: bool, problems: &mut Problems) -> String {
    let on_aws = case.typed.on == Some(On::Aws);
    let default = if in_bucket || on_aws { defaults::STACK_ROOT } else { defaults::ROOT };
    let Some(root) = case.typed.root.as_deref() else { return default.to_owned() };
    let is_folder = !root.contains("://");
    if on_aws && is_folder && case.rank("root") < case.rank("on") {
        return default.to_owned();
    }
    if in_bucket && is_folder && !root.trim().is_empty() {
        problems.add(
            format!("{} is a folder, and EMR and Redshift read from a bucket", case.subject("root")),
            "leave it out for the stack's own bucket, name one (s3://bucket/prefix), or use --on local",
        );
    }
    let subject = || case.subject("root");
    if root.trim().is_empty() {
        problems.add(format!("{} names no place", subject()), "a folder, or s3://bucket/prefix");
    } else if root.contains('\0') {
        problems.add("root has a NUL character in it", "a folder, or s3://bucket/prefix");
    } else if let Some((scheme, rest)) = root.split_once("://") {
        if scheme != "s3" {
            problems.add(format!("{} is of an unknown kind", subject()), "a folder, or s3://bucket/prefix");
        } else if !is_bucket(rest.split('/').next().unwrap_or_default()) {
            problems.add(format!("{} names no bucket", subject()), "write s3://bucket/prefix");
        }
    }
    root.to_owned()
}

fn is_bucket(name: &str) -> bool {
    (3..=63).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.'))
}
