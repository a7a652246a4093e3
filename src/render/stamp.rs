//! The settings that a template was made from, kept in its metadata: what is deployed can be priced and compared
//! later, whatever the settings file says by then.

use serde_yaml::Value;

use super::check::through_bucket;
use super::compact::compact;
use crate::config::StackSettings;

const KEY: &str = "Sentistack";

/// The template as it is sent: with its settings beneath it (JSON is YAML: one line), and as JSON without blanks where
/// it would be too large for the call.
pub fn stamped(template: &str, settings: &StackSettings) -> String {
    let json = serde_json::to_string(settings).unwrap_or_else(|_| "{}".to_owned());
    let text = format!("{}\n\nMetadata:\n  {KEY}: {json}\n", template.trim_end());
    if through_bucket(&text) { compact(&text).unwrap_or(text) } else { text }
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
