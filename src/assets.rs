//! Files that are built into the tool. It knows their names and bytes, and nothing of what is in them.

/// A template of CloudFormation, as it is before its settings are filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Template {
    /// Its path in a folder of templates: `batch.yaml.hbs`, `partials/network.yaml.hbs`.
    pub path: &'static str,
    pub text: &'static str,
}

impl Template {
    /// What other templates include it by: `network` for `partials/network.yaml.hbs`.
    pub fn name(&self) -> &'static str {
        let file = self.path.rsplit('/').next().unwrap_or(self.path);
        file.strip_suffix(".yaml.hbs").unwrap_or(file)
    }
}

macro_rules! templates {
    ($($path:literal,)*) => {
        &[$(Template { path: $path, text: include_str!(concat!("../templates/", $path)) },)*]
    };
}

/// Every template: one for each stack, and the partials that they include.
pub const TEMPLATES: &[Template] = templates![
    "storage.yaml.hbs",
    "batch.yaml.hbs",
    "live.yaml.hbs",
    "partials/bucket.yaml.hbs",
    "partials/deploy_network.yaml.hbs",
    "partials/deploy_data.yaml.hbs",
    "partials/deploy_spark.yaml.hbs",
    "partials/deploy_role.yaml.hbs",
    "partials/ttl_role.yaml.hbs",
    "partials/batch_roles.yaml.hbs",
    "partials/job_statements.yaml.hbs",
    "partials/live_alarms.yaml.hbs",
    "partials/live_roles.yaml.hbs",
    "partials/runner_role.yaml.hbs",
    "partials/scorer_role.yaml.hbs",
    "partials/logs.yaml.hbs",
    "partials/athena.yaml.hbs",
    "partials/network.yaml.hbs",
    "partials/endpoints.yaml.hbs",
    "partials/stream.yaml.hbs",
    "partials/scorer.yaml.hbs",
    "partials/emr.yaml.hbs",
    "partials/emr_groups.yaml.hbs",
    "partials/emr_serverless.yaml.hbs",
    "partials/redshift_cluster.yaml.hbs",
    "partials/redshift_serverless.yaml.hbs",
    "partials/grafana.yaml.hbs",
    "partials/runner.yaml.hbs",
    "partials/batch_alarms.yaml.hbs",
    "partials/batch_outputs.yaml.hbs",
    "partials/firehose.yaml.hbs",
    "partials/function.yaml.hbs",
    "partials/endpoint.yaml.hbs",
];

/// A statement of SQL, as it is before its values are filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement {
    /// What it does: `copy-tweet-parquet`, as its file is called.
    pub name: &'static str,
    pub text: &'static str,
}

macro_rules! statements {
    ($folder:literal: $($name:literal,)*) => {
        &[$(Statement { name: $name, text: include_str!(concat!("../", $folder, "/", $name, ".sql")) },)*]
    };
}

/// Every statement of `redshift/`.
pub const STATEMENTS: &[Statement] = statements!["redshift":
    "copy-sentiment-csv",
    "copy-sentiment-parquet",
    "copy-tweet-csv",
    "copy-tweet-parquet",
    "count-run",
    "create-loaded-run",
    "create-run-stage",
    "create-sentiment",
    "create-tweet",
    "create-tweet-lang",
    "create-user",
    "create-warehouse-version",
    "drop-stage-sentiment",
    "drop-stage-tweet",
    "empty-to-null-tweet",
    "find-user",
    "forget-loaded-run",
    "forget-run-stage",
    "forget-sentiment",
    "forget-tweet",
    "grant-select",
    "grant-usage",
    "insert-loaded-run",
    "insert-run-stage",
    "insert-sentiment",
    "insert-tweet",
    "load-errors",
    "lock-loads",
    "lock-version",
    "protect-schema",
    "read-version",
    "replace-sentiment",
    "replace-tweet",
    "stage-sentiment",
    "stage-tweet",
    "write-version",
];

/// Every panel of `grafana/panels/`: one query for each picture, for Grafana and for the local page.
pub const PANELS: &[Statement] = statements!["grafana/panels":
    "average_scores",
    "langs",
    "marks",
    "models",
    "run_stages",
    "runs",
    "share_mixed",
    "share_negative",
    "share_neutral",
    "share_over_time",
    "share_positive",
    "sources",
    "telling",
    "timeline",
    "total",
    "tweets_by_window",
    "window_tweets",
    "windows",
];

/// Every query of `grafana/variables/`: what there is to choose from in a filter.
pub const VARIABLES: &[Statement] = statements!["grafana/variables":
    "lang",
    "model",
    "run",
    "source",
    "topic",
    "window",
];

/// A file that goes onto a machine as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostFile {
    /// Its path in its folder: `dashboards/runs.json`.
    pub path: &'static str,
    pub text: &'static str,
}

macro_rules! host_files {
    ($folder:literal: $($path:literal,)*) => {
        &[$(HostFile { path: $path, text: include_str!(concat!("../", $folder, "/", $path)) },)*]
    };
}

/// What the Grafana host is made of: its installer, its settings, its datasources and dashboards.
pub const GRAFANA_FILES: &[HostFile] = host_files!["grafana":
    "dashboards/runs.json",
    "dashboards/sentiment.json",
    "grafana.ini",
    "install.sh",
    "provisioning/dashboards/sentistack.yaml",
    "provisioning/datasources/redshift-cluster.yaml",
    "provisioning/datasources/redshift-serverless.yaml",
];

/// The script that makes a run's tables on Spark.
pub const EMR_SCRIPT: &str = include_str!("../emr/emr-script.py");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_distinct_and_every_file_is_listed() {
        let mut names: Vec<_> = TEMPLATES.iter().map(Template::name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), TEMPLATES.len());
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
        let count = |folder: &std::path::Path| {
            std::fs::read_dir(folder)
                .unwrap()
                .filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|e| e == "hbs"))
                .count()
        };
        assert_eq!(count(&root) + count(&root.join("partials")), TEMPLATES.len());
    }

    #[test]
    fn every_statement_is_listed_in_order() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        for (folder, statements) in
            [("redshift", STATEMENTS), ("grafana/panels", PANELS), ("grafana/variables", VARIABLES)]
        {
            let mut files: Vec<String> = std::fs::read_dir(root.join(folder))
                .unwrap()
                .filter_map(|entry| {
                    Some(entry.unwrap().file_name().to_str()?.strip_suffix(".sql")?.to_owned())
                })
                .collect();
            files.sort_unstable();
            let listed: Vec<&str> = statements.iter().map(|statement| statement.name).collect();
            assert_eq!(listed, files, "{folder}");
        }
    }
}
