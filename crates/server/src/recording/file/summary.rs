//! The summary section at the end of a finished file.

use std::{
    fs::File,
    io::{Read as _, Seek as _},
};

use mcap::{
    McapResult, Summary,
    sans_io::{SummaryReadEvent, SummaryReader, SummaryReaderOptions},
};

use super::limits::LONGEST_RECORD;
use crate::recording::Topic;

/// Reads the summary; `None` if the file has none.
pub(super) fn read(file: &mut File) -> McapResult<Option<Summary>> {
    let options = SummaryReaderOptions::default()
        .with_file_size(file.metadata()?.len())
        .with_record_length_limit(LONGEST_RECORD);
    let mut reader = SummaryReader::new_with_options(options);
    while let Some(event) = reader.next_event() {
        match event? {
            SummaryReadEvent::ReadRequest(bytes) => {
                let read = file.read(reader.insert(bytes))?;
                reader.notify_read(read);
            }
            SummaryReadEvent::SeekRequest(to) => reader.notify_seeked(file.seek(to)?),
        }
    }
    Ok(reader.finish())
}

/// Returns the topics; `None` if the summary is not complete enough to find all messages with it. Recorders may omit
/// any part of a summary.
pub(super) fn topics(summary: &Summary) -> Option<Vec<Topic>> {
    let stats = summary.stats.as_ref()?;
    let counts = &stats.channel_message_counts;
    let knows_channels = counts
        .keys()
        .all(|channel| summary.channels.contains_key(channel));
    let counts_all = counts.values().sum::<u64>() == stats.message_count;
    let knows_chunks =
        !summary.chunk_indexes.is_empty() && summary.chunk_indexes.len() == stats.chunk_count as usize;
    let count_of = |id| counts.get(id).copied().unwrap_or(0);
    (knows_channels && counts_all && knows_chunks).then(|| {
        Topic::group(
            summary
                .channels
                .iter()
                .map(|(id, channel)| (&**channel, count_of(id))),
        )
    })
}
