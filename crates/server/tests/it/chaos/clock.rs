//! A settable clock for a server, provided by libfaketime.

use std::{fs, path::PathBuf};

use tempfile::TempDir;

/// A clock that differs from the system's by a number of seconds. Timers are not affected, as if the clock of the
/// system had been set.
#[derive(Debug)]
pub(super) struct Clock {
    library: PathBuf,
    directory: TempDir,
}

impl Clock {
    /// Creates a clock that shows the right time.
    ///
    /// # Panics
    /// Panics if libfaketime is not installed.
    pub(super) fn right() -> Self {
        let directory = tempfile::Builder::new().prefix("clock-").tempdir();
        let clock = Self {
            library: library().expect("libfaketime is installed by `deploy/test.sh install`"),
            directory: directory.expect("a temporary directory"),
        };
        clock.set(0);
        clock
    }

    /// Sets the clock to this number of seconds after the right time.
    pub(super) fn set(&self, ahead_s: i64) {
        // The file is replaced, so no reader finds it empty.
        let (new, file) = (self.directory.path().join("new"), self.file());
        fs::write(&new, format!("{ahead_s:+}\n")).expect("a file");
        fs::rename(new, file).expect("a file");
    }

    /// Returns the environment of a process that has this clock.
    pub(super) fn environment(&self) -> Vec<(&'static str, String)> {
        let text = |path: PathBuf| path.to_str().expect("UTF-8").to_owned();
        vec![
            ("LD_PRELOAD", text(self.library.clone())),
            ("FAKETIME_TIMESTAMP_FILE", text(self.file())),
            ("FAKETIME_NO_CACHE", "1".to_owned()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
            ("DONT_FAKE_MONOTONIC", "1".to_owned()),
        ]
    }

    fn file(&self) -> PathBuf {
        self.directory.path().join("offset")
    }
}

/// Returns the path of the library's variant for processes with several threads, if it is installed.
fn library() -> Option<PathBuf> {
    let directories = ["/usr/lib", "/usr/local/lib"]
        .into_iter()
        .filter_map(|directory| fs::read_dir(directory).ok())
        .flatten()
        .flatten()
        .map(|entry| entry.path());
    let parents = ["/usr/lib", "/usr/local/lib"].map(PathBuf::from);
    directories
        .chain(parents)
        .map(|directory| directory.join("faketime/libfaketimeMT.so.1"))
        .find(|library| library.is_file())
}
