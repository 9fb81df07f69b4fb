//! Parsing of arguments and input fields that are ids.

use std::str::FromStr;

use application::paging::PageQuery;
use domain::{VehicleId, Violations, id::InvalidId};
use juniper::{FieldResult, ID};
use uuid::Uuid;

use crate::context::Context;

/// Parses an id. A violation names `field`.
pub(crate) fn parsed_id<T: FromStr<Err = InvalidId>>(field: &str, id: &ID) -> Result<T, Violations> {
    id.parse()
        .map_err(|fault: InvalidId| Violations::of(field, fault.to_string()))
}

impl Context {
    pub(crate) fn id<T: FromStr<Err = InvalidId>>(&self, argument: &str, id: &ID) -> FieldResult<T> {
        parsed_id(argument, id).map_err(|faults| self.fault(faults))
    }

    /// Parses an argument that is an id. An error also contains the violations of other arguments in `beside`.
    pub(crate) fn id_beside<T: FromStr<Err = InvalidId>>(
        &self,
        argument: &str,
        id: &ID,
        beside: Option<&Violations>,
    ) -> FieldResult<T> {
        parsed_id(argument, id).map_err(|mut faults| {
            faults.join::<()>(beside.cloned().map_or(Ok(()), Err));
            self.fault(faults)
        })
    }

    /// Parses an argument that is the id of an object of any type.
    pub(crate) fn node_id(&self, argument: &str, id: &ID) -> FieldResult<Uuid> {
        // Ids of all kinds have the same syntax, so any id type can parse the argument.
        self.id::<VehicleId>(argument, id).map(|id| *id.as_uuid())
    }

    /// Parses the argument `ids`, which may contain ids of objects of any type.
    pub(crate) fn node_ids(&self, ids: &[ID]) -> FieldResult<Vec<Uuid>> {
        let most = PageQuery::MAX_FIRST as usize;
        let ids: Vec<VehicleId> = self.several_ids(ids, most)?;
        Ok(ids.iter().map(|id| *id.as_uuid()).collect())
    }

    /// Parses the argument `ids`, which may have at most `most` elements.
    pub(crate) fn several_ids<T: FromStr<Err = InvalidId>>(
        &self,
        ids: &[ID],
        most: usize,
    ) -> FieldResult<Vec<T>> {
        if ids.len() > most {
            let message = format!("must have at most {most} elements");
            return Err(self.fault(Violations::of("ids", message)));
        }
        let mut faults = Violations::default();
        let read = |(index, id): (usize, &ID)| faults.join(parsed_id(&format!("ids[{index}]"), id));
        let ids: Vec<T> = ids.iter().enumerate().filter_map(read).collect();
        faults.into_result().map_err(|faults| self.fault(faults))?;
        Ok(ids)
    }

    /// Parses two arguments that are ids. The error reports the violations of both.
    pub(crate) fn ids<T, U>(&self, one: (&str, &ID), other: (&str, &ID)) -> FieldResult<(T, U)>
    where
        T: FromStr<Err = InvalidId>,
        U: FromStr<Err = InvalidId>,
    {
        let mut faults = Violations::default();
        let one = faults.join(parsed_id(one.0, one.1));
        let other = faults.join(parsed_id(other.0, other.1));
        one.zip(other).ok_or_else(|| self.fault(faults))
    }
}
