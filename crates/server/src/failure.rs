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
    #[error("{}", with_causes(.0))]
    Other(#[from] anyhow::Error),
}

/// Returns the message of an error with those of its causes, the direct cause first. A cause is omitted if the previous
/// message already contains its text.
#[must_use]
pub fn with_causes(error: &anyhow::Error) -> String {
    let mut causes = error.chain().map(ToString::to_string);
    let mut last = causes.next().unwrap_or_default();
    let mut shown = last.clone();
    for cause in causes.filter(|cause| !cause.is_empty()) {
        if !last.contains(&cause) {
            shown.push_str(": ");
            shown.push_str(&cause);
            last = cause;
        }
    }
    shown
}

/// Converts an error of a use case. Invalid input comes from the operator, so it becomes [`Failure::Usage`].
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

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn a_cause_is_not_shown_twice() {
        let error = anyhow!("Connection refused")
            .context("Connection refused")
            .context("IO error: Connection refused")
            .context("Redis is unavailable");
        assert_eq!(
            Failure::from(error).to_string(),
            "Redis is unavailable: IO error: Connection refused"
        );
        let error = anyhow!("no such host").context("cannot connect");
        assert_eq!(Failure::from(error).to_string(), "cannot connect: no such host");
    }
}
