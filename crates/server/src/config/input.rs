//! Reading of the files that an operator names: the configuration file and secret files.

use std::{
    fs::File,
    io::{self, Read as _},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    sync::mpsc,
    thread,
    time::Duration,
};

/// Maximum size of a file in MiB. Without it, reading a device such as `/dev/zero` would never end.
const MAX_MIB: u64 = 1;

/// Maximum time to read a file. A pipe is read until its writer closes it, and opening one that has no writer blocks.
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// A file that has been read.
#[derive(Debug)]
pub(super) struct Input {
    /// Content, without the byte order mark that some editors write.
    pub text: String,
    /// Permission bits.
    pub mode: u32,
}

/// Reads a whole file.
///
/// # Errors
/// Fails if the file cannot be read, is too large or not UTF-8, or if its end is not reached in time.
pub(super) fn read(path: &Path) -> io::Result<Input> {
    read_within(path, TIME_LIMIT)
}

fn read_within(path: &Path, limit: Duration) -> io::Result<Input> {
    let (sender, receiver) = mpsc::sync_channel(1);
    let path = path.to_owned();
    // A separate thread, because a blocked system call cannot be given a time limit. The thread exits with the process.
    thread::Builder::new().spawn(move || {
        // Sending fails if the time limit has passed.
        let _ = sender.send(read_whole(&path));
    })?;
    receiver.recv_timeout(limit).unwrap_or_else(|_| {
        let fault = format!("its end was not reached within {} s", limit.as_secs());
        Err(io::Error::other(fault))
    })
}

fn read_whole(path: &Path) -> io::Result<Input> {
    const MAX_BYTES: u64 = MAX_MIB * 1024 * 1024;
    let file = File::open(path)?;
    // Reads the mode of the opened file, not of the path: by now the path may name another file.
    let mode = file.metadata()?.permissions().mode() & 0o7777;
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(io::Error::other(format!("it is larger than {MAX_MIB} MiB")));
    }
    let text = String::from_utf8(bytes).map_err(|_| io::Error::other("it is not UTF-8"))?;
    let text = text
        .strip_prefix('\u{feff}')
        .map(ToOwned::to_owned)
        .unwrap_or(text);
    Ok(Input { text, mode })
}

#[cfg(test)]
mod tests {
    use std::{fs, process::Command};

    use super::*;

    fn fault(path: &Path, limit: Duration) -> String {
        read_within(path, limit)
            .expect_err("it cannot be read")
            .to_string()
    }

    #[test]
    fn a_byte_order_mark_is_removed() {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        fs::write(file.path(), "\u{feff}a = 1\n").expect("writing it");
        assert_eq!(read(file.path()).expect("text").text, "a = 1\n");
    }

    #[test]
    fn an_endless_file_is_not_read_to_its_end() {
        assert_eq!(
            fault(Path::new("/dev/zero"), TIME_LIMIT),
            "it is larger than 1 MiB"
        );
    }

    #[test]
    fn the_largest_file_has_one_mebibyte() {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        fs::write(file.path(), vec![b'#'; 1024 * 1024]).expect("writing it");
        assert!(read(file.path()).is_ok());
        fs::write(file.path(), vec![b'#'; 1024 * 1024 + 1]).expect("writing it");
        assert_eq!(fault(file.path(), TIME_LIMIT), "it is larger than 1 MiB");
    }

    #[test]
    fn other_encodings_are_rejected() {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        fs::write(file.path(), [0xff, 0xfe, b'a', 0]).expect("writing it");
        assert_eq!(fault(file.path(), TIME_LIMIT), "it is not UTF-8");
    }

    #[test]
    fn a_pipe_without_a_writer_is_not_waited_for_forever() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let pipe = directory.path().join("pipe");
        let made = Command::new("mkfifo").arg(&pipe).status().expect("mkfifo");
        assert!(made.success());
        let fault = fault(&pipe, Duration::from_millis(50));
        assert!(fault.starts_with("its end was not reached"), "{fault}");
        // The thread that waits for a writer exits when one opens the pipe.
        fs::OpenOptions::new().write(true).open(&pipe).expect("a reader");
    }
}
