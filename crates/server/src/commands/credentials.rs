//! The file that passes a demo's address and passwords to shells in other terminals.

use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use secrecy::{ExposeSecret as _, SecretString};

/// Name of the file in the data directory.
const NAME: &str = "demo.env";

/// The address and passwords of a running demo, in a file of POSIX shell assignments. The file is readable only by its
/// owner, and is removed when this value is dropped.
#[derive(Debug)]
pub(super) struct Credentials {
    path: PathBuf,
    text: SecretString,
}

impl Credentials {
    /// Writes the file, replacing any file left behind by an earlier demo.
    ///
    /// # Errors
    /// Fails if the directory can't be created or the file can't be written.
    pub(super) fn write(directory: &Path, text: SecretString) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
        let path = directory.join(NAME);
        // Remove and create instead of overwriting: an existing file may be readable by others or be a symbolic link.
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create_new(true).mode(0o600).open(&path)?;
        file.write_all(text.expose_secret().as_bytes())?;
        Ok(Self { path, text })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Credentials {
    fn drop(&mut self) {
        // Compare first: a later demo in the same directory may have replaced the file and still needs it.
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
    fn only_the_owner_can_read_the_file_and_dropping_removes_it() {
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
    fn an_existing_file_is_replaced_and_that_of_a_later_demo_is_kept() {
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
