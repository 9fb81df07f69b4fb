//! Reading of slices.

use domain::VehicleId;

use super::{MAGIC, PREFIX, VERSION};
use crate::{
    Fault,
    block::MAX_ROWS,
    bytes::Reader,
    checksum::verify,
    column::{Column, NameCounts},
    names::Names,
    row::Row,
    rows::Rows,
};

/// A slice in memory.
#[derive(Debug, Clone)]
pub struct Slice<'a> {
    vehicles: Vec<SliceVehicle<'a>>,
    length: usize,
}

/// The rows of a vehicle in a slice.
#[derive(Debug, Clone, Copy)]
pub struct SliceVehicle<'a> {
    /// Id of the vehicle.
    pub id: VehicleId,
    rows: usize,
    bytes: &'a [u8],
}

impl<'a> Slice<'a> {
    /// Reads the slice at the start of `bytes`, which may continue after it.
    ///
    /// # Errors
    /// Fails if the slice is truncated, damaged or invalid. At the end of a log, this is a slice whose writing was
    /// interrupted.
    pub fn open(bytes: &'a [u8]) -> Result<Self, Fault> {
        let mut reader = Reader::new(bytes);
        if reader.array()? != MAGIC {
            return Err(Fault::Foreign);
        }
        match reader.byte()? {
            VERSION => {}
            version => return Err(Fault::Version(version)),
        }
        let length = reader.u32()? as usize;
        let sum = reader.u32()?;
        let content = reader.take(length)?;
        verify(content, sum)?;
        Ok(Self {
            vehicles: vehicles(content)?,
            length: PREFIX + length,
        })
    }

    /// Returns the number of bytes of the slice.
    #[must_use]
    pub const fn length(&self) -> usize {
        self.length
    }

    /// Returns the vehicles, in the order of their ids.
    #[must_use]
    pub fn vehicles(&self) -> &[SliceVehicle<'a>] {
        &self.vehicles
    }

    /// Returns the rows of a vehicle; `None` if the slice has none of it.
    #[must_use]
    pub fn vehicle(&self, id: VehicleId) -> Option<&SliceVehicle<'a>> {
        let found = self.vehicles.binary_search_by_key(&id, |vehicle| vehicle.id);
        found.ok().map(|index| &self.vehicles[index])
    }
}

fn vehicles(content: &[u8]) -> Result<Vec<SliceVehicle<'_>>, Fault> {
    let mut reader = Reader::new(content);
    let count = reader.count("the number of vehicles")?;
    // Each entry takes at least 18 bytes.
    let mut entries = Vec::with_capacity(count.min(reader.len() / 18));
    for _ in 0..count {
        let id = VehicleId::from_uuid(uuid::Uuid::from_bytes(reader.array()?));
        let rows = reader.unsigned()?;
        let length = usize::try_from(reader.unsigned()?).map_err(|_| Fault::Truncated)?;
        entries.push((id, rows, length));
    }
    let mut vehicles: Vec<SliceVehicle<'_>> = Vec::with_capacity(entries.len());
    for (id, rows, length) in entries {
        let rows = usize::try_from(rows)
            .ok()
            .filter(|&rows| 0 < rows && rows <= MAX_ROWS)
            .ok_or(Fault::Invalid("the number of rows"))?;
        if vehicles.last().is_some_and(|before| before.id >= id) {
            return Err(Fault::Invalid("the order of the vehicles"));
        }
        vehicles.push(SliceVehicle {
            id,
            rows,
            bytes: reader.take(length)?,
        });
    }
    if reader.is_empty() {
        Ok(vehicles)
    } else {
        Err(Fault::Invalid("the number of bytes of a slice"))
    }
}

impl SliceVehicle<'_> {
    /// Returns the number of rows.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.rows
    }

    /// Returns `false`: a slice has only vehicles with rows.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Decodes the rows, in the order in which they were added.
    ///
    /// # Errors
    /// Fails if they are invalid.
    pub fn rows(&self) -> Result<Rows, Fault> {
        let mut reader = Reader::new(self.bytes);
        let names = Names::read(&mut reader)?;
        let counts = NameCounts::of(&names);
        let mut rows = vec![Row::default(); self.rows];
        let mut values = Vec::new();
        for column in Column::ALL {
            let count = column.count(&rows);
            if count == 0 {
                continue;
            }
            values.clear();
            read_values(&mut reader, count, &mut values)?;
            if !column.assign(&mut rows, &values, counts) {
                return Err(Fault::Invalid("a value of a row"));
            }
        }
        if reader.is_empty() {
            Ok(Rows::from_parts(rows, names))
        } else {
            Err(Fault::Invalid("the number of bytes of a vehicle"))
        }
    }
}

fn read_values(reader: &mut Reader<'_>, count: usize, values: &mut Vec<i64>) -> Result<(), Fault> {
    let is_constant = match reader.byte()? {
        0 => false,
        1 => true,
        _ => return Err(Fault::Invalid("a column of a slice")),
    };
    let mut last = reader.signed()?;
    values.push(last);
    if is_constant {
        values.resize(count, last);
    } else {
        for _ in 1..count {
            last = last.wrapping_add(reader.signed()?);
            values.push(last);
        }
    }
    Ok(())
}
