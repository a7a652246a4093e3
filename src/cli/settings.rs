//! From flags, environment and file to settings: gathers the layers that `config` puts together.

#[cfg(feature = "stack")]
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::cli::Global;
use crate::cli::pipeline::flags::{Root, RunArgs};
use crate::config::choice::On;
use crate::config::layers::Layers;
use crate::config::resolve::{Resolved, resolve};
use crate::config::secret::SecretRef;
use crate::config::settings::{Settings, SourceKind};
use crate::config::{self, env, file::File, typed::Typed};
use crate::error::{Error, Result};

/// The settings of a run that starts now, and where all runs are.
pub struct ForRun {
    pub settings: Settings,
    pub root: RootSpec,
}

/// Where all runs are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RootSpec {
    Folder(PathBuf),
    /// An empty bucket is the stack's own.
    Bucket {
        bucket: String,
        prefix: String,
    },
}

/// The settings of the stack.
#[cfg(feature = "stack")]
pub struct ForStack {
    pub settings: config::StackSettings,
    /// Templates of one's own, by path: each takes the place of the built-in one.
    pub templates: BTreeMap<&'static str, String>,
    /// The profile of ~/.aws that was asked for.
    pub profile: Option<String>,
    /// The only account that may be touched.
    pub allow_account: Option<String>,
    /// Everything as it was given: commands put their own flags over it.
    pub layers: Layers,
}

#[cfg(feature = "stack")]
impl ForStack {
    /// What `render` asks for templates of one's own.
    pub fn template(&self, path: &str) -> Option<String> {
        self.templates.get(path).cloned()
    }
}

/// Resolves what every `stack` command can be told.
#[cfg(feature = "stack")]
pub fn for_stack(global: &Global) -> Result<ForStack> {
    for_stack_with(Map::new(), global)
}

/// The same, with flags of a command's own: `stack.ttl` as `{"stack": {"ttl": "8h"}}`.
#[cfg(feature = "stack")]
pub fn for_stack_with(mut flags: Map<String, Value>, global: &Global) -> Result<ForStack> {
    // An empty variable is none.
    put(&mut flags, "name", global.stack.clone().filter(|name| !name.is_empty()));
    put(&mut flags, "region", global.region.clone());
    put(&mut flags, "profile", global.profile.clone());
    let mut layers = layers(typed(flags)?, global)?;
    if layers.merged().region.is_none() {
        layers.env.region = aws_region(|name| std::env::var(name).ok())?;
    }
    let settings = config::resolve_stack(&layers)?;
    let merged = layers.merged();
    let templates = match merged.stack.and_then(|stack| stack.templates) {
        None => BTreeMap::new(),
        Some(folder) => templates(Path::new(&folder), &layers.subject("stack.templates"))?,
    };
    let allow_account = merged.allow_account.map(|account| account.trim().replace('-', ""));
    Ok(ForStack { settings, templates, profile: merged.profile, allow_account, layers })
}

/// AWS's own variables, for a region that no setting names.
#[cfg(feature = "stack")]
fn aws_region(variable: impl Fn(&str) -> Option<String>) -> Result<Option<String>> {
    for name in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
        let Some(region) = variable(name).map(|region| region.trim().to_owned()) else { continue };
        if region.is_empty() {
            continue;
        }
        if !config::stack::region::REGIONS.contains(&region.as_str()) {
            return Err(Error::config(format!("{name}={region} is no AWS region"))
                .hint("correct it, or say --region us-east-1"));
        }
        return Ok(Some(region));
    }
    Ok(None)
}

/// Reads the templates of one's own. A file that takes no template's place is a slip in its name.
#[cfg(feature = "stack")]
fn templates(folder: &Path, subject: &str) -> Result<BTreeMap<&'static str, String>> {
    use crate::assets::TEMPLATES;
    if !folder.is_dir() {
        return Err(Error::config(format!("{subject} is no folder"))
            .hint("a folder with files such as batch.yaml.hbs; leave it out for the built-in templates")
            .resource(folder.display()));
    }
    let mut own = BTreeMap::new();
    for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
        let entry = entry.map_err(|e| Error::config(format!("cannot read {subject}")).because(e))?;
        let path = entry.path().strip_prefix(folder).unwrap_or(entry.path()).to_string_lossy();
        let path = path.replace(std::path::MAIN_SEPARATOR, "/");
        if !entry.file_type().is_file() || !path.ends_with(".hbs") {
            continue;
        }
        let Some(template) = TEMPLATES.iter().find(|template| template.path == path) else {
            let near = config::suggest::did_you_mean(&path, TEMPLATES.iter().map(|template| template.path));
            return Err(Error::config(format!("{path} in {subject} takes no template's place{near}"))
                .hint("name it as in the folder `templates` of the sources")
                .resource(entry.path().display()));
        };
        let text = std::fs::read_to_string(entry.path())
            .map_err(|e| Error::io("read", entry.path().display(), &e))?;
        own.insert(template.path, text);
    }
    Ok(own)
}

