//! What was given, and by whom, before anybody asks what it means.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fmt,
    path::{Path, PathBuf},
};

use config::{File, FileFormat, Source, Value, ValueKind};

use super::{PREFIX, Problem};

/// Who gave a value; a later one counts for more.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Nobody: it is built in.
    Default,
    /// The file of `--config`.
    File(PathBuf),
    /// A variable of the environment.
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

/// A value as it was written.
#[derive(Debug, Clone)]
pub struct Given {
    pub text: String,
    pub origin: Origin,
}

/// All that was given, by the name of its setting (such as `HTTP__BIND`), and what could not be understood.
#[derive(Debug, Default)]
pub struct Gathered {
    pub given: BTreeMap<String, Given>,
    pub problems: Vec<Problem>,
}

/// Reads the file and then the variables, which count for more.
pub fn gather(file: Option<&Path>, variables: impl IntoIterator<Item = (OsString, OsString)>) -> Gathered {
    let mut gathered = Gathered::default();
    if let Some(path) = file {
        gathered.add_file(path);
    }
    gathered.add_variables(variables);
    gathered
}

impl Gathered {
    fn add_file(&mut self, path: &Path) {
        match File::from(path).format(FileFormat::Toml).collect() {
            Ok(table) => table.into_iter().for_each(|(key, value)| {
                self.add_tree(&key.to_uppercase(), value, &Origin::File(path.to_owned()));
            }),
            Err(error) => self.problems.push(Problem {
                place: format!("--config {}", path.display()),
                fault: without_source_lines(&error.to_string()),
            }),
        }
    }

    fn add_tree(&mut self, name: &str, value: Value, origin: &Origin) {
        match value.kind {
            ValueKind::Table(table) => table.into_iter().for_each(|(key, value)| {
                self.add_tree(&format!("{name}__{}", key.to_uppercase()), value, origin);
            }),
            ValueKind::Array(items) => {
                match items
                    .into_iter()
                    .map(Value::into_string)
                    .collect::<Result<Vec<_>, _>>()
                {
                    Ok(items) => self.add(name, items.join(","), origin.clone()),
                    Err(_) => self.problems.push(Problem {
                        place: format!("{PREFIX}{name}"),
                        fault: format!("must be a list of plain values (in {origin})"),
                    }),
                }
            }
            _ => self.add(name, value.into_string().unwrap_or_default(), origin.clone()),
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

    /// An empty value is none: container files hand on variables that nobody set as empty ones.
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

/// The parser's message without the lines of the file that it quotes: there may be a secret in them.
fn without_source_lines(message: &str) -> String {
    let lines: Vec<_> = message
        .lines()
        .filter(|line| !line.contains(" | ") && !line.trim_end().ends_with('|'))
        .collect();
    lines.join(": ")
}
