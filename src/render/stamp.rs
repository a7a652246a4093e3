//! The settings that a template was made from, kept in its metadata: what is deployed can be priced and compared
//! later, whatever the settings file says by then.

use serde_yaml::Value;

use crate::config::StackSettings;

const KEY: &str = "Sentistack";

/// The template with its settings beneath it. JSON is YAML: one line.
pub fn stamped(template: &str, settings: &StackSettings) -> String {
    let json = serde_json::to_string(settings).unwrap_or_else(|_| "{}".to_owned());
    format!("{}\n\nMetadata:\n  {KEY}: {json}\n", template.trim_end())
}

/// The settings that a deployed template was made from, if it says so.
pub fn settings_of(template: &str) -> Option<StackSettings> {
    let document: Value = serde_yaml::from_str(template).ok()?;
    let stamp = document.get("Metadata")?.get(KEY)?.clone();
    serde_yaml::from_value(stamp).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Layers, resolve_stack};

    #[test]
    fn settings_come_back_from_a_template() {
        let settings = resolve_stack(&Layers::default()).unwrap();
        let text = stamped("Resources: {}\n", &settings);
        assert_eq!(settings_of(&text), Some(settings));
        assert_eq!(settings_of("Resources: {}\n"), None);
    }
}