/// Resolves what `serve` can be told.
#[cfg(feature = "serve")]
pub fn for_serve(args: &crate::cli::serve::Args, global: &Global) -> Result<config::ServeSettings> {
    let mut serve = Map::new();
    put(&mut serve, "host", args.host.clone());
    put(&mut serve, "port", args.port.clone());
    let flags = Map::from_iter([("serve".to_owned(), Value::Object(serve))]);
    let flags = serde_json::from_value(Value::Object(flags))
        .map_err(|e| Error::usage(e.to_string()).hint("see `sentistack serve --help`"))?;
    config::resolve_serve(&layers(flags, global)?)
}

/// Resolves everything that `pipeline run` can be told.
pub fn for_run(args: &RunArgs, global: &Global) -> Result<ForRun> {
    let resolved = for_live_run(args, global)?;
    match resolved.settings.source {
        SourceKind::XStream => Err(Error::usage("pipeline run does not read x-stream")
            .because(
                "its posts come once, and without an end: what breaks on the way would be paid for and lost",
            )
            .hint(
                "read it with `sentistack live run --source x-stream --query …`, then `sentistack live load`",
            )),
        SourceKind::Sample | SourceKind::Replay | SourceKind::XSearch | SourceKind::Bluesky => Ok(resolved),
    }
}

/// Resolves everything that `live run` can be told.
pub fn for_live_run(args: &RunArgs, global: &Global) -> Result<ForRun> {
    let layers = layers(run_flags(args)?, global)?;
    let mut resolved = resolve(&layers, Timestamp::now())?;
    let root = root_spec(&resolved)?;
    let settings = &mut resolved.settings;
    for input in &mut settings.input {
        *input = absolute_input(input);
    }
    settings.model = absolute_model(&settings.model)?;
    if let Some(x) = &mut settings.x
        && let SecretRef::File(path) = &mut x.token
    {
        *path = absolute_input(path);
    }
    Ok(ForRun { root, settings: resolved.settings })
}

/// With a run named, its manifest rules: a flag that says otherwise is an error.
pub fn agree(args: &RunArgs, recorded: &Settings) -> Result<()> {
    let mut flags = run_flags(args)?;
    if let Some(input) = &mut flags.input {
        input.iter_mut().for_each(|path| *path = absolute_input(path));
    }
    if let Some(model) = &mut flags.model {
        *model = absolute_model(model)?;
    }
    let conflicts = config::conflicts(recorded, &flags);
    let Some((first, rest)) = conflicts.split_first() else { return Ok(()) };
    let error = Error::usage(first.clone())
        .hint("a run keeps the settings that it began with; leave the flag out, or start a new run");
    Err(rest.iter().fold(error, |error, other| error.because(other)))
}

/// Where all runs are, for commands that need nothing else.
pub fn root(args: &Root, global: &Global) -> Result<RootSpec> {
    let mut flags = Map::new();
    put(&mut flags, "root", args.root.as_ref().map(|root| root.display().to_string()));
    put(&mut flags, "on", args.on.clone());
    let layers = layers(typed(flags)?, global)?;
    root_spec(&resolve(&root_only(layers), Timestamp::now())?)
}

/// Other settings may be wrong for a command that does not look at them.
fn root_only(layers: Layers) -> Layers {
    let only = |typed: &Typed| Typed { root: typed.root.clone(), on: typed.on, ..Typed::default() };
    let merged = layers.merged();
    let mut flags = only(&layers.flags);
    // A root that is named wins over a place that is not, and the other way round.
    if flags.root.is_none() && flags.on.is_none() {
        flags = only(&merged);
        if flags.on == Some(On::Aws) && flags.root.as_ref().is_some_and(|root| !root.contains("://")) {
            flags.on = None;
        }
    }
    Layers::of_flags(flags)
}

/// What a build without AWS says of a bucket.
#[cfg(not(feature = "aws"))]
pub fn no_buckets() -> Error {
    Error::usage("this build reads no buckets").hint("keep runs in a folder: --root ./sentistack-data")
}

fn layers(flags: Typed, global: &Global) -> Result<Layers> {
    let variables = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    Ok(Layers { flags, env: env::read(variables)?, file: file(global.config.as_deref())? })
}

