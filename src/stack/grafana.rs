//! What the Grafana host is made of, as objects of the bucket. They lie under the hash of all of them, so that a host is
//! made of one version, and a template that names another one makes another host. Pure.

use std::sync::{Arc, LazyLock};

use super::change::Upload;
use crate::assets::GRAFANA_FILES;
use crate::live::package::Digest;

/// The versions that are installed (`grafana/install.sh`).
const VERSION: &str = "13.2.3";
const PLUGIN_VERSION: &str = "2.5.0";

/// The host, as its template names it.
pub const HOST: &str = "GrafanaHost";

/// Where packages lie that somebody put into the bucket: Grafana's RPM, its key, the plugin's zip.
pub const PACKAGES: &str = "grafana/packages/";

/// The folder of the files in the bucket: `grafana/` and the hash of their names and contents.
pub fn prefix() -> &'static str {
    // They are 100 KB, and every template's settings name it.
    static PREFIX: LazyLock<String> = LazyLock::new(|| {
        let mut all = Vec::new();
        for file in GRAFANA_FILES {
            for part in [file.path, file.text] {
                all.extend_from_slice(&(part.len() as u64).to_be_bytes());
                all.extend_from_slice(part.as_bytes());
            }
        }
        format!("grafana/{}", Digest::of(&all).hex())
    });
    &PREFIX
}

/// Whether a template has a host of these files.
pub fn is_in(template: &str) -> bool {
    template.contains(prefix())
}

/// The files, under their keys.
pub fn uploads() -> Vec<Upload> {
    let prefix = prefix();
    let upload = |path: &str, text: &str| Upload {
        key: format!("{prefix}/{path}"),
        body: Arc::new(text.as_bytes().to_vec()),
    };
    GRAFANA_FILES.iter().map(|file| upload(file.path, file.text)).collect()
}

/// Whether a host of this template installs what is in the bucket and nothing else.
pub fn downloads_nothing(template: &str) -> bool {
    is_in(template) && template.contains("SENTISTACK_NETWORK=private")
}

/// What such a host needs and is not among these keys, as patterns of names in [`PACKAGES`].
pub fn lacks(keys: &[String]) -> Vec<String> {
    let needed = [
        ("gpg.key".to_owned(), ""),
        (format!("grafana-{VERSION}-"), ".rpm"),
        (format!("grafana-redshift-datasource-{PLUGIN_VERSION}"), ".zip"),
    ];
    let has = |start: &str, end: &str| {
        let names = keys.iter().filter_map(|key| key.strip_prefix(PACKAGES));
        names.into_iter().any(|name| match end {
            "" => name == start,
            end => name.starts_with(start) && name.ends_with(end),
        })
    };
    let missing = needed.into_iter().filter(|(start, end)| !has(start, end));
    missing.map(|(start, end)| if end.is_empty() { start } else { format!("{start}*{end}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_host_lacks_is_what_its_installer_looks_for() {
        let key = |name: &str| format!("{PACKAGES}{name}");
        assert_eq!(
            lacks(&[key("grafana-13.2.2-1.aarch64.rpm"), key("gpg.key.old"), "gpg.key".to_owned()]),
            ["gpg.key", "grafana-13.2.3-*.rpm", "grafana-redshift-datasource-2.5.0*.zip"]
        );
        let all =
            ["gpg.key", "grafana-13.2.3-1.aarch64.rpm", "grafana-redshift-datasource-2.5.0.linux_arm64.zip"];
        assert!(lacks(&all.map(key)).is_empty());
        let script = GRAFANA_FILES.iter().find(|file| file.path == "install.sh").unwrap().text;
        for line in [format!("grafana={VERSION}"), format!("plugin_version={PLUGIN_VERSION}")] {
            assert!(script.lines().any(|found| found == line), "{line}");
        }
    }

    #[test]
    fn every_file_of_the_host_is_there_once() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("grafana");
        let mut there = Vec::new();
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let name = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
                if path.is_dir() {
                    folders.push(path);
                } else if !name.ends_with(".sql") && !name.starts_with('.') {
                    there.push(name);
                }
            }
        }
        there.sort_unstable();
        let listed: Vec<&str> = GRAFANA_FILES.iter().map(|file| file.path).collect();
        assert_eq!(listed, there);
        let keys: Vec<String> = uploads().into_iter().map(|upload| upload.key).collect();
        assert!(keys.iter().all(|key| key.starts_with("grafana/") && !key.starts_with(PACKAGES)), "{keys:?}");
        assert!(is_in(&format!("aws s3 sync {}/", prefix())) && !is_in("aws s3 sync grafana/"));
    }
}
