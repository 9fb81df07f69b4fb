//! What the protocol has and this server does not have yet.

/// Types of messages.
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
