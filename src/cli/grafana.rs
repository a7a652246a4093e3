//! `grafana open` and `grafana url`: the way to the Grafana of the stack, which listens on its own machine alone.

use std::io::IsTerminal;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use clap::{Args as ClapArgs, Subcommand};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use tokio::net::TcpStream;
use tokio::sync::watch;

use crate::aws::tunnel::{DOCUMENT, PortSession};
use crate::cli::cloud::Cloud;
use crate::cli::document::Outcome;
use crate::cli::stack::account::open::Intent;
use crate::cli::{Global, browser, signals};
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use crate::source::http;
use crate::ui::Printer;

/// Where Grafana listens on its machine.
const PORT: u16 = 3000;
/// AWS's program that carries a session.
const PLUGIN: &str = "session-manager-plugin";
/// The variable that it takes a session from, so that the token is on no command line; and the version that learnt it.
const SESSION: &str = "AWS_SSM_START_SESSION_RESPONSE";
const LEARNT: [u32; 3] = [1, 2, 536];

#[derive(Debug, Subcommand)]
pub enum Action {
    /// Make a tunnel to it through Session Manager, and open it in the browser, until Ctrl-C
    Open(OpenArgs),
    /// Say where it is to be had, and how
    Url(UrlArgs),
}

#[derive(Debug, ClapArgs)]
pub struct OpenArgs {
    #[command(flatten)]
    pub at: UrlArgs,
    /// Print the address and open no browser
    #[arg(long)]
    pub no_open: bool,
}

#[derive(Debug, ClapArgs)]
pub struct UrlArgs {
    /// Port on 127.0.0.1
    #[arg(long, value_name = "N", default_value_t = PORT, value_parser = clap::value_parser!(u16).range(1..))]
    pub port: u16,
}

impl Action {
    /// Its name in documents.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Open(_) => "grafana open",
            Self::Url(_) => "grafana url",
        }
    }
}

/// What both print.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct GrafanaDocument {
    /// Where it is while the tunnel is there.
    pub url: String,
    pub instance_id: String,
    pub user: String,
    /// The secret of Secrets Manager that has the password.
    pub password_secret: String,
    /// A command that makes the tunnel without this program.
    pub tunnel: Vec<String>,
    #[serde(skip)]
    region: String,
}

impl GrafanaDocument {
    fn text(&self, open: bool) -> String {
        let Self { url, user, password_secret, tunnel, region, .. } = self;
        let command: Vec<String> = tunnel.iter().map(|word| quoted(word)).collect();
        let how = match open {
            true => String::new(),
            false => format!("tunnel: sentistack grafana open, or\n  {}\n", command.join(" ")),
        };
        format!(
            "Grafana: {url}\n{how}user: {user}\npassword: aws secretsmanager get-secret-value --region {region} --secret-id \
             {password_secret} --query SecretString --output text\n"
        )
    }
}

pub fn run(action: &Action, global: &Global, printer: Printer) -> Outcome {
    let done = crate::cli::pipeline::runtime().and_then(|runtime| {
        runtime.block_on(async {
            match action {
                Action::Url(args) => {
                    let cloud = Cloud::open(global, printer, Intent::Look).await?;
                    let document = document(&cloud, args.port).await?;
                    Ok(Outcome::ok(document.text(false), &document))
                }
                Action::Open(args) => open(args, global, printer).await,
            }
        })
    });
    done.unwrap_or_else(Outcome::from)
}

async fn document(cloud: &Cloud, port: u16) -> Result<GrafanaDocument> {
    let outputs = cloud.outputs().await?;
    let none = || {
        Error::usage(format!("the stack {} has no Grafana", cloud.names.name))
            .hint("bring it up with the setting `stack.grafana: true`, or look at runs here: `sentistack dashboard`")
    };
    let instance_id = outputs.get("GrafanaInstanceId").ok_or_else(none)?.clone();
    let password_secret = outputs.get("GrafanaSecretArn").ok_or_else(none)?.clone();
    let region = &cloud.names.region;
    let parameters = json!({"portNumber": [PORT.to_string()], "localPortNumber": [port.to_string()]});
    let parameters = parameters.to_string();
    let command = ["aws", "ssm", "start-session", "--region", region, "--target", &instance_id];
    let document = ["--document-name", DOCUMENT, "--parameters", &parameters];
    let tunnel = command.into_iter().chain(document).map(str::to_owned).collect();
    let url = format!("http://127.0.0.1:{port}/");
    Ok(GrafanaDocument {
        url,
        instance_id,
        user: "admin".to_owned(),
        password_secret,
        tunnel,
        region: region.clone(),
    })
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    match word.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./:=".contains(&b)) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

async fn open(args: &OpenArgs, global: &Global, printer: Printer) -> Result<Outcome> {
    let port = args.at.port;
    check_plugin()?;
    if TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
        return Err(Error::usage(format!("something listens at 127.0.0.1:{port} already"))
            .hint("choose another port: --port 3001"));
    }
    let cloud = Cloud::open(global, printer, Intent::Look).await?;
    let document = document(&cloud, port).await?;
    let (sender, mut asked) = watch::channel(None);
    signals::watch(sender, |_| {})?;
    let session = cloud.account.open_port(&document.instance_id, PORT, port).await?;
    let tunnel = Tunnel::start(&session, &cloud.names.region, &document.instance_id, port);
    let ended = match tunnel {
        Ok(mut tunnel) => {
            let carried = async {
                tunnel.until_open(&document, &cloud, printer).await?;
                printer.note(&format!("{}(Ctrl-C ends the tunnel)", document.text(true)));
                if !args.no_open && std::io::stdout().is_terminal() && std::io::stderr().is_terminal() {
                    browser::open(&document.url);
                }
                tunnel.until_end().await
            };
            tokio::select! {
                _ = asked.wait_for(Option::is_some) => Ok(()),
                ended = carried => ended,
            }
        }
        Err(error) => Err(error),
    };
    // A session that stays open is a way in.
    let closed = cloud.account.close_port(&session).await;
    ended.and(closed).map(|()| Outcome::ok("", &document))
}

