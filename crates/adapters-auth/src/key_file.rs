//! A signing key that is made when it is first needed, and kept in a file that nobody else may read.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use secrecy::{ExposeSecret as _, zeroize::Zeroizing};
use uuid::Uuid;

use crate::keys::{InvalidKey, SigningKey};

/// What the owner may do with the file, and nobody else.
const FILE_MODE: u32 = 0o600;
/// The same for the directory, if it is made here.
const DIRECTORY_MODE: u32 = 0o700;
/// Who else could read or change the file.
const OTHERS: u32 = 0o077;
/// The most bytes that are read: a key has about 120.
const MAX_BYTES: usize = 16 * 1024;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileFault {
    /// Others may read the file, and have perhaps.
    #[error(
        "the key file {path} is open to others (mode {mode:04o}): run `chmod 600 {path}`, or delete it if somebody \
         may have read it, so that a new key is made"
    )]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// The file holds no key.
    #[error("the key file {path} cannot be used: {fault}")]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong with what it holds.
        fault: InvalidKey,
    },
    /// The file is there, but not to be read.
    #[error("the key file {path} cannot be read")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file is not there, and cannot be made.
    #[error("the key file {path} cannot be made")]
    NotMade {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// Reads the key in a file, or makes a new one and keeps it there. Servers that do so at the same time have the same
/// key afterwards.
///
/// # Errors
/// When the file is open to others, holds something else, or can be neither read nor made.
pub fn load_or_make(path: &Path) -> Result<SigningKey, KeyFileFault> {
    if let Some(key) = load(path)? {
        return Ok(key);
    }
    let not_made = |source| KeyFileFault::NotMade {
        path: path.to_owned(),
        source,
    };
    make(path).map_err(not_made)?;
    // The one that is there now, whoever made it.
    load(path)?.ok_or_else(|| not_made(io::ErrorKind::NotFound.into()))
}

fn load(path: &Path) -> Result<Option<SigningKey>, KeyFileFault> {
    let unreadable = |source| KeyFileFault::Unreadable {
        path: path.to_owned(),
        source,
    };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    };
    // Of the file that was opened: another one may have its name by now.
    let mode = file.metadata().map_err(unreadable)?.permissions().mode() & 0o7777;
    if mode & OTHERS != 0 {
        return Err(KeyFileFault::Exposed {
            path: path.to_owned(),
            mode,
        });
    }
    let text = read(file).map_err(unreadable)?;
    SigningKey::from_pem(&text)
        .map(Some)
        .map_err(|fault| KeyFileFault::Invalid {
            path: path.to_owned(),
            fault,
        })
}

fn read(file: File) -> io::Result<Zeroizing<String>> {
    // As much as it may need: a text that grows leaves copies of itself behind.
    let mut text = Zeroizing::new(String::with_capacity(MAX_BYTES));
    file.take(MAX_BYTES as u64).read_to_string(&mut text)?;
    Ok(text)
}

/// Makes a key under a name of its own, and gives it the real one if nobody else was faster: so the file is never seen
/// half written, and never replaced.
fn make(path: &Path) -> io::Result<()> {
    let directory = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    DirBuilder::new()
        .recursive(true)
        .mode(DIRECTORY_MODE)
        .create(directory)?;
    let draft = directory.join(format!(".{}.new-key", Uuid::new_v4()));
    let made = write(&draft).and_then(|()| match fs::hard_link(&draft, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    });
    let tidied = fs::remove_file(&draft);
    made?;
    tidied?;
    // The name survives a power cut as the content does.
    File::open(directory)?.sync_all()
}

fn write(path: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(FILE_MODE)
        .open(path)?;
    file.write_all(SigningKey::generate().to_pem().expose_secret().as_bytes())?;
    file.sync_all()
}
