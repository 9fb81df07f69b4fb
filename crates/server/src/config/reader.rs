//! Reading of typed settings from the gathered texts.

use std::{borrow::Cow, collections::BTreeMap, fmt, fs, io::Read as _, os::unix::fs::PermissionsExt as _};

use super::{
    Environment, Origin, PREFIX, Problem, Problems,
    secret::{hidden, without_passwords},
    sources::{Gathered, Given},
    transport, value,
};

/// A setting as `fleetwatch config` prints it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Name without the prefix, such as `HTTP__BIND`.
    pub name: &'static str,
    /// Value, with secrets masked; `None` if it is not set.
    pub shown: Option<String>,
    pub origin: Origin,
}

impl fmt::Display for Setting {
    /// Writes a line such as `FLEETWATCH_HTTP__BIND = "127.0.0.1:8080"  # default`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, shown, origin } = self;
        match shown.as_deref() {
            None => write!(f, "# {PREFIX}{name} is not set"),
            Some(bare) if bare.parse::<f64>().is_ok() || bare.parse::<bool>().is_ok() => {
                write!(f, "{PREFIX}{name} = {bare}  # {origin}")
            }
            Some(text) => write!(f, "{PREFIX}{name} = {text:?}  # {origin}"),
        }
    }
}

/// Reader of typed settings. Reading continues after an invalid setting, so one run reports all problems.
pub(super) struct Reader {
    environment: Environment,
    given: BTreeMap<String, Given>,
    settings: Vec<Setting>,
    faulty: Vec<&'static str>,
    problems: Vec<Problem>,
    warnings: Vec<String>,
    /// Secrets in files that every user of the machine may access, with the files' modes.
    open_to_all: BTreeMap<&'static str, u32>,
}

/// Permission bits of a file that apply to all other users of the machine.
const OTHERS: u32 = 0o007;

impl Reader {
    pub(super) fn new(Gathered { given, problems }: Gathered) -> Self {
        let environment = Environment::Development;
        let mut reader = Self {
            environment,
            given,
            settings: Vec::new(),
            faulty: Vec::new(),
            problems,
            warnings: Vec::new(),
            open_to_all: BTreeMap::new(),
        };
        reader.environment = reader.value("ENV", "development", value::one_of(Environment::NAMES));
        reader
    }

    /// Returns the environment whose defaults apply.
    pub(super) const fn environment(&self) -> Environment {
        self.environment
    }

    /// Reads a setting with a default, which `parse` must accept.
    pub(super) fn value<T>(
        &mut self,
        name: &'static str,
        default: impl Into<Cow<'static, str>>,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> T {
        let default = default.into();
        if let Some(value) = self.given_value(name, &parse) {
            return value;
        }
        let value = parse(&default).unwrap_or_else(|fault| unreachable!("the default of {name} {fault}"));
        if !self.faulty.contains(&name) {
            self.show(name, Some(default.into_owned()), Origin::Default);
        }
        value
    }

    /// Reads a setting like [`Reader::value`], but requires it in production; `what` describes the expected value.
    pub(super) fn value_of_production<T>(
        &mut self,
        name: &'static str,
        default: impl Into<Cow<'static, str>>,
        parse: impl Fn(&str) -> Result<T, String>,
        what: &str,
    ) -> T {
        let is_missing = self.environment == Environment::Production && !self.given.contains_key(name);
        let value = self.value(name, default, parse);
        if is_missing {
            self.fault(name, format!("must be given in production: {what}"));
        }
        value
    }

