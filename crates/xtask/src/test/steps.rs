//! The steps of `cargo xtask test`: a table. The cheap ones come first, the tests last, so that the runner's
//! own closing lines are at the end.

use super::{Context, Done, cfn, code, lint, oracle, page, spark, testbed, tests};
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
}

/// The step that runs the tests: filters that name no step are for it.
pub const TESTS: &str = "tests";

/// System packages without which single tests say that they are skipped: asked for when all tests are run.
pub fn tests_want() -> impl Iterator<Item = SystemPackage> {
    [REGISTRY, SKOPEO].into_iter().chain(GRAFANA_HOST)
}

pub const STEPS: &[Step] = &[
    Step { name: "fmt", what: "the code is formatted", needs: &[], run: code::fmt },
    Step { name: "no-aws", what: "the local build holds no AWS crate", needs: &[], run: code::no_aws },
    Step { name: "clippy", what: "no warnings, all features", needs: &[], run: code::clippy },
    Step {
        name: "clippy-local",
        what: "no warnings, local features alone",
        needs: &[],
        run: code::clippy_local,
    },
    Step { name: "deny", what: "licences and sources of the dependencies", needs: &[], run: code::deny },
    Step { name: "python", what: "our Python, by ruff", needs: &[PYTHON, PYTHON_VENV], run: lint::python },
    Step {
        name: "shell",
        what: "our shell scripts, by shellcheck",
        needs: &[PYTHON, PYTHON_VENV],
        run: lint::shell,
    },
    Step { name: "sql", what: "Redshift's SQL, by sqlfluff", needs: &[PYTHON, PYTHON_VENV], run: lint::sql },
    Step { name: "build", what: "the tool and the tests build", needs: &[], run: code::build },
    Step { name: "function", what: "the live path's function builds", needs: &[], run: code::function },
    Step {
        name: "testbed",
        what: "the local AWS is as strict as AWS, and our SQL runs on it",
        needs: &[PYTHON, PYTHON_VENV, POSTGRESQL],
        run: testbed::run,
    },
    Step { name: "fuzz", what: "the fuzz targets compile", needs: &[], run: code::fuzz },
    Step {
        name: "oracle",
        what: "both tables equal an independent computation",
        needs: &[PYTHON, PYTHON_VENV],
        run: oracle::run,
    },
    Step {
        name: "cfn",
        what: "the templates, by cfn-lint, checkov and cfn-guard",
        needs: &[PYTHON, PYTHON_VENV],
        run: cfn::run,
    },
    Step {
        name: "spark",
        what: "the script of EMR gives the same tables, on Spark 3.5 and 4.0",
        needs: &[PYTHON, PYTHON_VENV, JAVA],
        run: spark::run,
    },
    Step {
        name: "page",
        what: "the local page, in Chromium",
        needs: &[PYTHON, PYTHON_VENV, CHROMIUM],
        run: page::run,
    },
    Step { name: TESTS, what: "cargo test --workspace", needs: &[], run: tests::run },
];
