//! The layers that settings come from, and where each one was given, so that a message can point at it.

use super::env;
use super::file::File;
use super::typed::Typed;

/// Settings in the order of their weight: command line, environment, file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layers {
    pub flags: Typed,
    pub env: Typed,
    pub file: Option<File>,
}

/// A layer. The greater one wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    File,
    Env,
    Flags,
}

impl Layers {
    /// Only what the command line says.
    pub fn of_flags(flags: Typed) -> Self {
        Self { flags, ..Self::default() }
    }

    /// All layers in one; what is in none stays empty.
    pub fn merged(&self) -> Typed {
        let file = self.file.as_ref().map(|file| file.typed.clone()).unwrap_or_default();
        self.flags.clone().over(self.env.clone()).over(file)
    }

    /// The layer that the setting `key` (in a section: `stack.ttl`) comes from; `None` when no layer gives it.
    pub fn rank(&self, key: &str) -> Option<Rank> {
        [Rank::Flags, Rank::Env, Rank::File].into_iter().find(|rank| self.value(*rank, key).is_some())
    }

    /// The setting as it was given: `--window 7m`, `SENTISTACK_WINDOW=7m`, `window 7m at app.yaml:12`.
    pub fn subject(&self, key: &str) -> String {
        let Some((rank, value)) = self.rank(key).and_then(|rank| Some((rank, self.value(rank, key)?))) else {
            return key.to_owned();
        };
        match rank {
            Rank::Flags => flag(key, &value),
            Rank::Env => {
                let path: Vec<_> = key.split('.').map(str::to_owned).collect();
                format!("{}={value}", env::variable(&path))
            }
            Rank::File => {
                let path: Vec<_> = key.split('.').collect();
                let place = self.file.as_ref().map(|file| file.place(&path)).unwrap_or_default();
                format!("{key} {value} at {place}")
            }
        }
    }

    /// As [`Layers::subject`], without the value: for what may be a secret.
    pub fn origin(&self, key: &str) -> String {
        let path: Vec<&str> = key.split('.').collect();
        match (self.rank(key), &self.file) {
            (Some(Rank::Env), _) => {
                env::variable(&path.iter().map(|part| (*part).to_owned()).collect::<Vec<_>>())
            }
            (Some(Rank::File), Some(file)) => format!("{key} at {}", file.place(&path)),
            _ => key.to_owned(),
        }
    }

    fn value(&self, rank: Rank, key: &str) -> Option<String> {
        let typed = match rank {
            Rank::Flags => &self.flags,
            Rank::Env => &self.env,
            Rank::File => &self.file.as_ref()?.typed,
        };
        let given = serde_json::Value::Object(typed.given());
        key.split('.').try_fold(&given, |value, key| value.get(key)).map(env::written)
    }
}

/// `--max-per-window 100`; the setting `name` is the flag `--stack`; a value with spaces in quotes; a switch that is on without its value.
pub fn flag(key: &str, value: &str) -> String {
    let name = match key.rsplit('.').next().unwrap_or(key) {
        "name" => "stack".to_owned(),
        // One of a section, whose own name would be another flag's.
        "on" if key == "score.on" => "score-on".to_owned(),
        key => key.replace('_', "-"),
    };
    match value {
        "true" => format!("--{name}"),
        v if v.is_empty() || v.contains(char::is_whitespace) => format!("--{name} {v:?}"),
        v => format!("--{name} {v}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layers() -> Layers {
        Layers {
            flags: Typed { max_per_window: Some(5), query: Some("a b".into()), ..Typed::default() },
            env: Typed { max_per_window: Some(6), seed: Some(1), ..Typed::default() },
            file: Some(File::parse("app.yaml", "seed: 2\n\nwindow: 7m\n").unwrap()),
        }
    }

    #[test]
    fn flags_win_over_the_environment_and_that_over_the_file() {
        let merged = layers().merged();
        assert_eq!((merged.max_per_window, merged.seed), (Some(5), Some(1)));
        assert_eq!(merged.window.as_deref(), Some("7m"));
        assert_eq!(layers().rank("max_per_window"), Some(Rank::Flags));
        assert_eq!(layers().rank("seed"), Some(Rank::Env));
        assert_eq!(layers().rank("window"), Some(Rank::File));
        assert_eq!(layers().rank("topic"), None);
    }

    #[test]
    fn a_setting_is_named_as_it_was_given() {
        let layers = layers();
        assert_eq!(layers.subject("max_per_window"), "--max-per-window 5");
        assert_eq!(layers.subject("query"), "--query \"a b\"");
        assert_eq!(layers.subject("seed"), "SENTISTACK_SEED=1");
        assert_eq!(layers.subject("window"), "window 7m at app.yaml:3");
        assert_eq!(layers.subject("topic"), "topic");
        assert_eq!(flag("strict", "true"), "--strict");
    }
}
