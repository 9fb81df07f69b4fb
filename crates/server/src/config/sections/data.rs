//! The `DATA__*` settings.

use std::path::PathBuf;

use crate::config::{reader::Reader, value::path};

/// The `DATA__*` settings.
#[derive(Debug, Clone)]
pub struct Data {
    /// Directory for the files that the server creates, such as the generated signing key.
    pub dir: PathBuf,
}

impl Data {
    pub(in crate::config) fn read(from: &mut Reader) -> Self {
        Self {
            dir: from.value(
                "DATA__DIR",
                "Directory for the files that the server creates: the signing key, if none is configured, and \
                 `demo.env`, while a demo is running",
                ".fleetwatch",
                path(),
            ),
        }
    }
}
