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
    "partials/live_roles.yaml.hbs",
    "partials/logs.yaml.hbs",
    "partials/network.yaml.hbs",
    "partials/endpoints.yaml.hbs",
    "partials/stream.yaml.hbs",
    "partials/emr.yaml.hbs",
    "partials/emr_groups.yaml.hbs",
    "partials/emr_serverless.yaml.hbs",
    "partials/redshift_cluster.yaml.hbs",
    "partials/redshift_serverless.yaml.hbs",
    "partials/grafana.yaml.hbs",
    "partials/batch_alarms.yaml.hbs",
    "partials/batch_outputs.yaml.hbs",
    "partials/firehose.yaml.hbs",
    "partials/function.yaml.hbs",
    "partials/endpoint.yaml.hbs",
];

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
}
