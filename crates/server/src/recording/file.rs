//! Reading an MCAP file, never more than a chunk of it at a time.

mod indexed;
mod linear;
mod summary;

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read as _},
    ops::ControlFlow,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

use mcap::{MAGIC, McapError, Summary};

use super::{Playable, RecordingError, Topic};

/// What a file holds.
#[derive(Debug)]
pub struct Recording {
    path: PathBuf,
    topics: Vec<Topic>,
    /// How to find the messages in the order of their times, when the recorder finished the file.
    index: Option<Summary>,
    /// Where the file breaks off, when it was read from beginning to end.
    fault: Option<RecordingError>,
}

/// A record longer than this, or a chunk that would be when it is unpacked, is taken for a broken one, in bytes.
const LONGEST_RECORD: usize = 256 << 20;

impl Recording {
    /// Looks what a file holds: in its summary, or, when it has none that can be used, by reading the file once.
    ///
    /// # Errors
    /// When the file cannot be read, is no MCAP file, or breaks off before its first topic.
    pub fn open(path: &Path) -> Result<Self, RecordingError> {
        let mut file = File::open(path)?;
        check_magic(&mut file)?;
        let path = path.to_owned();
        // A summary that makes no sense is as good as none: the messages themselves may be all there.
        if let Ok(Some(summary)) = guarded(|| summary::read(&mut file))
            && let Some(topics) = summary::topics(&summary)
        {
            return Ok(Self {
                path,
                topics,
                index: Some(summary),
                fault: None,
            });
        }
        let (topics, fault) = linear::survey(&path);
        match fault {
            Some(fault) if topics.is_empty() => Err(fault),
            fault => Ok(Self {
                path,
                topics,
                index: None,
                fault,
            }),
        }
    }

    /// Its topics, in the order in which they were recorded.
    #[must_use]
    pub fn topics(&self) -> &[Topic] {
        &self.topics
    }

    /// Where it breaks off, if that is known already.
    #[must_use]
    pub const fn fault(&self) -> Option<&RecordingError> {
        self.fault.as_ref()
    }

    /// Which topic to play: the one that is asked for; else the first with odometry, else the first with poses.
    ///
    /// # Errors
    /// When there is none, or the one that is asked for holds something else.
    pub fn choose(&self, wanted: Option<&str>) -> Result<Playable, RecordingError> {
        Topic::choose(&self.topics, wanted)
    }

    /// Gives the messages of a topic, each with its log time (nanoseconds), until the taker has enough.
    ///
    /// They come in the order of their log times. A file without an index is read as it was written, and put in order as
    /// far as a window of some hundred messages allows.
    ///
    /// # Errors
    /// When the file cannot be read on. All messages before that place have been given.
    pub fn read(
        &self,
        topic: &Topic,
        take: impl FnMut(u64, &[u8]) -> ControlFlow<()>,
    ) -> Result<(), RecordingError> {
        match &self.index {
            Some(summary) => guarded(|| indexed::read(&self.path, summary, topic, take)),
            None => linear::read(&self.path, topic, take),
        }
    }
}

fn check_magic(file: &mut File) -> Result<(), RecordingError> {
    let mut start = [0; MAGIC.len()];
    match file.read_exact(&mut start) {
        Ok(()) if start == *MAGIC => Ok(()),
        Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => Err(error.into()),
        _ => Err(RecordingError::NotMcap),
    }
}

/// Runs the library's readers. Where the lengths in a file do not add up, some of their sums overflow, which is a panic in
/// builds that check for it (mcap 0.26, records that are longer than their uncompressed chunk).
fn guarded<T, E: Into<RecordingError>>(read: impl FnOnce() -> Result<T, E>) -> Result<T, RecordingError> {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(result) => result.map_err(E::into),
        Err(_) => Err(McapError::UnexpectedEoc.into()),
    }
}
