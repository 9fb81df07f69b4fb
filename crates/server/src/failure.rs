//! Why a command ended badly.

use std::process::ExitCode;

use crate::config::Problems;

/// A command that could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The configuration is wrong; nothing was begun.
    #[error(transparent)]
    Configuration(#[from] Problems),
    /// The command cannot be meant like this; nothing was begun.
    #[error("{0}")]
    Usage(String),
    /// Anything else, told with its causes.
    #[error("{0:#}")]
    Other(#[from] anyhow::Error),
}

impl Failure {
    /// 2 for what the operator has to change before the same command can work, else 1.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Configuration(_) | Self::Usage(_) => ExitCode::from(2),
            Self::Other(_) => ExitCode::FAILURE,
        }
    }
}
