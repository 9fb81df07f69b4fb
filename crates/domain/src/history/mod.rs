//! The past of vehicles: the samples that are kept of their positions and states.

mod sample;

pub use sample::{Sample, SampledCondition, SampledPosition};
