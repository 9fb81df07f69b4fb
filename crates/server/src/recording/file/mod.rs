//! Reading an MCAP file, never more than a chunk of it at a time.

mod indexed;
mod limits;
mod linear;
mod summary;

use std::{
    fs::File,
    io::{self, Read as _},
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use mcap::{MAGIC, Summary};

use limits::guarded;

use super::{Playable, PositionType, RecordingError, Topic, error::TopicList};

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
        let topics = &self.topics;
        let list = || TopicList(topics.to_vec());
        let Some(wanted) = wanted else {
            let mut playable = topics
                .iter()
                .filter(|topic| topic.messages > 0)
                .filter_map(|topic| topic.playable().ok());
            let first = playable
                .clone()
                .find(|playable| playable.kind == PositionType::Odometry);
            return first
                .or_else(|| playable.next())
                .ok_or_else(|| RecordingError::NothingToPlay(list()));
        };
        let mut reason = None;
        for topic in topics.iter().filter(|topic| topic.name == wanted) {
            match topic.playable() {
                Ok(playable) => return Ok(playable),
                Err(why) => reason = Some(why),
            }
        }
        let (wanted, topics) = (wanted.to_owned(), list());
        Err(match reason {
            Some(reason) => RecordingError::UnplayableTopic {
                wanted,
                reason,
                topics,
            },
            None => RecordingError::UnknownTopic { wanted, topics },
        })
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
