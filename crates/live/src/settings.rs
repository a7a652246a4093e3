//! What the function is set to, by its environment. Where the variables come from is the caller's.

/// The variables, by name.
pub const LANG: &str = "SENTISTACK_LANG";
pub const INCLUDE: &str = "SENTISTACK_INCLUDE";
pub const ENDPOINT: &str = "SENTISTACK_ENDPOINT";
pub const FALLBACK: &str = "SENTISTACK_FALLBACK";
pub const BUCKET: &str = "SENTISTACK_BUCKET";
pub const PREFIX: &str = "SENTISTACK_PREFIX";

/// What a delivered line has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Include {
    /// The whole row of the table, and `sequence`.
    #[default]
    Row,
    /// Text, label and scores alone.
    TextOnly,
}

/// See the module's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Languages that are scored; empty: all. By default English, as in the tool.
    pub lang: Vec<String>,
    pub include: Include,
    /// Base address of a model endpoint, `http://host:port`; `/predict` is asked.
    pub endpoint: Option<String>,
    /// Where the endpoint fails, the function's own model scores.
    pub fallback: bool,
    /// Where the scores of a Kinesis stream's packets go: the root of runs.
    pub root: Option<Root>,
}

/// A bucket, and a prefix in it without slashes at its ends, or empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    pub bucket: String,
    pub prefix: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            lang: vec!["en".to_owned()],
            include: Include::Row,
            endpoint: None,
            fallback: false,
            root: None,
        }
    }
}

/// A variable that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} is {value:?}: {expected}")]
pub struct SettingsError {
    pub name: &'static str,
    pub value: String,
    pub expected: &'static str,
}

impl Settings {
    /// Reads the variables through `get`. One that is empty is as good as none, but for the languages.
    ///
    /// # Errors
    /// Names the first variable that cannot be used.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let given = |name: &str| get(name).filter(|value| !value.is_empty());
        let wrong = |name, value: &str, expected| SettingsError { name, value: value.to_owned(), expected };
        let mut settings = Self::default();
        if let Some(list) = get(LANG) {
            settings.lang =
                list.split(',').map(str::trim).filter(|lang| !lang.is_empty()).map(str::to_owned).collect();
            // A word for it, since not every place that sets variables takes an empty one.
            if settings.lang == ["all"] {
                settings.lang.clear();
            }
        }
        settings.include = match given(INCLUDE).as_deref() {
            None | Some("row") => Include::Row,
            Some("text-only") => Include::TextOnly,
            Some(other) => return Err(wrong(INCLUDE, other, "row or text-only is expected")),
        };
        settings.fallback = match given(FALLBACK).as_deref() {
            None | Some("none") => false,
            Some("embedded") => true,
            Some(other) => return Err(wrong(FALLBACK, other, "embedded or none is expected")),
        };
        settings.endpoint = match given(ENDPOINT) {
            Some(url) if !url.starts_with("http://") && !url.starts_with("https://") => {
                return Err(wrong(ENDPOINT, &url, "http://host:port is expected"));
            }
            url => url.map(|url| url.trim_end_matches('/').to_owned()),
        };
        settings.root = given(BUCKET).map(|bucket| Root {
            bucket,
            prefix: given(PREFIX).unwrap_or_default().trim_matches('/').to_owned(),
        });
        Ok(settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        Settings::read(|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn nothing_set_is_english_rows_by_its_own_model() {
        assert_eq!(read(&[]), Ok(Settings::default()));
        assert_eq!(read(&[(INCLUDE, ""), (ENDPOINT, ""), (BUCKET, "")]), Ok(Settings::default()));
    }

    #[test]
    fn variables_are_read() {
        let settings = read(&[
            (LANG, "en, de"),
            (INCLUDE, "text-only"),
            (ENDPOINT, "http://10.43.0.9:8080/"),
            (FALLBACK, "embedded"),
            (BUCKET, "b"),
            (PREFIX, "/a/b/"),
        ]);
        let wanted = Settings {
            lang: vec!["en".to_owned(), "de".to_owned()],
            include: Include::TextOnly,
            endpoint: Some("http://10.43.0.9:8080".to_owned()),
            fallback: true,
            root: Some(Root { bucket: "b".to_owned(), prefix: "a/b".to_owned() }),
        };
        assert_eq!(settings, Ok(wanted));
        for every in ["", "all"] {
            assert!(read(&[(LANG, every)]).unwrap().lang.is_empty(), "{every:?} is every language");
        }
    }

    #[test]
    fn a_wrong_variable_is_named() {
        for (name, value) in [(INCLUDE, "all"), (FALLBACK, "vader"), (ENDPOINT, "10.0.0.1:8080")] {
            let error = read(&[(name, value)]).unwrap_err().to_string();
            assert!(error.contains(name) && error.contains("expected"), "{error}");
        }
    }
}
