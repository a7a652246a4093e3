//! What is generated from the code and checked in. `UPDATE_DOCS=1` (`cargo xtask docs`) writes it anew.

use std::path::Path;

use sentistack::cli::meta::{What, schema_of};

fn held(path: &str, made: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, made).unwrap();
        return;
    }
    let there = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(there == made, "{path} is out of date: run `cargo xtask docs`");
}

fn pretty(value: &serde_json::Value) -> String {
    format!("{}\n", serde_json::to_string_pretty(value).unwrap())
}

#[test]
fn schemas_are_those_of_the_types() {
    for (name, what) in [
        ("run", What::Run),
        ("runs", What::Runs),
        ("compare", What::Compare),
        ("sql", What::Sql),
        ("eval", What::Eval),
        #[cfg(feature = "serve")]
        ("serve", What::Serve),
        #[cfg(feature = "serve")]
        ("dashboard", What::Dashboard),
        #[cfg(feature = "stack")]
        ("render", What::Render),
        #[cfg(feature = "stack")]
        ("package", What::Package),
        #[cfg(feature = "stack")]
        ("live-run", What::LiveRun),
        #[cfg(feature = "stack")]
        ("live-verify", What::Verify),
        #[cfg(feature = "aws")]
        ("plan", What::Plan),
        #[cfg(feature = "aws")]
        ("up", What::Up),
        #[cfg(feature = "aws")]
        ("status", What::Status),
        #[cfg(feature = "aws")]
        ("events", What::Events),
        #[cfg(feature = "aws")]
        ("explain", What::Explain),
        #[cfg(feature = "aws")]
        ("extend", What::Extend),
        #[cfg(feature = "aws")]
        ("list", What::List),
        #[cfg(feature = "aws")]
        ("down", What::Down),
        #[cfg(feature = "aws")]
        ("cost", What::Cost),
        #[cfg(feature = "aws")]
        ("doctor", What::Doctor),
    ] {
        held(&format!("docs/schema/{name}.json"), &pretty(&schema_of(what)));
    }
}

#[test]
fn dashboards_are_made_of_the_panels() {
    for dashboard in sentistack::panels::dashboard::dashboards().unwrap() {
        held(&format!("grafana/dashboards/{}.json", dashboard.name), &pretty(&dashboard.json));
    }
}

#[cfg(feature = "stack")]
#[test]
fn the_page_of_prices_is_that_of_the_table() {
    let table = sentistack::cost::Prices::built_in();
    held("docs/prices.md", &sentistack::cost::docs::markdown(&table));
}

// Without the feature `aws` a part of the command line is missing.
#[cfg(feature = "aws")]
#[test]
fn the_reference_of_the_command_line_is_that_of_the_code() {
    let mut out = String::from(
        "# The command line\n\nGenerated from the code by `cargo xtask docs`.\n\n\
         Exit codes: 0 done, also when there was nothing to change; 1 failed, or the input cannot be used; 2 usage or\n\
         configuration; 3 differences found; 4 an outside cause that trying again can cure, resumable; 5 refused by a cost\n\
         limit; 6 leftovers that may bill, or a stack past its expiry; 7 done, but more was rejected than\n\
         `--max-rejected` allows; 130 Ctrl-C and 143 SIGTERM, resumable.\n",
    );
    let mut tree = sentistack::cli::tree().term_width(100);
    tree.build();
    describe(&mut tree, "sentistack", &mut out);
    held("docs/cli.md", &out);
}

#[cfg(feature = "aws")]
fn describe(command: &mut clap::Command, path: &str, out: &mut String) {
    let help = command.render_long_help().to_string();
    let help: Vec<&str> = help.lines().map(str::trim_end).collect();
    out.push_str(&format!("\n## `{path}`\n\n```text\n{}\n```\n", help.join("\n").trim_end()));
    let names: Vec<String> =
        command.get_subcommands().map(|c| c.get_name().to_owned()).filter(|n| n != "help").collect();
    for name in names {
        if let Some(sub) = command.find_subcommand_mut(&name) {
            describe(sub, &format!("{path} {name}"), out);
        }
    }
}
