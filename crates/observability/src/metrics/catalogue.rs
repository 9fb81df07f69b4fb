/// Buckets from half a millisecond to a minute, dense around the default interval of 100 ms, because the promised
/// latency is "interval + 20 ms".
const LATENCY_BUCKETS: &[f64] = &[
    0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.075, 0.1, 0.12, 0.15, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0,
    30.0, 60.0,
];

/// Buckets from a millisecond to ten seconds, for requests.
const REQUEST_BUCKETS: &[f64] = &[
    0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// Kind of a metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// A value that only increases.
    Counter,
    /// A value that increases and decreases.
    Gauge,
    /// Durations in seconds, with the upper bounds of the buckets.
    Histogram(&'static [f64]),
}

/// Description of a metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Metric {
    pub name: &'static str,
    pub kind: Kind,
    /// Help text on `/metrics`.
    pub help: &'static str,
}

macro_rules! catalogue {
    ($($constant:ident = $name:literal, $kind:expr, $help:literal;)+) => {
        /// The names of all metrics.
        pub mod names {
            $(#[doc = $help] pub const $constant: &str = $name;)+
        }

        /// All metrics of the server.
        pub const CATALOGUE: &[Metric] = &[$(Metric { name: names::$constant, kind: $kind, help: $help }),+];
    };
}

catalogue! {
    BUILD_INFO = "fleetwatch_build_info", Kind::Gauge,
        "Always 1; the labels are the running version and its build profile.";
    ACTIVE_VEHICLES = "fleetwatch_active_vehicles", Kind::Gauge,
        "Enabled vehicles.";
    VEHICLES = "fleetwatch_vehicles", Kind::Gauge,
        "Enabled vehicles by connection: CONNECTED, TIMEOUT or DISCONNECTED. Counted every 10 s.";
    FEED_UP = "fleetwatch_feed_up", Kind::Gauge,
        "Whether messages from robots can arrive: 1 or 0.";
    INGEST_BACKLOG_BYTES = "fleetwatch_ingest_backlog_bytes", Kind::Gauge,
        "Messages from robots that are waiting to be decoded, in bytes, plus 512 bytes for each.";
    INGEST_BACKLOG_LIMIT_BYTES = "fleetwatch_ingest_backlog_limit_bytes", Kind::Gauge,
        "Size of the waiting messages, in bytes, above which old ones are dropped and counted as lagged.";
    INGEST_MESSAGES_TOTAL = "fleetwatch_ingest_messages_total", Kind::Counter,
        "Messages from robots, by channel and by outcome: accepted, lagged (lost unread), or the reason for rejection. \
         The elements of an array are counted individually, unless the array is lagged.";
    INGEST_FIELDS_DROPPED_TOTAL = "fleetwatch_ingest_fields_dropped_total", Kind::Counter,
        "Optional fields that were dropped from accepted messages because their values are impossible, by field.";
    CLOCK_RESETS_TOTAL = "fleetwatch_clock_resets_total", Kind::Counter,
        "New series of a vehicle's positions or states, begun because the robot's clock was set back.";
    REDIS_SYNC_LAG_SECONDS = "fleetwatch_redis_sync_lag_seconds", Kind::Histogram(LATENCY_BUCKETS),
        "Time from a message's own timestamp to its acceptance in the live table. Excludes messages without one, and \
         timestamps that are more than a day off.";
    REDIS_RECONNECTS_TOTAL = "fleetwatch_redis_reconnects_total", Kind::Counter,
        "Number of times that a connection to Redis Pub/Sub was lost and restored: for messages from robots, or \
         for announcements from other servers.";
    LIVE_KEYS_HEALED_TOTAL = "fleetwatch_live_keys_healed_total", Kind::Counter,
        "Vehicles whose live keys, or whose entries in vehicles:active, were found to be missing or outdated, and were \
         written again.";
    SYNC_MISMATCHES_TOTAL = "fleetwatch_sync_mismatches_total", Kind::Counter,
        "Mismatches between the registry, the live table and the live keys that this server has found and repaired, by kind.";
    DLQ_MESSAGES_TOTAL = "fleetwatch_dlq_messages_total", Kind::Counter,
        "Messages rejected by this server that are kept in the dead-letter stream, by reason. A message that several \
         servers reject is kept once, and counted by each of them.";
    DLQ_DROPPED_TOTAL = "fleetwatch_dlq_dropped_total", Kind::Counter,
        "Rejected messages that could not be kept.";
    DELIVERY_LATENCY_SECONDS = "fleetwatch_delivery_latency_seconds", Kind::Histogram(LATENCY_BUCKETS),
        "Time from Redis to the socket, for the oldest new data in each frame. Excludes frames without new data, such as \
         snapshots.";
    DATA_AGE_SECONDS = "fleetwatch_data_age_seconds", Kind::Histogram(LATENCY_BUCKETS),
        "Time from the robot's own timestamp to the socket, for the oldest new data in each frame. Excludes messages \
         without one, and timestamps that are more than a day off.";
    WS_CONNECTIONS = "fleetwatch_ws_connections", Kind::Gauge,
        "Open sockets at /ws.";
    LIVE_SUBSCRIBERS = "fleetwatch_live_subscribers", Kind::Gauge,
        "Subscribers of live data: sockets at /ws, and streams of positions in GraphQL.";
    LIVE_ROOMS = "fleetwatch_live_rooms", Kind::Gauge,
        "Sets of subscribers with the same subscriptions, filters, rights, interval and mode, which share the \
         work of a delivery.";
    LIVE_SLOW_SUBSCRIBERS = "fleetwatch_live_slow_subscribers", Kind::Gauge,
        "Subscribers whose deliveries are being merged, as they have not taken the last one. Counted every 10 s.";
    LIVE_LOCK_LONGEST_HOLD_SECONDS = "fleetwatch_live_lock_longest_hold_seconds", Kind::Gauge,
        "Longest time for which the lock of the live core was held in the last minute.";
    QUEUE_LENGTH = "fleetwatch_queue_length", Kind::Gauge,
        "Items that are waiting in a queue: live_keys (vehicles whose keys are outdated), statuses (not recorded in \
         the registry yet), dead_letters, refusals (for the audit log), passwords (to be hashed).";
    QUEUE_CAPACITY = "fleetwatch_queue_capacity", Kind::Gauge,
        "Maximum length of a queue, where it does not follow from the number of vehicles.";
    POOL_CONNECTIONS = "fleetwatch_pool_connections", Kind::Gauge,
        "Connections to a dependency by state: in_use or idle. Those to Redis are for commands.";
    POOL_SIZE = "fleetwatch_pool_size", Kind::Gauge,
        "Maximum number of connections to a dependency.";
    POOL_WAITING = "fleetwatch_pool_waiting", Kind::Gauge,
        "Operations that are waiting for a connection to a dependency, or for their turn.";
    WS_FRAMES_TOTAL = "fleetwatch_ws_frames_total", Kind::Counter,
        "Frames written to sockets at /ws.";
    WS_EVENTS_TOTAL = "fleetwatch_ws_events_total", Kind::Counter,
        "Events in the frames written to sockets at /ws.";
    WS_CONFLATED_TOTAL = "fleetwatch_ws_conflated_total", Kind::Counter,
        "Updates of vehicles that newer ones replaced before a slow subscriber took them.";
    WS_RESYNCS_TOTAL = "fleetwatch_ws_resyncs_total", Kind::Counter,
        "New snapshots for slow subscribers, in place of events that they had not taken.";
    GRAPHQL_REQUEST_DURATION_SECONDS = "fleetwatch_graphql_request_duration_seconds",
        Kind::Histogram(REQUEST_BUCKETS),
        "Duration of GraphQL operations, by kind and outcome. That of a subscription is the time until it has started.";
    HTTP_REQUEST_DURATION_SECONDS = "fleetwatch_http_request_duration_seconds",
        Kind::Histogram(REQUEST_BUCKETS),
        "Duration of HTTP requests until the head of the response, by method, route pattern and status.";
    HTTP_CONNECTIONS = "fleetwatch_http_connections", Kind::Gauge,
        "Open connections of HTTP clients, sockets among them.";
    HTTP_CONNECTIONS_CLOSED_TOTAL = "fleetwatch_http_connections_closed_total", Kind::Counter,
        "Connections closed by the server, by reason: address (too many from one address), all (no room), shed (idle, \
         or still sending a body, to make room), slow (a head that took too long).";
    CIRCUIT_STATE = "fleetwatch_circuit_state", Kind::Gauge,
        "Circuit breakers by dependency: 0 closed, 1 half open, 2 open.";
    LOG_LINES_LOST_TOTAL = "fleetwatch_log_lines_lost_total", Kind::Counter,
        "Log lines that could not be written, or that arrived faster than they could be written.";
    TRACES_OVER_BUDGET_TOTAL = "fleetwatch_traces_over_budget_total", Kind::Counter,
        "Traces that were discarded because of TELEMETRY__MAX_TRACES_PER_S.";
    PROCESS_CPU_SECONDS_TOTAL = "process_cpu_seconds_total", Kind::Counter,
        "CPU time of the process in user and system mode.";
    PROCESS_RESIDENT_MEMORY_BYTES = "process_resident_memory_bytes", Kind::Gauge,
        "Resident memory of the process.";
    MEMORY_LIMIT_BYTES = "fleetwatch_memory_limit_bytes", Kind::Gauge,
        "Memory at which the system kills the process.";
    PROCESS_VIRTUAL_MEMORY_BYTES = "process_virtual_memory_bytes", Kind::Gauge,
        "Virtual memory of the process.";
    PROCESS_OPEN_FDS = "process_open_fds", Kind::Gauge,
        "Open file descriptors.";
    PROCESS_MAX_FDS = "process_max_fds", Kind::Gauge,
        "Limit on open file descriptors.";
    PROCESS_THREADS = "process_threads", Kind::Gauge,
        "Threads of the process.";
    PROCESS_START_TIME_SECONDS = "process_start_time_seconds", Kind::Gauge,
        "Start of the process, as a Unix time.";
}