/// The file named with `--config` must be there; `./app.yaml` may be.
fn file(named: Option<&Path>) -> Result<Option<File>> {
    let path = named.unwrap_or(Path::new("app.yaml"));
    match std::fs::read_to_string(path) {
        Ok(text) => File::parse(&path.display().to_string(), &text).map(Some),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound && named.is_none() => Ok(None),
        Err(e) if e.kind() == std::io::ErrorKind::InvalidData => {
            Err(Error::config(format!("{} is not UTF-8 text", path.display())).resource(path.display()))
        }
        Err(e) => {
            let error = Error::io("read the settings file", path.display(), &e);
            let hint = "check --config, or write one with `sentistack init`";
            Err(Error { kind: crate::error::ErrorKind::Config, ..error }.hint(hint))
        }
    }
}

/// Where all runs are, of settings that this build can do.
fn root_spec(resolved: &Resolved) -> Result<RootSpec> {
    if let Some(error) = resolved.unavailable() {
        return Err(error);
    }
    if let Some(rest) = resolved.root.strip_prefix("s3://") {
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        return Ok(RootSpec::Bucket { bucket: bucket.to_owned(), prefix: prefix.to_owned() });
    }
    let folder = std::path::absolute(&resolved.root).map_err(|e| Error::io("find", &resolved.root, &e))?;
    Ok(RootSpec::Folder(folder))
}

/// Paths in a manifest are absolute, so that a run can be resumed from anywhere.
fn absolute_input(input: &str) -> String {
    if input == "-" {
        return input.to_owned();
    }
    std::path::absolute(input).map_or_else(|_| input.to_owned(), |path| path.display().to_string())
}

/// A built-in's name as it is, a file's path made absolute.
pub fn absolute_model(model: &str) -> Result<String> {
    match model {
        "embedded" | "vader" | "comprehend" | "endpoint" => Ok(model.to_owned()),
        path => std::path::absolute(path)
            .map(|path| path.display().to_string())
            .map_err(|e| Error::io("find the model", path, &e)),
    }
}

/// The flags as a layer of settings.
fn run_flags(args: &RunArgs) -> Result<Typed> {
    let mut flags = Map::new();
    put(&mut flags, "root", args.root.root.as_ref().map(|root| root.display().to_string()));
    for (key, value) in [
        ("on", &args.root.on),
        ("source", &args.source),
        ("query", &args.query),
        ("start", &args.start),
        ("end", &args.end),
        ("duration", &args.duration),
        ("limit", &args.limit),
        ("seed", &args.seed),
        ("window", &args.window),
        ("max_per_window", &args.max_per_window),
        ("model", &args.model),
        ("topic", &args.topic),
        ("table_format", &args.table_format),
        ("warehouse", &args.warehouse),
        ("transform", &args.transform),
        ("stream", &args.stream),
        ("privacy", &args.privacy),
        ("max_rejected", &args.max_rejected),
        ("max_cost", &args.max_cost),
    ] {
        put(&mut flags, key, value.clone());
    }
    if !args.input.is_empty() {
        flags.insert("input".to_owned(), args.input.clone().into());
    }
    if !args.lang.is_empty() {
        flags.insert("lang".to_owned(), args.lang.clone().into());
    }
    if let Some(on) = &args.score_on {
        flags.insert("score".to_owned(), Map::from_iter([("on".to_owned(), on.clone().into())]).into());
    }
    if args.strict {
        flags.insert("strict".to_owned(), true.into());
    }
    typed(flags)
}

fn put(flags: &mut Map<String, Value>, key: &str, value: Option<String>) {
    if let Some(value) = value {
        flags.insert(key.to_owned(), value.into());
    }
}

/// Reads each flag by itself, so that an error can name it.
fn typed(flags: Map<String, Value>) -> Result<Typed> {
    let mut all = Typed::default();
    for (key, value) in flags {
        // The one flag that is of a section.
        let of_section = value.get("on").and_then(Value::as_str).filter(|_| key == "score");
        let shown = of_section.or(value.as_str()).map_or_else(|| value.to_string(), str::to_owned);
        let one = Map::from_iter([(key.clone(), value)]);
        let one: Typed = serde_json::from_value(Value::Object(one)).map_err(|e| {
            let flag = if key == "score" { "score-on".to_owned() } else { key.replace('_', "-") };
            Error::usage(format!("--{flag} {shown}: {e}")).hint("see `sentistack pipeline run --help`")
        })?;
        all = one.over(all);
    }
    Ok(all)
}
