//! The steps of `cargo xtask test`: a table. The cheap ones come first, the tests last, so that the runner's
//! own closing lines are at the end.

use super::{Context, Done, cfn, code, deny, lint, oracle, page, spark, testbed, tests};
use crate::error::Result;
use crate::system::{
    CHROMIUM, GRAFANA_HOST, JAVA, POSTGRESQL, PYTHON, PYTHON_VENV, REGISTRY, SKOPEO, SystemPackage,
};

pub struct Step {
    pub name: &'static str,
    pub what: &'static str,
    /// System packages without which it cannot run.
    pub needs: &'static [SystemPackage],
    pub run: fn(&Context) -> Result<Done>,
    /// Whether it runs beside the step after it: where neither keeps all cores busy.
    pub beside_next: bool,
}

const fn step(
    name: &'static str,
    what: &'static str,
    needs: &'static [SystemPackage],
    run: fn(&Context) -> Result<Done>,
) -> Step {
    Step { name, what, needs, run, beside_next: false }
}

/// The step that runs the tests: filters that name no step are for it.
pub const TESTS: &str = "tests";

/// System packages without which single tests say that they are skipped: asked for when all tests are run.
pub fn tests_want() -> impl Iterator<Item = SystemPackage> {
    [REGISTRY, SKOPEO].into_iter().chain(GRAFANA_HOST)
}

pub const STEPS: &[Step] = &[
    step("fmt", "the code is formatted", &[], code::fmt),
    step("no-aws", "the local build holds no AWS crate", &[], code::no_aws),
    step("clippy", "no warnings, all features", &[], code::clippy),
    step("clippy-local", "no warnings, local features alone", &[], code::clippy_local),
    step("deny", "licences and sources of the dependencies", &[], deny::run),
    step("python", "our Python, by ruff", &[PYTHON, PYTHON_VENV], lint::python),
    step("shell", "our shell scripts, by shellcheck", &[PYTHON, PYTHON_VENV], lint::shell),
    step("sql", "Redshift's SQL, by sqlfluff", &[PYTHON, PYTHON_VENV], lint::sql),
    step("build", "the tool and the tests build", &[], code::build),
    step("function", "the live path's function builds", &[], code::function),
    step(
        "testbed",
        "the local AWS is as strict as AWS, and our SQL runs on it",
        &[PYTHON, PYTHON_VENV, POSTGRESQL],
        testbed::run,
    ),
    step("fuzz", "the fuzz targets compile", &[], code::fuzz),
    step("oracle", "both tables equal an independent computation", &[PYTHON, PYTHON_VENV], oracle::run),
    step("cfn", "the templates, by cfn-lint, checkov and cfn-guard", &[PYTHON, PYTHON_VENV], cfn::run),
    Step {
        beside_next: true,
        ..step("page", "the local page, in Chromium", &[PYTHON, PYTHON_VENV, CHROMIUM], page::run)
    },
    step(
        "spark",
        "the script of EMR gives the same tables, on Spark 3.5 and 4.0",
        &[PYTHON, PYTHON_VENV, JAVA],
        spark::run,
    ),
    step(TESTS, "cargo test --workspace", &[], tests::run),
];
