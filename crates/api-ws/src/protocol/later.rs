//! Parts of the protocol that this server does not support yet.

/// Message types that the server rejects with `NOT_SUPPORTED`.
pub(super) const UNSUPPORTED_TYPES: [&str; 9] = [
    "subscribeAlerts",
    "unsubscribeAlerts",
    "subscribeConflicts",
    "unsubscribeConflicts",
    "replay",
    "replayPause",
    "replayResume",
    "replaySeek",
    "replaySpeed",
];
