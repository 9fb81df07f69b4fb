//! Names as bytes.

use std::sync::Arc;

use domain::telemetry::{ErrorCode, FrameId, MapId, VehicleRuntimeState};

use super::{Names, Place};
use crate::{
    Fault,
    bytes::{Reader, put_bytes, put_unsigned},
};

impl Names {
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        put_unsigned(out, self.places().len() as u64);
        for place in self.places() {
            // No name is empty, so an empty text is none.
            put_bytes(
                out,
                place.frame_id.as_ref().map_or("", FrameId::as_str).as_bytes(),
            );
            put_bytes(out, place.map_id.as_ref().map_or("", MapId::as_str).as_bytes());
        }
        put_unsigned(out, self.error_sets().len() as u64);
        for codes in self.error_sets() {
            put_unsigned(out, codes.len() as u64);
            for code in codes.iter() {
                put_bytes(out, code.as_str().as_bytes());
            }
        }
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        const MAP: Fault = Fault::Invalid("the name of a map or frame");
        const CODE: Fault = Fault::Invalid("an error code");
        let mut names = Self::default();
        for number in 0..reader.count("the number of maps")? {
            let (frame, map) = (reader.text()?, reader.text()?);
            let frame_id = (!frame.is_empty()).then(|| FrameId::new(frame)).transpose();
            let map_id = (!map.is_empty()).then(|| MapId::new(map)).transpose();
            let place = Place {
                frame_id: frame_id.map_err(|_| MAP)?,
                map_id: map_id.map_err(|_| MAP)?,
            };
            // Equal names would get one number, and the numbers after them would be wrong.
            if names.number_of_place(place) as usize != number {
                return Err(MAP);
            }
        }
        for number in 0..reader.count("the number of sets of error codes")? {
            let count = reader.bounded(VehicleRuntimeState::MAX_ERROR_CODES, "the number of error codes")?;
            let codes: Arc<[ErrorCode]> = (0..count)
                .map(|_| ErrorCode::new(reader.text()?).map_err(|_| CODE))
                .collect::<Result<_, _>>()?;
            if names.number_of_errors(codes) as usize != number {
                return Err(CODE);
            }
        }
        Ok(names)
    }
}
