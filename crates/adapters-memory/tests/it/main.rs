//! The adapters in memory keep the contracts of their ports.

mod vehicles;
