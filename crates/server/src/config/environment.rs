//! Deployment environments.

/// Deployment environment, from `FLEETWATCH_ENV`. It selects the defaults; production makes some settings mandatory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// A developer's machine. No setting is required.
    Development,
    /// A rehearsal of production, with the same log format but without the mandatory settings.
    Staging,
    /// Production. The URLs of the stores, the signing key and the trusted proxies must be set.
    Production,
}

impl Environment {
    pub(super) const NAMES: &[(&str, Self)] = &[
        ("development", Self::Development),
        ("staging", Self::Staging),
        ("production", Self::Production),
    ];
}
