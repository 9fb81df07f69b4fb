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
fn a_directory_that_was_moved_or_removed_is_recreated() {
    let mut rig = Rig::new(1_000, 2);
    let logs = rig.directory.path().join("logs");
    rig.log(1, Rig::today());
    fs::rename(&logs, rig.directory.path().join("moved")).expect("renamed");
    rig.log(2, Rig::today());
    assert_eq!(rig.text(0).as_deref(), Some("000002\n"));
    assert_eq!((Rig::mode(&logs), Rig::mode(&rig.path)), (0o700, 0o600));
    fs::remove_dir_all(&logs).expect("removed");
    rig.log(3, Rig::today());
    assert_eq!(rig.text(0).as_deref(), Some("000003\n"));
    assert_eq!(rig.file.lost.load(Relaxed), 0);
}

#[test]
fn lines_in_a_removed_file_that_cannot_be_recreated_are_lost() {
    let mut rig = Rig::new(1_000, 2);
    let logs = rig.directory.path().join("logs");
    rig.log(1, Rig::today());
    fs::remove_dir_all(&logs).expect("removed");
    // A file with the name of the directory, in which not even a superuser can create files.
    fs::write(&logs, "").expect("a file");
    rig.log(2, Rig::today());
    rig.log(3, Rig::today());
    assert_eq!(rig.file.lost.load(Relaxed), 2);
    fs::remove_file(&logs).expect("removed");
    rig.log(4, Rig::today());
    assert_eq!(rig.file.lost.load(Relaxed), 2);
    assert_eq!(rig.text(0).as_deref(), Some("000004\n"));
}

#[test]
fn lines_in_a_renamed_file_are_not_lost() {
    let mut rig = Rig::new(1_000, 2);
    rig.log(1, Rig::today());
    let moved = rig.path.with_extension("moved");
    fs::rename(&rig.path, &moved).expect("renamed");
    fs::create_dir(&rig.path).expect("a directory in its place");
    rig.log(2, Rig::today());
    assert_eq!(rig.file.lost.load(Relaxed), 0);
    assert_eq!(fs::read_to_string(&moved).expect("text"), "000001\n000002\n");
}

#[test]
fn a_pipe_is_rejected_without_waiting_for_its_reader() {
    let mut rig = Rig::new(1_000, 2);
    let pipe = rig.directory.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("mkfifo").success());
    let opened = LogFile::open(&LogFileOptions {
        path: pipe.clone(),
        ..rig.file.options.clone()
    });
    let fault = opened.expect_err("a pipe").to_string();
    assert_eq!(fault, "it is neither a regular file nor a character device");

    // The same applies while the log is written.
    rig.log(1, Rig::today());
    fs::rename(&pipe, &rig.path).expect("renamed");
    rig.log(2, Rig::today());
    assert_eq!(rig.file.lost.load(Relaxed), 1);
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
