//! Reader for files without a usable index: reads records in the order in which they were written.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
    fs::File,
    io::{BufReader, Read as _},
    ops::ControlFlow,
    path::Path,
};

use mcap::{
    McapError, parse_record,
    read::ChannelAccumulator,
    records::{Record, op},
    sans_io::{LinearReadEvent, LinearReader, LinearReaderOptions},
};

use super::limits::{LONGEST_RECORD, guarded};
use crate::recording::{RecordingError, Topic};

/// Number of messages of a topic that are held back to sort them by log time.
const WINDOW: usize = 256;

/// Reads the whole file and returns its topics, and the error at which reading stopped, if any.
pub(super) fn survey(path: &Path) -> (Vec<Topic>, Option<RecordingError>) {
    let mut channels = ChannelAccumulator::default();
    let mut counts: BTreeMap<u16, u64> = BTreeMap::new();
    let fault = each_record(path, |record| {
        match record {
            Record::Schema { header, data } => channels.add_schema_from_slice(header, &data)?,
            Record::Channel(channel) => {
                counts.entry(channel.id).or_default();
                channels.add_channel(channel)?;
            }
            Record::Message { header, .. } => match counts.get_mut(&header.channel_id) {
                Some(count) => *count += 1,
                None => return Err(McapError::UnknownChannel(header.sequence, header.channel_id)),
            },
            _ => {}
        }
        Ok(ControlFlow::Continue(()))
    });
    let known: Vec<_> = counts
        .iter()
        .filter_map(|(id, count)| Some((channels.get(*id)?, *count)))
        .collect();
    (
        Topic::group(known.iter().map(|(channel, count)| (&**channel, *count))),
        fault.err(),
    )
}

/// Implements [`super::Recording::read`].
pub(super) fn read(
    path: &Path,
    topic: &Topic,
    mut take: impl FnMut(u64, &[u8]) -> ControlFlow<()>,
) -> Result<(), RecordingError> {
    // A min-heap by log time; messages with equal times remain in file order.
    let mut held_back: BinaryHeap<Reverse<(u64, u64, Vec<u8>)>> = BinaryHeap::with_capacity(WINDOW + 1);
    let mut number = 0;
    let mut has_enough = false;
    let end = each_record(path, |record| {
        let Record::Message { header, data } = record else {
            return Ok(ControlFlow::Continue(()));
        };
        if topic.channels.contains(&header.channel_id) {
            number += 1;
            held_back.push(Reverse((header.log_time, number, data.into_owned())));
        }
        if held_back.len() > WINDOW
            && let Some(Reverse((log_time, _, data))) = held_back.pop()
        {
            has_enough = take(log_time, &data).is_break();
        }
        Ok(if has_enough {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        })
    });
    while let Some(Reverse((log_time, _, data))) = held_back.pop()
        && !has_enough
    {
        has_enough = take(log_time, &data).is_break();
    }
    end
}

/// Calls `take` for each schema, channel and message of a file, until `take` breaks or the data section ends.
fn each_record(
    path: &Path,
    mut take: impl FnMut(Record<'_>) -> Result<ControlFlow<()>, McapError>,
) -> Result<(), RecordingError> {
    // The buffer for a long record grows in steps as its bytes arrive, because the claimed length may be wrong.
    const MOST_AT_ONCE: usize = 1 << 20;
    let mut file = BufReader::with_capacity(MOST_AT_ONCE, File::open(path)?);
    let options = LinearReaderOptions::default()
        .with_skip_end_magic(true)
        .with_validate_chunk_crcs(true)
        .with_record_length_limit(LONGEST_RECORD);
    let mut reader = LinearReader::new_with_options(options);
    while let Some(event) = guarded(|| reader.next_event().transpose())? {
        match event {
            LinearReadEvent::ReadRequest(bytes) => {
                let read = file.read(reader.insert(bytes.min(MOST_AT_ONCE)))?;
                reader.notify_read(read);
            }
            LinearReadEvent::Record {
                opcode: op::DATA_END, ..
            } => return Ok(()),
            LinearReadEvent::Record {
                opcode: opcode @ (op::SCHEMA | op::CHANNEL | op::MESSAGE),
                data,
            } => {
                if take(parse_record(opcode, data)?)?.is_break() {
                    return Ok(());
                }
            }
            LinearReadEvent::Record { .. } => {}
        }
    }
    // A complete data section ends with a `DataEnd` record, so the file is truncated.
    Err(McapError::UnexpectedEof.into())
}
