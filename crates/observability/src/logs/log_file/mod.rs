//! A log file that is rotated by size and by day.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions},
    io::{self, Seek as _, Write},
    os::unix::fs::{
        DirBuilderExt as _, FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
    },
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use rustix::fs::{OFlags, fcntl_setfl};

/// Pause before a failed rotation is attempted again.
const PAUSE: Duration = Duration::from_secs(60);
const DAY_S: u64 = 86_400;

/// Path, maximum size and number of log files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFileOptions {
    /// The current file. Rotated files have the same name with a number appended, `.1` for the newest of them.
    pub path: PathBuf,
    /// Maximum size of a file in bytes. A single line that is longer is still written whole.
    pub max_bytes: u64,
    /// Number of rotated files to keep.
    pub keep: usize,
}

/// Log file, open for appending. Each call to [`Write::write`] writes one whole line.
///
/// Lines are never split between two files. A line that cannot be written, for example because the disk is full, is
/// lost and counted, but is not an error: a server must not stop because of its log. Other processes may write to the
/// same file and rotate it. Before each line, the file is therefore reopened if its path now refers to a different
/// file, or to none because its directory was moved or removed.
#[derive(Debug)]
pub(super) struct LogFile {
    options: LogFileOptions,
    file: File,
    /// Day of the newest line, in days since the epoch in UTC. It is not updated while a rotation is due but fails.
    day: u64,
    /// Whether the file ends with part of a line.
    is_torn: bool,
    /// Whether the path does not lead to the open file, and opening the right one has failed.
    is_astray: bool,
    rotates_again_at: SystemTime,
    lost: Arc<AtomicU64>,
}

impl LogFile {
    /// Opens the file, and restricts access to its owner if possible. Creates the file and its directory if they do not
    /// exist.
    pub(super) fn open(options: &LogFileOptions) -> io::Result<Self> {
        let file = open_in_directory(&options.path)?;
        let changed_at = file.metadata()?.modified()?;
        Ok(Self {
            options: LogFileOptions {
                // Resolve a link here, because rotation would rename the link instead of the file.
                path: fs::canonicalize(&options.path)?,
                ..options.clone()
            },
            file,
            day: day_of(changed_at),
            is_torn: false,
            is_astray: false,
            rotates_again_at: UNIX_EPOCH,
            lost: Arc::default(),
        })
    }

    /// Returns the counter of lines that could not be written.
    pub(super) fn lost(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.lost)
    }

    fn append(&mut self, line: &[u8], now: SystemTime) {
        let size = self.follow_name();
        let is_full = size > 0 && size.saturating_add(line.len() as u64) > self.options.max_bytes;
        let is_old = size > 0 && day_of(now) > self.day;
        let mut is_due = is_full || is_old;
        if is_due && !self.is_pausing(now) {
            match self.rotate() {
                Ok(()) => is_due = false,
                Err(_) => (self.rotates_again_at, self.is_astray) = (now + PAUSE, true),
            }
        }
        // Keep the day while a rotation is due, so that it is attempted again.
        if !is_due {
            self.day = day_of(now);
        }
        if self.write_line(line).is_err() || self.is_removed() {
            self.lost.fetch_add(1, Relaxed);
        }
    }

    /// Returns `true` during the pause after a failed rotation. A pause that would be longer than [`PAUSE`] began
    /// before the clock was set back, and is over.
    fn is_pausing(&self, now: SystemTime) -> bool {
        let rest = self.rotates_again_at.duration_since(now);
        rest.is_ok_and(|rest| !rest.is_zero() && rest <= PAUSE)
    }

    /// Returns `true` if lines are written to a file without a name, because it was removed and cannot be created again.
    fn is_removed(&self) -> bool {
        self.is_astray
            && self
                .file
                .metadata()
                .is_ok_and(|open| open.is_file() && open.nlink() == 0)
    }

    /// Reopens the file if another process has renamed or removed it or its directory. Returns its size, or 0 if it is
    /// not a regular file, such as a terminal, which is never rotated.
    fn follow_name(&mut self) -> u64 {
        let named = fs::metadata(&self.options.path);
        let is_same = |named: &fs::Metadata| {
            self.file
                .metadata()
                .is_ok_and(|open| (open.dev(), open.ino()) == (named.dev(), named.ino()))
        };
        match named {
            Ok(named) if is_same(&named) => {
                self.is_astray = false;
                regular_size(&named)
            }
            // If the new file cannot be opened, lines still go to the old one.
            _ => {
                let opened = open_in_directory(&self.options.path);
                self.is_astray = opened.is_err();
                if let Ok(file) = opened {
                    (self.file, self.is_torn) = (file, false);
                }
                self.file.metadata().map_or(0, |open| regular_size(&open))
            }
        }
    }

    fn rotate(&mut self) -> io::Result<()> {
        let LogFileOptions { path, keep, .. } = &self.options;
        let mut older = older_files(path)?;
        // Start with the highest number, so that no rename overwrites another file.
        older.sort_unstable_by_key(|(number, _)| std::cmp::Reverse(*number));
        for (number, older) in older {
            if number >= *keep {
                fs::remove_file(older)?;
            } else {
                fs::rename(older, numbered(path, number + 1))?;
            }
        }
        if *keep == 0 {
            fs::remove_file(path)?;
        } else {
            fs::rename(path, numbered(path, 1))?;
        }
        // If this fails, lines still go to the renamed file.
        (self.file, self.is_torn) = (open(path)?, false);
        Ok(())
    }

    /// Writes a whole line. If that fails, removes the part that has been written, if possible.
    fn write_line(&mut self, line: &[u8]) -> io::Result<()> {
        if self.is_torn {
            self.file.write_all(b"\n")?;
            self.is_torn = false;
        }
        let mut rest = line;
        while !rest.is_empty() {
            match self.file.write(rest) {
                Ok(0) => return self.undo(line.len() - rest.len(), io::ErrorKind::WriteZero.into()),
                Ok(written) => rest = &rest[written..],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return self.undo(line.len() - rest.len(), error),
            }
        }
        Ok(())
    }

    /// Removes a partly written line from the end of the file. If that fails, a line break will precede the next line.
    /// Always returns `error`.
    fn undo(&mut self, written: usize, error: io::Error) -> io::Result<()> {
        self.is_torn = written > 0 && !matches!(self.truncate_by(written), Ok(true));
        Err(error)
    }

    /// Removes the last `written` bytes. If another process has written after them, removes nothing and returns
    /// `false`.
    fn truncate_by(&mut self, written: usize) -> io::Result<bool> {
        // Appending moves the position to the end of the appended bytes.
        let end = self.file.stream_position()?;
        let is_last = self.file.metadata()?.len() == end;
        if is_last {
            self.file.set_len(end.saturating_sub(written as u64))?;
        }
        Ok(is_last)
    }
}

