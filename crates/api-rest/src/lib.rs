//! HTTP doors that are neither GraphQL nor WebSocket: health and metrics
