//! Vehicles as tests want them.