/// The plugin, while it carries a session. It ends with this.
struct Tunnel(Child);

impl Tunnel {
    fn start(session: &PortSession, region: &str, instance: &str, port: u16) -> Result<Self> {
        let response =
            json!({"SessionId": session.id, "TokenValue": session.token.expose(), "StreamUrl": session.url});
        let request = json!({
            "Target": instance,
            "DocumentName": DOCUMENT,
            "Parameters": {"portNumber": [PORT.to_string()], "localPortNumber": [port.to_string()]},
        });
        let mut command = Command::new(PLUGIN);
        command.args([SESSION, region, "StartSession", "", &request.to_string()]);
        command.arg(format!("https://ssm.{region}.amazonaws.com")).env(SESSION, response.to_string());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child =
            command.spawn().map_err(|e| Error::failed(format!("{PLUGIN} cannot be run")).because(e))?;
        Ok(Self(child))
    }

    fn is_gone(&mut self) -> Option<Error> {
        match self.0.try_wait() {
            Ok(None) => None,
            Ok(Some(status)) => {
                let error = Error::new(ErrorKind::Outside, "the tunnel has ended");
                Some(
                    error.because(format!("{PLUGIN}: {status}")).hint("try again: `sentistack grafana open`"),
                )
            }
            Err(e) => Some(Error::failed(format!("{PLUGIN} cannot be waited for")).because(e)),
        }
    }

    /// Until Grafana answers at the far end. The port alone says little: the plugin listens at it before anything does
    /// there.
    async fn until_open(
        &mut self,
        document: &GrafanaDocument,
        cloud: &Cloud,
        printer: Printer,
    ) -> Result<()> {
        let wait = |seconds| Duration::from_secs(seconds).mul_f64(cloud.pace());
        let health = format!("{}api/health", document.url);
        let client = http::client(&health)?;
        let (began, mut said) = (Instant::now(), false);
        loop {
            let answer = client.get(&health).timeout(Duration::from_secs(limits::GRAFANA_TRY_SECONDS)).send();
            let found = match answer.await {
                Ok(answer) if answer.status().is_success() => return Ok(()),
                Ok(answer) => answer.status().to_string(),
                Err(error) => http::told(&error),
            };
            if let Some(error) = self.is_gone() {
                return Err(error);
            }
            if began.elapsed() >= wait(limits::GRAFANA_SECONDS) {
                let (region, target) = (&document.region, &document.instance_id);
                let shell = format!("aws ssm start-session --region {region} --target {target}");
                return Err(Error::new(ErrorKind::Outside, "Grafana does not answer on its machine")
                    .because(found)
                    .hint(format!(
                        "it is installed in the first minutes; what came of that, after `{shell}`: `sudo tail \
                         /var/log/sentistack.log`"
                    ))
                    .resource(&document.instance_id));
            }
            if !said && began.elapsed() >= wait(limits::GRAFANA_QUIET_SECONDS) {
                said = true;
                printer
                    .note("Grafana does not answer yet: it is installed in the first minutes of its machine");
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    async fn until_end(&mut self) -> Result<()> {
        loop {
            if let Some(error) = self.is_gone() {
                return Err(error);
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }
}

impl Drop for Tunnel {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Whether the plugin is there, and new enough to be given a session without showing its token.
fn check_plugin() -> Result<()> {
    let hint = "https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html";
    let ran = Command::new(PLUGIN).arg("--version").stdin(Stdio::null()).output();
    let output = ran.map_err(|_| {
        Error::usage(format!("{PLUGIN} is not on PATH")).hint(format!("install it from AWS: {hint}"))
    })?;
    let printed = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    match is_new_enough(&printed) {
        true => Ok(()),
        false => {
            let [major, minor, patch] = LEARNT;
            Err(Error::usage(format!(
                "{PLUGIN} {printed} is too old: {major}.{minor}.{patch} or newer is needed"
            ))
            .because("an older one takes the session's token on its command line, where others see it")
            .hint(format!("install a newer one from AWS: {hint}")))
        }
    }
}

fn is_new_enough(version: &str) -> bool {
    let numbers: Vec<u32> = version.split('.').map_while(|number| number.parse().ok()).collect();
    numbers.len() >= LEARNT.len() && numbers[..] >= LEARNT[..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_plugin_is_told_from_a_new_one() {
        for new in ["1.2.536.0", "1.2.650.0", "1.3.0.0", "2.0.0"] {
            assert!(is_new_enough(new), "{new}");
        }
        for old in ["1.2.535.9", "1.2.497.0", "1.1.999.0", "0.9", "", "latest"] {
            assert!(!is_new_enough(old), "{old}");
        }
    }

    #[test]
    fn words_are_quoted_for_a_shell() {
        assert_eq!(quoted("i-0ab"), "i-0ab");
        assert_eq!(quoted(r#"{"a":["3000"]}"#), r#"'{"a":["3000"]}'"#);
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
