//! Logs, metrics and traces: set up once, used by name
