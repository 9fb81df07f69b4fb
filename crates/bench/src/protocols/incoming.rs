use super::fleetwatch::Frame;

/// Event to which a subscriber has to react.
#[derive(Debug)]
pub(crate) enum Incoming<'a> {
    /// The subscription is in effect.
    Subscribed,
    /// Frames to send.
    Answer(Vec<u8>),
    /// A frame with the updates of an interval, as fleetwatch and the forwarder send it.
    Batch(Frame<'a>),
    /// One update, as the vehicle published it.
    Update(&'a [u8]),
}
