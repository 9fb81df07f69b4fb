//! Takes settings out of what was given, one by one, and remembers everything that is wrong.

use std::{borrow::Cow, collections::BTreeMap, fmt, fs};

use super::{
    Environment, Origin, PREFIX, Problem, Problems,
    sources::{Gathered, Given},
    value,
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
}

impl Reader {
    pub fn new(Gathered { given, problems }: Gathered) -> Self {
        let environment = Environment::Development;
        let mut reader = Self {
            environment,
            given,
            settings: Vec::new(),
            faulty: Vec::new(),
            problems,
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
            (_, Some(path)) => match fs::read_to_string(&path.text) {
                Ok(text) => Some(Given {
                    text: text.trim().to_owned(),
                    origin: path.origin,
                }),
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
