//! A signing key that is created on first use and kept in a file that only its owner can read.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use secrecy::{ExposeSecret as _, zeroize::Zeroizing};
use uuid::Uuid;

use crate::keys::{InvalidKey, SigningKey};

/// Mode of the file: read and write for the owner only.
const FILE_MODE: u32 = 0o600;
/// Mode of the directories that are created for the file.
const DIRECTORY_MODE: u32 = 0o700;
/// Permission bits that must not be set on an existing file.
const OTHERS: u32 = 0o077;
/// Maximum number of bytes read; a key needs about 120.
const MAX_BYTES: usize = 16 * 1024;

/// Error of [`load_or_make`].
#[derive(Debug, thiserror::Error)]
pub enum KeyFileFault {
    /// Other users of the machine can access the file, and may have read the key.
    #[error(
        "the key file {path} is accessible to other users (mode {mode:04o}): run `chmod 600 {path}`, or delete the file \
         to generate a new key if the old one may have been read"
    )]
    Exposed { path: PathBuf, mode: u32 },
    /// The file does not contain a key.
    #[error("invalid key file {path}: {fault}")]
    Invalid { path: PathBuf, fault: InvalidKey },
    /// The file exists, but cannot be read.
    #[error("cannot read the key file {path}")]
    Unreadable {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// The file does not exist, and cannot be created.
    #[error("cannot create the key file {path}")]
    NotMade {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

/// Reads the key from a file, which is created if it does not exist. Concurrent calls return the same key.
///
/// # Errors
/// Returns [`KeyFileFault`] if the file is accessible to other users, contains no valid key, or cannot be read or
/// created.
pub fn load_or_make(path: &Path) -> Result<SigningKey, KeyFileFault> {
    if let Some(key) = load(path)? {
        return Ok(key);
    }
    let not_made = |source| KeyFileFault::NotMade {
        path: path.to_owned(),
        source,
    };
    make(path).map_err(not_made)?;
    // Read the file again, because another server may have created the file first.
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
    // Reads the mode of the opened file, not of the path: by now the path may name another file.
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
    // Allocates the full capacity, because a growing string leaves copies of the key in memory.
    let mut text = Zeroizing::new(String::with_capacity(MAX_BYTES));
    file.take(MAX_BYTES as u64).read_to_string(&mut text)?;
    Ok(text)
}

/// Writes a new key to a temporary file, and links this file to `path` unless `path` already exists. An existing file
/// is never replaced, and no reader sees a half-written file.
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
    // The directory entry must survive a power failure just like the content.
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
