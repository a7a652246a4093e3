//! Which model scores: one of those built in, or a file.

use super::problems::Problems;
use super::resolve::{Case, defaults};
use super::suggest;

/// Models that are no file.
pub const MODELS: [&str; 4] = ["embedded", "vader", "comprehend", "endpoint"];

pub(super) fn model(case: &Case<'_>, problems: &mut Problems) -> String {
    let Some(given) = case.typed.model.as_deref().map(str::trim) else { return defaults::MODEL.to_owned() };
    let given = canonical(given);
    if MODELS.contains(&given) {
        return given.to_owned();
    }
    let is_path = given.contains(['/', '\\', '.']);
    if given.is_empty() {
        problems.add(
            format!("{} names no model", case.subject("model")),
            format!("one of {}, or the path of a model file", MODELS.join(", ")),
        );
    } else if let (false, Some(near)) = (is_path, suggest::nearest(given, MODELS)) {
        problems.add(
            format!("unknown model: {}; did you mean {near:?}?", case.subject("model")),
            format!("for a model file of that name write ./{given}"),
        );
    }
    given.to_owned()
}

/// The usual spelling of a model that is built in; a path as it is.
pub(super) fn canonical(name: &str) -> &str {
    let name = name.trim();
    MODELS.into_iter().find(|known| known.eq_ignore_ascii_case(name)).unwrap_or(name)
}
