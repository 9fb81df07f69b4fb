use clap::ValueEnum;

use crate::protocols::{Protocol, Publication};

/// A live server that is compared with fleetwatch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Peer {
    /// Socket.IO on Node.js, fed by Redis Pub/Sub
    SocketIo,
    /// nginx with the nchan module, fed by HTTP requests
    Nchan,
    /// The MQTT broker mosquitto, over WebSocket
    Mosquitto,
    /// nats-server, over WebSocket
    Nats,
}

impl Peer {
    /// All peers, in the order of reports.
    pub(crate) const ALL: [Self; 4] = [Self::SocketIo, Self::Nchan, Self::Mosquitto, Self::Nats];

    /// Returns the name in reports.
    #[must_use]
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::SocketIo => "Socket.IO",
            Self::Nchan => "nchan",
            Self::Mosquitto => "mosquitto",
            Self::Nats => "NATS",
        }
    }

    /// Returns the name in the directory of installed peers.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::SocketIo => "socket-io",
            Self::Nchan => "nchan",
            Self::Mosquitto => "mosquitto",
            Self::Nats => "nats",
        }
    }

    pub(super) const fn protocol(self) -> Protocol {
        match self {
            Self::SocketIo => Protocol::SocketIo,
            Self::Nchan => Protocol::Nchan,
            Self::Mosquitto => Protocol::Mqtt,
            Self::Nats => Protocol::Nats,
        }
    }

    pub(super) const fn publication(self) -> Publication {
        match self {
            Self::SocketIo => Publication::Redis,
            Self::Nchan => Publication::Http,
            Self::Mosquitto => Publication::Mqtt,
            Self::Nats => Publication::Nats,
        }
    }
}
