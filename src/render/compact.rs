//! A template in fewer bytes: JSON without blanks, for the call that takes no more than so many. The storage stack
//! has to fit into it, whatever its name: the bucket that a larger one would go through is in that stack.

use serde_json::{Map, Value as Json};
use serde_yaml::Value;

/// The same template as JSON; `None` where something in it has no such form, and it stays as it is.
pub(super) fn compact(template: &str) -> Option<String> {
    let template: Value = serde_yaml::from_str(template).ok()?;
    serde_json::to_string(&json(&template)?).ok()
}

/// CloudFormation's short tags as the functions that they stand for.
fn json(value: &Value) -> Option<Json> {
    Some(match value {
        Value::Tagged(tagged) => {
            let tag = tagged.tag.to_string();
            let name = match tag.trim_start_matches('!') {
                plain @ ("Ref" | "Condition") => plain.to_owned(),
                function => format!("Fn::{function}"),
            };
            let given = match (&*name, &tagged.value) {
                // JSON knows the two parts alone.
                ("Fn::GetAtt", Value::String(path)) => {
                    let (resource, attribute) = path.split_once('.')?;
                    Json::from(vec![resource, attribute])
                }
                (_, given) => json(given)?,
            };
            Json::Object(Map::from_iter([(name, given)]))
        }
        Value::Mapping(entries) => {
            let entries = entries.iter().map(|(key, value)| Some((key.as_str()?.to_owned(), json(value)?)));
            Json::Object(entries.collect::<Option<_>>()?)
        }
        Value::Sequence(items) => Json::Array(items.iter().map(json).collect::<Option<_>>()?),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            serde_json::to_value(value).ok()?
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_functions_and_nothing_else_changes() {
        let text = "# why\nA: !Ref B\nC: [!GetAtt D.E.F, !GetAtt [G, H]]\nI: !Sub \"${!a}-${B}\"\nJ: { \"Fn::Join\": [\"\", [1, true, null]] }\nK: \"2012-10-17\"\nL: |\n  # kept\n  b\n";
        let made: Json = serde_json::from_str(&compact(text).unwrap()).unwrap();
        assert_eq!(
            made,
            serde_json::json!({
                "A": { "Ref": "B" },
                "C": [{ "Fn::GetAtt": ["D", "E.F"] }, { "Fn::GetAtt": ["G", "H"] }],
                "I": { "Fn::Sub": "${!a}-${B}" },
                "J": { "Fn::Join": ["", [1, true, null]] },
                "K": "2012-10-17",
                "L": "# kept\nb\n",
            })
        );
    }

    #[test]
    fn what_has_no_such_form_is_left() {
        for text in ["A: !GetAtt B", "? [a]\n: b", "A: ["] {
            assert_eq!(compact(text), None, "{text}");
        }
    }
}
