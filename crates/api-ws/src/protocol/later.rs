//! Parts of the protocol that this server does not support yet.

/// Message types that are answered with `NOT_SUPPORTED`.
pub(super) const NOT_HERE_YET: [&str; 11] = [
    "subscribeGroup",
    "unsubscribeGroup",
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
