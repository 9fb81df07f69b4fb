//! Reading of MCAP files, at most one chunk at a time.

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

/// An MCAP file and its topics.
#[derive(Debug)]
pub struct Recording {
    path: PathBuf,
    topics: Vec<Topic>,
    /// Index of the messages by log time; `None` if the recorder did not finish the file.
    index: Option<Summary>,
    /// Error at which reading stopped, if the file has no index and is damaged.
    fault: Option<RecordingError>,
}

impl Recording {
    /// Finds the topics of a file, from its summary or, if that is missing or unusable, by reading the whole file.
    ///
    /// # Errors
    /// Fails if the file can't be read, is not an MCAP file, or is damaged before its first topic.
    pub fn open(path: &Path) -> Result<Self, RecordingError> {
        let mut file = File::open(path)?;
        check_magic(&mut file)?;
        let path = path.to_owned();
        // A damaged summary is ignored: the messages themselves may be complete.
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

    /// Returns the topics, in the order of their channels.
    #[must_use]
    pub fn topics(&self) -> &[Topic] {
        &self.topics
    }

    /// Returns the damage that [`Recording::open`] found. With an index, damage is found only while reading.
    #[must_use]
    pub const fn fault(&self) -> Option<&RecordingError> {
        self.fault.as_ref()
    }

    /// Returns the topic to play: the requested one, otherwise the first with odometry, or else the first with poses.
    ///
    /// # Errors
    /// Fails if there is no such topic, or the requested one can't be played.
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

    /// Calls `take` for each message of a topic, with its log time in nanoseconds, until `take` breaks.
    ///
    /// Messages are passed in the order of their log times, but without an index they are only sorted within a window
    /// of a few hundred messages.
    ///
    /// # Errors
    /// Fails if the file can't be read to its end. `take` has been called for all messages before that point.
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
