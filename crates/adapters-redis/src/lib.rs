//! Live keys, dead letters and Pub/Sub on Redis
