//! Reading a finished file: only the chunks that hold the topic, in the order of the messages' times.

use std::{
    fs::File,
    io::{Read as _, Seek as _, SeekFrom},
    ops::ControlFlow,
    path::Path,
};

use mcap::{
    McapError, Summary,
    sans_io::{IndexedReadEvent, IndexedReader, IndexedReaderOptions, indexed_reader::ReadOrder},
};

use super::{LONGEST_RECORD, RecordingError, Topic};

/// See [`super::Recording::read`].
pub fn read(
    path: &Path,
    summary: &Summary,
    topic: &Topic,
    mut take: impl FnMut(u64, &[u8]) -> ControlFlow<()>,
) -> Result<(), RecordingError> {
    let mut file = File::open(path)?;
    let file_length = file.metadata()?.len();
    let options = IndexedReaderOptions::new()
        .with_order(ReadOrder::LogTime)
        .include_topics([topic.name.as_str()])
        .with_record_length_limit(LONGEST_RECORD);
    let mut reader = IndexedReader::new_with_options(summary, options)?;
    let mut chunk = Vec::new();
    while let Some(event) = reader.next_event() {
        match event? {
            IndexedReadEvent::ReadChunkRequest { offset, length } => {
                // Before memory is set aside for it.
                if offset.saturating_add(length as u64) > file_length {
                    return Err(McapError::UnexpectedEof.into());
                }
                file.seek(SeekFrom::Start(offset))?;
                chunk.resize(length, 0);
                file.read_exact(&mut chunk)?;
                reader.insert_chunk_record_data(offset, &chunk)?;
            }
            // Other types may share the topic's name.
            IndexedReadEvent::Message { header, data } if topic.channels.contains(&header.channel_id) => {
                if take(header.log_time, data).is_break() {
                    return Ok(());
                }
            }
            IndexedReadEvent::Message { .. } => {}
        }
    }
    Ok(())
}
