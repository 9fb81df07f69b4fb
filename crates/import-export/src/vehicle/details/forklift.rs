//! Fields of the details of a forklift, for reading and writing.

use domain::vehicle::{ForkliftChanges, ForkliftDetails, RawForklift};
use serde_json::{Map, Value};
use strict_json::{Fields, fields::number};

use super::field::{DetailField, Holds, detail_fields};

detail_fields! { ForkliftDetails, ForkliftChanges {
    optional mast_height: f64 = "mastHeight", Holds::PositiveNumber, number, |forklift| forklift.mast_height().map(Into::into);
    optional lift_height: f64 = "liftHeight", Holds::Amount, number, |forklift| forklift.lift_height().map(Into::into);
    optional fork_length: f64 = "forkLength", Holds::PositiveNumber, number, |forklift| forklift.fork_length().map(Into::into);
    optional load_capacity: f64 = "loadCapacity", Holds::Amount, number, |forklift| forklift.load_capacity().map(Into::into);
}}

pub(super) fn read(fields: &mut Fields) -> Option<ForkliftDetails> {
    let (given, is_whole) = given(fields);
    let details = fields.join(ForkliftDetails::new(RawForklift {
        mast_height: given.mast_height.flatten(),
        lift_height: given.lift_height.flatten(),
        fork_length: given.fork_length.flatten(),
        load_capacity: given.load_capacity.flatten(),
    }))?;
    is_whole.then_some(details)
}
