//! Results of the measurements of `just bench`, and the variants of settings that are measured.

use crate::{
    measure::Outcome,
    protocols::{Encoding, Mode, Settings},
    workload::Workload,
};

/// Settings of the clients' sockets, which have separate rows in the tables.
#[derive(Debug, Clone, Copy)]
pub(super) struct Variant {
    pub name: &'static str,
    pub settings: Settings,
}

impl Variant {
    pub(super) const DEFAULT: Self = Self {
        name: "**fleetwatch**",
        settings: Settings::new(Encoding::Json, Mode::Full),
    };
    const JSON_DELTAS: Self = Self {
        name: "fleetwatch, JSON deltas",
        settings: Settings::new(Encoding::Json, Mode::Delta),
    };
    const MESSAGE_PACK_DELTAS: Self = Self {
        name: "fleetwatch, MessagePack deltas",
        settings: Settings::new(Encoding::MessagePack, Mode::Delta),
    };
    const COMPRESSED_DELTAS: Self = Self {
        name: "fleetwatch, MessagePack deltas, deflate",
        settings: Settings::new(Encoding::MessagePackDeflate, Mode::Delta),
    };

    /// Returns the variants that are measured under a load.
    pub(super) fn of(workload: &Workload) -> &'static [Self] {
        match workload.name {
            "W1" => &[
                Self::DEFAULT,
                Self::JSON_DELTAS,
                Self::MESSAGE_PACK_DELTAS,
                Self::COMPRESSED_DELTAS,
            ],
            "W2" | "W3" => &[Self::DEFAULT, Self::MESSAGE_PACK_DELTAS],
            _ => &[Self::DEFAULT],
        }
    }
}

/// Results of one load on the forwarder and on the server.
#[derive(Debug, Clone)]
pub(super) struct Comparison {
    pub workload: Workload,
    pub forwarder: Outcome,
    pub server: Vec<(Variant, Outcome)>,
}

/// Results of a load of many messages.
#[derive(Debug, Clone)]
pub(super) struct Ingest {
    pub workload: Workload,
    /// Results of the forwarder; `None` if it does not support the load, because it does not split arrays.
    pub forwarder: Option<Outcome>,
    pub server: Outcome,
    /// Number of positions that the server has accepted, of those published.
    pub accepted: u64,
}

/// Results of a load on the server in which the clients request every update at once.
#[derive(Debug, Clone)]
pub(super) struct AtOnce {
    pub workload: Workload,
    pub server: Outcome,
}

/// Memory per idle socket, in bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct IdleMemory {
    /// Number of sockets over which the memory is averaged.
    pub sockets: u32,
    pub forwarder: u64,
    pub server: u64,
}
