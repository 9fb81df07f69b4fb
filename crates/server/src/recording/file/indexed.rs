//! Reader for files with an index: reads only the chunks that contain the topic, in the order of log times.

use std::{
    fs::File,
    io::{Read as _, Seek as _, SeekFrom},
    ops::ControlFlow,
    path::Path,
};

use mcap::{
    McapError, Summary,
    records::op,
    sans_io::{
        IndexedReadEvent, IndexedReader, IndexedReaderOptions, LinearReadEvent, LinearReader,
        LinearReaderOptions, indexed_reader::ReadOrder,
    },
};

use super::limits::{LONGEST_RECORD, guarded};
use crate::recording::{RecordingError, Topic};

/// Implements [`super::Recording::read`].
pub(super) fn read(
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
                // Check the length before allocating memory: a damaged index may claim any length.
                if offset.saturating_add(length as u64) > file_length {
                    return Err(McapError::UnexpectedEof.into());
                }
                let (start, header_length) = place_of_chunk(summary, offset)?;
                file.seek(SeekFrom::Start(start))?;
                chunk.resize(header_length + length, 0);
                file.read_exact(&mut chunk)?;
                check_crc(&chunk)?;
                reader.insert_chunk_record_data(offset, &chunk[header_length..])?;
            }
            // The reader selects by name only, and another type or encoding may share the topic's name.
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

/// Returns the start of the content of the chunk whose data is at `offset`, and the length of the header before that.
fn place_of_chunk(summary: &Summary, offset: u64) -> Result<(u64, usize), RecordingError> {
    /// Size of a record's opcode and length.
    const PREFIX: u64 = 9;
    /// Upper bound for the header: a few numbers and the name of a compression.
    const LONGEST_HEADER: u64 = 1_024;
    let has_data_there = |index: &&mcap::records::ChunkIndex| {
        index.compressed_data_offset().is_ok_and(|found| found == offset)
    };
    let index = summary.chunk_indexes.iter().find(has_data_there);
    let start = index
        .ok_or(McapError::BadIndex)?
        .chunk_start_offset
        .saturating_add(PREFIX);
    let length = offset
        .checked_sub(start)
        .filter(|length| *length <= LONGEST_HEADER)
        .ok_or(McapError::BadIndex)?;
    Ok((start, length as usize))
}

/// Verifies a chunk's checksum, using the library's linear reader. Its reader of indexed files does not verify
/// checksums, and its reader of single chunks allocates memory for records of any claimed length.
fn check_crc(content: &[u8]) -> Result<(), RecordingError> {
    let length = (content.len() as u64).to_le_bytes();
    let mut record = [op::CHUNK].as_slice().chain(length.as_slice()).chain(content);
    let options = LinearReaderOptions::default()
        .with_skip_start_magic(true)
        .with_skip_end_magic(true)
        .with_validate_chunk_crcs(true)
        .with_record_length_limit(LONGEST_RECORD);
    let mut reader = LinearReader::new_with_options(options);
    while let Some(event) = guarded(|| reader.next_event().transpose())? {
        if let LinearReadEvent::ReadRequest(bytes) = event {
            let read = record.read(reader.insert(bytes.min(content.len())))?;
            reader.notify_read(read);
        }
    }
    Ok(())
}
