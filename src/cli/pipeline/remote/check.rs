//! What a machine of the stack cannot do for a run: read this machine's files, variables and folders.

use crate::cli::settings::RootSpec;
use crate::config::secret::SecretRef;
use crate::config::settings::{Settings, SourceKind};
use crate::error::{Error, Result};

/// Refuses a run that needs something of this machine.
pub fn settings(settings: &Settings, root: &RootSpec) -> Result<()> {
    bucket(root)?;
    match settings.source {
        SourceKind::Sample | SourceKind::XSearch | SourceKind::XStream | SourceKind::Bluesky => {}
        SourceKind::Replay => {
            return Err(Error::usage("--remote: the files that replay reads are on this machine")
                .hint("leave --remote out; packets, tables and results are on AWS all the same"));
        }
    }
    match settings.model.as_str() {
        "embedded" | "vader" | "comprehend" | "endpoint" => Ok(()),
        file => Err(Error::usage(format!("--remote: the model {file} is a file of this machine")).hint(
            "leave --remote out, or score the run here when it is done: sentistack pipeline score --model FILE",
        )),
    }
}

/// A remote run lies in a bucket.
pub fn bucket(root: &RootSpec) -> Result<()> {
    match root {
        RootSpec::Bucket { .. } => Ok(()),
        RootSpec::Folder(folder) => {
            Err(Error::usage(format!("--remote: a machine of the stack does not reach {}", folder.display()))
                .hint("add --on aws: the run lies in the stack's bucket then"))
        }
    }
}

/// The machine's rights end at the stack's own bucket.
pub fn root(root: &RootSpec, own: &str) -> Result<()> {
    match root {
        RootSpec::Bucket { bucket, prefix } if prefix.is_empty() && (bucket.is_empty() || bucket == own) => {
            Ok(())
        }
        RootSpec::Bucket { .. } | RootSpec::Folder(_) => {
            Err(Error::usage(format!("--remote: a machine of the stack works in s3://{own} alone"))
                .hint("leave --root out, or leave --remote out"))
        }
    }
}

/// Tokens must be where the machine may read them: secrets under the stack's name. `begun`: the run keeps the
/// settings that it began with.
pub fn tokens(settings: &Settings, stack: &str, begun: bool) -> Result<()> {
    let x = settings.x.as_ref().filter(|_| settings.source == SourceKind::XSearch).map(|x| &x.token);
    let endpoint = settings.endpoint.as_ref().filter(|_| settings.model == "endpoint");
    let endpoint = endpoint.and_then(|endpoint| endpoint.token.as_ref());
    for (setting, token) in [("x.token", x), ("endpoint.token", endpoint)] {
        let Some(token) = token else { continue };
        let source = match token {
            SecretRef::SecretsManager(name) if is_ours(name, stack) => continue,
            SecretRef::SecretsManager(name) => {
                return Err(Error::config(format!(
                    "--remote: the machine may not read the secret {name}, which {setting} names"
                ))
                .hint(format!("it reads secrets whose names start with {stack}/")));
            }
            SecretRef::Env(name) => format!("printf %s \"${name}\" |"),
            SecretRef::File(path) => format!("cat '{path}' |"),
        };
        let error = Error::config(format!("--remote: {setting} is {token}, which only this machine has"));
        if begun {
            return Err(error.hint("a run keeps the settings that it began with: resume it without --remote"));
        }
        let secret = format!("{stack}/{}", setting.replace('.', "-"));
        let variable = format!("SENTISTACK_{}", setting.replace('.', "_").to_uppercase());
        return Err(error.hint(format!(
            "put it into Secrets Manager: {source} aws secretsmanager create-secret --name {secret} \
             --secret-string file:///dev/stdin; and name it: export {variable}=secret:{secret}"
        )));
    }
    Ok(())
}

/// A secret's name, or its ARN, that the machine's role covers.
fn is_ours(name: &str, stack: &str) -> bool {
    let plain = match name.split_once(":secret:") {
        Some((arn, plain)) if arn.starts_with("arn:") => plain,
        _ => name,
    };
    plain.strip_prefix(stack).is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{File, Layers, resolve};

    fn of(yaml: &str) -> Settings {
        let layers = Layers::of_flags(File::parse("flags", yaml).unwrap().typed);
        resolve(&layers, jiff::Timestamp::now()).unwrap().settings
    }

    fn in_bucket(bucket: &str, prefix: &str) -> RootSpec {
        RootSpec::Bucket { bucket: bucket.to_owned(), prefix: prefix.to_owned() }
    }

    #[test]
    fn what_only_this_machine_has_is_refused_with_what_to_do() {
        let root = in_bucket("", "");
        assert!(settings(&of("{on: aws}"), &root).is_ok());
        for (yaml, word) in
            [("{on: aws, input: [/tmp/x.jsonl]}", "replay reads"), ("{on: aws, model: /tmp/m}", "/tmp/m")]
        {
            let error = settings(&of(yaml), &root).unwrap_err();
            assert!(error.message.contains(word) && error.hint.is_some(), "{error}");
        }
        let here = RootSpec::Folder("/home/me/runs".into());
        assert!(settings(&of("{}"), &here).unwrap_err().hint.unwrap().contains("--on aws"));
    }

    #[test]
    fn the_run_lies_in_the_stacks_own_bucket() {
        assert!(root(&in_bucket("", ""), "own").is_ok() && root(&in_bucket("own", ""), "own").is_ok());
        for other in [in_bucket("other", ""), in_bucket("own", "below")] {
            assert!(root(&other, "own").unwrap_err().message.contains("s3://own"), "{other:?}");
        }
    }

    #[test]
    fn tokens_are_secrets_of_the_stack() {
        let x = |token: &str| {
            of(&format!("{{on: aws, source: x-search, query: q, duration: 1d, x: {{token: '{token}'}}}}"))
        };
        for token in ["secret:s/x", "secret:arn:aws:secretsmanager:us-east-1:1:secret:s/x-AbCdEf"] {
            assert!(tokens(&x(token), "s", false).is_ok(), "{token}");
        }
        let hint = |token: &str, begun| tokens(&x(token), "s", begun).unwrap_err().hint.unwrap();
        let variable = hint("env:X_BEARER_TOKEN", false);
        assert!(
            variable.contains("\"$X_BEARER_TOKEN\"") && variable.contains("--name s/x-token"),
            "{variable}"
        );
        assert!(variable.contains("SENTISTACK_X_TOKEN=secret:s/x-token"), "{variable}");
        assert!(hint("file:/run/token", false).contains("cat '/run/token'"));
        assert!(hint("env:X_BEARER_TOKEN", true).contains("without --remote"));
        assert!(hint("secret:other/x", false).contains("s/"));
        assert!(hint("secret:s", false).contains("s/"));
        // One that is not asked for does not matter.
        assert!(tokens(&of("{on: aws}"), "s", false).is_ok());
    }
}
