//! The monitoring screen served at /
