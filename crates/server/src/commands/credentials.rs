//! A file by which the shell of another terminal gets to know a demo.

use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use secrecy::{ExposeSecret as _, SecretString};

/// The file's name in the data directory.
const NAME: &str = "demo.env";

/// The addresses and passwords of a running demo, as assignments of a POSIX shell. Only the owner may read the file, and
/// it is removed when this is dropped.
#[derive(Debug)]
pub(super) struct Credentials {
    path: PathBuf,
    text: SecretString,
}

impl Credentials {
    /// Writes the file, in place of one that an earlier demo left behind.
    ///
    /// # Errors
    /// When the directory can't be made or written.
    pub fn write(directory: &Path, text: SecretString) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
        let path = directory.join(NAME);
        // A new file: one that is there may be readable by others, or be a link.
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create_new(true).mode(0o600).open(&path)?;
        file.write_all(text.expose_secret().as_bytes())?;
        Ok(Self { path, text })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Credentials {
    fn drop(&mut self) {
        // A later demo in the same directory has replaced it: that one's stays.
        if fs::read_to_string(&self.path).is_ok_and(|text| text == self.text.expose_secret()) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn write(directory: &Path, text: &str) -> Credentials {
        Credentials::write(directory, text.to_owned().into()).expect("it can be written")
    }

    #[test]
    fn the_file_is_the_owners_alone_and_gone_with_the_demo() {
        let folder = tempfile::tempdir().expect("a folder");
        let credentials = write(&folder.path().join("data"), "a=1\n");
        let path = credentials.path().to_owned();
        let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
        assert_eq!(
            (mode(&path), mode(path.parent().expect("a folder"))),
            (0o600, 0o700)
        );
        drop(credentials);
        assert!(!path.exists());
    }

    #[test]
    fn what_lies_there_is_replaced_and_a_later_demos_file_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let elsewhere = folder.path().join("elsewhere");
        std::os::unix::fs::symlink(&elsewhere, folder.path().join(NAME)).expect("a link");
        let earlier = write(folder.path(), "a=1\n");
        assert!(!elsewhere.exists());
        let later = write(folder.path(), "a=2\n");
        drop(earlier);
        assert_eq!(fs::read_to_string(later.path()).expect("it is there"), "a=2\n");
    }
}
