//! The application on in-memory stores, for the tests of the APIs.
//!
//! * [`staff`]: users with open sessions, and the checks of their requests.

pub mod staff;
