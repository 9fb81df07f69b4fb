//! Reading of keys that other programs may have written.

use std::collections::HashMap;

use application::Result;
use deadpool_redis::redis::{Cmd, RedisResult, Value, cmd};
use domain::{
    VehicleId,
    telemetry::{Timestamp, VehiclePosition, VehicleRuntimeState},
};

use super::{
    hash::{BrokenField, Fields, SERIES},
    position_hash, state_hash,
};
use crate::{
    error::{from_redis, is_wrong_type},
    options::KeyStyle,
};

/// Kind of hash that a vehicle may have: its key, its fields, and the function that parses them.
pub(super) struct Hash<T, const N: usize> {
    key: fn(KeyStyle, VehicleId) -> String,
    names: [&'static str; N],
    understand: fn(&Fields<N>) -> Result<T, BrokenField>,
}

pub(super) const POSITIONS: Hash<VehiclePosition, 11> = Hash {
    key: KeyStyle::position,
    names: position_hash::FIELDS,
    understand: position_hash::read,
};

pub(super) const STATES: Hash<VehicleRuntimeState, 7> = Hash {
    key: KeyStyle::state,
    names: state_hash::FIELDS,
    understand: state_hash::read,
};

impl<T, const N: usize> Hash<T, N> {
    /// Returns the commands that read the hashes of several vehicles.
    pub(super) fn questions(&self, style: KeyStyle, ids: &[VehicleId]) -> impl Iterator<Item = Cmd> {
        ids.iter().map(move |id| {
            let mut command = cmd("HMGET");
            command
                .arg((self.key)(style, *id))
                .arg(&self.names[..])
                .arg(SERIES);
            command
        })
    }

    /// Parses the answers to [`Hash::questions`]. Vehicles without the hash are left out.
    pub(super) fn understood(
        &self,
        style: KeyStyle,
        ids: &[VehicleId],
        answers: impl IntoIterator<Item = RedisResult<Value>>,
    ) -> Result<HashMap<VehicleId, Found<T>>> {
        let mut found = HashMap::with_capacity(ids.len());
        for (id, answer) in ids.iter().zip(answers) {
            if let Some(value) = self.parse_one(&(self.key)(style, *id), answer)? {
                found.insert(*id, value);
            }
        }
        Ok(found)
    }

    /// Parses one answer. An invalid hash, or a key of another type, is logged.
    fn parse_one(&self, key: &str, answer: RedisResult<Value>) -> Result<Option<Found<T>>> {
        let value = match answer {
            Ok(value) => value,
            Err(error) if is_wrong_type(&error) => {
                tracing::warn!(key, "the key is not a hash");
                return Ok(Some(Found::Broken));
            }
            Err(error) => return Err(from_redis(error)),
        };
        let content = Fields::read(self.names, value).and_then(|fields| {
            let content =
                |fields: Fields<N>| Ok(Found::Content((self.understand)(&fields)?, fields.series()));
            fields.map(content).transpose()
        });
        Ok(content.unwrap_or_else(|BrokenField { field, fault }| {
            tracing::warn!(key, field, fault, "the hash is invalid");
            Some(Found::Broken)
        }))
    }
}

/// Content of a vehicle's key.
pub(super) enum Found<T> {
    /// A position or a state, and the time at which its series began.
    Content(T, Option<Timestamp>),
    /// A hash that cannot be parsed, or a key of another type.
    Broken,
}

impl<T> Found<T> {
    pub(super) fn content(self) -> Option<(T, Option<Timestamp>)> {
        match self {
            Self::Content(content, series) => Some((content, series)),
            Self::Broken => None,
        }
    }
}

/// Returns the contents that could be parsed.
pub(super) fn contents<T>(found: HashMap<VehicleId, Found<T>>) -> HashMap<VehicleId, T> {
    let content = |(id, found): (VehicleId, Found<T>)| Some((id, found.content()?.0));
    found.into_iter().filter_map(content).collect()
}
