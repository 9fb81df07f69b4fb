//! The kind of place that a server runs in.

/// `FLEETWATCH_ENV`: chooses the defaults, and in production what must not be left to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// A developer's machine: everything has a default.
    Development,
    /// A rehearsal: the defaults of production where that does no harm.
    Staging,
    /// The real thing: stores and secrets must be given.
    Production,
}

impl Environment {
    pub(super) const NAMES: &[(&str, Self)] = &[
        ("development", Self::Development),
        ("staging", Self::Staging),
        ("production", Self::Production),
    ];
}
