//! Errors of commands and their exit codes.

use std::process::ExitCode;

use crate::config::Problems;

/// Error of a command.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The configuration is invalid. The command did nothing.
    #[error(transparent)]
    Configuration(#[from] Problems),
    /// The arguments are invalid. The command did nothing.
    #[error("{0}")]
    Usage(String),
    /// Any other error. Its message includes the causes.
    #[error("{0:#}")]
    Other(#[from] anyhow::Error),
}

/// Converts an error of a use case. Invalid input is the operator's, so it is an error of usage.
impl From<application::Error> for Failure {
    fn from(error: application::Error) -> Self {
        match error {
            application::Error::Invalid(faults) => Self::Usage(faults.to_string()),
            error => Self::Other(error.into()),
        }
    }
}

impl Failure {
    /// Returns exit code 2 if the operator has to change the configuration or the arguments first, otherwise 1.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Configuration(_) | Self::Usage(_) => ExitCode::from(2),
            Self::Other(_) => ExitCode::FAILURE,
        }
    }
}
