//! Collection of settings, as text, from the configuration file and the environment.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fmt, fs, io,
    path::{Path, PathBuf},
};

use toml::{Table, Value};

use super::{PREFIX, Problem};

/// Source of a setting's value. Later variants take precedence.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// The built-in default.
    Default,
    /// The TOML file given with `--config`.
    File(PathBuf),
    /// An environment variable.
    Environment,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Environment => f.write_str("environment"),
        }
    }
}

/// A setting's value as text, with its source.
#[derive(Debug, Clone)]
pub(super) struct Given {
    pub text: String,
    pub origin: Origin,
}

/// All given settings, keyed by name (such as `HTTP__BIND`), and the problems found while reading their sources.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub given: BTreeMap<String, Given>,
    pub problems: Vec<Problem>,
}

/// Reads the file and then the environment variables, which take precedence.
pub(super) fn gather(
    file: Option<&Path>,
    variables: impl IntoIterator<Item = (OsString, OsString)>,
) -> Gathered {
    let mut gathered = Gathered::default();
    if let Some(path) = file {
        gathered.add_file(path);
    }
    gathered.add_variables(variables);
    gathered
}

impl Gathered {
    fn add_file(&mut self, path: &Path) {
        match read(path) {
            Ok(table) => table.into_iter().for_each(|(key, value)| {
                self.add_tree(&key.to_uppercase(), value, &Origin::File(path.to_owned()));
            }),
            Err(fault) => self.problems.push(Problem {
                place: format!("--config {}", path.display()),
                fault,
            }),
        }
    }

    fn add_tree(&mut self, name: &str, value: Value, origin: &Origin) {
        match value {
            Value::Table(table) => table.into_iter().for_each(|(key, value)| {
                self.add_tree(&format!("{name}__{}", key.to_uppercase()), value, origin);
            }),
            Value::Array(items) => match items.iter().map(plain).collect::<Option<Vec<_>>>() {
                Some(items) => self.add(name, items.join(","), origin.clone()),
                None => self.problems.push(Problem {
                    place: format!("{PREFIX}{name}"),
                    fault: format!("must be a list of plain values (in {origin})"),
                }),
            },
            value => self.add(name, plain(&value).unwrap_or_default(), origin.clone()),
        }
    }

    fn add_variables(&mut self, variables: impl IntoIterator<Item = (OsString, OsString)>) {
        for (variable, value) in variables {
            let variable = variable.to_string_lossy();
            let Some(name) = variable.strip_prefix(PREFIX) else {
                continue;
            };
            match value.into_string() {
                Ok(text) => self.add(name, text, Origin::Environment),
                Err(_) => self.problems.push(Problem {
                    place: variable.to_string(),
                    fault: "must be UTF-8".to_owned(),
                }),
            }
        }
    }

    /// Adds a value, unless it is empty: Compose files pass unset variables as empty ones.
    fn add(&mut self, name: &str, text: String, origin: Origin) {
        let text = text.trim();
        if !text.is_empty() {
            self.given.insert(
                name.to_owned(),
                Given {
                    text: text.to_owned(),
                    origin,
                },
            );
        }
    }
}

/// Reads a TOML file.
///
/// # Errors
/// Returns the reason why it can't be read or parsed. The message does not quote the file's content.
fn read(path: &Path) -> Result<Table, String> {
    let shown = path.display();
    let text = fs::read_to_string(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => format!("configuration file \"{shown}\" not found"),
        _ => error.to_string(),
    })?;
    text.parse::<Table>()
        .map_err(|error| without_source_lines(&format!("{error} in {shown}")))
}

/// Returns the text of a scalar value; `None` for an array or a table.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Boolean(flag) => Some(flag.to_string()),
        Value::Datetime(time) => Some(time.to_string()),
        Value::Array(_) | Value::Table(_) => None,
    }
}

/// Removes the source lines that the TOML parser quotes in its message, because they may contain a secret.
fn without_source_lines(message: &str) -> String {
    let lines: Vec<_> = message
        .lines()
        .filter(|line| !line.contains(" | ") && !line.trim_end().ends_with('|'))
        .collect();
    lines.join(": ")
}
