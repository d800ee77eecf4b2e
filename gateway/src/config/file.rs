//! From TOML text to [`Config`], with every problem of the file in one report.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use serde::de::DeserializeOwned;
use toml::{Table, Value};

use super::Config;

/// Everything that is wrong with a configuration file.
#[derive(Debug, PartialEq, Eq)]
pub struct ConfigError {
    path: PathBuf,
    /// One sentence each.
    pub problems: Vec<String>,
}

impl ConfigError {
    pub(super) fn new(path: &Path, problems: Vec<String>) -> Self {
        Self { path: path.to_owned(), problems }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the configuration file {} cannot be used: {}",
            self.path.display(),
            self.problems.join("; ")
        )
    }
}

impl std::error::Error for ConfigError {}

pub(super) fn read(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path)
        .map_err(|error| ConfigError::new(path, vec![format!("{error}; give the right path with --config")]))
}

/// Takes key after key, so that one mistake does not hide the next.
pub(super) fn parse(text: &str, path: &Path) -> Result<Config, ConfigError> {
    let given: Table = text.parse().map_err(|error: toml::de::Error| {
        ConfigError::new(path, vec![error.to_string().trim().to_owned()])
    })?;
    let mut known = Table::try_from(Config::default())
        .map_err(|error| ConfigError::new(path, vec![error.to_string()]))?;
    // The one key without a default is not in the table of defaults.
    known.insert("office".to_owned(), Value::String(String::new()));
    let mut problems = Vec::new();
    check(&given, &known, &mut Vec::new(), &mut problems);
    if problems.is_empty() {
        Value::Table(given).try_into().map_err(|error| ConfigError::new(path, vec![error.to_string()]))
    } else {
        Err(ConfigError::new(path, problems))
    }
}

fn check(given: &Table, known: &Table, place: &mut Vec<String>, problems: &mut Vec<String>) {
    for (key, value) in given {
        place.push(key.clone());
        match (known.get(key), value) {
            (None, _) => problems.push(unknown(place, known)),
            (Some(Value::Table(known)), Value::Table(given)) => check(given, known, place, problems),
            (Some(_), value) => {
                if let Err(error) = read_alone::<Config>(place, value.clone()) {
                    let message = error.message().replace('\n', " ");
                    problems.push(format!("`{}`: {}", place.join("."), message.trim()));
                }
            }
        }
        place.pop();
    }
}

/// Reads a file that holds this one key.
fn read_alone<T: DeserializeOwned>(place: &[String], value: Value) -> Result<T, toml::de::Error> {
    let nested = place.iter().rev().fold(value, |value, key| {
        let mut table = Table::new();
        table.insert(key.clone(), value);
        Value::Table(table)
    });
    nested.try_into()
}

fn unknown(place: &[String], known: &Table) -> String {
    let known: Vec<_> = known.keys().map(String::as_str).collect();
    format!("unknown key `{}` (known here: {})", place.join("."), known.join(", "))
}
