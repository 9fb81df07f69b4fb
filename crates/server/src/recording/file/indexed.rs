//! Reading a finished file: only the chunks that hold the topic, in the order of the messages' times.

use std::{
    fs::File,
    io::{Read as _, Seek as _, SeekFrom},
    ops::ControlFlow,
    path::Path,
};

use mcap::{
    McapError, Summary, parse_record,
    read::ChunkReader,
    records::{ChunkHeader, Record, op},
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
                let header = header_of_chunk(&mut file, summary, offset)?;
                chunk.resize(length, 0);
                file.read_exact(&mut chunk)?;
                check_crc(header, &chunk)?;
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

/// The header of the chunk whose data begin at `offset`, where the file is read on afterwards.
fn header_of_chunk(file: &mut File, summary: &Summary, offset: u64) -> Result<ChunkHeader, RecordingError> {
    /// A record's opcode and its length.
    const PREFIX: u64 = 9;
    /// Numbers and the name of a compression.
    const LONGEST_HEADER: u64 = 1_024;
    let index = summary
        .chunk_indexes
        .iter()
        .find(|index| index.compressed_data_offset().is_ok_and(|found| found == offset))
        .ok_or(McapError::BadIndex)?;
    let start = index.chunk_start_offset.saturating_add(PREFIX);
    let length = offset
        .checked_sub(start)
        .filter(|length| *length <= LONGEST_HEADER)
        .ok_or(McapError::BadIndex)?;
    let mut header = vec![0; length as usize];
    file.seek(SeekFrom::Start(start))?;
    file.read_exact(&mut header)?;
    match parse_record(op::CHUNK, &header)? {
        Record::Chunk { header, .. } => Ok(header),
        _ => Err(McapError::BadIndex.into()),
    }
}

/// Compares a chunk with its checksum. The library's reader of indexed files does not, its reader of chunks does.
fn check_crc(header: ChunkHeader, data: &[u8]) -> Result<(), RecordingError> {
    if header.uncompressed_crc == 0 {
        return Ok(());
    }
    ChunkReader::new(header, data)?
        .try_for_each(|record| record.map(drop))
        .map_err(RecordingError::from)
}