impl Write for LogFile {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.append(line, SystemTime::now());
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Opens a file for appending, and creates it and its directory if they do not exist.
fn open_in_directory(path: &Path) -> io::Result<File> {
    if let Some(directory) = path.parent().filter(|path| !path.as_os_str().is_empty()) {
        DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    }
    open(path)
}

fn open(path: &Path) -> io::Result<File> {
    if let Ok(found) = fs::metadata(path) {
        must_be_log(&found)?;
    }
    let file = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        // Otherwise, opening a pipe would block until it has a reader.
        .custom_flags(OFlags::NONBLOCK.bits().cast_signed())
        .open(path)?;
    let found = file.metadata()?;
    // Checked again, because by now the path may name another file.
    must_be_log(&found)?;
    fcntl_setfl(&file, OFlags::APPEND)?;
    if found.is_file() && found.permissions().mode() & 0o077 != 0 {
        // Setting the mode fails for another user's file, which is used nevertheless.
        let _ = file.set_permissions(Permissions::from_mode(0o600));
    }
    Ok(file)
}

/// Rejects everything but files and character devices. A pipe has no name under which it could be rotated, and blocks
/// without a reader.
fn must_be_log(found: &fs::Metadata) -> io::Result<()> {
    let kind = found.file_type();
    if kind.is_file() || kind.is_char_device() {
        return Ok(());
    }
    let fault = "it is neither a regular file nor a character device";
    Err(io::Error::new(io::ErrorKind::InvalidInput, fault))
}

fn regular_size(found: &fs::Metadata) -> u64 {
    if found.is_file() { found.len() } else { 0 }
}

/// Returns the rotated files of a path, with their numbers.
fn older_files(path: &Path) -> io::Result<Vec<(usize, PathBuf)>> {
    let (Some(directory), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str()))
    else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let number = entry.file_name().to_str().and_then(|other| {
            let number = other.strip_prefix(name)?.strip_prefix('.')?;
            (number.bytes().all(|byte| byte.is_ascii_digit()) && !number.starts_with('0'))
                .then(|| number.parse().ok())?
        });
        found.extend(number.map(|number| (number, entry.path())));
    }
    Ok(found)
}

fn numbered(path: &Path, number: usize) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{number}"));
    name.into()
}

fn day_of(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs() / DAY_S)
}

#[cfg(test)]
mod tests;
