//! Reading of typed settings from the gathered texts.

use std::{collections::BTreeMap, fmt, path::Path};

use super::{
    Environment, Origin, PREFIX, Problem, Problems,
    declaration::{Declaration, Fallback},
    form::Form,
    input::{self, Input},
    mask::{hidden, without_passwords},
    shape::Shape,
    sources::{Gathered, Given},
    transport, value,
};
use crate::printable;

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
        let origin = printable::line(&origin.to_string());
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
    declared: Vec<Declaration>,
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
            declared: Vec::new(),
            faulty: Vec::new(),
            problems,
            warnings: Vec::new(),
            open_to_all: BTreeMap::new(),
        };
        reader.environment = reader.value(
            "ENV",
            "Environment in which the server runs; it determines the defaults of other settings and which settings \
             are required",
            "development",
            value::one_of(Environment::NAMES),
        );
        reader
    }

    /// Returns the environment whose defaults apply.
    pub(super) const fn environment(&self) -> Environment {
        self.environment
    }

    /// Reads a setting with a default, which `form` must accept.
    pub(super) fn value<T: 'static>(
        &mut self,
        name: &'static str,
        meaning: &'static str,
        default: impl Into<Fallback>,
        form: Form<T>,
    ) -> T {
        let declaration = Declaration::new(name, meaning, form.shape.clone());
        self.read_value(declaration, default.into(), &form)
    }

    /// Reads a setting in the same way as [`Reader::value`], but requires it in production; `what` describes the
    /// expected value.
    pub(super) fn value_of_production<T: 'static>(
        &mut self,
        name: &'static str,
        meaning: &'static str,
        default: impl Into<Fallback>,
        form: Form<T>,
        what: &str,
    ) -> T {
        let is_missing = self.environment == Environment::Production && !self.given.contains_key(name);
        let declaration = Declaration {
            is_required: true,
            ..Declaration::new(name, meaning, form.shape.clone())
        };
        let value = self.read_value(declaration, default.into(), &form);
        if is_missing {
            self.fault(name, format!("must be given in production: {what}"));
        }
        value
    }

    /// Reads a setting that has no default.
    pub(super) fn optional<T: 'static>(
        &mut self,
        name: &'static str,
        meaning: &'static str,
        form: Form<T>,
    ) -> Option<T> {
        self.declared
            .push(Declaration::new(name, meaning, form.shape.clone()));
        let value = self.given_value(name, &form);
        if value.is_none() {
            self.show(name, None, Origin::Default);
        }
        value
    }

    /// Reads a secret. It may also be given as the path of a file that contains it, under its name with the suffix
    /// `_FILE`. Only the output of `mask` is ever shown.
    pub(super) fn secret<T: 'static>(
        &mut self,
        name: &'static str,
        meaning: &'static str,
        form: Form<T>,
        mask: impl Fn(&str) -> String,
    ) -> Option<T> {
        let declaration = Declaration {
            is_secret: true,
            ..Declaration::new(name, meaning, form.shape.clone())
        };
        self.read_secret(declaration, &form, mask)
    }

    /// Reads a secret in the same way as [`Reader::secret`], but requires it in production.
    fn secret_of_production<T: 'static>(
        &mut self,
        name: &'static str,
        meaning: &'static str,
        form: Form<T>,
        mask: impl Fn(&str) -> String,
    ) -> Option<T> {
        let declaration = Declaration {
            is_secret: true,
            is_required: true,
            ..Declaration::new(name, meaning, form.shape.clone())
        };
        let secret = self.read_secret(declaration, &form, mask);
        if secret.is_none() && self.environment == Environment::Production && !self.faulty.contains(&name) {
            self.fault(
                name,
                format!("must be given in production (or as {PREFIX}{name}_FILE)"),
            );
        }
        secret
    }

    /// Reads the URL of a store, which is a secret that production requires. In production, adds a warning for each
    /// protection that the connection lacks.
    pub(super) fn store_of_production<T: 'static>(
        &mut self,
        name: &'static str,
        meaning: &'static str,
        form: Form<T>,
    ) -> Option<T> {
        let form = form.judged(transport::weaknesses);
        let (store, weaknesses) = self.secret_of_production(name, meaning, form, without_passwords)?;
        if self.environment == Environment::Production {
            for weakness in weaknesses {
                self.warn(name, weakness);
            }
        }
        Some(store)
    }

    /// Reads a private key, which is a secret that production requires. In production, rejects a key file that every
    /// user of the machine may access.
    pub(super) fn key_of_production<T: 'static>(
        &mut self,
        name: &'static str,
        meaning: &'static str,
        form: Form<T>,
    ) -> Option<T> {
        let key = self.secret_of_production(name, meaning, form, hidden);
        if self.environment == Environment::Production
            && let Some(mode) = self.open_to_all.remove(name)
        {
            let fault = format!("its file is accessible to all users (mode {mode:04o}): run chmod 600");
            self.fault(name, fault);
        }
        key
    }

    /// Takes the warnings, including one for each secret in a file that every user of the machine may access.
    pub(super) fn take_warnings(&mut self) -> Vec<String> {
        for (name, mode) in std::mem::take(&mut self.open_to_all) {
            let weakness = format!("its file is accessible to all users (mode {mode:04o})");
            self.warn(name, &weakness);
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

    /// Returns the declarations of the settings that were read.
    pub(super) fn into_declarations(self) -> Vec<Declaration> {
        self.declared
    }

    /// Returns the settings that were read.
    ///
    /// # Errors
    /// Returns all problems, including one for each given key that no section has read.
    pub(super) fn finish(mut self) -> Result<Vec<Setting>, Problems> {
        let known = self.declared.iter().map(|declaration| declaration.name);
        // Reading a setting removes it from `given`, so the remaining ones are unknown.
        for (name, given) in &self.given {
            if given.is_empty_table() && known.clone().any(|key| is_in_section(key, name)) {
                continue;
            }
            let hint = unknown_key_hint(name, known.clone());
            let file = match (&given.origin, &given.overridden) {
                (Origin::Environment, None) => String::new(),
                (Origin::Environment, Some(file)) => format!(", also in {file}"),
                (file, _) => format!(" in {file}"),
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

    fn read_value<T: 'static>(&mut self, declaration: Declaration, default: Fallback, form: &Form<T>) -> T {
        let name = declaration.name;
        self.declared.push(Declaration {
            default: Some(default.clone()),
            ..declaration
        });
        if let Some(value) = self.given_value(name, form) {
            return value;
        }
        let value = form
            .parse(&default.text)
            .unwrap_or_else(|fault| unreachable!("the default of {name} {}", fault.with_text()));
        if !self.faulty.contains(&name) {
            self.show(name, Some(default.text.into_owned()), Origin::Default);
        }
        value
    }

    fn given_value<T: 'static>(&mut self, name: &'static str, form: &Form<T>) -> Option<T> {
        let given = self.given.remove(name)?;
        let parsed = given.text(&form.shape).and_then(|text| match form.parse(&text) {
            Ok(value) => Ok((value, text)),
            Err(fault) => Err(fault.with_text()),
        });
        match parsed {
            Ok((value, text)) => {
                self.show(name, Some(text), given.origin);
                Some(value)
            }
            Err(fault) => {
                self.fault(name, fault);
                None
            }
        }
    }

    fn read_secret<T: 'static>(
        &mut self,
        declaration: Declaration,
        form: &Form<T>,
        mask: impl Fn(&str) -> String,
    ) -> Option<T> {
        let name = declaration.name;
        self.declared.push(declaration);
        let parsed = match self.take_secret(name, &form.shape) {
            Ok(None) => {
                self.show(name, None, Origin::Default);
                return None;
            }
            Ok(Some((text, origin))) => match form.parse(&text) {
                Ok(value) => Ok((value, mask(&text), origin)),
                Err(fault) => Err(fault.without_text()),
            },
            Err(fault) => Err(fault),
        };
        match parsed {
            Ok((value, shown, origin)) => {
                self.show(name, Some(shown), origin);
                Some(value)
            }
            Err(fault) => {
                self.fault(name, fault);
                None
            }
        }
    }

    /// Returns the text of a secret, which is given directly or in a file, and the source that gives it. If different
    /// sources give both forms, precedence decides.
    ///
    /// # Errors
    /// Returns the fault of the form that takes precedence. It does not contain the secret.
    fn take_secret(&mut self, name: &'static str, shape: &Shape) -> Result<Option<(String, Origin)>, String> {
        let path = self.given.remove(&format!("{name}_FILE"));
        let given = self.given.remove(name);
        let own = |given: Given| -> Result<_, String> { Ok(Some((given.text(shape)?, given.origin))) };
        match (given, path) {
            (None, None) => Ok(None),
            (Some(given), None) => own(given),
            (Some(given), Some(path)) if given.origin > path.origin => own(given),
            // The same source must not give both forms.
            (Some(given), Some(path)) if given.origin == path.origin => {
                Err(format!("must not be given together with {PREFIX}{name}_FILE"))
            }
            (_, Some(path)) => Ok(Some((self.content_of(name, &path)?, path.origin))),
        }
    }

    fn content_of(&mut self, name: &'static str, path: &Given) -> Result<String, String> {
        let path = path
            .text(&Shape::text("a path"))
            .map_err(|fault| format!("the path of its file {fault}"))?;
        let Input { text, mode } =
            input::read(Path::new(&path)).map_err(|error| format!("cannot read {path}: {error}"))?;
        if mode & OTHERS != 0 {
            self.open_to_all.insert(name, mode);
        }
        match text.trim() {
            "" => Err(format!("its file {path} is empty")),
            text => Ok(text.to_owned()),
        }
    }

    fn show(&mut self, name: &'static str, shown: Option<String>, origin: Origin) {
        self.settings.push(Setting { name, shown, origin });
    }

    /// Records a fault. A setting with several faults is named once.
    fn fault(&mut self, name: &'static str, fault: String) {
        self.faulty.push(name);
        let place = format!("{PREFIX}{name}");
        match self.problems.iter_mut().find(|problem| problem.place == place) {
            Some(problem) => problem.fault = format!("{}; {fault}", problem.fault),
            None => self.problems.push(Problem { place, fault }),
        }
    }
}

/// Returns a hint about an unknown key, such as the most similar known key; empty if there is none.
fn unknown_key_hint(name: &str, known: impl Iterator<Item = &'static str> + Clone) -> String {
    if let Some(key) = known.clone().find(|key| is_in_section(key, name)) {
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

fn is_in_section(key: &str, section: &str) -> bool {
    key.split_once("__").is_some_and(|(of, _)| of == section)
}