    /// Reads a setting that has no default.
    pub(super) fn optional<T>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let value = self.given_value(name, parse);
        if value.is_none() {
            self.show(name, None, Origin::Default);
        }
        value
    }

    /// Reads a secret. It may also be given as the path of a file that contains it, under its name with the suffix
    /// `_FILE`. Only the output of `mask` is ever shown.
    pub(super) fn secret<T>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
        mask: impl Fn(&str) -> String,
    ) -> Option<T> {
        let Some(Given { text, origin }) = self.take_secret(name) else {
            self.show(name, None, Origin::Default);
            return None;
        };
        match parse(&text) {
            Ok(value) => {
                self.show(name, Some(mask(&text)), origin);
                Some(value)
            }
            Err(fault) => {
                self.fault(name, fault);
                None
            }
        }
    }

    /// Reads a secret like [`Reader::secret`], but requires it in production.
    pub(super) fn secret_of_production<T>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
        mask: impl Fn(&str) -> String,
    ) -> Option<T> {
        let secret = self.secret(name, parse, mask);
        if secret.is_none() && self.environment == Environment::Production && !self.faulty.contains(&name) {
            self.fault(
                name,
                format!("must be given in production (or as {PREFIX}{name}_FILE)"),
            );
        }
        secret
    }

    /// Reads the URL of a store like [`Reader::secret_of_production`]. In production, adds a warning for each
    /// protection that the connection lacks.
    pub(super) fn store_of_production<T>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let judged = |text: &str| Ok((parse(text)?, transport::weaknesses(text)));
        let (store, weaknesses) = self.secret_of_production(name, judged, without_passwords)?;
        if self.environment == Environment::Production {
            for weakness in weaknesses {
                self.warn(name, weakness);
            }
        }
        Some(store)
    }

    /// Reads a private key like [`Reader::secret_of_production`]. In production, rejects a key file that other users of
    /// the machine may access.
    pub(super) fn key_of_production<T>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let key = self.secret_of_production(name, parse, hidden);
        if self.environment == Environment::Production
            && let Some(mode) = self.open_to_all.remove(name)
        {
            let fault = format!("is in a world-readable file (mode {mode:04o}): run chmod 600");
            self.fault(name, fault);
        }
        key
    }

    /// Takes the warnings, including one for each secret in a file that other users of the machine may access.
    pub(super) fn take_warnings(&mut self) -> Vec<String> {
        for (name, mode) in std::mem::take(&mut self.open_to_all) {
            self.warn(name, &format!("is in a world-readable file (mode {mode:04o})"));
        }
        std::mem::take(&mut self.warnings)
    }

    fn warn(&mut self, name: &'static str, what: &str) {
        self.warnings.push(format!("{PREFIX}{name}: {what}"));
    }

    /// Records a problem of the first of several settings if a rule about their combination does not hold. Does nothing
    /// if one of the settings is already invalid.
    pub(super) fn rule(&mut self, names: &[&'static str], holds: bool, fault: impl FnOnce() -> String) {
        if !holds && !names.iter().any(|name| self.faulty.contains(name)) {
            self.fault(names[0], fault());
        }
    }

    /// Returns the settings that were read.
    ///
    /// # Errors
    /// Returns all problems, including one for each given key that no section has read.
    pub(super) fn finish(mut self) -> Result<Vec<Setting>, Problems> {
        // Reading a setting removes it from `given`, so the remaining ones are unknown.
        for (name, Given { origin, .. }) in &self.given {
            let known = self
                .settings
                .iter()
                .map(|setting| setting.name)
                .chain(self.faulty.iter().copied());
            let hint = unknown_key_hint(name, known);
            let file = if *origin == Origin::Environment {
                String::new()
            } else {
                format!(" in {origin}")
            };
            self.problems.push(Problem {
                place: format!("{PREFIX}{name}"),
                fault: format!("unknown key{file}{hint}"),
            });
        }
        self.finish_partially()
    }

    /// Returns the settings that were read, like [`Reader::finish`], but ignores all others.
    ///
    /// # Errors
    /// Returns the problems of the settings that were read, and of the sources.
    pub(super) fn finish_partially(self) -> Result<Vec<Setting>, Problems> {
        match Problems::some(self.problems) {
            Some(problems) => Err(problems),
            None => Ok(self.settings),
        }
    }

    fn given_value<T>(&mut self, name: &'static str, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let Given { text, origin } = self.given.remove(name)?;
        match parse(&text) {
            Ok(value) => {
                self.show(name, Some(text), origin);
                Some(value)
            }
            Err(fault) => {
                self.fault(name, format!("{fault}, not {text:?}"));
                None
            }
        }
    }

    /// Returns the secret from the setting or from its file. If different sources give both, precedence decides.
    fn take_secret(&mut self, name: &'static str) -> Option<Given> {
        let by_path = self.given.remove(&format!("{name}_FILE"));
        match (self.given.remove(name), by_path) {
            (given, None) => given,
            // The same source must not give both forms.
            (Some(given), Some(path)) if given.origin > path.origin => Some(given),
            (Some(given), Some(path)) if given.origin == path.origin => {
                self.fault(
                    name,
                    format!("must not be given together with {PREFIX}{name}_FILE"),
                );
                None
            }
            (_, Some(path)) => match read_secret(&path.text) {
                Ok((text, mode)) => {
                    if mode & OTHERS != 0 {
                        self.open_to_all.insert(name, mode);
                    }
                    Some(Given {
                        text: text.trim().to_owned(),
                        origin: path.origin,
                    })
                }
                Err(error) => {
                    self.fault(name, format!("cannot read {}: {error}", path.text));
                    None
                }
            },
        }
    }

    fn show(&mut self, name: &'static str, shown: Option<String>, origin: Origin) {
        self.settings.push(Setting { name, shown, origin });
    }

    fn fault(&mut self, name: &'static str, fault: String) {
        self.faulty.push(name);
        self.problems.push(Problem {
            place: format!("{PREFIX}{name}"),
            fault,
        });
    }
}

/// Reads a file and returns its content and mode.
fn read_secret(path: &str) -> std::io::Result<(String, u32)> {
    let mut file = fs::File::open(path)?;
    // Reads the mode of the opened file, not of the path: by now the path may name another file.
    let mode = file.metadata()?.permissions().mode() & 0o7777;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    Ok((text, mode))
}

/// Returns a hint about an unknown key, such as the most similar known key; empty if there is none.
fn unknown_key_hint(name: &str, known: impl Iterator<Item = &'static str> + Clone) -> String {
    let in_section = |key: &&str| key.split_once("__").is_some_and(|(section, _)| section == name);
    if let Some(key) = known.clone().find(in_section) {
        return format!(": this is a section with keys such as {PREFIX}{key}");
    }
    let stem = name.strip_suffix("_FILE").unwrap_or(name);
    if let Some(key) = known.clone().find(|key| *key == stem) {
        return format!(": {PREFIX}{key} is not a secret, so it cannot be read from a file");
    }
    let closest = known
        .map(|key| (strsim::normalized_damerau_levenshtein(stem, key), key))
        .filter(|(similarity, _)| *similarity > 0.6)
        .max_by(|(a, _), (b, _)| a.total_cmp(b));
    closest
        .map(|(_, key)| format!("; did you mean {PREFIX}{key}?"))
        .unwrap_or_default()
}
