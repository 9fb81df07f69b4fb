//! A log file that is rotated by size and by day.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions},
    io::{self, Seek as _, Write},
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

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

/// Log file, open for appending. Each call of [`Write::write`] writes one whole line.
///
/// Lines are never split between two files. A line that cannot be written, for example because the disk is full, is
/// lost and counted, but is not an error: a server must not stop because of its log. Other processes may write to the
/// same file and rotate it. Before each line, the file is therefore reopened if its path now refers to a different
/// file.
#[derive(Debug)]
pub(super) struct LogFile {
    options: LogFileOptions,
    file: File,
    /// Day of the newest line, in days since the epoch in UTC. It is not updated while a rotation is due but fails.
    day: u64,
    /// Whether the file ends with part of a line.
    is_torn: bool,
    rotates_again_at: SystemTime,
    lost: Arc<AtomicU64>,
}

impl LogFile {
    /// Opens the file, accessible to its owner only. Creates it and its directory if they do not exist.
    pub(super) fn open(options: &LogFileOptions) -> io::Result<Self> {
        if let Some(directory) = options.path.parent().filter(|path| !path.as_os_str().is_empty()) {
            DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
        }
        let file = open(&options.path)?;
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
                Err(_) => self.rotates_again_at = now + PAUSE,
            }
        }
        // Keep the day while a rotation is due, so that it is attempted again.
        if !is_due {
            self.day = day_of(now);
        }
        if self.write_line(line).is_err() {
            self.lost.fetch_add(1, Relaxed);
        }
    }

    /// Returns `true` during the pause after a failed rotation. A pause that would be longer than [`PAUSE`] began before
    /// the clock was set back, and is over.
    fn is_pausing(&self, now: SystemTime) -> bool {
        let rest = self.rotates_again_at.duration_since(now);
        rest.is_ok_and(|rest| !rest.is_zero() && rest <= PAUSE)
    }

    /// Reopens the file if another process has renamed or removed it. Returns its size, or 0 if it is not a regular
    /// file, such as a terminal, which is never rotated.
    fn follow_name(&mut self) -> u64 {
        let named = fs::metadata(&self.options.path);
        let is_same = |named: &fs::Metadata| {
            self.file
                .metadata()
                .is_ok_and(|open| (open.dev(), open.ino()) == (named.dev(), named.ino()))
        };
        match named {
            Ok(named) if is_same(&named) => regular_size(&named),
            // If the new file cannot be opened, lines still go to the old one.
            _ => {
                if let Ok(file) = open(&self.options.path) {
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

fn open(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)?;
    let found = file.metadata()?;
    if found.is_file() && found.permissions().mode() & 0o077 != 0 {
        // Setting the mode fails for another user's file, which is used nevertheless.
        let _ = file.set_permissions(Permissions::from_mode(0o600));
    }
    Ok(file)
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
mod tests {
    use super::*;

    const NOW: SystemTime = UNIX_EPOCH;

    struct Rig {
        directory: tempfile::TempDir,
        path: PathBuf,
        file: LogFile,
    }

    impl Rig {
        fn new(max_bytes: u64, keep: usize) -> Self {
            let directory = tempfile::tempdir().expect("a directory");
            let path = directory.path().join("logs/server.log");
            let file = LogFile::open(&LogFileOptions {
                path: path.clone(),
                max_bytes,
                keep,
            });
            let file = file.expect("a log file");
            Self {
                directory,
                path,
                file,
            }
        }

        fn log(&mut self, number: usize, now: SystemTime) {
            self.file.append(format!("{number:06}\n").as_bytes(), now);
        }

        /// Returns the current time, because the system clock determines a file's initial day.
        fn today() -> SystemTime {
            SystemTime::now()
        }

        fn text(&self, number: usize) -> Option<String> {
            let path = match number {
                0 => self.path.clone(),
                number => numbered(&self.path, number),
            };
            fs::read_to_string(path).ok()
        }

        fn mode(path: &Path) -> u32 {
            fs::metadata(path).expect("a file").permissions().mode() & 0o777
        }
    }

    #[test]
    fn a_partly_written_line_is_removed_unless_another_process_has_written_after_it() {
        let full = || io::ErrorKind::StorageFull.into();
        let mut rig = Rig::new(1_000, 1);
        let now = Rig::today();
        rig.log(1, now);
        rig.file.file.write_all(b"part").expect("room");
        rig.file.undo(4, full()).expect_err("the error is returned");
        assert_eq!(rig.text(0).as_deref(), Some("000001\n"));

        rig.file.file.write_all(b"part").expect("room");
        let mut other = open(&rig.path).expect("the file of another process");
        other.write_all(b"of the other\n").expect("room");
        rig.file.undo(4, full()).expect_err("the error is returned");
        rig.log(2, now);
        assert_eq!(
            rig.text(0).as_deref(),
            Some("000001\npartof the other\n\n000002\n")
        );
    }

    #[test]
    fn files_are_rotated_by_size_between_whole_lines() {
        let mut rig = Rig::new(21, 3);
        let now = Rig::today();
        (0..20).for_each(|number| rig.log(number, now));
        let texts: Vec<_> = (0..5).map(|number| rig.text(number)).collect();
        assert_eq!(
            texts,
            [
                Some("000018\n000019\n".into()),
                Some("000015\n000016\n000017\n".into()),
                Some("000012\n000013\n000014\n".into()),
                Some("000009\n000010\n000011\n".into()),
                None,
            ]
        );
        assert_eq!(rig.file.lost.load(Relaxed), 0);
    }

    #[test]
    fn a_new_day_starts_a_new_file() {
        let mut rig = Rig::new(1_000, 3);
        let now = Rig::today();
        rig.log(1, now);
        rig.log(2, now + Duration::from_secs(DAY_S));
        rig.log(3, now + Duration::from_secs(DAY_S));
        assert_eq!(rig.text(0).as_deref(), Some("000002\n000003\n"));
        assert_eq!(rig.text(1).as_deref(), Some("000001\n"));
    }

    #[test]
    fn a_line_longer_than_the_maximum_file_size_is_written_whole() {
        let mut rig = Rig::new(3, 1);
        rig.log(1, Rig::today());
        rig.log(2, Rig::today());
        assert_eq!(rig.text(0).as_deref(), Some("000002\n"));
        assert_eq!(rig.text(1).as_deref(), Some("000001\n"));
    }

    #[test]
    fn only_the_owner_can_read_the_files() {
        let mut rig = Rig::new(7, 2);
        rig.log(1, Rig::today());
        rig.log(2, Rig::today());
        assert_eq!(Rig::mode(&rig.path), 0o600);
        assert_eq!(Rig::mode(&numbered(&rig.path, 1)), 0o600);
        assert_eq!(Rig::mode(&rig.directory.path().join("logs")), 0o700);
    }

    #[test]
    fn a_file_with_wider_permissions_is_restricted_to_its_owner() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("server.log");
        fs::write(&path, "before\n").expect("a file");
        fs::set_permissions(&path, Permissions::from_mode(0o644)).expect("its mode");
        let options = LogFileOptions {
            path: path.clone(),
            max_bytes: 100,
            keep: 1,
        };
        let mut file = LogFile::open(&options).expect("a log file");
        file.write_all(b"after\n").expect("no error");
        assert_eq!(Rig::mode(&path), 0o600);
        assert_eq!(fs::read_to_string(&path).expect("text"), "before\nafter\n");
    }

    #[test]
    fn only_rotated_files_beyond_the_number_to_keep_are_removed() {
        let mut rig = Rig::new(7, 2);
        for number in [3, 9] {
            fs::write(numbered(&rig.path, number), "old\n").expect("a file");
        }
        let beside = rig.path.with_file_name("server.log.gz");
        fs::write(&beside, "mine\n").expect("a file");
        rig.log(1, Rig::today());
        rig.log(2, Rig::today());
        assert_eq!((rig.text(3), rig.text(9)), (None, None));
        assert!(beside.exists());
    }

    #[test]
    fn a_file_that_was_renamed_or_removed_is_recreated() {
        let mut rig = Rig::new(1_000, 2);
        rig.log(1, Rig::today());
        fs::rename(&rig.path, rig.path.with_extension("moved")).expect("renamed");
        rig.log(2, Rig::today());
        assert_eq!(rig.text(0).as_deref(), Some("000002\n"));
        fs::remove_file(&rig.path).expect("removed");
        rig.log(3, Rig::today());
        assert_eq!(rig.text(0).as_deref(), Some("000003\n"));
    }

    #[test]
    fn two_processes_on_one_file_lose_no_line() {
        let mut rig = Rig::new(70, 1_000);
        let mut other = LogFile::open(&rig.file.options).expect("a log file");
        let now = Rig::today();
        for number in 0..200 {
            rig.log(2 * number, now);
            other.append(format!("{:06}\n", 2 * number + 1).as_bytes(), now);
        }
        let mut lines: Vec<usize> = (0..=1_000)
            .map_while(|number| rig.text(number))
            .flat_map(|text| {
                text.lines()
                    .map(|line| line.parse().expect("whole"))
                    .collect::<Vec<_>>()
            })
            .collect();
        lines.sort_unstable();
        assert_eq!(lines, (0..400).collect::<Vec<_>>());
    }

    #[test]
    fn a_full_disk_only_loses_lines() {
        let options = LogFileOptions {
            path: "/dev/full".into(),
            max_bytes: 100,
            keep: 1,
        };
        let mut file = LogFile::open(&options).expect("a log file");
        for _ in 0..3 {
            file.write_all(b"a line\n").expect("no error");
        }
        assert_eq!(file.lost().load(Relaxed), 3);
        assert!(Path::new("/dev/full").exists(), "a device should not be rotated");
    }

    #[test]
    fn after_a_failed_rotation_the_old_file_is_used() {
        let mut rig = Rig::new(7, 1);
        rig.log(1, NOW);
        // A directory with the name of the rotated file can be neither removed as a file nor replaced by a rename.
        fs::create_dir(numbered(&rig.path, 1)).expect("a directory");
        let now = Rig::today();
        rig.log(2, now);
        rig.log(3, now);
        assert_eq!(rig.text(0).as_deref(), Some("000001\n000002\n000003\n"));
        fs::remove_dir(numbered(&rig.path, 1)).expect("removed");
        rig.log(4, now + PAUSE);
        assert_eq!(rig.text(0).as_deref(), Some("000004\n"));
    }

    #[test]
    fn a_failed_rotation_is_attempted_again_after_the_clock_was_set_back() {
        let mut rig = Rig::new(7, 1);
        let now = Rig::today();
        rig.log(1, now);
        fs::create_dir(numbered(&rig.path, 1)).expect("a directory");
        rig.log(2, now);
        fs::remove_dir(numbered(&rig.path, 1)).expect("removed");
        rig.log(3, now);
        assert_eq!(rig.text(0).as_deref(), Some("000001\n000002\n000003\n"));
        rig.log(4, now - Duration::from_secs(3_600));
        assert_eq!(rig.text(0).as_deref(), Some("000004\n"));
    }

    #[test]
    fn a_failed_rotation_of_a_day_is_attempted_again() {
        let mut rig = Rig::new(1_000, 1);
        let today = Rig::today();
        rig.log(1, today);
        fs::create_dir(numbered(&rig.path, 1)).expect("a directory");
        let tomorrow = today + Duration::from_secs(DAY_S);
        rig.log(2, tomorrow);
        fs::remove_dir(numbered(&rig.path, 1)).expect("removed");
        rig.log(3, tomorrow);
        assert_eq!(rig.text(0).as_deref(), Some("000001\n000002\n000003\n"));
        rig.log(4, tomorrow + PAUSE);
        rig.log(5, tomorrow + PAUSE);
        assert_eq!(rig.text(0).as_deref(), Some("000004\n000005\n"));
        assert_eq!(rig.text(1).as_deref(), Some("000001\n000002\n000003\n"));
    }
}
