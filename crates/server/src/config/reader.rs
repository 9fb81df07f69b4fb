//! Takes settings out of what was given, one by one, and remembers everything that is wrong.

use std::{borrow::Cow, collections::BTreeMap, fmt, fs, io::Read as _, os::unix::fs::PermissionsExt as _};

use super::{
    Environment, Origin, PREFIX, Problem, Problems,
    secret::{hidden, without_passwords},
    sources::{Gathered, Given},
    transport, value,
};

/// A setting as it may be shown to people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Its name without the prefix, such as `HTTP__BIND`.
    pub name: &'static str,
    /// Its value, with secrets masked; `None` when it is not set.
    pub shown: Option<String>,
    /// Where the value comes from.
    pub origin: Origin,
}

impl fmt::Display for Setting {
    /// `FLEETWATCH_HTTP__BIND = "127.0.0.1:8080"  # default`
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

/// The way from texts to a typed configuration. A setting that is wrong is noted, and reading goes on with
/// its default, so that one run finds everything.
pub struct Reader {
    environment: Environment,
    given: BTreeMap<String, Given>,
    settings: Vec<Setting>,
    faulty: Vec<&'static str>,
    problems: Vec<Problem>,
    warnings: Vec<String>,
    /// The secrets that lie in files which every user of the machine may read, with the files' modes.
    open_to_all: BTreeMap<&'static str, u32>,
}

/// The permissions of a file for every user of the machine.
const EVERYBODY: u32 = 0o007;

impl Reader {
    pub fn new(Gathered { given, problems }: Gathered) -> Self {
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

    /// The environment that the defaults are for.
    pub const fn environment(&self) -> Environment {
        self.environment
    }

    /// A setting with a default, which must itself be sound.
    pub fn value<T>(
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

    /// A setting without a default.
    pub fn optional<T>(
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

    /// A setting that is nobody's business: it may be given as the path of a file that holds it, under its
    /// name with `_FILE` behind it, and is shown only as `mask` leaves it.
    pub fn secret<T>(
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

    /// As [`Reader::secret`]; in production it must be given.
    pub fn secret_of_production<T>(
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

    /// The URL of a store, as [`Reader::secret_of_production`]; in production it is said when the way there is not
    /// protected.
    pub fn store_of_production<T>(
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

    /// A private key, as [`Reader::secret_of_production`]; in production no other user of the machine may be able to read
    /// the file that it lies in.
    pub fn key_of_production<T>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let key = self.secret_of_production(name, parse, hidden);
        if self.environment == Environment::Production
            && let Some(mode) = self.open_to_all.remove(name)
        {
            let fault = format!(
                "lies in a file that every user of this machine may read (mode {mode:04o}): run chmod 600"
            );
            self.fault(name, fault);
        }
        key
    }

    /// Returns the warnings for the start of the server.
    pub fn take_warnings(&mut self) -> Vec<String> {
        for (name, mode) in std::mem::take(&mut self.open_to_all) {
            self.warn(
                name,
                &format!("lies in a file that every user of this machine may read (mode {mode:04o})"),
            );
        }
        std::mem::take(&mut self.warnings)
    }

    fn warn(&mut self, name: &'static str, what: &str) {
        self.warnings.push(format!("{PREFIX}{name}: {what}"));
    }

    /// A rule between settings; the fault is the first one's. It is not judged when one of them is wrong
    /// already.
    pub fn rule(&mut self, names: &[&'static str], holds: bool, fault: impl FnOnce() -> String) {
        if !holds && !names.iter().any(|name| self.faulty.contains(name)) {
            self.fault(names[0], fault());
        }
    }

    /// What was read, if nothing is wrong.
    pub fn finish(mut self) -> Result<Vec<Setting>, Problems> {
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
                fault: format!("is an unknown key{file}{hint}"),
            });
        }
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

    /// The secret as it was given, or as the file holds it; what counts for more if both are given.
    fn take_secret(&mut self, name: &'static str) -> Option<Given> {
        let by_path = self.given.remove(&format!("{name}_FILE"));
        match (self.given.remove(name), by_path) {
            (given, None) => given,
            (Some(given), Some(path)) if given.origin > path.origin => Some(given),
            (Some(given), Some(path)) if given.origin == path.origin => {
                self.fault(name, format!("is given twice, also as {PREFIX}{name}_FILE"));
                None
            }
            (_, Some(path)) => match read_secret(&path.text) {
                Ok((text, mode)) => {
                    if mode & EVERYBODY != 0 {
                        self.open_to_all.insert(name, mode);
                    }
                    Some(Given {
                        text: text.trim().to_owned(),
                        origin: path.origin,
                    })
                }
                Err(error) => {
                    self.fault(name, format!("cannot be read from {}: {error}", path.text));
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

/// Reads a file, and gives its content and mode.
fn read_secret(path: &str) -> std::io::Result<(String, u32)> {
    let mut file = fs::File::open(path)?;
    // Of the file that was opened: another one may have its name by now.
    let mode = file.metadata()?.permissions().mode() & 0o7777;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    Ok((text, mode))
}

/// What may have been meant by a key that does not exist.
fn unknown_key_hint(name: &str, known: impl Iterator<Item = &'static str> + Clone) -> String {
    let in_section = |key: &&str| key.split_once("__").is_some_and(|(section, _)| section == name);
    if let Some(key) = known.clone().find(in_section) {
        return format!(": it is a section, whose keys look like {PREFIX}{key}");
    }
    let stem = name.strip_suffix("_FILE").unwrap_or(name);
    if let Some(key) = known.clone().find(|key| *key == stem) {
        return format!(": {PREFIX}{key} is not a secret and is given by itself");
    }
    let closest = known
        .map(|key| (strsim::normalized_damerau_levenshtein(stem, key), key))
        .filter(|(similarity, _)| *similarity > 0.6)
        .max_by(|(a, _), (b, _)| a.total_cmp(b));
    closest
        .map(|(_, key)| format!("; did you mean {PREFIX}{key}?"))
        .unwrap_or_default()
}
