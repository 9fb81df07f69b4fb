//! The doors, opened from outside.

mod doors;
mod health;
mod metrics;
mod problem;
mod readiness;
