//! Collection of settings, as text, from the configuration file and the environment.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fmt, io,
    ops::Range,
    path::{Path, PathBuf},
};

use toml::{Table, Value};

use super::{PREFIX, Problem, input, shape::Shape};

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

/// A setting's value, with its source.
#[derive(Debug, Clone)]
pub(super) struct Given {
    value: Raw,
    pub origin: Origin,
    /// Another source of the same setting, with lower precedence.
    pub overridden: Option<Origin>,
}

/// A value in the form in which its source contains it.
#[derive(Debug, Clone)]
enum Raw {
    /// Text of an environment variable.
    Text(String),
    /// Value in the file.
    Toml(Value),
    /// Fault that prevents the value from being read.
    Fault(String),
}

impl Given {
    /// Returns the text of the value.
    ///
    /// # Errors
    /// Returns the fault of a value that is empty, unreadable or of another type. It does not contain the value, which
    /// may be secret.
    pub(super) fn text(&self, shape: &Shape) -> Result<String, String> {
        let Self { value, origin, .. } = self;
        match value {
            Raw::Text(text) => Ok(text.clone()),
            Raw::Fault(fault) => Err(fault.clone()),
            Raw::Toml(value) => match shape.text_of(value) {
                Some(text) if text.is_empty() => Err(format!(
                    "must not be empty in {origin}: remove it there to use the default"
                )),
                Some(text) => Ok(text),
                None => Err(format!(
                    "must be {shape}; in {origin} it is of the type {}",
                    value.type_str()
                )),
            },
        }
    }

    /// Returns `true` for a table of the file without keys.
    pub(super) fn is_empty_table(&self) -> bool {
        matches!(&self.value, Raw::Toml(Value::Table(table)) if table.is_empty())
    }

    const fn is_faulty(&self) -> bool {
        matches!(self.value, Raw::Fault(_))
    }
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
    /// Returns the settings of a server for which only the deployment environment is given.
    pub(super) fn of_environment(environment: &str) -> Self {
        let mut gathered = Self::default();
        let value = Raw::Text(environment.to_owned());
        gathered.add("ENV".to_owned(), value, Origin::Environment);
        gathered
    }

    fn add_file(&mut self, path: &Path) {
        match read(path) {
            Ok(table) => self.add_table("", table, true, &Origin::File(path.to_owned())),
            Err(fault) => self.problems.push(Problem {
                place: format!("--config {}", path.display()),
                fault,
            }),
        }
    }

    /// Adds the settings of a table: of the whole file, whose tables are sections, or of a section, whose tables are
    /// values of the wrong type. `is_sound` is false within a table whose own name is not written as it should be.
    fn add_table(&mut self, parents: &str, table: Table, is_sound: bool, origin: &Origin) {
        for (key, value) in table {
            let name = format!("{parents}{}", key.to_ascii_uppercase());
            let is_sound = is_sound && key == key.to_ascii_lowercase() && !key.contains("__");
            match value {
                Value::Table(inner) if parents.is_empty() && !inner.is_empty() => {
                    self.add_table(&format!("{name}__"), inner, is_sound, origin);
                }
                value if is_sound => self.add(name, Raw::Toml(value), origin.clone()),
                _ => {
                    let fault = format!("must be written as {} in {origin}", in_file(&name));
                    self.add(name, Raw::Fault(fault), origin.clone());
                }
            }
        }
    }

    /// Adds the variables of this program. Empty variables are treated as unset, because Compose files pass unset
    /// variables as empty ones.
    fn add_variables(&mut self, variables: impl IntoIterator<Item = (OsString, OsString)>) {
        for (variable, value) in variables {
            let variable = variable.to_string_lossy();
            let Some(name) = variable.strip_prefix(PREFIX) else {
                continue;
            };
            let value = match value.to_str().map(str::trim) {
                Some("") => continue,
                Some(text) => Raw::Text(text.to_owned()),
                None => Raw::Fault("must be UTF-8".to_owned()),
            };
            self.add(name.to_owned(), value, Origin::Environment);
        }
    }

    /// Adds a value. A fault remains if the same source gives the setting a second time.
    fn add(&mut self, name: String, value: Raw, origin: Origin) {
        let former = self.given.get(&name);
        if former.is_some_and(|former| former.is_faulty() && former.origin == origin) {
            return;
        }
        let overridden = former
            .map(|former| former.origin.clone())
            .filter(|former| *former != origin);
        let given = Given {
            value,
            origin,
            overridden,
        };
        self.given.insert(name, given);
    }
}

/// Returns the place of a setting in the file, such as `[http] bind`.
fn in_file(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    match name.split_once("__") {
        Some((section, key)) => format!("[{section}] {key}"),
        None => name,
    }
}

/// Reads a TOML file.
///
/// # Errors
/// Returns the reason why it can't be read or parsed. The message does not quote the file's content.
fn read(path: &Path) -> Result<Table, String> {
    let input = input::read(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => "the file does not exist".to_owned(),
        _ => format!("cannot be read: {error}"),
    })?;
    let text = input.text;
    text.parse::<Table>()
        .map_err(|error| description(&text, error.message(), error.span()))
}

/// Describes a fault of a TOML text. Apart from names of keys, nothing in the text is repeated, because it may be
/// secret.
fn description(text: &str, message: &str, place: Option<Range<usize>>) -> String {
    // The messages about numbers that do not fit contain the number, or name types of Rust.
    const TOO_LARGE: [&str; 4] = [
        "invalid type: ",
        "invalid value: ",
        "integer number overflowed",
        "u64 value was too large",
    ];
    let content = place.clone().and_then(|place| text.get(place));
    let fault = match (message, content) {
        ("duplicate key", Some(key)) => format!("the key {key} is given twice"),
        (message, _) if TOO_LARGE.iter().any(|beginning| message.starts_with(beginning)) => {
            "the number is too large".to_owned()
        }
        (message, _) => message.to_owned(),
    };
    let before = place.and_then(|place| text.get(..place.start));
    let Some(before) = before else {
        return fault;
    };
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!("line {line}, column {column}: {fault}")
}
