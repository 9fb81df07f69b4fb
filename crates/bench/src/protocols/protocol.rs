use super::fleetwatch::Settings;

/// Protocol between a system and its subscribers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// Batches of updates at `/ws`, as fleetwatch and the forwarder send them. The forwarder only supports the default
    /// settings.
    Fleetwatch(Settings),
    /// Socket.IO 4.
    SocketIo,
    /// The nchan module of nginx: the payloads themselves, on one channel per socket.
    Nchan,
    /// MQTT 3.1.1 in binary frames.
    Mqtt,
    /// The client protocol of NATS in binary frames.
    Nats,
}

impl Protocol {
    /// Returns `true` if each update is a separate message, rather than part of a batch.
    #[must_use]
    pub(crate) const fn is_unbatched(self) -> bool {
        !matches!(self, Self::Fleetwatch(_))
    }
}
