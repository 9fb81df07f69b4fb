//! What every `TelemetryBus` does.
