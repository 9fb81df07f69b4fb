//! A log control that stores its filter without applying it, for tests and for processes without a log.

use application::{
    Result,
    ports::{LogControl, LogFilter},
};
use parking_lot::RwLock;

/// Log control that stores its filter without applying it. The configured filter is `info`.
#[derive(Debug, Default)]
pub struct MemoryLogControl {
    set: RwLock<Option<LogFilter>>,
}

impl LogControl for MemoryLogControl {
    fn configured(&self) -> String {
        "info".to_owned()
    }

    fn current(&self) -> String {
        match &*self.set.read() {
            Some(filter) => filter.as_str().to_owned(),
            None => self.configured(),
        }
    }

    fn set(&self, filter: Option<&LogFilter>) -> Result<()> {
        *self.set.write() = filter.cloned();
        Ok(())
    }
}
