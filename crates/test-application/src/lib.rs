//! The application on stores in memory, for the tests of the APIs.
//!
//! * [`staff`]: users who have logged in, and the checks of their requests.

pub mod staff;
