//! Vehicles, groups and organisations as documents: JSON, JSON lines and CSV.
//!
//! * [`json`]: JSON texts, in which no key stands twice.
//! * [`fields`]: the fields of a JSON object, read one by one with all faults at once.
//! * [`vehicle`]: vehicles, out and in.
//! * [`present`]: where a vehicle is, how it is, and how it is tied to its live keys.
//! * [`identity`]: users, grants, sessions, tokens and what is written down of what people do.
//! * [`registry`]: groups and organisations.
//! * [`words`]: the closed sets of words, as schemas.
//! * [`bulk`]: many vehicles in one file.

pub mod bulk;
pub mod fields;
pub mod identity;
pub mod json;
pub mod present;
pub mod registry;
mod time;
pub mod vehicle;
pub mod words;
