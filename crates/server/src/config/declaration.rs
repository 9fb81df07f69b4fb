//! Declarations of settings, from which the JSON Schema and the reference are generated.

use std::borrow::Cow;

use super::shape::Shape;

/// Default of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fallback {
    /// Text that is parsed like a configured value.
    pub text: Cow<'static, str>,
    /// Description, if the text depends on the machine or on another setting.
    pub described: Option<&'static str>,
}

impl Fallback {
    /// Returns a default that depends on the machine.
    pub(super) fn of_this_machine(text: String, described: &'static str) -> Self {
        Self {
            text: text.into(),
            described: Some(described),
        }
    }

    /// Returns a default that depends on another setting.
    pub(super) fn of_another_setting(text: String, described: &'static str) -> Self {
        Self {
            text: text.into(),
            described: Some(described),
        }
    }
}

impl From<&'static str> for Fallback {
    fn from(text: &'static str) -> Self {
        Self {
            text: text.into(),
            described: None,
        }
    }
}

/// A setting as it is declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Declaration {
    /// Name without the prefix, such as `HTTP__BIND`.
    pub name: &'static str,
    /// Meaning for the operator: one or more sentences in Markdown, without the last full stop.
    pub meaning: &'static str,
    pub shape: Shape,
    /// Default of development.
    pub default: Option<Fallback>,
    /// Environments with another default.
    pub other_defaults: Vec<(&'static str, Fallback)>,
    /// Whether the value is secret: it is never shown, and it may be given in a file, whose path is given under the
    /// setting's name with the suffix `_FILE`.
    pub is_secret: bool,
    /// Whether it must be given in production.
    pub is_required: bool,
}

impl Declaration {
    pub(super) const fn new(name: &'static str, meaning: &'static str, shape: Shape) -> Self {
        Self {
            name,
            meaning,
            shape,
            default: None,
            other_defaults: Vec::new(),
            is_secret: false,
            is_required: false,
        }
    }

    /// Returns the section and the key as they are written in the file; the section is empty for `ENV`.
    pub(super) fn place(&self) -> (String, String) {
        let (section, key) = self.name.split_once("__").unwrap_or(("", self.name));
        (section.to_lowercase(), key.to_lowercase())
    }

    /// Adds the default of another environment.
    pub(super) fn add_default(&mut self, environment: &'static str, default: Option<Fallback>) {
        if let Some(default) = default
            && self.default.as_ref() != Some(&default)
        {
            self.other_defaults.push((environment, default));
        }
    }

    /// Returns the defaults as Markdown, such as `` `pretty`; `json` in staging and production ``.
    pub(super) fn defaults(&self) -> String {
        let shown = |Fallback { text, described }: &Fallback| {
            described.map_or_else(|| format!("`{text}`"), ToOwned::to_owned)
        };
        let mut others: Vec<(String, String)> = Vec::new();
        for (environment, default) in &self.other_defaults {
            let default = shown(default);
            match others.iter_mut().find(|(other, _)| *other == default) {
                Some((_, environments)) => environments.push_str(&format!(" and {environment}")),
                None => others.push((default, (*environment).to_owned())),
            }
        }
        let mut defaults = self.default.as_ref().map_or_else(|| "not set".to_owned(), shown);
        for (default, environments) in others {
            defaults.push_str(&format!("; {default} in {environments}"));
        }
        defaults
    }
}
